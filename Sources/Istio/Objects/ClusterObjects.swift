// Everything that is known of the cluster's objects at one moment, by kind and name.

internal import Base
package import Kube
package import MeshModel

/// The stores that the reflectors fill. A value: the snapshot builder reads one consistent copy.
package struct ClusterObjects: Sendable {
    package var namespaces: [ObjectKey: Namespace] = [:]
    package var services: [ObjectKey: Service] = [:]
    package var pods = PodStore()
    package var nodes: [ObjectKey: MetadataObject] = [:]
    package var customTypes: [ObjectKey: MetadataObject] = [:]
    package var deployments: [ObjectKey: Workload] = [:]
    package var statefulSets: [ObjectKey: Workload] = [:]
    package var daemonSets: [ObjectKey: Workload] = [:]
    package var rollouts: [ObjectKey: CustomWorkload] = [:]
    package var cronJobs: [ObjectKey: MetadataObject] = [:]
    package var endpoints = EndpointStore()
    package var autoscalers: [ObjectKey: HorizontalPodAutoscaler] = [:]
    package var configs: [WatchedKind: [ObjectKey: ConfigObject]] = [:]
    package var states: [WatchedKind: (state: SourceStatus.State, detail: String)] = [:] {
        didSet { statesVersion += 1 }
    }
    /// Objects that could not be understood, by the namespace that was read; "" is the whole cluster.
    private var odd: [WatchedKind: [String: [OddObject]]] = [:]
    /// The namespaces in which a kind is read, where the cluster as a whole is forbidden.
    package var namespacesRead: [WatchedKind: Set<String>] = [:] {
        didSet { if namespacesRead != oldValue { statesVersion += 1 } }
    }
    /// Of the others, those that are being read and those that may not be.
    package var reading: [WatchedKind: PartReading] = [:] {
        didSet { if reading != oldValue { statesVersion += 1 } }
    }
    /// Move when something that is read changes: what a kind's objects say, or which there are and their labels.
    private var versions: [WatchedKind: Int] = [:]
    private var structures: [WatchedKind: Int] = [:]
    package private(set) var statesVersion = 0

    package init() {}

    /// What has changed since `forgetTouched`: workloads, themselves or their pods, and endpoints of services.
    package var touched: Set<Touched> {
        Set(touchedWorkloads.union(pods.touched).map(Touched.workload)).union(endpoints.touched.map(Touched.service))
    }
    private var touchedWorkloads: Set<ObjectKey> = []

    package mutating func forgetTouched() {
        touchedWorkloads = []
        pods.forgetTouched()
        endpoints.forgetTouched()
    }

    package mutating func foldWorkloads<Object: ClusterObject>(
        _ shelf: WritableKeyPath<ClusterObjects, [ObjectKey: Object]>, _ change: StoreChange<Object>,
        _ namespace: String?
    ) -> FoldEffect {
        if case .events(let events) = change {
            for event in events {
                guard case .upsert(let object) = event else { continue }
                let key = object.meta.key
                if self[keyPath: shelf][key].map({ !object.looksLike($0) }) ?? true { touchedWorkloads.insert(key) }
            }
        }
        return self[keyPath: shelf].fold(change, namespace: namespace)
    }

    package func version(_ kind: WatchedKind) -> Int { versions[kind] ?? 0 }
    package func structure(_ kind: WatchedKind) -> Int { structures[kind] ?? 0 }

    /// Moves when an analysis may say something else: with a workload's or pod's labels, not with its readiness.
    package func analysisVersion(_ kind: WatchedKind) -> Int {
        switch kind {
        case .pods: pods.shapeVersion &+ statesVersion &* 1_000_003
        case .endpointslices, .cronjobs: 0
        case .deployments, .statefulsets, .daemonsets, .rollouts: structure(kind) &+ statesVersion &* 1_000_003
        default: version(kind) &+ statesVersion &* 1_000_003
        }
    }

    package mutating func note(_ effect: FoldEffect, _ kind: WatchedKind) {
        if effect >= .values { versions[kind, default: 0] += 1 }
        if effect == .structure { structures[kind, default: 0] += 1 }
    }

    package func count(_ kind: WatchedKind) -> Int { KindStore.of(kind).count(self) }

    /// Whether pods of a namespace are captured by ztunnel where nothing says otherwise: injection goes before it.
    package func isAmbient(_ namespace: String) -> Bool {
        namespaces[ObjectKey("", namespace)].map { $0.isAmbient && !$0.injectsSidecars } ?? false
    }

    /// Objects of a configuration kind, oldest first: Istio lets the oldest win.
    package func oldestFirst(_ kind: WatchedKind) -> [ConfigObject] {
        (configs[kind] ?? [:]).values.sorted {
            ($0.meta.created?.seconds ?? 0, $0.meta.namespace, $0.meta.name)
                < ($1.meta.created?.seconds ?? 0, $1.meta.namespace, $1.meta.name)
        }
    }

    package var kindStatuses: [KindStatus] {
        WatchedKind.all.map { kind in
            var status = status(kind)
            if !status.odd.isEmpty {
                status.detail += (status.detail.isEmpty ? "" : "; ") + OddObject.words(status.odd)
            }
            return status
        }
    }

    func status(_ kind: WatchedKind) -> KindStatus {
        let known = states[kind] ?? (.starting, "")
        var status = KindStatus(
            kind: kind.kind, group: kind.group, state: known.state, count: count(kind), detail: known.detail)
        status.reason = known.detail
        status.odd = (odd[kind] ?? [:]).values.joined().sorted { $0.key < $1.key }
        status.namespacesRead = namespacesRead[kind]
        if let part = reading[kind] {
            (status.namespacesAwaited, status.namespacesRefused) = (part.awaited, part.refused)
            status.othersReason = part.others
        }
        return status
    }

    /// Why nobody can say what all objects of a kind in these namespaces are; nil where all were read. Kinds that nobody
    /// asked for, as where objects come from files, are read. What was read once and is old counts as asked.
    package func gap(_ kind: WatchedKind, in namespaces: Set<String>, acceptsOld: Bool = false) -> String? {
        var status = status(kind)
        if states[kind] == nil { status.state = .ok }
        return status.gap(in: namespaces, acceptsOld: acceptsOld)
    }

    /// Whether the objects of a kind in a namespace were listed, and still are.
    func isRead(_ kind: WatchedKind, in namespace: String) -> Bool {
        guard let state = states[kind]?.state else { return true }
        switch state {
        case .ok, .slow: return namespacesRead[kind]?.contains(namespace) ?? true
        case .absent: return true
        case .starting, .stale, .down, .forbidden, .unauthorized: return false
        }
    }

    func hasOdd(_ kind: WatchedKind, in namespace: String?) -> Bool {
        odd[kind]?.values.contains { objects in
            objects.contains { namespace == nil || $0.key.namespace.isEmpty || $0.key.namespace == namespace }
        } ?? false
    }

    func isOdd(_ kind: WatchedKind, _ key: ObjectKey) -> Bool {
        odd[kind]?.values.contains { $0.contains { $0.key == key } } ?? false
    }

    /// A list takes the place of what was known, in one namespace or in all.
    package mutating func forgetOdd(_ kind: WatchedKind, namespace: String?) {
        guard odd[kind] != nil else { return }
        if let namespace { odd[kind]?[namespace] = nil } else { odd[kind] = nil }
        statesVersion += 1
    }

    package mutating func noteOdd(_ objects: [OddObject], _ kind: WatchedKind, namespace: String?) {
        odd[kind, default: [:]][namespace ?? ""] = objects.isEmpty ? nil : objects
        statesVersion += 1
    }
}

