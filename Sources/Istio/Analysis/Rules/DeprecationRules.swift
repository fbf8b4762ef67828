// Fields and values that people still paste: given up, ignored, or known by another name today.
// https://istio.io/latest/docs/reference/config/networking/destination-rule/

internal import Base
internal import MeshModel

enum DeprecationRules {
    static let analyzers = [
        Analyzer("deprecated fields", reads: [.virtualservices, .sidecars], fields),
        Analyzer("retired settings of destinations", reads: [.destinationrules], destinationRules),
        Analyzer("retired settings of routes", reads: [.virtualservices], routes),
        Analyzer(
            "retired targets",
            reads: [.authorizationpolicies, .requestauthentications, .telemetries, .wasmplugins], targets),
    ]

    /// What istioctl calls deprecated.
    private static func fields(_ world: AnalysisWorld, _ findings: inout Findings) {
        for object in world.configs(.virtualservices) {
            for (index, rule) in object.spec.list("http").enumerated() {
                let path = "spec.http[\(index)].fault.delay"
                guard let percent = rule.at("fault", "delay", "percent")?.double, percent > 0 else { continue }
                findings.report(
                    .deprecated, .virtualservices, object.meta, "\(path).percent",
                    "percent is deprecated; write percentage: {value: \(JSONValue.double(percent).compactText)}",
                    fix: Finding.Fix(
                        "write it as percentage",
                        [
                            patchOperation("remove", "\(path).percent", nil),
                            patchOperation("add", "\(path).percentage", ["value": .double(percent)]),
                        ]))
            }
        }
        for object in world.configs(.sidecars) where object.spec.at("outboundTrafficPolicy", "egressProxy") != nil {
            findings.report(
                .deprecated, .sidecars, object.meta, "spec.outboundTrafficPolicy.egressProxy",
                "egressProxy is deprecated; route to an egress gateway with a VirtualService instead")
        }
    }

    /// Every traffic policy of a DestinationRule with its path.
    static func policies(_ rule: ConfigObject) -> [(path: String, policy: JSONValue)] {
        var all: [(String, JSONValue)] = []
        func add(_ policy: JSONValue?, _ path: String) {
            guard let policy else { return }
            all.append((path, policy))
            for (index, setting) in policy.list("portLevelSettings").enumerated() {
                all.append(("\(path).portLevelSettings[\(index)]", setting))
            }
        }
        add(rule.spec["trafficPolicy"], "spec.trafficPolicy")
        for (index, subset) in rule.spec.list("subsets").enumerated() {
            add(subset["trafficPolicy"], "spec.subsets[\(index)].trafficPolicy")
        }
        return all
    }

