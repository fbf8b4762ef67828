// The rollouts that stand in a cluster, found by their marks, whoever started them.

package import ClusterData

package enum GuardedRollouts {
    private static let kinds: [WatchedKind] = [.virtualservices, .httproutes, .grpcroutes]

    /// In the whole cluster, and for who may not list that in these namespaces. Marks that cannot be read are left out:
    /// they are no rollout that could go on.
    package static func find(_ client: KubeClient, namespaces: [String] = []) async throws -> [GuardRecord] {
        let discovery = try await Discovery.load(client)
        var found: [GuardRecord] = []
        for kind in kinds {
            guard let path = discovery.path(for: kind) else { continue }
            for item in try await items(path, namespaces, client) {
                guard let mark = item.at("metadata", "annotations", ObjectMeta.rolloutAnnotation)?.string else {
                    continue
                }
                let route = ObjectReference(
                    kind: kind.kind, namespace: item.at("metadata", "namespace")?.string ?? "",
                    name: item.at("metadata", "name")?.string ?? "")
                if let record = try? GuardRecord(mark, route: route) { found.append(record) }
            }
        }
        return found
    }

    private static func items(
        _ path: ResourcePath, _ namespaces: [String], _ client: KubeClient
    ) async throws -> [JSONValue] {
        do {
            return try await client.json(KubeClient.Call("GET", path.collection(nil))).list("items")
        } catch let error as MeshTopError where error.code == .forbidden && !namespaces.isEmpty {
            var items: [JSONValue] = []
            for namespace in namespaces {
                items += try await client.json(KubeClient.Call("GET", path.collection(namespace))).list("items")
            }
            return items
        }
    }

    /// The workloads on both sides of a rollout's split, and the services that its destinations name.
    package static func arms(
        _ target: GuardTarget, _ session: MeshSession
    ) async -> (canary: Set<ObjectKey>, stable: Set<ObjectKey>, services: [ServiceID]) {
        let row = await session.snapshot().routes.first {
            $0.kind.rawValue == target.route.kind && $0.namespace == target.route.namespace
                && $0.name == target.route.name && $0.section == target.section && $0.index == target.index
        }
        guard let row, row.destinations.indices.contains(target.canary) else { return ([], [], []) }
        let arms = await session.arms(of: row)
        let canary = arms[target.canary]
        let others = arms.indices.filter { $0 != target.canary }.reduce(into: Set<ObjectKey>()) {
            $0.formUnion(arms[$1])
        }
        return (canary, others.subtracting(canary), Array(Set(row.destinations.compactMap(\.service))).sorted())
    }
}
