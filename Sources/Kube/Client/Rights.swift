// What this user may do, as the API server says: asked once for a namespace, kept, and asked again after a refusal.
// https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access

package import Base

/// One thing that may be allowed: a verb on a resource (`deployments/scale` names a subresource) in a namespace.
package struct Permission: Sendable, Hashable {
    package var verb: String
    package var group: String
    package var resource: String
    package var name: String?

    package init(_ verb: String, _ group: String, _ resource: String, name: String? = nil) {
        self.verb = verb
        self.group = group
        self.resource = resource
        self.name = name
    }

    package var words: String { "\(verb) \(group.isEmpty ? resource : "\(resource).\(group)")" }
}

package enum RightsAnswer: Sendable, Hashable {
    case yes
    case no(String)
    /// The server did not say: never to be taken for a no.
    case unknown(String)
}

/// The rules that hold for this user in one namespace; cluster-wide rules are among them.
package struct NamespaceRights: Sendable, Hashable {
    package struct Rule: Sendable, Hashable {
        package var verbs: Set<String>
        package var groups: Set<String>
        package var resources: Set<String>
        /// Empty stands for every name.
        package var names: Set<String>

        package init(verbs: Set<String>, groups: Set<String>, resources: Set<String>, names: Set<String> = []) {
            self.verbs = verbs
            self.groups = groups
            self.resources = resources
            self.names = names
        }

        /// A rule for some names allows nothing that is asked of no name or of another.
        func allows(_ wanted: Permission) -> Bool {
            let part = wanted.resource.split(separator: "/").dropFirst().first.map { "*/\($0)" }
            return (verbs.contains("*") || verbs.contains(wanted.verb))
                && (groups.contains("*") || groups.contains(wanted.group))
                && (resources.contains("*") || resources.contains(wanted.resource)
                    || part.map(resources.contains) ?? false)
                && (names.isEmpty || wanted.name.map(names.contains) ?? false)
        }
    }

    package var namespace: String
    package var rules: [Rule]
    /// Why the rules may not be all there are; nil when they are.
    package var gap: String?

    package init(namespace: String, rules: [Rule], gap: String? = nil) {
        self.namespace = namespace
        self.rules = rules
        self.gap = gap
    }

    package init(namespace: String, review: JSONValue) {
        self.namespace = namespace
        let status = review["status"]
        rules = (status?.list("resourceRules") ?? []).map { rule in
            Rule(
                verbs: Set(rule.texts("verbs")), groups: Set(rule.texts("apiGroups")),
                resources: Set(rule.texts("resources")), names: Set(rule.texts("resourceNames")))
        }
        if status == nil {
            gap = "the server answered without a status"
        } else if status?["incomplete"]?.bool == true {
            gap = status?.text("evaluationError") ?? "the server does not know all rules"
        }
    }

    package func answer(_ wanted: Permission) -> RightsAnswer {
        if rules.contains(where: { $0.allows(wanted) }) { return .yes }
        if let gap { return .unknown(gap) }
        return .no("RBAC does not let you \(wanted.words) in namespace \(namespace)")
    }
}

/// Asks and keeps. What the server did not say is asked again after a while, and when a person wants it.
package actor RightsKeeper {
    private let client: KubeClient
    private var known: [String: NamespaceRights] = [:]
    /// Namespaces for which the server did not say all rules.
    private var unsaid = RefusedRights()
    private var asking: [String: Task<Reply, Never>] = [:]
    private static let patienceSeconds = 5.0

    private struct Reply: Sendable {
        var rights: NamespaceRights
        /// The server did not answer, which is no refusal.
        var isFailure = false
    }

    package init(_ client: KubeClient) { self.client = client }

    /// The rights in a namespace; with a gap when the server does not say them.
    package func rights(_ namespace: String) async -> NamespaceRights {
        if let rights = known[namespace], rights.gap == nil || !unsaid.mayAsk(namespace, now: client.clock.moment) {
            return rights
        }
        if let task = asking[namespace] { return await task.value.rights }
        let client = client
        let task = Task { await Self.ask(client, namespace) }
        asking[namespace] = task
        let reply = await task.value
        asking[namespace] = nil
        known[namespace] = reply.rights
        if reply.isFailure {
            unsaid.failed(namespace, now: client.clock.moment)
        } else if reply.rights.gap != nil {
            unsaid.refused(namespace, now: client.clock.moment)
        } else {
            unsaid.granted(namespace)
        }
        return reply.rights
    }

    /// After a refusal what was known is not trusted; what was not said stays so.
    package func forget(_ namespace: String) {
        if known[namespace]?.gap == nil { known[namespace] = nil }
    }

    /// Asks anew for every namespace that was asked for.
    package func askAgain() async -> [NamespaceRights] {
        let namespaces = known.keys.sorted()
        (known, unsaid) = ([:], RefusedRights())
        var fresh: [NamespaceRights] = []
        for namespace in namespaces { fresh.append(await rights(namespace)) }
        return fresh
    }

    private static func ask(_ client: KubeClient, _ namespace: String) async -> Reply {
        do {
            let review = try await post(
                client, "selfsubjectrulesreviews", "SelfSubjectRulesReview", ["namespace": .string(namespace)])
            return Reply(rights: NamespaceRights(namespace: namespace, review: review))
        } catch {
            return Reply(
                rights: NamespaceRights(namespace: namespace, rules: [], gap: "\(error)"),
                isFailure: !RefusedRights.isRefusal(error))
        }
    }

    /// One question, for a namespace or, with none, for the whole cluster: what is asked before a change.
    package func answer(_ wanted: Permission, namespace: String?) async -> RightsAnswer {
        let parts = wanted.resource.split(separator: "/").map(String.init)
        var attributes: JSONValue = [
            "verb": .string(wanted.verb), "group": .string(wanted.group), "resource": .string(parts.first ?? ""),
        ]
        if parts.count > 1 { attributes["subresource"] = .string(parts[1]) }
        attributes["name"] = wanted.name.map(JSONValue.string)
        attributes["namespace"] = namespace.map(JSONValue.string)
        do {
            let review = try await Self.post(
                client, "selfsubjectaccessreviews", "SelfSubjectAccessReview", ["resourceAttributes": attributes])
            guard let isAllowed = review.at("status", "allowed")?.bool else {
                return .unknown("the server answered without a status")
            }
            if isAllowed { return .yes }
            // An authorizer that failed has denied nothing.
            if review.at("status", "denied")?.bool != true,
                let fault = review.at("status", "evaluationError")?.string, !fault.isEmpty
            {
                return .unknown(SafeText.line(fault))
            }
            let place = namespace.map { "in namespace \($0)" } ?? "in the whole cluster"
            let said = review.at("status", "reason")?.string.map { SafeText.line($0) } ?? ""
            return .no(said.isEmpty ? "RBAC does not let you \(wanted.words) \(place)" : said)
        } catch {
            return .unknown("\(error)")
        }
    }

    private static func post(
        _ client: KubeClient, _ resource: String, _ kind: String, _ spec: JSONValue
    ) async throws -> JSONValue {
        let review: JSONValue = ["apiVersion": "authorization.k8s.io/v1", "kind": .string(kind), "spec": spec]
        return try await client.json(
            KubeClient.Call(
                "POST", "/apis/authorization.k8s.io/v1/\(resource)", contentType: "application/json",
                body: Array(review.compactText.utf8), timeoutSeconds: patienceSeconds))
    }
}