    private static func destinationRules(_ world: AnalysisWorld, _ findings: inout Findings) {
        for rule in world.configs(.destinationrules) {
            for (path, policy) in policies(rule) {
                if policy.at("loadBalancer", "simple") == "LEAST_CONN" {
                    let place = "\(path).loadBalancer.simple"
                    findings.report(
                        .retiredValue, .destinationrules, rule.meta, place,
                        "LEAST_CONN is retired and means LEAST_REQUEST, the default; write LEAST_REQUEST or leave it out",
                        fix: Finding.Fix("write LEAST_REQUEST", [replace(place, "LEAST_REQUEST")]))
                }
                let outlier = policy["outlierDetection"]
                if let count = outlier?["consecutiveErrors"]?.int {
                    let place = "\(path).outlierDetection"
                    let hasNew = outlier?["consecutive5xxErrors"] != nil
                    let new = hasNew ? [] : [patchOperation("add", "\(place).consecutive5xxErrors", .int(Int64(count)))]
                    findings.report(
                        .ignoredField, .destinationrules, rule.meta, "\(place).consecutiveErrors",
                        "istiod does not read consecutiveErrors: hosts are ejected after "
                            + (hasNew
                                ? "consecutive5xxErrors instead" : "5 errors in a row, Envoy's default, not \(count)")
                            + "; write consecutive5xxErrors or consecutiveGatewayErrors",
                        fix: Finding.Fix(
                            "write it as consecutive5xxErrors",
                            [patchOperation("remove", "\(place).consecutiveErrors", nil)] + new))
                }
                if outlier?["consecutiveLocalOriginFailures"] != nil, outlier?["splitExternalLocalOriginErrors"] != true
                {
                    findings.report(
                        .ignoredField, .destinationrules, rule.meta,
                        "\(path).outlierDetection.consecutiveLocalOriginFailures",
                        "it counts only with splitExternalLocalOriginErrors: true; set that or remove it")
                }
                if policy.at("loadBalancer", "consistentHash", "minimumRingSize") != nil {
                    findings.report(
                        .retiredField, .destinationrules, rule.meta,
                        "\(path).loadBalancer.consistentHash.minimumRingSize",
                        "minimumRingSize is retired; write ringHash: {minimumRingSize: …}")
                }
                if policy.at("loadBalancer", "warmupDurationSecs") != nil {
                    findings.report(
                        .retiredField, .destinationrules, rule.meta, "\(path).loadBalancer.warmupDurationSecs",
                        "warmupDurationSecs is retired; write warmup: {duration: …}")
                }
            }
        }
    }

    private static func routes(_ world: AnalysisWorld, _ findings: inout Findings) {
        for object in world.configs(.virtualservices) {
            for (index, rule) in object.spec.list("http").enumerated() {
                let path = "spec.http[\(index)]"
                for key in ["mirrorPercent", "mirror_percent"] {
                    guard let percent = rule[key]?.double else { continue }
                    findings.report(
                        .retiredField, .virtualservices, object.meta, "\(path).\(key)",
                        "\(key) is retired; write mirrorPercentage: {value: \(JSONValue.double(percent).compactText)}",
                        fix: Finding.Fix(
                            "write it as mirrorPercentage",
                            [
                                patchOperation("remove", "\(path).\(key)", nil),
                                patchOperation("add", "\(path).mirrorPercentage", ["value": .double(percent)]),
                            ]))
                }
                if rule.at("corsPolicy", "allowOrigin") != nil {
                    findings.report(
                        .retiredField, .virtualservices, object.meta, "\(path).corsPolicy.allowOrigin",
                        "allowOrigin is retired; write allowOrigins with exact, prefix or regex")
                }
                for kind in ["delay", "abort"] {
                    guard let fault = rule.at("fault", kind), fault["percentage"] == nil, fault["percent"] == nil else {
                        continue
                    }
                    findings.report(
                        .ignoredField, .virtualservices, object.meta, "\(path).fault.\(kind)",
                        "without a percentage this fault is injected into no request; add percentage: {value: …} or remove it"
                    )
                }
                if let fault = rule["fault"], fault.object?.isEmpty == false {
                    for key in ["timeout", "retries"] where rule[key] != nil {
                        findings.report(
                            .ignoredField, .virtualservices, object.meta, "\(path).\(key)",
                            "\(key) does not hold on a rule with a fault; give the fault a rule of its own")
                    }
                }
            }
        }
    }

    private static func targets(_ world: AnalysisWorld, _ findings: inout Findings) {
        for kind in [WatchedKind.authorizationpolicies, .requestauthentications, .telemetries, .wasmplugins] {
            for object in world.configs(kind) {
                guard let target = object.spec["targetRef"] else { continue }
                findings.report(
                    .retiredField, kind, object.meta, "spec.targetRef",
                    "targetRef is retired; write the same under targetRefs, a list",
                    fix: Finding.Fix(
                        "write it as targetRefs",
                        [
                            patchOperation("remove", "spec.targetRef", nil),
                            patchOperation("add", "spec.targetRefs", [target]),
                        ]))
            }
        }
    }
}
