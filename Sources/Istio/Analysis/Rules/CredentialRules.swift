// Certificates that Gateways name: are they there, in the right namespace, and good?
// https://istio.io/latest/docs/tasks/traffic-management/ingress/secure-ingress/

internal import Base
package import Kube
internal import MeshModel

package enum CredentialRules {
    static let analyzers = [
        Analyzer("gateway credentials", reads: [.gateways] + Analyzer.pods, credentials),
        Analyzer("certificates of several gateways", reads: [.gateways] + Analyzer.pods, duplicates),
    ]

    /// The secrets that Gateways name, as their pods look for them: in the namespace that the pods run in.
    package static func wanted(_ world: AnalysisWorld) -> Set<ObjectKey> {
        Set(world.configs(.gateways).flatMap { gateway in places(gateway, world).flatMap(\.secrets) })
    }

    private struct Place {
        var path: String
        package var name: String
        /// One for each namespace with pods of the gateway.
        var secrets: [ObjectKey]
    }

    private static func places(_ gateway: ConfigObject, _ world: AnalysisWorld) -> [Place] {
        let groups = world.workloads.matching(GatewayRules.selector(gateway))
        let namespaces = Set(groups.map(\.namespace)).sorted()
        return gateway.spec.list("servers").enumerated().flatMap { index, server -> [Place] in
            let path = "spec.servers[\(index)].tls"
            var names =
                server["tls"]?.texts("credentialNames").enumerated().map { ("\(path).credentialNames[\($0)]", $1) }
                ?? []
            if let name = server.at("tls", "credentialName").flatMap({ $0.string }), !name.isEmpty {
                names.append(("\(path).credentialName", SafeText.line(name)))
            }
            return names.map { path, name in
                Place(path: path, name: name, secrets: namespaces.map { key(name, $0) })
            }
        }
    }

    private static func key(_ name: String, _ namespace: String) -> ObjectKey {
        var text = name
        if text.hasPrefix("kubernetes-gateway://") {
            text.removeFirst("kubernetes-gateway://".count)
            let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
            if parts.count == 2 { return ObjectKey(parts[0], parts[1]) }
        }
        return ObjectKey(namespace, text)
    }

    private static func credentials(_ world: AnalysisWorld, _ findings: inout Findings) {
        guard let secrets = world.secrets else { return }
        for gateway in world.configs(.gateways) {
            for place in places(gateway, world) {
                // Where no pod serves the Gateway, that is said of its selector.
                for key in place.secrets {
                    guard let secret = secrets[key] else {
                        findings.report(
                            .notFound, .gateways, gateway.meta, place.path,
                            "there is no secret \(place.name) in namespace \(key.namespace), where the gateway runs: TLS fails; create it there"
                        )
                        continue
                    }
                    if let fault = fault(of: secret, world.time) {
                        findings.report(
                            .invalidCredential, .gateways, gateway.meta, place.path,
                            "secret \(key.namespace)/\(key.name) \(fault)")
                    }
                }
            }
        }
    }

    /// What is wrong with a credential, in words; nil when nothing is.
    private static func fault(of secret: SecretFacts, _ time: Timestamp) -> String? {
        let pairs = [["tls.crt", "tls.key"], ["cert", "key"]]
        guard pairs.contains(where: { $0.allSatisfy(secret.keys.contains) }) else {
            return
                "has \(secret.keys.isEmpty ? "no keys" : secret.keys.sorted().map { SafeText.line($0, limit: 40) }.joined(separator: ", ")) where tls.crt and tls.key are needed; create it with 'kubectl create secret tls'"
        }
        guard let certificate = secret.certificate, let dates = CertificateDates(pem: certificate) else {
            return "holds no certificate that can be read; create it anew from PEM files"
        }
        if dates.notAfter < time { return "holds a certificate that expired on \(dates.notAfter.rfc3339); renew it" }
        if dates.notBefore > time { return "holds a certificate that is not good before \(dates.notBefore.rfc3339)" }
        return nil
    }

    /// Browsers that reuse an HTTP/2 connection for hosts of one certificate get 404 from the gateway of the other.
    private static func duplicates(_ world: AnalysisWorld, _ findings: inout Findings) {
        struct Use {
            var gateway: ConfigObject
            var path: String
            var hosts: Set<String>
        }
        var uses: [ObjectKey: [Use]] = [:]
        for gateway in world.configs(.gateways) {
            let hosts = Set(gateway.spec.list("servers").flatMap { $0.texts("hosts") })
            for place in places(gateway, world) {
                for key in place.secrets {
                    uses[key, default: []].append(Use(gateway: gateway, path: place.path, hosts: hosts))
                }
            }
        }
        for (key, group) in uses.sorted(by: { $0.key < $1.key }) {
            for use in group {
                let others = Set(group.map(\.gateway.meta.key)).subtracting([use.gateway.meta.key]).sorted()
                guard !others.isEmpty else { continue }
                findings.report(
                    .duplicateCertificate, .gateways, use.gateway.meta, use.path,
                    "certificate \(key.name) is used by Gateway \(others.map { "\($0.namespace)/\($0.name)" }.joined(separator: ", ")) too: clients that reuse an HTTP/2 connection get 404; serve both from one Gateway"
                )
            }
        }
    }
}
