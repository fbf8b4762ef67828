// Which pods a service and each of its subsets stand for, and which of the metrics are theirs.

internal import Base
package import Kube
package import MeshModel

/// Subsets by service, from every DestinationRule; of two with the same name the older rule's wins.
package struct SubsetResolver: Sendable {
    package struct Subset: Sendable, Hashable {
        package var labels: [String: String]
        package var rule: ObjectKey
    }

    /// What a service or a subset of it selects.
    package struct Selection: Sendable {
        /// Workloads whose template or pods it selects, in the order that was given.
        package var places: [Int] = []
        /// Groups of pods, by their numbers in the store.
        package var groups: [Int] = []
        /// What metrics call these workloads.
        package var metricNames: Set<ObjectKey> = []
        /// Workloads of which only some pods are selected: metrics name the workload, so nobody can tell which of its
        /// numbers are whose.
        package var divided: [ObjectKey] = []
    }

    private var subsets: [ServiceID: [String: Subset]] = [:]
    /// By service and subset; nil stands for the whole service.
    private var selections: [ServiceID: [String?: Selection]] = [:]

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
        let finder = Finder(objects.pods, workloads)
        for service in objects.services.values where service.selectsPods {
            var whole = finder.select(service.selector, service.meta.namespace)
            finder.name(&whole, of: nil)
            var found: [String?: Selection] = [nil: whole]
            for (name, subset) in subsets[service.id] ?? [:] {
                // A label that the selector asks for as well, with another value, is no pod's.
                let contradicts = subset.labels.contains { label, value in
                    service.selector[label].map { $0 != value } ?? false
                }
                if contradicts {
                    found[name] = Selection()
                    continue
                }
                var part = finder.select(service.selector.merging(subset.labels) { $1 }, service.meta.namespace)
                finder.name(&part, of: whole)
                found[name] = part
            }
            selections[service.id] = found
        }
    }

    package func subset(_ name: String, of id: ServiceID) -> Subset? { subsets[id]?[name] }

    /// The places of the workloads whose pods the service selects, and the subset's labels too when one is named.
    package func places(of id: ServiceID, subset: String?) -> [Int] { selections[id]?[subset]?.places ?? [] }

    package func selection(of id: ServiceID, subset: String?) -> Selection? { selections[id]?[subset] }
}

/// Answers selectors from their rarest label.
private struct Finder {
    private struct Label: Hashable {
        var namespace: String
        var key: String
        var value: String
    }

    private let pods: PodStore
    private let workloads: [Workload]
    private var templatesWith: [Label: [Int]] = [:]
    private var groupsWith: [Label: [Int]] = [:]
    private var places: [PodOwner: Int] = [:]

    init(_ pods: PodStore, _ workloads: [Workload]) {
        self.pods = pods
        self.workloads = workloads
        for (place, workload) in workloads.enumerated() {
            places[workload.owner] = place
            for (key, value) in workload.podLabels {
                templatesWith[Label(namespace: workload.meta.namespace, key: key, value: value), default: []].append(
                    place)
            }
        }
        for (number, group) in pods.groups {
            for (key, value) in group.labels {
                groupsWith[Label(namespace: group.owner.namespace, key: key, value: value), default: []].append(number)
            }
        }
    }

    func select(_ wanted: [String: String], _ namespace: String) -> SubsetResolver.Selection {
        func rarest(_ index: [Label: [Int]]) -> [Int] {
            wanted.map { index[Label(namespace: namespace, key: $0.key, value: $0.value)] ?? [] }.min {
                $0.count < $1.count
            } ?? []
        }
        func has(_ labels: [String: String]) -> Bool { wanted.allSatisfy { labels[$0.key] == $0.value } }
        var selection = SubsetResolver.Selection()
        selection.groups = rarest(groupsWith).filter { pods.groups[$0].map { has($0.labels) } ?? false }.sorted()
        var found = Set(rarest(templatesWith).filter { has(workloads[$0].podLabels) })
        for group in selection.groups {
            if let place = pods.groups[group].flatMap({ places[$0.owner] ?? places[$0.maker] }) { found.insert(place) }
        }
        selection.places = found.sorted()
        return selection
    }

    /// Says whose the metrics are: a workload's, unless only some of the pods that the service has of it are selected.
    package func name(_ selection: inout SubsetResolver.Selection, of service: SubsetResolver.Selection?) {
        let own = Set(selection.groups)
        for place in selection.places {
            let workload = workloads[place]
            if let service {
                // Metrics call pods of one owner the same, whichever of its ReplicaSets outlived it.
                let owners = Set(pods.groups(of: workload.owner).map(\.owner))
                let all = service.groups.filter { pods.groups[$0].map { owners.contains($0.owner) } ?? false }
                let inside = all.count { own.contains($0) }
                // Of a template that has been changed no pod may be there yet.
                if inside == 0, !all.isEmpty { continue }
                if inside < all.count {
                    selection.divided.append(workload.meta.key)
                    continue
                }
            }
            selection.metricNames.formUnion(pods.metricNames(of: workload.owner))
        }
    }
}
