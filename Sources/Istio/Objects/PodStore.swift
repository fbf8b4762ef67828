// The pods in groups of equal workload and labels, with the sums that rows ask for, kept up as pods come and go: ten
// thousand are not counted for every snapshot.

package import Kube

/// What is asked of a workload's pods.
package struct PodCount: Sendable, Hashable {
    /// Without those on their way out and those that have ended.
    package var pods = 0
    package var ready = 0
    package var sidecars = 0
    /// All that are there.
    package var all = 0

    package var hasSidecar: Bool { sidecars > 0 }

    fileprivate init(of pod: Pod) {
        all = 1
        sidecars = pod.hasSidecar ? 1 : 0
        pods = pod.meta.isDeleting || pod.hasEnded ? 0 : 1
        ready = pod.isReady ? pods : 0
    }

    package init() {}

    package mutating func add(_ other: PodCount, _ sign: Int = 1) {
        pods += other.pods * sign
        ready += other.ready * sign
        sidecars += other.sidecars * sign
        all += other.all * sign
    }
}

/// Pods of one workload with the same labels: a service, a subset or a policy selects all of them or none.
package struct PodShare: Sendable {
    /// As the pods' names and labels have it, which is also what metrics call them.
    package var owner: PodOwner
    /// What the pods name as their controller.
    package var maker: PodOwner
    package var labels: [String: String]
    package var count = PodCount()
    /// Of one of them, as of all that were made from the same template.
    package var facts: PodFacts
    /// What metrics call its pods, where it is not the owner's name.
    package var metricNames: Set<String> = []
}

