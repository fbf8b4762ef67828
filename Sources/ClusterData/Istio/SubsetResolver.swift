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
    /// Places of workloads, in the order that was given, by service and subset; nil stands for the whole service.
    private var places: [ServiceID: [String?: [Int]]] = [:]

    package init(_ objects: ClusterObjects, workloads: [Workload]) {
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
        var byLabel: [Label: [Int]] = [:]
        for (place, workload) in workloads.enumerated() {
            for (key, value) in workload.podLabels {
                byLabel[Label(namespace: workload.meta.namespace, key: key, value: value), default: []].append(place)
            }
        }
        /// A selector is answered from its rarest label.
        func find(_ wanted: [String: String], _ namespace: String) -> [Int] {
            let candidates = wanted.map { byLabel[Label(namespace: namespace, key: $0.key, value: $0.value)] ?? [] }
            let rarest = candidates.min { $0.count < $1.count } ?? []
            return rarest.filter { place in wanted.allSatisfy { workloads[place].podLabels[$0.key] == $0.value } }
        }
        for service in objects.services.values where !service.selector.isEmpty {
            var found: [String?: [Int]] = [nil: find(service.selector, service.meta.namespace)]
            for (name, subset) in subsets[service.id] ?? [:] {
                found[name] = find(service.selector.merging(subset.labels) { $1 }, service.meta.namespace)
            }
            places[service.id] = found
        }
    }

    package func subset(_ name: String, of id: ServiceID) -> Subset? { subsets[id]?[name] }

    /// The places of the workloads whose pods the service selects, and the subset's labels too when one is named.
    package func places(of id: ServiceID, subset: String?) -> [Int] { places[id]?[subset] ?? [] }
}
