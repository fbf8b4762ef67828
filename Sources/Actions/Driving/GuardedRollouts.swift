// The rollouts that stand in a cluster, found by their marks, whoever started them.

internal import Base
package import ClusterData
internal import Istio
package import Kube
package import MeshModel

package enum GuardedRollouts {
    private static let kinds: [WatchedKind] = [.virtualservices, .httproutes, .grpcroutes]

    /// In the whole cluster, for who may not list that in these namespaces, and for who may list nothing at all those
    /// on the routes of one name. Marks that cannot be read are left out:
    /// they are no rollout that could go on.
    package static func find(
        _ client: KubeClient, namespaces: [String] = [], named name: String? = nil
    ) async throws -> [GuardRecord] {
        let discovery = try await client.discovery(until: \.knowsWatchedKinds)
        var found: [GuardRecord] = []
        var gap: MeshTopError?
        for kind in kinds {
            guard let path = discovery.path(for: kind) else {
                if let why = discovery.gap(kind.group) {
                    gap = gap ?? MeshTopError(.server, "\(kind.kind) objects", why: "not read: \(why)")
                }
                continue
            }
            found += try await items(path, namespaces, name, client).compactMap { record($0, kind.kind) }
        }
        if found.isEmpty, let gap { throw gap }
        return found
    }

    /// The rollout whose mark is on a route; nil without one.
    static func record(_ route: JSONValue, _ kind: String) -> GuardRecord? {
        guard let mark = route.at("metadata", "annotations", ObjectMeta.rolloutAnnotation)?.string else { return nil }
        let reference = ObjectReference(
            kind: kind, namespace: route.at("metadata", "namespace")?.string ?? "",
            name: route.at("metadata", "name")?.string ?? "")
        return try? GuardRecord(mark, route: reference)  // a mark that cannot be read is none
    }

    /// The rollout on one route, read by its name.
    package static func standing(on route: ObjectReference, _ client: KubeClient) async throws -> GuardRecord? {
        let world = PlanWorld(
            client: client, discovery: try await client.discovery(until: \.knowsWatchedKinds), snapshot: nil)
        return record(try await world.read(world.path(route)), route.kind)
    }

    private static func items(
        _ path: ResourcePath, _ namespaces: [String], _ name: String?, _ client: KubeClient
    ) async throws -> [JSONValue] {
        do {
            return try await client.json(KubeClient.Call("GET", path.collection(nil))).list("items")
        } catch let error as MeshTopError where error.code == .forbidden && !namespaces.isEmpty {
            var items: [JSONValue] = []
            for namespace in namespaces {
                do {
                    items += try await client.json(KubeClient.Call("GET", path.collection(namespace))).list("items")
                } catch let error as MeshTopError where error.code == .forbidden && name != nil {
                    items += try await one(path.object(ObjectKey(namespace, name ?? "")), client)
                }
            }
            return items
        }
    }

    private static func one(_ path: String, _ client: KubeClient) async throws -> [JSONValue] {
        do {
            return [try await client.json(KubeClient.Call("GET", path))]
        } catch let error as MeshTopError where error.code == .notFound {
            return []
        }
    }

    /// The workloads on both sides of a rollout's split, and the services that its destinations name.
    package static func arms(
        _ target: GuardTarget, _ session: MeshSession
    ) async -> (canary: Set<ObjectKey>, stable: Set<ObjectKey>, services: [ServiceID]) {
        func isMeant(_ row: RouteSummary) -> Bool {
            row.kind.rawValue == target.route.kind && row.namespace == target.route.namespace
                && row.name == target.route.name && row.section == target.section && row.index == target.index
        }
        var row = await session.snapshot().routes.first(where: isMeant)
        if row == nil, let kind = RouteSummary.Kind(rawValue: target.route.kind) {
            // Its kind may not be listed. One that cannot be read either has no arms that are known.
            row = try? await NamedRoute.rules(
                kind, target.route.namespace, target.route.name, session.client
            ).first(where: isMeant)
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