package struct PodStore: Sendable {
    private struct GroupKey: Hashable {
        package var owner: PodOwner
        var maker: PodOwner
        var labels: [String: String]
    }

    private var pods: [ObjectKey: Pod] = [:]
    private var groupOf: [ObjectKey: Int] = [:]
    private var places: [GroupKey: Int] = [:]
    private var nextPlace = 0
    /// By a number that stays the same as long as the group has pods.
    package private(set) var groups: [Int: PodShare] = [:]
    /// By owner and by maker.
    private var groupsOf: [PodOwner: Set<Int>] = [:]
    private var ownersNamed: [ObjectKey: Set<PodOwner>] = [:]

    /// Workloads whose sums have changed since somebody last asked.
    package private(set) var touched: Set<ObjectKey> = []

    /// Moves when pods come or go, or when one has other labels, annotations or containers.
    package private(set) var shapeVersion = 0
    /// Moves when a workload has its first pod with some labels, or its last.
    package private(set) var groupsVersion = 0
    /// Moves when another number of a group's pods is ready.
    package private(set) var readyVersion = 0

    package init() {}

    package var values: Dictionary<ObjectKey, Pod>.Values { pods.values }
    package var keys: Dictionary<ObjectKey, Pod>.Keys { pods.keys }
    package var count: Int { pods.count }

    package func count(of owner: PodOwner) -> PodCount {
        var sum = PodCount()
        for place in groupsOf[owner] ?? [] { if let group = groups[place] { sum.add(group.count) } }
        return sum
    }

    package func groups(of owner: PodOwner) -> [PodShare] { (groupsOf[owner] ?? []).sorted().compactMap { groups[$0] } }
    /// By name alone, as metrics know it: workloads of several kinds may share one.
    package func count(named key: ObjectKey) -> PodCount {
        var sum = PodCount()
        let places = owners(named: key).reduce(into: Set<Int>()) { $0.formUnion(groupsOf[$1] ?? []) }
        for place in places { if let group = groups[place] { sum.add(group.count) } }
        return sum
    }

    package func owners(named key: ObjectKey) -> Set<PodOwner> { ownersNamed[key] ?? [] }

    /// What metrics call a workload's pods.
    package func metricNames(of owner: PodOwner) -> Set<ObjectKey> {
        let groups = groups(of: owner)
        var names = groups.isEmpty ? [owner.key] : Set(groups.map(\.owner.key))
        for group in groups where !group.metricNames.isEmpty {
            names.formUnion(group.metricNames.map { ObjectKey(owner.namespace, $0) })
        }
        return names
    }

    /// Whether metrics call other pods the same: those of ReplicaSets that a Deployment left behind, or of Jobs.
    package func sharesMetricName(_ owner: PodOwner) -> Bool {
        groups(of: owner).contains { group in
            group.owner != owner && groups(of: group.owner).contains { $0.maker != group.maker && $0.count.pods > 0 }
        }
    }

    /// The number of a pod's group.
    package func group(of pod: ObjectKey) -> Int? { groupOf[pod] }

    package subscript(key: ObjectKey) -> Pod? {
        get { pods[key] }
        set {
            let old = pods[key]
            if Self.hasOtherShape(old, newValue) { shapeVersion += 1 }
            pods[key] = newValue
            if let old, let newValue, old.workload == newValue.workload, old.meta.labels == newValue.meta.labels,
                old.maker == newValue.maker, let place = groupOf[key]
            {
                let (before, after) = (PodCount(of: old), PodCount(of: newValue))
                if before != after { add([(before, -1), (after, 1)], place) }
                return
            }
            if let old, let place = groupOf.removeValue(forKey: key) {
                add([(PodCount(of: old), -1)], place)
                closeIfEmpty(place)
            }
            if let newValue {
                let place = place(of: newValue)
                groupOf[key] = place
                add([(PodCount(of: newValue), 1)], place)
            }
        }
    }

    package mutating func forgetTouched() { touched = [] }

    private static func hasOtherShape(_ old: Pod?, _ new: Pod?) -> Bool {
        guard let old, let new else { return (old == nil) != (new == nil) }
        return old.facts != new.facts || old.meta.labels != new.meta.labels
            || old.meta.annotations != new.meta.annotations
            || old.nodeName != new.nodeName || old.meta.isDeleting != new.meta.isDeleting
    }

    // MARK: Groups

    private mutating func place(of pod: Pod) -> Int {
        let key = GroupKey(owner: pod.workload, maker: pod.maker, labels: pod.meta.labels)
        if let known = places[key] {
            if let name = pod.metricName, groups[known]?.metricNames.insert(name).inserted == true {
                groupsVersion += 1
            }
            return known
        }
        let place = nextPlace
        nextPlace += 1
        groupsVersion += 1
        places[key] = place
        groups[place] = PodShare(
            owner: key.owner, maker: key.maker, labels: key.labels, facts: pod.facts,
            metricNames: Set([pod.metricName].compactMap { $0 }))
        for owner in [key.owner, key.maker] {
            groupsOf[owner, default: []].insert(place)
            ownersNamed[owner.key, default: []].insert(owner)
        }
        return place
    }

    private mutating func closeIfEmpty(_ place: Int) {
        guard let group = groups[place], group.count.all == 0 else { return }
        groupsVersion += 1
        groups[place] = nil
        places[GroupKey(owner: group.owner, maker: group.maker, labels: group.labels)] = nil
        for owner in [group.owner, group.maker] {
            groupsOf[owner]?.remove(place)
            guard groupsOf[owner]?.isEmpty == true else { continue }
            groupsOf[owner] = nil
            ownersNamed[owner.key]?.remove(owner)
            if ownersNamed[owner.key]?.isEmpty == true { ownersNamed[owner.key] = nil }
        }
    }

    private mutating func add(_ changes: [(PodCount, Int)], _ place: Int) {
        guard let group = groups[place] else { return }
        if changes.reduce(0, { $0 + $1.0.ready * $1.1 }) != 0 { readyVersion += 1 }
        for (count, sign) in changes { groups[place]?.count.add(count, sign) }
        touched.formUnion([group.owner.key, group.maker.key])
    }
}
