// An API server that lets through what a role allows, and nothing else: a proxy before the demo mesh.

import Base
import DemoMesh
import Kube
import TestSupport

final class RoleProxy: Sendable {
    /// How the role is bound: in the whole cluster, or in one namespace by a RoleBinding.
    enum Binding: Sendable { case cluster, namespace(String) }

    let proxy: FaultProxy
    let demo: Demo
    private struct Seen {
        var asked: Set<Permission> = []
        var refused: Set<Permission> = []
    }
    private let seen = Lock(Seen())

    /// `reviews` is what becomes of questions about rights; without it they are answered from the role.
    init(_ demo: Demo, _ role: RoleManifest, _ binding: Binding = .cluster, reviews: Fault? = nil) throws {
        self.demo = demo
        proxy = try FaultProxy(to: demo.server.port)
        let always = 10_000_000
        if let reviews { proxy.add(reviews, times: always) { $0.contains("/selfsubject") } }
        proxy.add(.reply { Self.rules($0, role, binding) }, times: always) { $0.hasSuffix("/selfsubjectrulesreviews") }
        proxy.add(.reply { Self.access($0, role, binding) }, times: always) {
            $0.hasSuffix("/selfsubjectaccessreviews")
        }
        let refusal =
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"Forbidden\",\"message\":\"not by this role\",\"code\":403}"
        let seen = seen
        proxy.add(.answer(403, body: refusal), times: always) { line in
            let wanted = Self.permissions(line)
            let refused = wanted.filter { !Self.allows(role, binding, $0.permission, $0.namespace) }
            seen.withLock { seen in
                seen.asked.formUnion(wanted.map(\.permission))
                seen.refused.formUnion(refused.map(\.permission))
            }
            return !refused.isEmpty
        }
    }

    deinit { proxy.stop() }

    var asked: Set<Permission> { seen.withLock { $0.asked } }
    var refused: Set<Permission> { seen.withLock { $0.refused } }
    var kubeconfig: String { demo.kubeconfig(through: proxy) }

    private static func allows(
        _ role: RoleManifest, _ binding: Binding, _ permission: Permission, _ namespace: String?
    ) -> Bool {
        if case .namespace(let bound) = binding, namespace != bound { return false }
        return role.allows(permission)
    }

    // MARK: What a request asks for

    /// As the API server's own filter reads a request; none for what is no resource.
    /// https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
    static func permissions(_ line: String) -> [(permission: Permission, namespace: String?)] {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        let parts = (words.last ?? "").split(separator: "?", maxSplits: 1).map(String.init)
        var path = (parts.first ?? "").split(separator: "/").map(String.init)
        let group: String
        switch path.first {
        case "api" where path.count > 2:
            group = ""
            path.removeFirst(2)
        case "apis" where path.count > 3:
            group = path[1]
            path.removeFirst(3)
        default: return []
        }
        if group.hasSuffix("authorization.k8s.io") { return [] }
        var namespace: String?
        if path.count > 1, path[0] == "namespaces" {
            namespace = path[1]
            if path.count > 2 { path.removeFirst(2) }
        }
        let name = path.count > 1 ? path[1] : nil
        let resource = path[0] + (path.count > 2 ? "/\(path[2])" : "")
        func verb(_ verb: String) -> (Permission, String?) {
            (Permission(verb, group, resource, name: name), namespace)
        }
        switch words[0] {
        // What a port-forward needs differs between servers: both of them.
        case "GET" where resource == "pods/portforward": return [verb("get"), verb("create")]
        case "GET" where name == nil:
            return [verb((parts.dropFirst().first ?? "").contains("watch=") ? "watch" : "list")]
        case "GET": return [verb("get")]
        case "POST": return [verb("create")]
        case "PUT": return [verb("update")]
        case "PATCH": return [verb("patch")]
        default: return [verb("delete")]
        }
    }

    // MARK: Reviews

    private static func spec(_ request: [UInt8]) -> JSONValue {
        let text = String(decoding: request, as: UTF8.self)
        let body = text.firstRange(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? ""
        // Another body than a review's is answered as one that asks for nothing.
        return (try? JSONValue(parsing: body))?["spec"] ?? [:]
    }

    private static func rules(_ request: [UInt8], _ role: RoleManifest, _ binding: Binding) -> (Int, String) {
        var status = role.review
        if case .namespace(let bound) = binding, spec(request).text("namespace") != bound {
            status["resourceRules"] = []
        }
        return (201, (["kind": "SelfSubjectRulesReview", "status": status] as JSONValue).compactText)
    }

    private static func access(_ request: [UInt8], _ role: RoleManifest, _ binding: Binding) -> (Int, String) {
        let asked = spec(request)["resourceAttributes"] ?? [:]
        let resource = (asked.text("resource") ?? "") + (asked.text("subresource").map { "/\($0)" } ?? "")
        let permission = Permission(
            asked.text("verb") ?? "", asked.text("group") ?? "", resource, name: asked.text("name"))
        let isAllowed = allows(role, binding, permission, asked.text("namespace"))
        return (
            201,
            (["kind": "SelfSubjectAccessReview", "status": ["allowed": .bool(isAllowed)]] as JSONValue).compactText
        )
    }
}
