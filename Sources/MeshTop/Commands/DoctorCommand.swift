// `meshtop doctor`: what it can reach and do here.

import ArgumentParser
internal import CLinux
internal import ClusterData

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check the API server, permissions, metrics and this terminal.")
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let place = try global.workplace()
        var lines = [
            "context      \(place.access.contextName)", "server       \(place.access.server)",
            "credential   \(Self.credential(place.access))",
            "terminal     TERM=\(environmentVariable("TERM") ?? "unset")\(isatty(1) == 1 ? "" : ", standard output is no terminal")",
        ]
        let snapshot = try runBlocking { try await HeadlessSession.snapshot(place, wait: 30) }
        for source in snapshot.sources {
            lines.append("\(Self.pad(source.name.rawValue, 12)) \(source.state.rawValue): \(source.detail)")
        }
        for kind in snapshot.kinds {
            let count = kind.state == .ok ? "\(kind.count)" : kind.state.rawValue
            lines.append("  \(Self.pad(kind.kind, 24)) \(count)\(kind.detail.isEmpty ? "" : "  (\(kind.detail))")")
        }
        let rights = try runBlocking { try await Rights.check(place) }
        for right in rights { lines.append("may \(Self.pad(right.what, 28)) \(right.answer)") }
        try printOut(lines.joined(separator: "\n") + "\n")
        if snapshot.source(.kubernetes)?.state != .ok {
            throw MeshTopError(.network, "context \(snapshot.context)", why: snapshot.source(.kubernetes)?.detail ?? "")
        }
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func credential(_ access: ClusterAccess) -> String {
        switch access.credential {
        case .none: access.connection.clientCertificate == nil ? "none" : "client certificate"
        case .token: "token"
        case .tokenFile(let path): "token file \(path)"
        case .exec(let plugin): "exec plugin \(([plugin.command] + plugin.arguments).joined(separator: " "))"
        }
    }
}

/// Asks the API server what this user may change.
enum Rights {
    struct Answer: Sendable {
        var verbID: String
        var what: String
        /// nil: the server did not say.
        var isAllowed: Bool?
        var reason: String
        var answer: String { isAllowed.map { $0 ? "yes" : "no (\(reason))" } ?? "unknown (\(reason))" }
    }

    private static let questions: [(verb: String, what: String, group: String, resource: String, action: String)] = [
        ("shift", "patch VirtualServices", "networking.istio.io", "virtualservices", "patch"),
        ("scale", "scale Deployments", "apps", "deployments/scale", "update"),
        ("restart", "patch Deployments", "apps", "deployments", "patch"),
        ("policy", "patch DestinationRules", "networking.istio.io", "destinationrules", "patch"),
        ("envoy", "port-forward to Pods", "", "pods/portforward", "get"),
    ]

    static func check(_ place: Workplace) async throws -> [Answer] {
        let client = KubeClient(access: place.access, loop: CurlLoop(), timeoutSeconds: 5)
        return await answers(client, namespace: nil)
    }

    /// A check that fails or times out is unknown, never "no".
    static func answers(_ client: KubeClient, namespace: String?) async -> [Answer] {
        var answers: [Answer] = []
        for question in questions {
            let parts = question.resource.split(separator: "/").map(String.init)
            var attributes: JSONValue = [
                "verb": .string(question.action), "group": .string(question.group), "resource": .string(parts[0]),
            ]
            if parts.count > 1 { attributes["subresource"] = .string(parts[1]) }
            if let namespace { attributes["namespace"] = .string(namespace) }
            let review: JSONValue = [
                "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                "spec": ["resourceAttributes": attributes],
            ]
            do {
                let answer = try await client.json(
                    KubeClient.Call(
                        "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                        contentType: "application/json",
                        body: Array(review.compactText.utf8), timeoutSeconds: 5))
                let reason = answer.at("status", "reason")?.string.map { SafeText.line($0) } ?? ""
                answers.append(
                    Answer(
                        verbID: question.verb, what: question.what, isAllowed: answer.at("status", "allowed")?.bool,
                        reason: reason.isEmpty
                            ? "RBAC does not allow \(question.action) on \(question.resource)" : reason))
            } catch {
                answers.append(Answer(verbID: question.verb, what: question.what, isAllowed: nil, reason: "\(error)"))
            }
        }
        return answers
    }
}
