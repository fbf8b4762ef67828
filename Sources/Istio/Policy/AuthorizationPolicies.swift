// All AuthorizationPolicies in the order in which Istio asks them: CUSTOM, DENY, ALLOW, and allowed when there is no
// ALLOW policy. https://istio.io/latest/docs/concepts/security/#implicit-enablement

internal import Base
internal import Kube

package struct AuthorizationPolicies: Sendable {
    package struct Policy: Sendable {
        var object: ConfigObject
        var selector: [String: String]
        package var action: String
        package var isDryRun: Bool
        package var rules: [AuthorizationRule]

        package var name: String { "\(object.meta.namespace)/\(object.meta.name)" }
    }

    private var byNamespace: [String: [Policy]] = [:]
    private let root: String

    package init(_ objects: [ConfigObject], mesh: MeshConfig) {
        root = mesh.rootNamespace
        let domains = [mesh.trustDomain] + mesh.trustDomainAliases
        for object in objects {
            byNamespace[object.meta.namespace, default: []].append(
                Policy(
                    object: object, selector: object.selector, action: object.spec.text("action") ?? "ALLOW",
                    isDryRun: object.meta.annotations["istio.io/dry-run"] == "true",
                    rules: object.spec.list("rules").map {
                        AuthorizationRule(value: $0, policyNamespace: object.meta.namespace, trustDomains: domains)
                    }))
        }
    }

    package var isEmpty: Bool { byNamespace.isEmpty }

    /// The policies that hold for pods with these labels: of their namespace and of the root namespace, and for a
    /// gateway's pods those that are aimed at it. What is aimed at services holds at their waypoint, not here.
    package func selecting(namespace: String, labels: [String: String]) -> [Policy] {
        let near = (namespace == root ? [] : byNamespace[root] ?? []) + (byNamespace[namespace] ?? [])
        let gateway = labels["gateway.networking.k8s.io/gateway-name"].map { ObjectKey(namespace, $0) }
        return near.filter { policy in
            guard policy.object.hasTarget else { return policy.selector.allSatisfy { labels[$0.key] == $0.value } }
            return gateway.map { policy.object.isFor(gateway: $0) } ?? false
        }
    }

    /// The policies that a waypoint enforces for requests to a service or a pod.
    package func attached(to waypoint: Waypoint) -> [Policy] {
        let places = [root, waypoint.gateway.namespace, waypoint.namespace].uniqued()
        return places.flatMap { byNamespace[$0] ?? [] }.filter { $0.object.isFor(waypoint, root: root) }
    }

    package func answer(_ question: AccessQuestion) -> AccessAnswer {
        let target = question.target
        guard target.hasProxy || target.isAmbient else {
            return AccessAnswer(
                verdict: .allowed,
                because: "\(target.namespace)/\(target.workload) has no proxy: no policy is enforced there")
        }
        return answer(question, by: selecting(namespace: target.namespace, labels: target.labels))
    }

    /// The answer of one proxy that enforces these policies.
    func answer(_ question: AccessQuestion, by policies: [Policy]) -> AccessAnswer {
        let target = question.target
        var steps: [AccessAnswer.Step] = []
        var unknowns: [String] = []

        /// The first rule of a policy that matches; what it would take to say where none surely does.
        func ask(_ policy: Policy) -> (rule: Int?, unknown: String?) {
            let isDeny = policy.action == "DENY"
            let isBlind = !question.isHTTP || target.isAmbient
            var unknown: String?
            for (index, rule) in policy.rules.enumerated() {
                switch rule.matches(question, isBlind ? .http(isDeny: isDeny) : .none) {
                case .yes: return (index, nil)
                case .unknown(let what): unknown = unknown ?? what
                case .no: break
                }
            }
            return (nil, unknown)
        }
        func note(_ policy: Policy, _ outcome: String) {
            let dry = policy.isDryRun ? " (dry run, not enforced)" : ""
            steps.append(AccessAnswer.Step(policy: "\(policy.action) \(policy.name)\(dry)", outcome: outcome))
        }
        func words(_ result: (rule: Int?, unknown: String?)) -> String {
            result.rule.map { "rule \($0) matches" } ?? result.unknown.map { "depends on \($0)" } ?? "no rule matches"
        }

        for policy in policies where policy.action == "CUSTOM" {
            let result = ask(policy)
            note(policy, words(result))
            guard !policy.isDryRun else { continue }
            if let rule = result.rule {
                let provider =
                    policy.object.spec.at("provider", "name")?.string.map { SafeText.line($0) } ?? "a provider"
                unknowns.append("what \(provider) says (CUSTOM \(policy.name), rule \(rule))")
            } else if let unknown = result.unknown {
                unknowns.append(unknown)
            }
        }
        for policy in policies where policy.action == "DENY" {
            let result = ask(policy)
            note(policy, words(result))
            guard !policy.isDryRun else { continue }
            if let rule = result.rule {
                return AccessAnswer(
                    verdict: .denied, because: "DENY \(policy.name), rule \(rule)", response: denial(question),
                    steps: steps)
            }
            if let unknown = result.unknown { unknowns.append(unknown) }
        }
        let allows = policies.filter { $0.action == "ALLOW" && !$0.isDryRun }
        var allowed: String?
        var mayAllow: String?
        for policy in policies where policy.action == "ALLOW" {
            let result = ask(policy)
            note(policy, policy.rules.isEmpty ? "has no rules: matches nothing" : words(result))
            guard !policy.isDryRun else { continue }
            if let rule = result.rule {
                allowed = allowed ?? "ALLOW \(policy.name), rule \(rule)"
            } else if let unknown = result.unknown {
                mayAllow = mayAllow ?? unknown
            }
        }
        if allows.isEmpty {
            allowed =
                policies.isEmpty
                ? "no AuthorizationPolicy selects it" : "no ALLOW policy selects it, and nothing denies"
        }
        guard let allowed else {
            if let mayAllow {
                return AccessAnswer(
                    verdict: .depends,
                    because: "it depends on \(([mayAllow] + unknowns).uniqued().joined(separator: ", "))",
                    steps: steps)
            }
            let names = allows.map(\.name).joined(separator: ", ")
            return AccessAnswer(
                verdict: .denied, because: "no rule of the ALLOW policies matches (\(names))",
                response: denial(question),
                steps: steps)
        }
        if !unknowns.isEmpty {
            return AccessAnswer(
                verdict: .depends, because: "it depends on \(unknowns.uniqued().joined(separator: ", "))", steps: steps)
        }
        return AccessAnswer(verdict: .allowed, because: allowed, steps: steps)
    }

    private func denial(_ question: AccessQuestion) -> String {
        question.isHTTP && !question.target.isAmbient ? "403 RBAC: access denied" : "the connection is closed"
    }
}
