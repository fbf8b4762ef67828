// The roles of examples/, evaluated as RBAC does: what a group may do.

import Base
import Kube
import TestSupport

struct RoleManifest {
    /// The rules of every role that is bound to a group.
    var rules: [NamespaceRights.Rule] = []

    init(_ files: [String], group: String) throws {
        let objects = try files.flatMap { file in
            try YAML.documents(try Files.read("\(Readme.clone)/examples/\(file)")).map(\.value)
        }
        for binding in objects where binding["kind"] == "ClusterRoleBinding" {
            let isBound = binding.list("subjects").contains { $0["kind"] == "Group" && $0.text("name") == group }
            guard isBound, let role = binding["roleRef"]?.text("name") else { continue }
            let found = objects.filter { $0["kind"] == "ClusterRole" && $0["metadata"]?.text("name") == role }
            guard found.count == 1 else {
                throw MeshTopError(.invalid, role, why: "\(found.count) roles have this name")
            }
            rules += found.flatMap { $0.list("rules") }.map { rule in
                NamespaceRights.Rule(
                    verbs: Set(rule.texts("verbs")), groups: Set(rule.texts("apiGroups")),
                    resources: Set(rule.texts("resources")), names: Set(rule.texts("resourceNames")))
            }
        }
    }

    static func viewer() throws -> RoleManifest { try RoleManifest(["rbac-viewer.yaml"], group: "meshtop-viewers") }
    static func `operator`() throws -> RoleManifest {
        try RoleManifest(["rbac-viewer.yaml", "rbac-operator.yaml"], group: "meshtop-operators")
    }

    func allows(_ permission: Permission) -> Bool {
        NamespaceRights(namespace: "", rules: rules).answer(permission) == .yes
    }

    /// `status` of a SelfSubjectRulesReview.
    var review: JSONValue {
        func list(_ words: Set<String>) -> JSONValue { .array(words.sorted().map(JSONValue.string)) }
        return [
            "resourceRules": .array(
                rules.map { rule in
                    var value: JSONValue = [
                        "verbs": list(rule.verbs), "apiGroups": list(rule.groups), "resources": list(rule.resources),
                    ]
                    if !rule.names.isEmpty { value["resourceNames"] = list(rule.names) }
                    return value
                }), "nonResourceRules": [], "incomplete": false,
        ]
    }
}
