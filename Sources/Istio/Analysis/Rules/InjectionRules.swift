// Sidecar injection: namespaces, pods that missed it, and proxies of another version.
// https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/

internal import Base
internal import Kube
internal import MeshModel

enum InjectionRules {
    static let analyzers = [
        Analyzer("injection of namespaces", reads: [.namespaces, .configmaps], namespaces),
        Analyzer("pods without a proxy", reads: [.namespaces] + Analyzer.pods, missing),
        Analyzer("proxy images", reads: [.namespaces, .configmaps, .proxyconfigs] + Analyzer.pods, images),
        Analyzer("automatic images", reads: [.namespaces] + Analyzer.pods, automatic),
        Analyzer("the proxy's user", reads: Analyzer.pods, users),
    ]

    /// The values that a revision's injector was installed with.
    private static func values(_ revision: String?, _ world: AnalysisWorld) -> JSONValue? {
        let name = revision.map { "istio-sidecar-injector-\($0)" } ?? "istio-sidecar-injector"
        let map = world.objects.configs[.configmaps]?[ObjectKey(world.mesh.rootNamespace, name)]
        return map?.spec.at("data", "values")?.string.flatMap { try? JSONValue(parsing: $0) }
    }

    private static func namespaces(_ world: AnalysisWorld, _ findings: inout Findings) {
        let byDefault =
            values(nil, world)?.at("sidecarInjectorWebhook", "enableNamespacesByDefault") == true
        for namespace in world.objects.namespaces.values.sorted(by: { $0.meta.key < $1.meta.key }) {
            let (meta, labels) = (namespace.meta, namespace.meta.labels)
            guard !AnalysisWorld.isSystem(meta.name), meta.name != world.mesh.rootNamespace, !namespace.isAmbient else {
                continue
            }
            switch (labels["istio-injection"], labels["istio.io/rev"]) {
            case (nil, nil) where byDefault:
                findings.report(
                    .injectedByDefault, .namespaces, meta, "metadata.labels",
                    "it has no injection label, and this mesh injects by default: its new pods get a sidecar")
            case (nil, nil):
                findings.report(
                    .namespaceNotInjected, .namespaces, meta, "metadata.labels",
                    unless: [world.gapUnlessAbsent(.configmaps, in: world.mesh.rootNamespace)],
                    "its pods get no sidecar; label it istio-injection=enabled, or =disabled to say that this is meant",
                    fix: Finding.Fix(
                        "label it istio-injection=enabled", labelPatch(labels, "istio-injection", "enabled")))
            case (let injection?, let revision?):
                findings.report(
                    .multipleInjectionLabels, .namespaces, meta, "metadata.labels",
                    "it has istio-injection=\(SafeText.line(injection, limit: 60)) and istio.io/rev=\(SafeText.line(revision, limit: 60)), of which istio-injection wins; remove one of them",
                    fix: Finding.Fix(
                        "remove istio-injection, so that revision \(SafeText.line(revision, limit: 60)) holds",
                        [["op": "remove", "path": "/metadata/labels/istio-injection"]]))
            default: break
            }
        }
    }

    private static func labelPatch(_ labels: [String: String], _ key: String, _ value: String) -> [JSONValue] {
        labels.isEmpty
            ? [["op": "add", "path": "/metadata/labels", "value": [key: .string(value)].asJSON]]
            : [["op": "add", "path": .string("/metadata/labels/\(key)"), "value": .string(value)]]
    }

    private static func optsOut(_ group: PodGroup) -> Bool { group.labels["sidecar.istio.io/inject"] == "false" }

    private static func missing(_ world: AnalysisWorld, _ findings: inout Findings) {
        for pod in world.objects.pods.values.sorted(by: { $0.meta.key < $1.meta.key }) {
            guard world.injects(pod.meta.namespace), !pod.hasSidecar, !pod.facts.usesHostNetwork,
                pod.facts.containers > 0,
                !["Succeeded", "Failed"].contains(pod.phase ?? ""), !pod.meta.isDeleting,
                pod.meta.labels["sidecar.istio.io/inject"] != "false",
                pod.meta.annotations["sidecar.istio.io/inject"] != "false",
                pod.meta.labels["gateway.networking.k8s.io/gateway-name"] == nil, !pod.facts.usesAutoImage
            else { continue }
            findings.report(
                .podMissingProxy, .pods, pod.meta, "spec.containers",
                "its namespace is injected and it has no istio-proxy: it was made before that, or the injector did not answer; restart its workload"
            )
        }
    }

    // MARK: Images

