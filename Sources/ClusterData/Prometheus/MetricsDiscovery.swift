// Finding a metrics API in the cluster, so that a bastion needs only the Kubernetes endpoint.

internal import Base
package import Kube

package enum MetricsDiscovery {
    /// Well-known names, most specific first: Istio's addon, then common installs.
    private static let wellKnown: [(namespace: String, service: String, port: Int)] = [
        ("istio-system", "prometheus", 9090), ("monitoring", "prometheus-operated", 9090),
        ("monitoring", "prometheus-k8s", 9090), ("monitoring", "prometheus", 9090),
        ("monitoring", "prometheus-server", 80), ("prometheus", "prometheus-server", 80),
        ("observability", "prometheus", 9090), ("monitoring", "kube-prometheus-stack-prometheus", 9090),
        ("monitoring", "thanos-query", 9090), ("monitoring", "vmsingle", 8429),
    ]

    /// Where it looks, and what it then posts to: what RBAC has to let through.
    package static let services = wellKnown.map { ObjectKey($0.namespace, $0.service) }
    package static let proxies = wellKnown.map { ObjectKey($0.namespace, "\($0.service):\($0.port)") }

    /// The first service of the list that exists; all are asked for at once. Not found is an error that says what to do;
    /// where a name could not be looked at, that is the error.
    package static func find(_ client: KubeClient) async throws -> MetricsEndpoint {
        let answers = await withTaskGroup(of: (Int, Result<Void, any Error>).self) { group in
            for (place, candidate) in wellKnown.enumerated() {
                group.addTask {
                    let path = "/api/v1/namespaces/\(candidate.namespace)/services/\(candidate.service)"
                    do { return (place, .success(_ = try await client.send(KubeClient.Call("GET", path)))) } catch {
                        return (place, .failure(error))
                    }
                }
            }
            var answers: [Int: Result<Void, any Error>] = [:]
            for await (place, answer) in group { answers[place] = answer }
            return answers
        }
        var refusal: (any Error)?
        for (place, candidate) in wellKnown.enumerated() {
            switch answers[place] {
            case .success:
                return .serviceProxy(
                    client, namespace: candidate.namespace, service: candidate.service, port: candidate.port)
            case .failure(let error) where (error as? MeshTopError)?.code != .notFound: refusal = refusal ?? error
            case .failure, nil: continue
            }
        }
        throw refusal
            ?? MeshTopError(
                .notFound, "no metrics", why: "no Prometheus service under a well-known name",
                advice: "give --prometheus URL or metrics.url in config.yaml")
    }
}
