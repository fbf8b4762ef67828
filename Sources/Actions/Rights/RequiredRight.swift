// One line of the table of rights: what is asked of the API server, and what for.

package import Kube

/// Verbs on resources that one part of the program needs.
package struct RequiredRight: Sendable, Hashable {
    /// Whom a right is for: who looks, or who also changes. The manifests in `examples/` are of the same two.
    package enum Role: String, Sendable, CaseIterable {
        case viewer
        case `operator`
    }

    package enum Scope: Sendable, Hashable {
        /// Of resources that are in no namespace.
        case cluster
        /// In the namespaces that are looked at.
        case namespaces
        /// One of these objects is enough.
        case oneOf([ObjectKey])
    }

    package var role: Role
    package var verbs: [String]
    package var group: String
    /// Plurals; `deployments/scale` names a subresource.
    package var resources: [String]
    package var scope: Scope
    /// What does not work without it, as a person says it.
    package var purpose: String

    init(
        _ role: Role, _ verbs: [String], _ group: String, _ resources: [String], in scope: Scope = .namespaces,
        for purpose: String
    ) {
        self.role = role
        self.verbs = verbs
        self.group = group
        self.resources = resources
        self.scope = scope
        self.purpose = purpose
    }

    /// Each verb on each resource.
    package var permissions: [Permission] {
        resources.flatMap { resource in verbs.map { Permission($0, group, resource) } }
    }
}
