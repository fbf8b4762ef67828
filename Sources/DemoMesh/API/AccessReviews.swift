// Who am I and what may I do.

internal import ClusterData

enum AccessReviews {
    static func answer(_ path: [String], _ request: APIRequest, _ user: APIUser) throws -> APIResponse {
        guard request.method == "POST" else { throw APIFailure.methodNotAllowed }
        let body = try RequestBody.object(request, kind: "SelfSubjectReview", hasProtobuf: true)
        var review = body
        review["metadata"] = review["metadata"] ?? [:]
        switch path[0] {
        case "selfsubjectaccessreviews":
            let attributes = body.at("spec", "resourceAttributes")
            let verb = attributes?["verb"]?.string ?? body.at("spec", "nonResourceAttributes", "verb")?.string ?? ""
            let group = attributes?["group"]?.string ?? ""
            let resource = attributes?["resource"]?.string ?? ""
            let known =
                attributes == nil || resource == "*" || ResourceType.find(group: group, resource: resource) != nil
            review["status"] = ["allowed": .bool(APIServer.isAllowed(user, verb: verb) && known)]
        case "selfsubjectrulesreviews":
            let verbs: JSONValue = user == .admin ? ["*"] : ["get", "list", "watch"]
            review["status"] = [
                "resourceRules": [["verbs": verbs, "apiGroups": ["*"], "resources": ["*"]]],
                "nonResourceRules": [["verbs": ["get"], "nonResourceURLs": ["*"]]], "incomplete": false,
            ]
        case "selfsubjectreviews":
            review["status"] = ["userInfo": ["username": .string(user.name), "groups": ["system:authenticated"]]]
        default: return .text("404 page not found\n", status: 404)
        }
        return .object(review, ResponseForm(accept: request.header("accept"), hasProtobuf: true), status: 201)
    }
}