    private static func images(_ world: AnalysisWorld, _ findings: inout Findings) {
        let configs = world.configs(.proxyconfigs)
        for namespace in world.objects.namespaces.values.sorted(by: { $0.meta.key < $1.meta.key })
        where namespace.injectsSidecars {
            let labels = namespace.meta.labels
            let revision = labels["istio-injection"] == nil ? labels["istio.io/rev"] : nil
            guard let global = values(revision == "default" ? nil : revision, world)?["global"],
                let image = global.at("proxy", "image")?.string
            else { continue }
            let tag = global["tag"]?.string ?? ""
            let wanted = image.contains("/") ? image : "\(global["hub"]?.string ?? "")/\(image):\(tag)"
            var wrong: [(pod: String, image: String)] = []
            for pod in world.objects.pods.values where pod.meta.namespace == namespace.meta.name {
                guard let own = pod.facts.proxyImage, pod.meta.annotations["sidecar.istio.io/proxyImage"] == nil,
                    pod.meta.labels["gateway.networking.k8s.io/gateway-name"] == nil
                else { continue }
                let type = imageType(of: pod, configs, world)
                if own != wanted, type == nil || own != "\(wanted)-\(type ?? "")" { wrong.append((pod.meta.name, own)) }
            }
            guard !wrong.isEmpty else { continue }
            wrong.sort { $0.pod < $1.pod }
            let found = Set(wrong.map { $0.image.split(separator: ":").last.map(String.init) ?? $0.image }).sorted()
            findings.report(
                .proxyImageMismatch, .namespaces, namespace.meta, "spec",
                "\(wrong.count) pod\(wrong.count == 1 ? "" : "s") (\(wrong.prefix(3).map(\.pod).joined(separator: ", "))\(wrong.count > 3 ? ", …" : "")) run\(wrong.count == 1 ? "s" : "") proxy \(found.prefix(3).joined(separator: ", ")) and the injector gives \(SafeText.line(wanted, limit: 120)); restart their workloads"
            )
        }
    }

    /// Which build of the image a pod asks for: its own annotation, else ProxyConfigs from narrow to wide, else the mesh.
    private static func imageType(of pod: Pod, _ configs: [ConfigObject], _ world: AnalysisWorld) -> String? {
        if let own = pod.meta.annotations["proxy.istio.io/config"],
            let type = (try? YAML.document(Array(own.utf8)))?.at("image", "imageType")?.string
        {
            return type
        }
        let near = configs.filter { $0.meta.namespace == pod.meta.namespace }
        let scopes = [
            near.first { config in
                !config.selector.isEmpty && config.selector.allSatisfy { pod.meta.labels[$0.key] == $0.value }
            },
            near.first { $0.selector.isEmpty },
            configs.first { $0.meta.namespace == world.mesh.rootNamespace && $0.selector.isEmpty },
        ]
        for scope in scopes {
            if let type = scope?.spec.at("image", "imageType")?.string { return type }
        }
        return world.mesh.imageType
    }

    private static func automatic(_ world: AnalysisWorld, _ findings: inout Findings) {
        func gap(_ namespace: String) -> ReadGap? {
            world.objects.namespaces[ObjectKey("", namespace)] == nil ? world.gapUnlessAbsent(.namespaces) : nil
        }
        func isInjected(_ namespace: String, _ labels: [String: String]) -> Bool {
            switch labels["sidecar.istio.io/inject"] {
            case "true": true
            case "false": false
            default: world.injects(namespace) || labels["istio.io/rev"] != nil
            }
        }
        for deployment in world.objects.deployments.values.sorted(by: { $0.meta.key < $1.meta.key })
        where deployment.facts.usesAutoImage && !isInjected(deployment.meta.namespace, deployment.podLabels) {
            findings.report(
                .autoImageWarning, .deployments, deployment.meta, "spec.template.spec.containers[].image",
                unless: [gap(deployment.meta.namespace)],
                "image: auto is filled in by the injector, which does not look at these pods: they cannot start; label the template sidecar.istio.io/inject=true"
            )
        }
        for pod in world.objects.pods.values.sorted(by: { $0.meta.key < $1.meta.key })
        where pod.facts.usesAutoImage && !isInjected(pod.meta.namespace, pod.meta.labels) {
            findings.report(
                .autoImageError, .pods, pod.meta, "spec.containers[].image", unless: [gap(pod.meta.namespace)],
                "image: auto was not filled in by the injector: the pod cannot start; label it sidecar.istio.io/inject=true and make it anew"
            )
        }
    }

    private static func users(_ world: AnalysisWorld, _ findings: inout Findings) {
        let words =
            "user 1337 is the proxy's, whose traffic is not captured: the application bypasses the mesh; run it as another user"
        for (kind, shelf) in [
            (WatchedKind.deployments, world.objects.deployments), (.statefulsets, world.objects.statefulSets),
            (.daemonsets, world.objects.daemonSets),
        ] {
            for workload in shelf.values.sorted(by: { $0.meta.key < $1.meta.key }) where workload.facts.runsAsProxyUser
            {
                findings.report(
                    .reservedUser, kind, workload.meta, "spec.template.spec.securityContext.runAsUser", words)
            }
        }
        for pod in world.objects.pods.values where pod.facts.runsAsProxyUser && pod.meta.ownerName == nil {
            findings.report(.reservedUser, .pods, pod.meta, "spec.securityContext.runAsUser", words)
        }
    }
}

extension [String: JSONValue] {
    var asJSON: JSONValue { .object(JSONObject(sorted { $0.key < $1.key }.map { ($0.key, $0.value) })) }
}
