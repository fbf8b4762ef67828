// Which DestinationRule holds for a host, seen from a client's namespace.
// https://istio.io/latest/docs/reference/config/networking/destination-rule/ and istio's PushContext.destinationRule.

package import Base
internal import Kube
internal import MeshModel

/// A rule, or several of one host that count as one.
package struct EffectiveRule: Sendable {
    /// `namespace/name` of the first.
    package var name: String
    package var rules: [ConfigObject]
    /// Of the oldest that has one: later ones of the same host do not count.
    package var trafficPolicy: JSONValue?
    /// By name; of two with the same name the older rule's.
    package var subsets: [(name: String, value: JSONValue, rule: ConfigObject)]

    var tlsMode: String? { trafficPolicy?.at("tls", "mode")?.string.map { SafeText.line($0) } }
}

package struct DestinationRuleLookup: Sendable {
    private struct Entry: Sendable {
        var rule: ConfigObject
        var host: String
    }
    private var byNamespace: [String: [Entry]] = [:]
    private let root: String

    init(_ world: AnalysisWorld) {
        self.init(world.configs(.destinationrules), rootNamespace: world.mesh.rootNamespace)
    }

    /// `rules` oldest first.
    package init(_ rules: [ConfigObject], rootNamespace: String) {
        root = rootNamespace
        for rule in rules {
            guard let host = rule.spec.text("host"), !host.isEmpty else { continue }
            byNamespace[rule.meta.namespace, default: []].append(
                Entry(rule: rule, host: HostIndex.full(host, in: rule.meta.namespace)))
        }
    }

    /// The client's namespace first (but not the root one), then the service's, then the root namespace: the first of
    /// them with a match is taken, and nothing is inherited from the others. Labels are the client pod's: rules with a
    /// workloadSelector hold for such pods of their own namespace alone.
    package func effective(
        host: String, client: String, service: String?, labels: [String: String] = [:]
    ) -> EffectiveRule? {
        var places: [String] = []
        if client != root { places.append(client) }
        if let service, service != client || client == root { places.append(service) }
        if !places.contains(root) { places.append(root) }
        for namespace in places {
            let visible = (byNamespace[namespace] ?? []).filter { entry in
                guard Wildcard.covers(entry.host, host) else { return false }
                let selector = entry.rule.spec.at("workloadSelector", "matchLabels")?.stringMap ?? [:]
                if !selector.isEmpty {
                    return namespace == client && selector.allSatisfy { labels[$0.key] == $0.value }
                }
                return namespace == client
                    || Visibility.includes(entry.rule.spec.texts("exportTo"), owner: namespace, client: client)
            }
            guard !visible.isEmpty else { continue }
            // An exact host before wildcards, of these the longest.
            let best = visible.map { $0.host == host ? Int.max : $0.host.count }.max() ?? 0
            var chosen = visible.filter { ($0.host == host ? Int.max : $0.host.count) == best }.map(\.rule)
            let selected = chosen.filter { $0.spec["workloadSelector"] != nil }
            if !selected.isEmpty { chosen = selected + chosen.filter { $0.spec["workloadSelector"] == nil } }
            return merge(chosen)
        }
        return nil
    }

    private func merge(_ rules: [ConfigObject]) -> EffectiveRule? {
        guard let first = rules.first else { return nil }
        var subsets: [(name: String, value: JSONValue, rule: ConfigObject)] = []
        for rule in rules {
            for subset in rule.spec.list("subsets") {
                guard let name = subset.text("name"), !subsets.contains(where: { $0.name == name }) else { continue }
                subsets.append((name, subset, rule))
            }
        }
        return EffectiveRule(
            name: "\(first.meta.namespace)/\(first.meta.name)", rules: rules,
            trafficPolicy: rules.lazy.compactMap { $0.spec["trafficPolicy"] }.first, subsets: subsets)
    }
}
