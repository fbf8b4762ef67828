// Istio's webhooks: that somebody answers them, and that not two inject at once.

internal import Base
internal import Kube
internal import MeshModel

enum WebhookRules {
    private static let kinds: [WatchedKind] = [.mutatingwebhookconfigurations, .validatingwebhookconfigurations]

    static let analyzers = [
        Analyzer("injection webhooks", reads: kinds + [.services], injection),
        Analyzer("external control planes", reads: kinds, external),
    ]

    private static func isIstio(_ object: ConfigObject) -> Bool {
        let name = object.meta.name
        return name.hasPrefix("istio-sidecar-injector") || name.hasPrefix("istio-validator")
            || name.hasPrefix("istiod-")
            || name.hasPrefix("istio-revision-tag")
    }

    private static func injection(_ world: AnalysisWorld, _ findings: inout Findings) {
        let injectors = world.configs(.mutatingwebhookconfigurations).filter(isIstio)
        for object in (injectors + world.configs(.validatingwebhookconfigurations).filter(isIstio)) {
            let kind: WatchedKind =
                world.objects.configs[.mutatingwebhookconfigurations]?[object.meta.key] == object
                ? .mutatingwebhookconfigurations : .validatingwebhookconfigurations
            for (index, hook) in object.spec.list("webhooks").enumerated() {
                guard let service = hook.at("clientConfig", "service"), let name = service.text("name") else {
                    continue
                }
                let namespace = service.text("namespace") ?? ""
                guard world.objects.services[ObjectKey(namespace, name)] == nil else { continue }
                findings.report(
                    .invalidWebhook, kind, object.meta, "webhooks[\(index)].clientConfig.service",
                    unless: [world.gap(.services, in: namespace)],
                    "there is no service \(namespace)/\(name): nobody answers this webhook; remove it or install the control plane that it belongs to"
                )
            }
        }
        // Two injectors that select the same pods inject twice, or in an order that nobody chose.
        let hooks = injectors.flatMap { object in
            object.spec.list("webhooks").enumerated().map { (object: object, index: $0, hook: $1) }
        }
        for one in hooks {
            let rival = hooks.first { other in
                other.object.meta.key != one.object.meta.key && other.hook["namespaceSelector"] != nil
                    && other.hook["namespaceSelector"] == one.hook["namespaceSelector"]
                    && other.hook["objectSelector"] == one.hook["objectSelector"]
            }
            guard let rival else { continue }
            findings.report(
                .invalidWebhook, .mutatingwebhookconfigurations, one.object.meta,
                "webhooks[\(one.index)].namespaceSelector",
                "\(rival.object.meta.name) injects into the same pods; remove the one whose control plane is gone, or give them different revisions"
            )
        }
    }

    private static func external(_ world: AnalysisWorld, _ findings: inout Findings) {
        for kind in kinds {
            for object in world.configs(kind) where isIstio(object) {
                for (index, hook) in object.spec.list("webhooks").enumerated() {
                    guard let client = hook["clientConfig"], client["service"] == nil else { continue }
                    let name = hook.text("name") ?? ""
                    let path = "webhooks[\(index)].clientConfig.url"
                    let url = client.text("url") ?? ""
                    guard let parts = URLParts(url) else {
                        findings.report(
                            .externalControlPlane, kind, object.meta, path,
                            url.isEmpty
                                ? "webhook \(name) names neither a service nor a URL: nobody answers it; give the URL of the control plane's gateway"
                                : "\(url) of webhook \(name) is no URL; write https://HOST:15017/…")
                        continue
                    }
                    guard isAddress(parts.host) else { continue }
                    findings.report(
                        .externalControlPlaneAddress, kind, object.meta, path,
                        "webhook \(name) calls the address \(parts.host): it breaks when the gateway moves; use a host name"
                    )
                }
            }
        }
    }

    private static func isAddress(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return host.contains(":") || parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}