/// What is known of the namespaces in which a kind was not read.
package struct PartReading: Sendable, Hashable {
    package var awaited: Set<String>
    /// Why, by name.
    package var refused: [String: String]
    /// Why all others are not read.
    package var others: String

    package init(awaited: Set<String> = [], refused: [String: String] = [:], others: String = "") {
        self.awaited = awaited
        self.refused = refused
        self.others = others
    }
}

/// What a change means to those who look: nothing, other values, or other objects or labels.
package enum FoldEffect: Int, Comparable, Sendable {
    case none, values, structure

    package static func < (left: FoldEffect, right: FoldEffect) -> Bool { left.rawValue < right.rawValue }

    init<Object: ClusterObject>(from old: Object?, to new: Object?) {
        guard let old, let new else {
            self = old == nil && new == nil ? .none : .structure
            return
        }
        self = new.looksLike(old) ? .none : new.standsLike(old) ? .values : .structure
    }
}

/// Objects of one kind by name, into which a reflector's changes are folded.
package protocol ObjectShelf<Object>: Sendable {
    associatedtype Object: ClusterObject
    init()
    var allKeys: [ObjectKey] { get }
    var count: Int { get }
    subscript(key: ObjectKey) -> Object? { get set }
}

extension ObjectShelf {
    /// With a namespace, a replacement touches that namespace alone.
    package mutating func fold(_ change: StoreChange<Object>, namespace: String?) -> FoldEffect {
        var effect = FoldEffect.none
        switch change {
        case .replace(let objects):
            if let namespace {
                for key in allKeys where key.namespace == namespace { self[key] = nil }
            } else {
                self = Self()
            }
            for object in objects { self[object.meta.key] = object }
            effect = .structure
        case .events(let events):
            for event in events {
                switch event {
                case .upsert(let object): effect = max(effect, put(object, object.meta.key))
                case .delete(let object): effect = max(effect, put(nil, object.meta.key))
                case .odd(let object, _): effect = max(effect, put(nil, object.key))
                case .bookmark, .error: break
                }
            }
        case .status, .odd: break
        }
        return effect
    }

    private mutating func put(_ object: Object?, _ key: ObjectKey) -> FoldEffect {
        let effect = FoldEffect(from: self[key], to: object)
        self[key] = object
        return effect
    }
}

extension Dictionary: ObjectShelf where Key == ObjectKey, Value: ClusterObject {
    package var allKeys: [ObjectKey] { Array(keys) }
}

extension PodStore: ObjectShelf {
    package var allKeys: [ObjectKey] { Array(keys) }
}
