// The objects of the demo mesh with their versions and the log that watches are served from.

internal import Base
internal import Insights
internal import Kube

/// One change, as watches see it.
struct StoreEvent {
    enum Kind: String { case added = "ADDED", modified = "MODIFIED", deleted = "DELETED" }
    var kind: Kind
    var version: Int
    var time: Timestamp
    var stored: StoredObject
    var object: JSONValue { stored.value }
    /// As it was before, for watches with selectors.
    var previous: JSONValue?
}

/// All objects by resource, one resourceVersion for all. Lives on the server's event loop.
final class ObjectStore {
    private(set) var version = 1000
    private var objects: [String: [ObjectKey: StoredObject]] = [:]
    /// Sorting ten thousand keys for every list would cost more than writing the list.
    private var sortedKeys: [String: [ObjectKey]] = [:]
    private var log: [String: [StoreEvent]] = [:]
    /// The oldest version a watch can start from, by resource.
    private var oldest: [String: Int] = [:]
    private var firstVersion = 0
    private var listeners: [Int: (String, (StoreEvent) -> Void)] = [:]
    private var nextListener = 0
    private var random: SeededRandom
    /// Told of every change: the simulation keeps its plan by it.
    var onChange: ((ResourceType, StoreEvent) -> Void)?
    var clock: () -> Timestamp = { .now() }

    /// Events kept for each resource.
    private let logLimit = 2000
    /// Seconds of them. A real server forgets every five minutes what was five minutes ago: its
    /// `--etcd-compaction-interval`.
    private let logSeconds = 300.0

    private let encodesAnew: Bool

    init(seed: UInt64, encodesAnew: Bool = false) {
        random = SeededRandom(seed: seed)
        self.encodesAnew = encodesAnew
    }

    func get(_ type: ResourceType, _ key: ObjectKey) -> JSONValue? { objects[type.key]?[key]?.value }

    func list(_ type: ResourceType, namespace: String? = nil) -> [JSONValue] {
        entries(type, namespace: namespace).map(\.value)
    }

    /// The objects with what they are written as, by name.
    func entries(_ type: ResourceType, namespace: String? = nil) -> [StoredObject] {
        guard let all = objects[type.key] else { return [] }
        return keys(type).compactMap { key in namespace == nil || key.namespace == namespace ? all[key] : nil }
    }

    func count(_ type: ResourceType) -> Int { objects[type.key]?.count ?? 0 }

    func keys(_ type: ResourceType) -> [ObjectKey] {
        if let known = sortedKeys[type.key] { return known }
        let sorted = (objects[type.key].map { Array($0.keys) } ?? []).sorted()
        sortedKeys[type.key] = sorted
        return sorted
    }

    /// Stores a new object; fills in uid, creation time and version.
    @discardableResult
    func create(_ type: ResourceType, _ object: JSONValue) -> JSONValue {
        var object = object
        version += 1
        object.set(["metadata", "uid"], to: .string(uid()))
        object.set(["metadata", "resourceVersion"], to: .string(String(version)))
        if object.at("metadata", "creationTimestamp") == nil {
            object.set(["metadata", "creationTimestamp"], to: .string(clock().rfc3339))
        }
        if type.isCustom || object["spec"] != nil, object.at("metadata", "generation") == nil {
            object.set(["metadata", "generation"], to: 1)
        }
        let stored = StoredObject(object, type, encodesAnew: encodesAnew)
        objects[type.key, default: [:]][Self.key(object)] = stored
        sortedKeys[type.key] = nil
        record(type, StoreEvent(kind: .added, version: version, time: clock(), stored: stored, previous: nil))
        return object
    }

    /// Stores a changed object; the generation moves when the spec did. An unchanged object keeps its version.
    @discardableResult
    func update(_ type: ResourceType, _ object: JSONValue) -> JSONValue {
        let key = Self.key(object)
        guard let previous = objects[type.key]?[key]?.value else { return create(type, object) }
        var object = object
        object.set(["metadata", "resourceVersion"], to: previous.at("metadata", "resourceVersion"))
        object.set(["metadata", "uid"], to: previous.at("metadata", "uid"))
        object.set(["metadata", "creationTimestamp"], to: previous.at("metadata", "creationTimestamp"))
        object.set(["metadata", "generation"], to: previous.at("metadata", "generation"))
        if object == previous { return previous }
        version += 1
        object.set(["metadata", "resourceVersion"], to: .string(String(version)))
        if object["spec"] != previous["spec"], let generation = previous.at("metadata", "generation")?.int {
            object.set(["metadata", "generation"], to: .int(Int64(generation + 1)))
        }
        let stored = StoredObject(object, type, encodesAnew: encodesAnew)
        objects[type.key, default: [:]][key] = stored
        record(type, StoreEvent(kind: .modified, version: version, time: clock(), stored: stored, previous: previous))
        return object
    }

    @discardableResult
    func delete(_ type: ResourceType, _ key: ObjectKey) -> JSONValue? {
        guard let previous = objects[type.key]?.removeValue(forKey: key)?.value else { return nil }
        sortedKeys[type.key] = nil
        version += 1
        var object = previous
        object.set(["metadata", "resourceVersion"], to: .string(String(version)))
        record(
            type,
            StoreEvent(
                kind: .deleted, version: version, time: clock(),
                stored: StoredObject(object, type, encodesAnew: encodesAnew),
                previous: previous))
        return object
    }

    // MARK: Watches

    /// Events after a version; nil when they are no longer all known.
    func events(_ type: ResourceType, after version: Int) -> [StoreEvent]? {
        guard version >= oldestVersion(type) else { return nil }
        return (log[type.key] ?? []).filter { $0.version > version }
    }

    func oldestVersion(_ type: ResourceType) -> Int { oldest[type.key] ?? firstVersion }

    func listen(_ type: ResourceType, _ handler: @escaping (StoreEvent) -> Void) -> Int {
        nextListener += 1
        listeners[nextListener] = (type.key, handler)
        return nextListener
    }

    func stopListening(_ id: Int) { listeners[id] = nil }
    var hasListeners: Bool { !listeners.isEmpty }

    private func record(_ type: ResourceType, _ event: StoreEvent) {
        var events = log[type.key] ?? []
        events.append(event)
        var dropped = events.count > logLimit ? events.count - logLimit / 2 : 0
        if let first = events.first, event.time - first.time > 2 * logSeconds {
            dropped = max(dropped, events.firstIndex { event.time - $0.time <= logSeconds } ?? 0)
        }
        if dropped > 0 {
            oldest[type.key] = events[dropped - 1].version
            events.removeFirst(dropped)
        }
        log[type.key] = events
        onChange?(type, event)
        for (key, handler) in listeners.values where key == type.key { handler(event) }
    }

    /// Ends the set-up: watches cannot start before this moment, as on a server that was just restarted.
    func forgetLog() {
        firstVersion = version
        log = [:]
    }

    static func key(_ object: JSONValue) -> ObjectKey {
        ObjectKey(object.at("metadata", "namespace")?.string ?? "", object.at("metadata", "name")?.string ?? "")
    }

    private func uid() -> String {
        let a = String(random.next(), radix: 16)
        let b = String(random.next(), radix: 16)
        let digits = String(
            (String(repeating: "0", count: 16) + a).suffix(16) + (String(repeating: "0", count: 16) + b).suffix(16))
        let parts = [
            digits.prefix(8), digits.dropFirst(8).prefix(4), "4" + digits.dropFirst(13).prefix(3),
            "a" + digits.dropFirst(17).prefix(3), digits.suffix(12),
        ]
        return parts.map(String.init).joined(separator: "-")
    }
}
