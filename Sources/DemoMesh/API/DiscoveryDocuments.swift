// What the server says it serves, in the old form and the aggregated one.

internal import Base

enum DiscoveryDocuments {
    private static let verbs: JSONValue = [
        "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
    ]
    private static let reviews: [(group: String, resource: String, kind: String)] = [
        ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
        ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
    ]

    /// Groups with their versions, preferred first, in a stable order.
    private static var groups: [(name: String, versions: [String])] {
        var found: [(name: String, versions: [String])] = []
        for type in ResourceType.all where !type.group.isEmpty {
            if let index = found.firstIndex(where: { $0.name == type.group }) {
                for version in type.versions where !found[index].versions.contains(version) {
                    found[index].versions.append(version)
                }
            } else {
                found.append((type.group, type.versions))
            }
        }
        return found + [("authorization.k8s.io", ["v1"]), ("authentication.k8s.io", ["v1"])]
    }

    static func root(_ name: String, _ request: APIRequest) -> APIResponse {
        let accept = request.header("accept") ?? ""
        if accept.contains("as=APIGroupDiscoveryList"), accept.contains("v=v2") {
            let items = name == "api" ? [aggregated("", ["v1"])] : groups.map { aggregated($0.name, $0.versions) }
            var response = APIResponse.json([
                "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": [:],
                "items": .array(items),
            ])
            response.contentType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
            return response
        }
        if name == "api" {
            return .json([
                "kind": "APIVersions", "versions": ["v1"],
                "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"]],
            ])
        }
        return .json([
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": .array(groups.map { groupBody($0.name, $0.versions) }),
        ])
    }

    static func group(_ name: String) -> JSONValue? {
        guard let found = groups.first(where: { $0.name == name }) else { return nil }
        var body = groupBody(found.name, found.versions)
        body["kind"] = "APIGroup"
        body["apiVersion"] = "v1"
        return body
    }

    private static func groupBody(_ name: String, _ versions: [String]) -> JSONValue {
        let listed = versions.map { version -> JSONValue in
            ["groupVersion": .string("\(name)/\(version)"), "version": .string(version)]
        }
        return ["name": .string(name), "versions": .array(listed), "preferredVersion": listed[0]]
    }

    static func resources(group: String, version: String) -> JSONValue? {
        let types = ResourceType.all.filter { $0.group == group && $0.versions.contains(version) }
        let review = version == "v1" ? reviews.filter { $0.group == group } : []
        guard !types.isEmpty || !review.isEmpty else { return nil }
        var listed: [JSONValue] = []
        for type in types {
            var entry: JSONValue = [
                "name": .string(type.resource), "singularName": .string(type.singular),
                "namespaced": .bool(type.isNamespaced),
                "kind": .string(type.kind), "verbs": verbs,
            ]
            if !type.shortNames.isEmpty { entry["shortNames"] = .array(type.shortNames.map { .string($0) }) }
            if type.isInAll { entry["categories"] = ["all"] }
            listed.append(entry)
            for sub in subresources(type) {
                var entry: JSONValue = [
                    "name": .string("\(type.resource)/\(sub.name)"), "singularName": "",
                    "namespaced": .bool(type.isNamespaced),
                ]
                // A drain evicts only where this says so, and deletes otherwise.
                if let foreign = foreignGroups[sub.kind] {
                    entry["group"] = .string(foreign)
                    entry["version"] = "v1"
                }
                entry["kind"] = .string(sub.kind)
                entry["verbs"] = sub.verbs
                listed.append(entry)
            }
        }
        for item in review {
            listed.append([
                "name": .string(item.resource), "singularName": .string(item.kind.lowercased()), "namespaced": false,
                "kind": .string(item.kind), "verbs": ["create"],
            ])
        }
        let name = group.isEmpty ? version : "\(group)/\(version)"
        var document: JSONValue = ["kind": "APIResourceList"]
        // The core group's document is older than the field.
        if !group.isEmpty { document["apiVersion"] = "v1" }
        document["groupVersion"] = .string(name)
        document["resources"] = .array(listed)
        return document
    }

    /// Kinds of subresources that are of another group than the resource, all of its v1.
    private static let foreignGroups = ["Scale": "autoscaling", "Eviction": "policy"]

    private static func subresources(_ type: ResourceType) -> [(name: String, kind: String, verbs: JSONValue)] {
        var subs: [(name: String, kind: String, verbs: JSONValue)] = []
        if type.hasStatus { subs.append(("status", type.kind, ["get", "patch", "update"])) }
        if type.hasScale { subs.append(("scale", "Scale", ["get", "patch", "update"])) }
        if type.resource == "pods" {
            subs += [
                ("log", "Pod", ["get"]), ("proxy", "PodProxyOptions", ["get"]),
                ("portforward", "PodPortForwardOptions", ["create", "get"]), ("eviction", "Eviction", ["create"]),
            ]
        }
        if type.resource == "services" { subs.append(("proxy", "ServiceProxyOptions", ["create", "get"])) }
        return subs
    }

    private static func aggregated(_ group: String, _ versions: [String]) -> JSONValue {
        let listed = versions.map { version -> JSONValue in
            let types = ResourceType.all.filter { $0.group == group && $0.versions.contains(version) }
            var resources = types.map { type -> JSONValue in
                var entry: JSONValue = [
                    "resource": .string(type.resource),
                    "responseKind": ["group": .string(group), "version": .string(version), "kind": .string(type.kind)],
                    "scope": type.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(type.singular),
                    "verbs": verbs,
                ]
                if !type.shortNames.isEmpty { entry["shortNames"] = .array(type.shortNames.map { .string($0) }) }
                if type.isInAll { entry["categories"] = ["all"] }
                let subs = subresources(type)
                if !subs.isEmpty {
                    entry["subresources"] = .array(
                        subs.map { sub in
                            [
                                "subresource": .string(sub.name),
                                "responseKind": [
                                    "group": .string(foreignGroups[sub.kind] ?? group),
                                    "version": .string(foreignGroups[sub.kind] == nil ? version : "v1"),
                                    "kind": .string(sub.kind),
                                ], "verbs": sub.verbs,
                            ]
                        })
                }
                return entry
            }
            for item in reviews where item.group == group && version == "v1" {
                resources.append([
                    "resource": .string(item.resource),
                    "responseKind": ["group": .string(group), "version": "v1", "kind": .string(item.kind)],
                    "scope": "Cluster", "singularResource": .string(item.kind.lowercased()), "verbs": ["create"],
                ])
            }
            return ["version": .string(version), "resources": .array(resources), "freshness": "Current"]
        }
        return ["metadata": group.isEmpty ? [:] : ["name": .string(group)], "versions": .array(listed)]
    }
}
