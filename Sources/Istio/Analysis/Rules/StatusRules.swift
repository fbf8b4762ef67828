// What controllers say of an object in its status, and definitions that are too old.

internal import Base
internal import Kube
internal import MeshModel

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
    private static let minimum: [String: [Int]] = ["tlsroutes": [1, 5, 0]]
    /// The bundle that first had a kind as v1beta1, the least that Istio reads, and as v1, the least that it will.
    /// https://gateway-api.sigs.k8s.io/concepts/versioning/
    private static let beta: [String: [Int]] = [
        "gatewayclasses": [0, 5, 0], "gateways": [0, 5, 0], "httproutes": [0, 5, 0], "referencegrants": [0, 6, 0],
    ]
    private static let stable: [String: [Int]] = [
        "gatewayclasses": [1, 0, 0], "gateways": [1, 0, 0], "httproutes": [1, 0, 0], "grpcroutes": [1, 1, 0],
    ]

    private static func definitions(_ world: AnalysisWorld, _ findings: inout Findings) {
        for definition in world.objects.customTypes.values.sorted(by: { $0.meta.key < $1.meta.key }) {
            let meta = definition.meta
            guard let written = meta.annotations["gateway.networking.k8s.io/bundle-version"] else { continue }
            let version = written.drop { $0 == "v" }.prefix { $0.isNumber || $0 == "." }.split(separator: ".")
                .compactMap {
                    Int($0)
                }
            let path = "metadata.annotations[gateway.networking.k8s.io/bundle-version]"
            let kind = String(meta.name.prefix { $0 != "." })
            func report(_ code: FindingCode, before limits: [String: [Int]], _ words: (String) -> String) {
                guard let limit = limits[kind], version.lexicographicallyPrecedes(limit) else { return }
                let first = "v" + limit.map(String.init).joined(separator: ".")
                findings.report(
                    code, .customresourcedefinitions, meta, path,
                    "the Gateway API \(written) \(words(first)); install a newer bundle")
            }
            report(.gatewayAPIUnsupported, before: beta) {
                "has this kind not yet as v1beta1, which Istio needs and which came with \($0)"
            }
            report(.gatewayAPIUnsupportedLater, before: stable) {
                "has this kind not yet as v1, which came with \($0): a later Istio will not read it"
            }
            report(.gatewayAPIBelowMinimum, before: minimum) {
                "is older than \($0), which Istio needs for this kind: its objects are not looked at"
            }
        }
    }
}
