// The pods with the sums that rows ask for, kept up as pods come and go: ten thousand are not counted for every snapshot.

/// What is asked of a workload's pods.
struct PodCount: Sendable, Hashable {
    /// Without those on their way out.
    var pods = 0
    var ready = 0
    var sidecars = 0

    var hasSidecar: Bool { sidecars > 0 }

    fileprivate init(of pod: Pod) {
        sidecars = pod.hasSidecar ? 1 : 0
        pods = pod.meta.isDeleting ? 0 : 1
        ready = pod.isReady ? pods : 0
    }

    init() {}

    fileprivate mutating func add(_ other: PodCount, _ sign: Int) {
        pods += other.pods * sign
        ready += other.ready * sign
        sidecars += other.sidecars * sign
    }
}

package struct PodStore: Sendable {
    private var pods: [ObjectKey: Pod] = [:]
    /// By namespace and name of the workload.
    private var counts: [ObjectKey: PodCount] = [:]

    /// Workloads whose sums have changed since somebody last asked.
    private(set) var touched: Set<ObjectKey> = []

    /// Moves when pods come or go, or when one has other labels, annotations or containers.
    private(set) var shapeVersion = 0

    package init() {}

    package var values: Dictionary<ObjectKey, Pod>.Values { pods.values }
    package var keys: Dictionary<ObjectKey, Pod>.Keys { pods.keys }
    package var count: Int { pods.count }

    func count(of workload: ObjectKey) -> PodCount { counts[workload] ?? PodCount() }

    package subscript(key: ObjectKey) -> Pod? {
        get { pods[key] }
        set {
            if Self.hasOtherShape(pods[key], newValue) { shapeVersion += 1 }
            let (old, new) = (pods[key].flatMap(Self.share), newValue.flatMap(Self.share))
            pods[key] = newValue
            if let old, let new, old == new { return }
            if let old { note(old, -1) }
            if let new { note(new, 1) }
        }
    }

    mutating func forgetTouched() { touched = [] }

    private static func hasOtherShape(_ old: Pod?, _ new: Pod?) -> Bool {
        guard let old, let new else { return (old == nil) != (new == nil) }
        return old.facts != new.facts || old.meta.labels != new.meta.labels
            || old.meta.annotations != new.meta.annotations
            || old.nodeName != new.nodeName || old.meta.isDeleting != new.meta.isDeleting
    }

    private struct Share: Equatable {
        var workload: ObjectKey
        var count: PodCount
    }

    /// What a pod adds to its workload's sums.
    private static func share(of pod: Pod) -> Share? {
        pod.workload.map { Share(workload: ObjectKey(pod.meta.namespace, $0.name), count: PodCount(of: pod)) }
    }

    private mutating func note(_ share: Share, _ sign: Int) {
        counts[share.workload, default: PodCount()].add(share.count, sign)
        touched.insert(share.workload)
    }
}
