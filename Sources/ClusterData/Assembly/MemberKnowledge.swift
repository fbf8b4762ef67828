// Whether it is known which pods a service, a subset or a workload stands for: where a kind was not read, or an object of
// it was not understood, what metrics say of them cannot be told from what they say of others.

internal import Istio
internal import Kube
internal import MeshModel

extension MeshWorld {
    /// Where a DestinationRule for a service can be, seen from a client.
    private func homes(of id: ServiceID, from namespace: String) -> Set<String> {
        Set([id.namespace, namespace, MeshConfig.rootNamespace]).subtracting([""])
    }

    func knowsService(_ id: ServiceID) -> Bool {
        objects.services[ObjectKey(id.namespace, id.name)] != nil || objects.gap(.services, in: [id.namespace]) == nil
    }

    func knowsSubset(_ name: String, of id: ServiceID, from namespace: String) -> Bool {
        subsets.subset(name, of: id) != nil || objects.gap(.destinationrules, in: homes(of: id, from: namespace)) == nil
    }

    func knowsPods(in namespace: String) -> Bool { objects.gap(.pods, in: [namespace], acceptsOld: true) == nil }

    /// Whether all workloads are known, or the pods that they made.
    func knowsWorkloads(in namespace: String) -> Bool {
        knowsPods(in: namespace)
            || WatchedKind.templates.allSatisfy { objects.gap($0, in: [namespace], acceptsOld: true) == nil }
    }

    /// Whether it is known which of a service's requests are a destination's.
    func knowsMembers(of id: ServiceID, subset: String?, from namespace: String) -> Bool {
        guard knowsService(id) else { return false }
        if let subset {
            guard knowsSubset(subset, of: id, from: namespace) else { return false }
            // A subset of what selects no pods: whose they are is said nowhere.
            if subsets.subset(subset, of: id) != nil, subsets.selection(of: id, subset: subset) == nil {
                return edges(to: id).isEmpty
            }
        }
        // Pods are enough. Without them templates are, as long as metrics name no workload besides theirs.
        guard !knowsPods(in: id.namespace) else { return true }
        let names = subsets.selection(of: id, subset: nil)?.metricNames ?? []
        return edges(to: id).allSatisfy { names.contains(ObjectKey($0.destination.namespace, $0.destination.workload)) }
    }
}
