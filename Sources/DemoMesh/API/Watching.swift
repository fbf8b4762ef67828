// Watches: from a version, from nothing, or with the initial state in front.

internal import Base
internal import Istio

/// A checked watch; the connection's handler runs it.
struct WatchRequest {
    var type: ResourceType
    var version: String
    var namespace: String?
    var selectors: Selectors
    var form: ResponseForm
    var bookmarks: Bool
    var timeoutSeconds: Double
    /// Lines, or frames of protobuf, that are sent at once; each is written when it goes out.
    var initial: [() -> [UInt8]]
    /// Closed after the initial lines (an expired version).
    var endsAtOnce: Bool
}

extension APIServer {
    func watchRequest(_ request: APIRequest, _ target: Target) throws -> WatchRequest {
        let selectors = try Selectors(request)
        var watch = WatchRequest(
            type: target.type, version: target.version, namespace: target.namespace, selectors: selectors,
            form: ResponseForm(request, target.type), bookmarks: request.flag("allowWatchBookmarks"),
            timeoutSeconds: request.parameter("timeoutSeconds").flatMap { Double($0) } ?? 1800, initial: [],
            endsAtOnce: false)
        let from = request.parameter("resourceVersion") ?? ""
        if request.flag("sendInitialEvents") {
            guard request.parameter("resourceVersionMatch") == "NotOlderThan" else {
                throw APIFailure.invalid(
                    "ListOptions", "meta.k8s.io", "",
                    [
                        SchemaFault(
                            field: "resourceVersionMatch", reason: "FieldValueForbidden",
                            message:
                                "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
                    ])
            }
            let end = bookmark(watch, endsInitialEvents: true)
            watch.initial = currentLines(watch) + [{ end }]
            return watch
        }
        if from.isEmpty || from == "0" {
            watch.initial = currentLines(watch)
            return watch
        }
        guard let version = Int(from) else {
            throw APIFailure(
                code: 500, reason: nil,
                message:
                    "resourceVersion: Invalid value: \"\(from)\": strconv.ParseUint: parsing \"\(from)\": invalid syntax"
            )
        }
        guard let events = store.events(target.type, after: version) else {
            let failure = APIFailure(
                code: 410, reason: "Expired",
                message: "too old resource version: \(version) (\(store.oldestVersion(target.type)))")
            let line = Self.line("ERROR", failure.status, watch.form)
            watch.initial = [{ line }]
            watch.endsAtOnce = true
            return watch
        }
        watch.initial = events.compactMap { event in line(event, watch).map { line in { line } } }
        return watch
    }

    private func currentLines(_ watch: WatchRequest) -> [() -> [UInt8]] {
        store.entries(watch.type, namespace: watch.namespace).filter { watch.selectors.matches($0.value) }.map {
            [self] object in { self.line("ADDED", object, watch) }
        }
    }

    /// The line of an event for this watch; nil when its selectors leave it out. An object that comes to match or
    /// ceases to is ADDED or DELETED to this watch.
    func line(_ event: StoreEvent, _ watch: WatchRequest) -> [UInt8]? {
        if let namespace = watch.namespace, event.object.at("metadata", "namespace")?.string != namespace { return nil }
        let matches = watch.selectors.matches(event.object)
        let matched = event.previous.map(watch.selectors.matches) ?? false
        var kind = event.kind
        switch (event.kind, matched, matches) {
        case (.added, _, true): kind = .added
        case (.modified, true, true): kind = .modified
        case (.modified, false, true): kind = .added
        case (.modified, true, false), (.deleted, true, _): kind = .deleted
        default: return nil
        }
        return line(kind.rawValue, event.stored, watch)
    }

    func bookmark(_ watch: WatchRequest, endsInitialEvents: Bool = false) -> [UInt8] {
        var metadata: JSONValue = ["resourceVersion": .string(String(store.version))]
        if endsInitialEvents { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        let object: JSONValue = [
            "kind": .string(watch.type.kind), "apiVersion": .string(watch.type.apiVersion(watch.version)),
            "metadata": metadata,
        ]
        return Self.line("BOOKMARK", watch.form.shape == .metadata ? ResponseForm.partial(object) : object, watch.form)
    }

    private func line(_ kind: String, _ stored: StoredObject, _ watch: WatchRequest) -> [UInt8] {
        let target = Target(type: watch.type, version: watch.version, rest: [])
        switch watch.form.shape {
        case .whole where watch.form.isProtobuf:
            return ProtobufEnvelope.frame(kind, stored.wrappedProtobuf(target.version))
        case .whole:
            return Array("{\"type\":\"\(kind)\",\"object\":".utf8) + stored.json(target.version) + Array("}\n".utf8)
        case .metadata: return Self.line(kind, ResponseForm.partial(stored.value), watch.form)
        case .table:
            let version: JSONValue = ["resourceVersion": stored.value.at("metadata", "resourceVersion") ?? "0"]
            let table = TablePrinter.table([versioned(stored.value, target)], watch.type, self, version: version)
            return Self.line(kind, table, watch.form)
        }
    }

    private static func line(_ kind: String, _ object: JSONValue, _ form: ResponseForm) -> [UInt8] {
        if form.isProtobuf, let encoded = ProtobufEnvelope.encoded(object) {
            return ProtobufEnvelope.frame(kind, encoded)
        }
        return Array("{\"type\":\"\(kind)\",\"object\":\(object.compactText)}\n".utf8)
    }
}
