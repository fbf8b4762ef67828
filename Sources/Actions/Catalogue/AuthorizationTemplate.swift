// Who may call a service: those who do now, those of some namespaces, or nobody.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

enum AuthorizationTemplate {
    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        var draft = try await policy(service, values, world)
        draft.warnings += world.unenforced(service)
        return draft
    }

    private static func policy(
        _ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld
    ) async throws -> Draft {
        guard values.has("mode") else {
            throw values.missing(
                "mode", "it says who may call", "add mode=observed, mode=deny-all or mode=allow-namespace")
        }
        if values.text("mode") != "allow-namespace" {
            try values.refuseIdle("namespaces", "it is for mode=allow-namespace only")
        }
        let selector = try await world.selector(of: service)
        let edges = world.callers(of: service)
        switch values.text("mode") {
        case "deny-all":
            let step = try await world.upsert(.authorizationpolicies, service.namespace, "\(service.name)-deny-all") {
                spec in
                spec.set(["selector", "matchLabels"], to: selector)
                spec["action"] = "DENY"
                // One rule without conditions fits every request; no rule at all would fit none.
                spec["rules"] = [[:]]
            }
            return draft(
                "Nobody may call \(service.name)", step,
                ["nobody may call \(service.name), whatever other policies allow"],
                edges.map { "\(client($0)) calls it now and would be denied" }.uniqued() + world.unknownCallers, world)
        case "allow-namespace":
            let namespaces = values.words("namespaces")
            guard !namespaces.isEmpty else {
                throw values.missing(
                    "namespaces", "mode=allow-namespace lets in who is named", "add namespaces=NAME,NAME")
            }
            let rules: JSONValue = [["from": [["source": ["namespaces": .array(namespaces.map { .string($0) })]]]]]
            let step = try await allow(service, selector, rules, world)
            var warnings: [String] = []
            for edge in edges where !namespaces.contains(edge.source.namespace) {
                warnings.append("\(client(edge)) calls it now and would be denied")
            }
            for edge in edges where namespaces.contains(edge.source.namespace) && (edge.mtlsRatio ?? 1) < 1 {
                warnings.append("\(client(edge)) calls in plain text, so its namespace is unknown: it would be denied")
            }
            return draft(
                "Who may call \(service.name): \(namespaces.joined(separator: ", "))", step,
                ["workloads of \(namespaces.joined(separator: ", ")) may call \(service.name), nobody else"],
                warnings.uniqued() + world.unknownCallers + (try await others(step, selector, service, world)), world)
        default: return try await observed(service, selector, edges, world)
        }
    }

    private static func client(_ edge: MeshEdge) -> String { "\(edge.source.namespace)/\(edge.source.workload)" }

    private static func draft(
        _ title: String, _ step: PlanStep, _ effects: [String], _ warnings: [String], _ world: PlanWorld
    ) -> Draft {
        Draft(
            verb: "policy", title: title, steps: [step], effects: effects, warnings: warnings,
            kubectl: PlanText.kubectl(world, step))
    }

    private static func allow(
        _ service: ServiceID, _ selector: JSONValue, _ rules: JSONValue, _ world: PlanWorld
    ) async throws -> PlanStep {
        try await world.upsert(.authorizationpolicies, service.namespace, "\(service.name)-allow") { spec in
            spec.set(["selector", "matchLabels"], to: selector)
            spec["action"] = "ALLOW"
            spec["rules"] = rules
        }
    }

    private static func names(_ service: ServiceID) -> [String] {
        ["allow", "deny-all", "require-jwt"].map { "\(service.name)-\($0)" }
    }

    /// Which of the modes the service's policies of these names have now.
    static func present(_ service: ServiceID, _ world: PlanWorld) async throws -> [String: String] {
        let policies = try await world.list(.authorizationpolicies, in: service.namespace, named: names(service))
        func policy(_ suffix: String) -> JSONValue? {
            policies.first { $0.at("metadata", "name")?.string == "\(service.name)-\(suffix)" }
        }
        if policy("deny-all") != nil { return ["mode": "deny-all"] }
        guard let allow = policy("allow") else { return [:] }
        let sources = ((allow["spec"] ?? [:]).list("rules").first?.list("from") ?? []).compactMap { $0["source"] }
        let names = sources.flatMap { $0.list("namespaces").compactMap(\.string) }
        guard !names.isEmpty, sources.allSatisfy({ $0["principals"] == nil }) else { return ["mode": "observed"] }
        return ["mode": "allow-namespace", "namespaces": names.joined(separator: ",")]
    }

    // MARK: From what was seen

    /// Least privilege: the identities that called in the window, and where one is not known its namespace.
    private static func observed(
        _ service: ServiceID, _ selector: JSONValue, _ edges: [MeshEdge], _ world: PlanWorld
    ) async throws -> Draft {
        if let why = world.metricsGap {
            throw MeshTopError(
                .usage, "authorization of \(service.name)", why: "who calls it now is not known: \(why)",
                advice: "name them with mode=allow-namespace, or try again when there are metrics")
        }
        let (trust, doubt) = try await trustDomain(world)
        var principals: [String] = []
        var namespaces: [String] = []
        var allowed: [String] = []
        var denied: [String] = []
        for edge in edges {
            guard edge.source.namespace != "unknown", edge.source.workload != "unknown", edge.mtlsRatio != 0 else {
                denied.append("\(client(edge)) calls it now without an identity and would be denied")
                continue
            }
            if let account = try await serviceAccount(edge.source, world) {
                principals.append("\(trust)/ns/\(edge.source.namespace)/sa/\(account)")
                allowed.append("\(client(edge)) may call, as service account \(account)\(rate(edge))")
            } else {
                namespaces.append(edge.source.namespace)
                allowed.append(
                    "\(client(edge)) may call, with all of its namespace: its service account is unknown\(rate(edge))")
            }
            if let ratio = edge.mtlsRatio, ratio < 1 {
                denied.append(
                    "\(client(edge)) sends \(PlanText.percent(1 - ratio)) in plain text, which would be denied")
            }
        }
        guard !principals.isEmpty || !namespaces.isEmpty else {
            throw MeshTopError(
                .usage, "authorization of \(service.name)",
                why: "no call by a known client was seen in the window of \(world.snapshot?.windowSeconds ?? 0) s",
                advice: "take a longer window, or use mode=allow-namespace")
        }
        var sources: [JSONValue] = []
        let (who, from) = (principals.uniqued().sorted(), namespaces.uniqued().sorted())
        if !who.isEmpty { sources.append(["source": ["principals": .array(who.map { .string($0) })]]) }
        if !from.isEmpty { sources.append(["source": ["namespaces": .array(from.map { .string($0) })]]) }
        let step = try await allow(service, selector, [["from": .array(sources)]], world)
        var warnings =
            (who.isEmpty ? [] : doubt) + denied.uniqued() + (try await others(step, selector, service, world))
        warnings.append(
            "who did not call in the last \(world.snapshot?.windowSeconds ?? 0) s will be denied: think of jobs that run by night"
        )
        return draft(
            "Who may call \(service.name): as seen", step, allowed.uniqued(), warnings, world)
    }

    private static func rate(_ edge: MeshEdge) -> String {
        edge.requestsPerSecond.map { ", \(PlanText.rate($0)) requests per second" } ?? ""
    }

    /// The account of a workload's pods; nil where the workload cannot be read.
    private static func serviceAccount(_ node: MeshNode, _ world: PlanWorld) async throws -> String? {
        let known = world.workload(node)?.kind
        for kind in known.map({ [$0] }) ?? ["Deployment", "StatefulSet", "DaemonSet"] {
            let path = try world.path(ObjectReference(kind: kind, namespace: node.namespace, name: node.workload))
            let object: JSONValue?
            do {
                object = try await world.readIfPresent(path)
            } catch let error as MeshTopError where error.code == .forbidden {
                return nil
            }
            if let object { return object.at("spec", "template", "spec", "serviceAccountName")?.string ?? "default" }
        }
        return nil
    }

    /// With a word where it could not be read and Istio's default is taken, which Istio also reads as the mesh's own:
    /// pilot/pkg/security/trustdomain/bundle.go.
    private static func trustDomain(_ world: PlanWorld) async throws -> (domain: String, doubt: [String]) {
        let path = ResourcePath(group: "", version: "v1", resource: "configmaps")
            .object(ObjectKey(MeshConfig.rootNamespace, "istio"))
        let why: String
        do {
            let text = try await world.readIfPresent(path)?.at("data", "mesh")?.string
            guard let text else { return (MeshConfig().trustDomain, []) }
            guard let fault = MeshConfig.fault(in: text) else {
                return (MeshConfig(try YAML.document(Array(text.utf8))).trustDomain, [])
            }
            why = fault
        } catch { why = "\(error)" }
        let domain = MeshConfig().trustDomain
        return (domain, ["the mesh's trust domain could not be read, so \(domain) is written: \(why)"])
    }

    /// Other policies for the same pods: what they allow stays allowed.
    private static func others(
        _ step: PlanStep, _ selector: JSONValue, _ service: ServiceID, _ world: PlanWorld
    ) async throws -> [String] {
        try await world.list(.authorizationpolicies, in: service.namespace, named: names(service)).compactMap {
            policy in
            guard let name = policy.at("metadata", "name")?.string, name != step.object.name,
                policy.at("spec", "selector", "matchLabels") == selector,
                (policy.at("spec", "action")?.string ?? "ALLOW") == "ALLOW"
            else { return nil }
            return "AuthorizationPolicy \(SafeText.line(name)) is for the same pods: what it allows stays allowed"
        }
    }
}
