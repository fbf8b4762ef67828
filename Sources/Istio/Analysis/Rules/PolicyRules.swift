// Authorization and authentication policies: whom they name and whom they reach.

internal import Base
internal import Kube
internal import MeshModel

enum PolicyRules {
    static let analyzers = [
        Analyzer("authorization sources", reads: [.authorizationpolicies, .namespaces], sources),
        Analyzer("authorization workloads", reads: [.authorizationpolicies] + Analyzer.pods, workloads),
        Analyzer("key sets", reads: [.requestauthentications, .deployments], keySets),
        Analyzer(
            "HTTP conditions on TCP ports", reads: [.authorizationpolicies, .services] + Analyzer.pods, tcpConditions),
    ]

    private static func sources(_ world: AnalysisWorld, _ findings: inout Findings) {
        let gap = world.gap(.namespaces)
        let names = Set(world.objects.namespaces.keys.map(\.name))
        func exists(_ pattern: String) -> Bool {
            if pattern == "*" { return true }
            if pattern.hasPrefix("*") { return names.contains { $0.hasSuffix(pattern.dropFirst()) } }
            if pattern.hasSuffix("*") { return names.contains { $0.hasPrefix(pattern.dropLast()) } }
            return names.contains(pattern)
        }
        for policy in world.configs(.authorizationpolicies) {
            for (rule, value) in policy.spec.list("rules").enumerated() {
                for (index, from) in value.list("from").enumerated() {
                    for list in ["namespaces", "notNamespaces"] {
                        for (place, pattern) in (from["source"]?.texts(list) ?? []).enumerated() where !exists(pattern)
                        {
                            findings.report(
                                .notFound, .authorizationpolicies, policy.meta,
                                "spec.rules[\(rule)].from[\(index)].source.\(list)[\(place)]", unless: [gap],
                                "no namespace is called \(pattern): mend the name or remove it")
                        }
                    }
                }
            }
        }
    }

    private static func workloads(_ world: AnalysisWorld, _ findings: inout Findings) {
        for policy in world.configs(.authorizationpolicies) where !policy.hasTarget {
            let isRoot = policy.meta.namespace == world.mesh.rootNamespace
            let labels = policy.selector
            if isRoot, labels.isEmpty { continue }
            guard !world.workloads.has(labels, in: isRoot ? nil : policy.meta.namespace) else { continue }
            let words = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
            findings.report(
                .noMatchingWorkloads, .authorizationpolicies, policy.meta, "spec.selector.matchLabels",
                unless: [world.podGap(in: isRoot ? nil : policy.meta.namespace)],
                labels.isEmpty
                    ? "namespace \(policy.meta.namespace) has no pods: this policy holds for nothing"
                    : "no pod \(isRoot ? "of the mesh" : "of namespace \(policy.meta.namespace)") has \(SafeText.line(words)): this policy holds for nothing; mend the labels"
            )
        }
    }

    private static func keySets(_ world: AnalysisWorld, _ findings: inout Findings) {
        let policies = world.configs(.requestauthentications)
        guard !policies.isEmpty else { return }
        for istiod in world.objects.deployments.values
        where istiod.meta.namespace == world.mesh.rootNamespace && istiod.podLabels["app"] == "istiod"
            && !istiod.facts.blocksKeySetNetworks
        {
            let names = policies.map { "\($0.meta.namespace)/\($0.meta.name)" }
            findings.report(
                .keySetFetchUnrestricted, .deployments, istiod.meta, "spec.template.spec.containers[].env",
                "istiod fetches what a jwksUri names from any address, for \(names.count) RequestAuthentication\(names.count == 1 ? "" : "s") (\(names.prefix(3).joined(separator: ", "))); set BLOCKED_CIDRS_IN_JWKS_URIS to the networks it must not reach"
            )
        }
    }

    /// Conditions of HTTP on a TCP port: an ALLOW rule never matches there, a DENY rule denies more than is written.
    private static func tcpConditions(_ world: AnalysisWorld, _ findings: inout Findings) {
        let services = Dictionary(grouping: world.objects.services.values.filter { !$0.selector.isEmpty }) {
            $0.meta.namespace
        }
        for policy in world.configs(.authorizationpolicies) where !policy.hasTarget {
            let labels = policy.selector
            guard !labels.isEmpty else { continue }
            let groups = world.workloads.matching(labels, in: policy.meta.namespace)
            let own = (services[policy.meta.namespace] ?? []).filter { service in
                groups.contains { $0.has(service.selector) }
            }
            let ports = own.flatMap(\.ports)
            guard !ports.isEmpty else { continue }
            let isAllTCP = ports.allSatisfy {
                ["tcp", "mysql", "mongo", "redis"].contains(ServiceRules.declaredProtocol($0))
            }
            guard isAllTCP, let path = httpCondition(policy) else { continue }
            let isDeny = policy.spec.text("action") == "DENY"
            findings.report(
                .httpRuleOnTCP, .authorizationpolicies, policy.meta, path,
                "all ports of \(own.map(\.meta.name).sorted().joined(separator: ", ")) carry TCP, where this cannot be seen: "
                    + (isDeny
                        ? "the rule denies whatever its other conditions match"
                        : "the rule never matches and allows nothing")
                    + "; use ports, principals or addresses")
        }
    }

    private static func httpCondition(_ policy: ConfigObject) -> String? {
        for (index, rule) in policy.spec.list("rules").enumerated() {
            for (number, to) in rule.list("to").enumerated() {
                for key in ["hosts", "methods", "paths", "notHosts", "notMethods", "notPaths"]
                where to.at("operation", key) != nil {
                    return "spec.rules[\(index)].to[\(number)].operation.\(key)"
                }
            }
            for (number, from) in rule.list("from").enumerated() {
                for key in ["requestPrincipals", "notRequestPrincipals"] where from.at("source", key) != nil {
                    return "spec.rules[\(index)].from[\(number)].source.\(key)"
                }
            }
            for (number, when) in rule.list("when").enumerated()
            where when["key"]?.string?.hasPrefix("request.") == true {
                return "spec.rules[\(index)].when[\(number)].key"
            }
        }
        return nil
    }
}
