// A route that a person names, read by itself: who may get it need not be able to list its kind.

internal import Base
internal import ClusterData
internal import Istio
package import Kube
package import MeshModel

package enum NamedRoute {
    static let kinds: [(RouteSummary.Kind, WatchedKind)] = [
        (.virtualService, .virtualservices), (.httpRoute, .httproutes), (.grpcRoute, .grpcroutes),
    ]

    /// The rules of one object; an error where it cannot be read.
    package static func rules(
        _ kind: RouteSummary.Kind, _ namespace: String, _ name: String, _ client: KubeClient
    ) async throws -> [RouteSummary] {
        let world = PlanWorld(
            client: client, discovery: try await client.discovery(until: \.knowsWatchedKinds), snapshot: nil)
        let path = try world.path(ObjectReference(kind: kind.rawValue, namespace: namespace, name: name))
        return RouteSummary.rules(of: try await world.read(path), kind)
    }

    /// Those of whatever kind have this name.
    package static func rules(
        _ namespace: String, _ name: String, _ client: KubeClient
    ) async throws -> [RouteSummary] {
        try await objects(namespace, name, client).flatMap { RouteSummary.rules(of: $1, $0) }
    }

    /// The objects of this name; a kind that may not be read has none here.
    static func objects(
        _ namespace: String, _ name: String, _ client: KubeClient
    ) async throws -> [(RouteSummary.Kind, JSONValue)] {
        let discovery = try await client.discovery(until: \.knowsWatchedKinds)
        var found: [(RouteSummary.Kind, JSONValue)] = []
        guard ObjectKey.isNamespaceName(namespace) else { return [] }
        for (kind, watched) in kinds {
            guard let path = discovery.path(for: watched) else { continue }
            do {
                let object = try await client.json(
                    KubeClient.Call("GET", path.object(ObjectKey(namespace, name))))
                found.append((kind, object))
            } catch let error as MeshTopError where ![.network, .unauthorized].contains(error.code) {
                continue
            }
        }
        return found
    }
}
