// The fields that a kind has: what its server keeps, and what it drops without a word.
// https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning

internal import Base

/// The structural schema of one version of a kind.
struct KindSchema: Sendable, Hashable {
    let root: JSONValue
    /// The types that a document of the server's own kinds refers to, by name; empty for a custom kind.
    private let types: JSONValue
    /// The server decodes it into a type of its own: one without fields, a RawExtension, holds any.
    private let isBuiltIn: Bool

    init(root: JSONValue, types: JSONValue = [:], isBuiltIn: Bool = false) {
        (self.root, self.types, self.isBuiltIn) = (root, types, isBuiltIn)
    }

    /// Nil where the definition has no such version. One without a schema, or one that asks for it, drops nothing.
    init?(definition: JSONValue, version: String) {
        guard let spec = definition["spec"] else { return nil }
        let found = spec.list("versions").first { $0["name"]?.string == version }
        guard found != nil || spec["version"]?.string == version else { return nil }
        // What v1 says nothing of is pruned; in v1beta1 it is kept.
        let isOld = definition["apiVersion"] == "apiextensions.k8s.io/v1beta1"
        let isOpen = spec["preserveUnknownFields"]?.bool ?? isOld
        let schema =
            found?.at("schema", "openAPIV3Schema") ?? spec.at("validation", "openAPIV3Schema")
            ?? ["x-kubernetes-preserve-unknown-fields": true]
        self.init(root: isOpen ? ["x-kubernetes-preserve-unknown-fields": true] : schema)
    }

    /// The kind's part of a group's OpenAPI v3 document, or of a version 2 one; nil where it has none.
    init?(document: JSONValue, group: String, version: String, kind: String, isBuiltIn: Bool = false) {
        let types = document.at("components", "schemas") ?? document["definitions"] ?? [:]
        let found = types.object?.values.first { schema in
            schema.list("x-kubernetes-group-version-kind").contains {
                $0["group"]?.string == group && $0["version"]?.string == version && $0["kind"]?.string == kind
            }
        }
        guard let found else { return nil }
        self.init(root: found, types: types, isBuiltIn: isBuiltIn)
    }

    /// Where an object says something that the kind has no field for.
    func unknownFields(in object: JSONValue) -> [[String]] {
        var found: [[String]] = []
        walk(object, root, isObject: true, [], &found)
        return found
    }

    /// `isObject`: it has a name and metadata of its own, whatever its schema says of them.
    private func walk(
        _ value: JSONValue, _ node: JSONValue, isObject: Bool, _ path: [String], _ found: inout [[String]]
    ) {
        switch value {
        case .object(let members):
            for (key, member) in members.members where !member.isNull {
                if isObject, key == "apiVersion" || key == "kind" { continue }
                if isObject, key == "metadata" {
                    for name in member.object?.keys ?? [] where !Self.metadata.contains(name) {
                        found.append(path + [key, name])
                    }
                } else if let field = node.at("properties", key) {
                    descend(member, field, path + [key], &found)
                } else if let rest = node["additionalProperties"], rest != false {
                    descend(member, rest, path + [key], &found)
                } else if !isOpen(node) {
                    found.append(path + [key])
                }
            }
        case .array(let elements):
            guard let items = node["items"] else { return }
            for (index, element) in elements.enumerated() { descend(element, items, path + [String(index)], &found) }
        default: break
        }
    }

    private func descend(
        _ value: JSONValue, _ node: JSONValue, _ path: [String], _ found: inout [[String]]
    ) {
        let node = resolved(node)
        walk(value, node, isObject: node["x-kubernetes-embedded-resource"] == true, path, &found)
    }

    /// The server's own kinds name their types: by `$ref`, or by one alone within `allOf`.
    private func resolved(_ node: JSONValue) -> JSONValue {
        let all = node.list("allOf")
        guard let name = (all.count == 1 ? all[0] : node)["$ref"]?.string?.split(separator: "/").last else {
            return node
        }
        return types[String(name)] ?? ["x-kubernetes-preserve-unknown-fields": true]
    }

    /// Keeps what its schema does not name: because it says so, or because it says nothing of fields at all, as a type
    /// that is described elsewhere.
    private func isOpen(_ node: JSONValue) -> Bool {
        if node["x-kubernetes-preserve-unknown-fields"] == true { return true }
        if node["x-kubernetes-int-or-string"] == true { return true }
        return (node["type"] == nil || isBuiltIn) && node["properties"] == nil && node["additionalProperties"] == nil
    }

    /// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
    private static let metadata: Set<String> = [
        "annotations", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers",
        "generateName", "generation", "labels", "managedFields", "name", "namespace", "ownerReferences",
        "resourceVersion", "selfLink", "uid",
    ]
}
