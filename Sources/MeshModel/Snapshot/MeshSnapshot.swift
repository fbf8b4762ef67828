// The one immutable value that panes, headless output, actions and insights read: the mesh at one moment.

package import Base
internal import Kube

/// The mesh as MeshTop knows it at `time`. Unknown values are nil, never zero. Shares and ratios are 0…1,
/// rates are per second, latencies are in milliseconds.
package struct MeshSnapshot: Sendable, Hashable, Codable {
    package var time: Timestamp
    package var context: String
    package var scope: NamespaceScope
    /// The window over which rates were computed, in seconds.
    package var windowSeconds: Int
    package var sources: [SourceStatus]
    package var namespaces: [NamespaceSummary]
    package var workloads: [WorkloadSummary]
    package var services: [ServiceSummary]
    package var edges: [MeshEdge]
    package var routes: [RouteSummary]
    package var breakers: [BreakerSummary]
    package var policies: [PolicySummary]
    package var findings: [Finding]
    package var insights: [Insight]
    /// The kinds that are watched, with what is known of each: `doctor`, the header and empty panes say it.
    package var kinds: [KindStatus]
    /// A sentence for each API group that does not answer and has none of these kinds.
    package var silentGroups: [String] = []
    /// Hosts of ServiceEntries: what is outside the mesh and yet known to it.
    package var serviceEntryHosts: [String] = []
    package var objectives: [ObjectiveStatus] = []
    /// What findings could have been about, where what a field points to was not read.
    package var notJudged: [NotJudged] = []
    /// The numbers come from a few sidecars and stand for all.
    package var isSampled = false

    package init(
        time: Timestamp, context: String, scope: NamespaceScope = .all, windowSeconds: Int = 60,
        sources: [SourceStatus] = [], namespaces: [NamespaceSummary] = [], workloads: [WorkloadSummary] = [],
        services: [ServiceSummary] = [], edges: [MeshEdge] = [], routes: [RouteSummary] = [],
        breakers: [BreakerSummary] = [], policies: [PolicySummary] = [], findings: [Finding] = [],
        insights: [Insight] = [], kinds: [KindStatus] = []
    ) {
        self.time = time
        self.context = context
        self.scope = scope
        self.windowSeconds = windowSeconds
        self.sources = sources
        self.namespaces = namespaces
        self.workloads = workloads
        self.services = services
        self.edges = edges
        self.routes = routes
        self.breakers = breakers
        self.policies = policies
        self.findings = findings
        self.insights = insights
        self.kinds = kinds
    }

    /// Whether changes in a namespace ask for the object's name; nil where its labels may not be read. One that the
    /// cluster does not have is none.
    package func isProduction(_ namespace: String) -> Bool? {
        if let known = namespaces.first(where: { $0.name == namespace }) { return known.production }
        return kinds.contains { $0.watched == .namespaces && $0.isUnread } ? nil : false
    }

    /// Namespaces that there are besides `namespaces`, where those may not be listed: what is looked at, and what was
    /// read.
    package var unlistedNamespaces: Set<String> {
        if kinds.contains(where: { $0.watched == .namespaces && $0.state == .ok }) { return [] }
        var names = Set(services.map(\.id.namespace) + workloads.map(\.namespace))
        if case .some(let scope) = scope { names.formUnion(scope) }
        for kind in kinds { names.formUnion(kind.namespacesRead ?? []) }
        return names
    }

    package func source(_ name: SourceName) -> SourceStatus? { sources.first { $0.name == name } }
}

/// Which namespaces a session looks at.
package enum NamespaceScope: Sendable, Hashable, Codable {
    case all
    case some([String])

    package func contains(_ namespace: String) -> Bool {
        switch self {
        case .all: true
        case .some(let names): names.contains(namespace)
        }
    }
}

package struct NamespaceSummary: Sendable, Hashable, Codable {
    package var name: String
    package var injection: Bool
    /// From the label `environment: production` or configuration: changes here ask for the object's name.
    package var production: Bool

    package init(name: String, injection: Bool = false, production: Bool = false) {
        self.name = name
        self.injection = injection
        self.production = production
    }
}
