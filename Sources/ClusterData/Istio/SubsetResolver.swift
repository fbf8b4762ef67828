// Which pods a destination's subset stands for.

/// Subsets by service, from every DestinationRule; of two with the same name the older rule's wins.
package struct SubsetResolver: Sendable {
    package struct Subset: Sendable, Hashable {
        package var labels: [String: String]
        package var rule: ObjectKey
    }

    private var subsets: [ServiceID: [String: Subset]] = [:]
    private let workloads: [String: [Workload]]
    private let services: [ObjectKey: Service]

    package init(_ objects: ClusterObjects, workloads: [Workload]) {
        services = objects.services
        self.workloads = Dictionary(grouping: workloads) { $0.meta.namespace }
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
        return (workloads[id.namespace] ?? []).filter { workload in
            wanted.allSatisfy { workload.podLabels[$0.key] == $0.value }
        }
    }
}
