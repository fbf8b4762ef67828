// What controllers say of an object in its status, and definitions that are too old.

enum StatusRules {
    private static let conditioned: [WatchedKind] = [
        .serviceentries, .authorizationpolicies, .requestauthentications, .peerauthentications, .telemetries,
        .wasmplugins, .virtualservices, .destinationrules, .gateways, .kubernetesGateways, .httproutes, .grpcroutes,
    ]

    static let analyzers = [
        Analyzer("conditions", reads: conditioned + [.services], conditions),
        Analyzer("definitions of the Gateway API", reads: [.customresourcedefinitions], definitions),
    ]

    private static func conditions(_ world: AnalysisWorld, _ findings: inout Findings) {
        func check(_ kind: WatchedKind, _ meta: ObjectMeta, _ list: [StatusCondition], _ isOurs: (String) -> Bool) {
            for condition in list where isOurs(condition.type) {
                let isPartial = condition.status == "True" && condition.reason == "PartiallyInvalid"
                guard condition.status == "False" || isPartial else { continue }
                findings.report(
                    .negativeCondition, kind, meta, "status.conditions[\(condition.type)]",
                    "\(condition.type) is \(condition.status)\(condition.reason.isEmpty ? "" : " (\(condition.reason))"): \(condition.message)"
                )
            }
        }
        for service in world.objects.services.values {
            check(.services, service.meta, service.conditions) { $0.hasPrefix("istio.io/") }
        }
        for kind in conditioned {
            for object in world.configs(kind) { check(kind, object.meta, object.conditions) { _ in true } }
        }
    }

    /// Versions of the Gateway API's bundle below which istiod does not serve a kind (Istio 1.32).
    private static let minimum: [String: [Int]] = ["tlsroutes.gateway.networking.k8s.io": [1, 5, 0]]
    /// Before this the routes were not yet v1.
    private static let oldest = [1, 0, 0]

    private static func definitions(_ world: AnalysisWorld, _ findings: inout Findings) {
        for definition in world.objects.customTypes.values.sorted(by: { $0.meta.key < $1.meta.key }) {
            let meta = definition.meta
            guard let written = meta.annotations["gateway.networking.k8s.io/bundle-version"] else { continue }
            let version = written.drop { $0 == "v" }.prefix { $0.isNumber || $0 == "." }.split(separator: ".")
                .compactMap {
                    Int($0)
                }
            let path = "metadata.annotations[gateway.networking.k8s.io/bundle-version]"
            if version.lexicographicallyPrecedes(oldest) {
                findings.report(
                    .gatewayAPIUnsupported, .customresourcedefinitions, meta, path,
                    "the Gateway API \(written) is older than v1.0.0, the first that Istio serves; install a newer bundle"
                )
            } else if let wanted = minimum[meta.name], version.lexicographicallyPrecedes(wanted) {
                findings.report(
                    .gatewayAPIBelowMinimum, .customresourcedefinitions, meta, path,
                    "\(written) is older than v\(wanted.map(String.init).joined(separator: ".")), which Istio needs for this kind: its objects are not looked at; install a newer bundle"
                )
            }
        }
    }
}
