// Which pods a destination's subset stands for.

/// Subsets by service, from every DestinationRule; of two with the same name the older rule's wins.
package struct SubsetResolver: Sendable {
    package struct Subset: Sendable, Hashable {
        package var labels: [String: String]
        package var rule: ObjectKey
    }

    /// One label of the pods of a namespace's workloads.
    private struct Label: Hashable, Sendable {
        var namespace: String
        var key: String
        var value: String
    }

    private var subsets: [ServiceID: [String: Subset]] = [:]
    private let workloads: [Workload]
    /// Places in `workloads` by pod label: a selector is answered from its rarest label.
    private let byLabel: [Label: [Int]]
    private let services: [ObjectKey: Service]

    package init(_ objects: ClusterObjects, workloads: [Workload]) {
        services = objects.services
        self.workloads = workloads
        var byLabel: [Label: [Int]] = [:]
        for (place, workload) in workloads.enumerated() {
            for (key, value) in workload.podLabels {
                byLabel[Label(namespace: workload.meta.namespace, key: key, value: value), default: []].append(place)
            }
        }
        self.byLabel = byLabel
        for rule in objects.oldestFirst(.destinationrules) {
            guard let host = rule.spec["host"]?.string,
                let id = HostNames.service(host, from: rule.meta.namespace)
            else { continue }
            for subset in rule.spec.list("subsets") {
                guard let name = subset.text("name"), subsets[id]?[name] == nil else { continue }
                subsets[id, default: [:]][name] = Subset(
                    labels: subset["labels"]?.stringMap ?? [:], rule: rule.meta.key)
            }
        }
    }

    package func subset(_ name: String, of id: ServiceID) -> Subset? { subsets[id]?[name] }

    /// The workloads whose pods the service selects, and the subset's labels too when one is named.
    package func workloads(of id: ServiceID, subset: String?) -> [Workload] {
        guard let service = services[ObjectKey(id.namespace, id.name)], !service.selector.isEmpty else { return [] }
        var wanted = service.selector
        if let subset {
            guard let labels = self.subset(subset, of: id)?.labels else { return [] }
            wanted.merge(labels) { $1 }
        }
        let candidates = wanted.map { byLabel[Label(namespace: id.namespace, key: $0.key, value: $0.value)] ?? [] }
        guard let rarest = candidates.min(by: { $0.count < $1.count }) else { return [] }
        return rarest.map { workloads[$0] }.filter { workload in
            wanted.allSatisfy { workload.podLabels[$0.key] == $0.value }
        }
    }
}
