// Where the objects of each watched kind are kept, and as what they are read: one entry each.

internal import Base
package import Kube
package import MeshModel

/// Folds a change of one kind in; the namespace is nil when the change is of the whole cluster.
package typealias KindFold<Object: ClusterObject> =
    @Sendable (inout ClusterObjects, StoreChange<Object>, String?) -> FoldEffect

/// Follows a kind, of whatever type its objects are.
package protocol KindReader: Sendable {
    func read<Object: ClusterObject>(_ kind: WatchedKind, _ fold: @escaping KindFold<Object>) async
}

package struct KindStore: Sendable {
    package let kind: WatchedKind
    package let count: @Sendable (ClusterObjects) -> Int
    private let reading: @Sendable (any KindReader) async -> Void
    private let putting: @Sendable (inout ClusterObjects, inout JSONScanner, Bool) throws(JSONError) -> FoldEffect

    private init<Object: ClusterObject>(
        _ kind: WatchedKind, count: @escaping @Sendable (ClusterObjects) -> Int, fold: @escaping KindFold<Object>
    ) {
        self.kind = kind
        self.count = count
        reading = { await $0.read(kind, fold) }
        putting = { (objects, scanner, isGone) throws(JSONError) in
            let object = try Object(&scanner)
            return fold(&objects, .events([isGone ? .delete(object) : .upsert(object)]), nil)
        }
    }

    private init<Shelf: ObjectShelf>(
        _ kind: WatchedKind, _ shelf: any WritableKeyPath<ClusterObjects, Shelf> & Sendable
    ) {
        self.init(
            kind, count: { $0[keyPath: shelf].count },
            fold: { $0[keyPath: shelf].fold($1, namespace: $2) } as KindFold<Shelf.Object>)
    }

    private init<Object: ClusterObject>(
        workloads kind: WatchedKind, _ shelf: any WritableKeyPath<ClusterObjects, [ObjectKey: Object]> & Sendable
    ) {
        self.init(
            kind, count: { $0[keyPath: shelf].count },
            fold: { $0.foldWorkloads(shelf, $1, $2) } as KindFold<Object>)
    }

    private init(configuration kind: WatchedKind) {
        self.init(
            kind, count: { $0.configs[kind]?.count ?? 0 },
            fold: { $0.configs[kind, default: [:]].fold($1, namespace: $2) } as KindFold<ConfigObject>)
    }

    /// Kinds of which something else is kept than of a configuration object.
    private static let special: [KindStore] = [
        KindStore(.namespaces, \.namespaces), KindStore(.services, \.services), KindStore(.pods, \.pods),
        KindStore(.nodes, \.nodes), KindStore(.customresourcedefinitions, \.customTypes),
        KindStore(workloads: .deployments, \.deployments), KindStore(workloads: .statefulsets, \.statefulSets),
        KindStore(workloads: .daemonsets, \.daemonSets), KindStore(workloads: .rollouts, \.rollouts),
        KindStore(.cronjobs, \.cronJobs), KindStore(.endpointslices, \.endpoints),
        KindStore(.horizontalpodautoscalers, \.autoscalers),
    ]

    private static let byKind: [WatchedKind: KindStore] = {
        var stores = Dictionary(uniqueKeysWithValues: special.map { ($0.kind, $0) })
        for kind in WatchedKind.all where stores[kind] == nil { stores[kind] = KindStore(configuration: kind) }
        return stores
    }()

    package static let all = WatchedKind.all.map { of($0) }

    package static func of(_ kind: WatchedKind) -> KindStore { byKind[kind] ?? KindStore(configuration: kind) }

    package var isConfiguration: Bool { !Self.special.contains { $0.kind == kind } }

    /// Has the kind followed, as the type that its objects are read as.
    package func open(_ reader: any KindReader) async { await reading(reader) }

    /// Folds one object in that came by itself, or takes it away.
    func put(_ bytes: [UInt8], isGone: Bool, into objects: inout ClusterObjects) throws(JSONError) {
        var scanner = JSONScanner(bytes.span)
        objects.note(try putting(&objects, &scanner, isGone), kind)
    }
}
