// Which pods a selector selects, answered from labels: ten thousand pods are as many groups as there are pod templates.

internal import Kube

/// Pods of one workload with the same labels, or the template itself where no pod runs.
struct PodGroup: Sendable {
    var namespace: String
    var labels: [String: String]
    /// One of the pods, for messages.
    var example: String
    /// The workload that made them; the pod's own name where none did.
    package var workload: String
    package var pods: Int
    var facts: PodFacts
    /// Captured by ztunnel: the node agent notes it on each pod.
    package var isAmbient: Bool
    var nodes: Set<String> = []

    func has(_ wanted: [String: String]) -> Bool { wanted.allSatisfy { labels[$0.key] == $0.value } }
    var isGateway: Bool { labels["gateway.networking.k8s.io/gateway-name"] != nil }
}

struct WorkloadIndex: Sendable {
    private struct Label: Hashable, Sendable {
        var key: String
        var value: String
    }

    private(set) var groups: [PodGroup] = []
    private var byNamespace: [String: [Int]] = [:]
    private var byLabel: [Label: [Int]] = [:]

    init(_ objects: ClusterObjects) {
        var places: [Int: Int] = [:]
        var templates: Set<PodOwner> = []
        for pod in objects.pods.values {
            guard let key = objects.pods.group(of: pod.meta.key) else { continue }
            let owner = objects.owner(of: pod)
            templates.insert(owner)
            if let place = places[key] {
                groups[place].pods += 1
                if let node = pod.nodeName { groups[place].nodes.insert(node) }
                groups[place].example = min(groups[place].example, pod.meta.name)
                continue
            }
            places[key] = groups.count
            groups.append(
                PodGroup(
                    namespace: pod.meta.namespace, labels: pod.meta.labels, example: pod.meta.name,
                    workload: owner.name, pods: 1,
                    facts: pod.facts, isAmbient: pod.meta.annotations["ambient.istio.io/redirection"] == "enabled",
                    nodes: Set([pod.nodeName].compactMap { $0 })))
        }
        for place in WorkloadPlace.sorted(objects) where !templates.contains(place.owner) {
            if let workload = place.workload(objects) {
                groups.append(
                    PodGroup(
                        namespace: workload.meta.namespace, labels: workload.podLabels, example: workload.meta.name,
                        workload: workload.meta.name, pods: 0, facts: workload.facts, isAmbient: false))
            }
        }
        groups.sort { ($0.namespace, $0.example) < ($1.namespace, $1.example) }
        for (place, group) in groups.enumerated() {
            byNamespace[group.namespace, default: []].append(place)
            for (key, value) in group.labels { byLabel[Label(key: key, value: value), default: []].append(place) }
        }
    }

    /// The groups with all of these labels, in one namespace or anywhere; an empty selector selects all.
    func matching(_ labels: [String: String], in namespace: String? = nil) -> [PodGroup] {
        guard !labels.isEmpty else {
            return namespace.map { (byNamespace[$0] ?? []).map { groups[$0] } } ?? groups
        }
        let candidates = labels.map { byLabel[Label(key: $0.key, value: $0.value)] ?? [] }
        let rarest = candidates.min { $0.count < $1.count } ?? []
        return rarest.map { groups[$0] }.filter { group in
            (namespace == nil || group.namespace == namespace) && group.has(labels)
        }
    }

    func has(_ labels: [String: String], in namespace: String? = nil) -> Bool {
        !matching(labels, in: namespace).isEmpty
    }
}
