// Who am I and what may I do.

internal import Base

enum AccessReviews {
    static func answer(
        _ path: [String], _ request: APIRequest, _ user: APIUser, _ store: ObjectStore
    ) throws -> APIResponse {
        guard request.method == "POST" else { throw APIFailure.methodNotAllowed }
        let body = try RequestBody.object(request, kind: "SelfSubjectReview", hasProtobuf: true)
        var review = body
        review["metadata"] = review["metadata"] ?? [:]
        switch path[0] {
        case "selfsubjectaccessreviews": review["status"] = ["allowed": .bool(isAllowed(body, user, store))]
        case "selfsubjectrulesreviews":
            let namespace = body.at("spec", "namespace")?.string ?? ""
            guard !namespace.isEmpty else { throw APIFailure.badRequest("no namespace on request") }
            review["spec"] = [:]
            review["status"] = rules(namespace, user, store)
        case "selfsubjectreviews":
            review["status"] = ["userInfo": ["username": .string(user.name), "groups": ["system:authenticated"]]]
        default: return .text("404 page not found\n", status: 404)
        }
        return .object(review, ResponseForm(accept: request.header("accept"), hasProtobuf: true), status: 201)
    }

    private static func isAllowed(_ body: JSONValue, _ user: APIUser, _ store: ObjectStore) -> Bool {
        guard let attributes = body.at("spec", "resourceAttributes") else {
            return user == .admin || body.at("spec", "nonResourceAttributes", "verb")?.string == "get"
        }
        let namespace = attributes["namespace"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        // RBAC does not know which resources exist.
        return user.may(attributes["verb"]?.string ?? "", in: namespace, store)
    }

    /// What every user of a real server has, and the demo's own rule in front.
    private static func rules(_ namespace: String, _ user: APIUser, _ store: ObjectStore) -> JSONValue {
        let verbs = user.verbs(in: namespace, store).sorted()
        var resources: [JSONValue] = [
            [
                "verbs": ["create"], "apiGroups": ["authorization.k8s.io"],
                "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
            ],
            ["verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]],
        ]
        if !verbs.isEmpty {
            resources.insert(
                ["verbs": .array(verbs.map(JSONValue.string)), "apiGroups": ["*"], "resources": ["*"]], at: 0)
        }
        return [
            "resourceRules": .array(resources),
            "nonResourceRules": [
                ["verbs": ["get"], "nonResourceURLs": ["/healthz", "/livez", "/readyz", "/version"]]
            ],
            "incomplete": false,
        ]
    }
}
