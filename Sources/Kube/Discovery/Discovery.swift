// What an API server serves: groups, versions, resources and verbs.
// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api

internal import Base

package struct ResourceInfo: Sendable, Hashable {
    package var group: String
    package var version: String
    package var resource: String
    package var kind: String
    package var isNamespaced: Bool
    package var verbs: [String]
    package var subresources: [String]
    /// `deploy` for deployments.
    package var shortNames: [String]
    /// `deployment` for deployments; the kind in small letters where the server does not say.
    package var singular: String

    package init(
        group: String, version: String, resource: String, kind: String, isNamespaced: Bool, verbs: [String],
        subresources: [String], shortNames: [String] = [], singular: String? = nil
    ) {
        self.group = group
        self.version = version
        self.resource = resource
        self.kind = kind
        self.isNamespaced = isNamespaced
        self.verbs = verbs
        self.subresources = subresources
        self.shortNames = shortNames
        self.singular = singular.flatMap { $0.isEmpty ? nil : $0 } ?? kind.lowercased()
    }

    package var path: ResourcePath { ResourcePath(group: group, version: version, resource: resource) }
}

package struct Discovery: Sendable {
    /// As /version says it; empty where it does not say.
    package var serverVersion: String
    package var resources: [ResourceInfo]
    /// Groups that the server names and does not answer for, with the reason: what they serve is unknown.
    package var failed: [String: String]
    /// Groups that were asked and may still answer: what they serve is not known yet.
    package var awaited: Set<String> = []
    /// The groups that the server names, in its order.
    package var groups: [String] = []
    /// Why the server does not say which groups it has beside its core: what any of them serves is unknown. Nil where
    /// it does.
    package var groupsUnread: String?
    /// Grows with what is known of one server: of two answers the one with the larger is the later.
    package internal(set) var number = 0

    package init(serverVersion: String, resources: [ResourceInfo], failed: [String: String] = [:]) {
        self.serverVersion = serverVersion
        self.resources = resources
        self.failed = failed
    }

    private var silent: Set<String> { awaited.union(failed.keys) }

    /// 36 of v1.36.2-gke.1; nil when the version is written in another way, or not known.
    package var minorVersion: Int? {
        let parts = serverVersion.split(separator: ".")
        guard parts.count > 1, parts[0] == "v1" || parts[0] == "1" else { return nil }
        return Int(parts[1].prefix { $0.isNumber })
    }

    /// Why it is not known whether the server has resources of a group; nil where it is known.
    package func gap(_ group: String) -> String? {
        failed[group] ?? (awaited.contains(group) ? "it has not answered yet" : group.isEmpty ? nil : groupsUnread)
    }

    /// The same as a sentence.
    package func gapWords(_ group: String) -> String? {
        gap(group).map { why in
            let what =
                group.isEmpty
                ? "its core serves" : silent.contains(group) ? "\(group) serves" : "it serves beside its core"
            return "the server does not say what \(what): \(why)"
        }
    }

    /// A sentence for each gap: whoever counts all kinds has to say them.
    package var allGaps: [String] {
        let named = silent.sorted().compactMap(gapWords)
        return named + (groupsUnread == nil ? [] : [gapWords("*")].compactMap { $0 })
    }

    /// Words for what is not found: "; it does not answer for GROUP". Empty where it is known that it is not there.
    /// `group`: the one that it would be in; any other where the word names none.
    package func unanswered(_ group: String? = nil) -> String {
        if let groupsUnread, group?.isEmpty != true {
            return "; it does not say what it serves beside its core: \(groupsUnread)"
        }
        let groups = silent.filter { group == nil || $0 == group }.sorted()
        if groups.isEmpty { return "" }
        // The core's own reason is a refusal, that of another group a server of its own that is down.
        let why = failed[""].flatMap { groups.contains("") ? ": \($0)" : nil } ?? ""
        return
            "; it does not answer for \(groups.map { $0.isEmpty ? "the core group" : $0 }.joined(separator: ", "))\(why)"
    }

    /// The resource of an apiVersion and kind, as a manifest names it.
    package func resource(apiVersion: String, kind: String) -> ResourceInfo? {
        resources.first { $0.path.apiVersion == apiVersion && $0.kind == kind }
    }
}
