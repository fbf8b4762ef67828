// Rows of the breakers pane: for each host the limits that hold for its clients, and their state.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

enum BreakerBuilder {
    static func breakers(_ world: MeshWorld, _ kept: inout SnapshotCache.Breakers) -> [BreakerSummary] {
        kept.rows.rows(SnapshotCache.breakerKey(world.inputs), touched: world.objects.touched) { row in
            row.service.map(world.behind) ?? []
        } again: { old in
            again(old, world)
        } all: {
            let planned = kept.planned.value(SnapshotCache.breakerPlanKey(world.inputs)) { Plan(world).all() }
            let evidence = BreakerEvidence(world)
            return planned.map { state($0, evidence, world) }
        }
    }

    /// What is configured with what is known of it now.
    private static func state(
        _ planned: PlannedBreaker, _ evidence: BreakerEvidence, _ world: MeshWorld
    ) -> BreakerSummary {
        var row = planned.row
        guard let host = planned.host else { return row }
        if let service = row.service { row.hosts = world.readyPods(of: service, subset: row.subset) }
        if row.state != .notConfigured { evidence.apply(to: &row, host: host, service: row.service) }
        return row
    }

    /// A row whose pods have changed: how many hosts there are, where no proxy has said so itself.
    private static func again(_ old: BreakerSummary, _ world: MeshWorld) -> BreakerSummary {
        guard let service = old.service, old.evidence != .envoyAdmin else { return old }
        var row = old
        row.hosts = world.readyPods(of: service, subset: old.subset)
        return row
    }
}

/// A row before anybody was asked for its state. Without a host no client uses it.
struct PlannedBreaker: Sendable {
    var row: BreakerSummary
    var host: String?
}

/// The limits that hold for each host's clients, by name: what the configuration alone decides.
private struct Plan {
    private let world: MeshWorld
    private let lookup: DestinationRuleLookup
    private let rules: [ConfigObject]
    private let baseline: BreakerPolicy

    init(_ world: MeshWorld) {
        self.world = world
        rules = world.objects.oldestFirst(.destinationrules)
        let mesh = MeshConfig(world.objects)
        lookup = DestinationRuleLookup(rules, rootNamespace: mesh.rootNamespace)
        baseline = BreakerPolicy(mesh.defaultTrafficPolicy)
    }

    package func all() -> [PlannedBreaker] {
        var rows: [PlannedBreaker] = []
        var used: Set<ObjectKey> = []
        for host in hosts() {
            for group in groups(host) {
                if let rule = group.rule { used.formUnion(rule.rules.map(\.meta.key)) }
                guard
                    world.scope.contains(host.service?.namespace ?? group.rule?.rules.first?.meta.namespace ?? "")
                        || group.rule?.rules.contains(where: { world.scope.contains($0.meta.namespace) }) == true
                else { continue }
                for level in BreakerLevel.all(group.rule, baseline: baseline) { rows.append(row(host, group, level)) }
            }
        }
        for rule in rules where !used.contains(rule.meta.key) && world.scope.contains(rule.meta.namespace) {
            rows.append(PlannedBreaker(row: unusedRow(rule)))
        }
        return rows.sorted { left, right in
            let (left, right) = (left.row, right.row)
            return (left.namespace, left.host, left.subset ?? "", left.port ?? 0, left.clientNamespaces?.first ?? "")
                < (
                    right.namespace, right.host, right.subset ?? "", right.port ?? 0,
                    right.clientNamespaces?.first ?? ""
                )
        }
    }

    // MARK: Hosts

    private struct Host {
        /// As Envoy's clusters name it.
        var name: String
        var service: ServiceID?
        /// Namespaces whose rules may be for it.
        var claimants: Set<String>
    }

    /// Services and external hosts that a rule is for; with a baseline, all services.
    private func hosts() -> [Host] {
        var hosts: [Host] = []
        let patterns = rules.compactMap { rule in
            rule.spec.text("host").map {
                (host: HostIndex.full($0, in: rule.meta.namespace), namespace: rule.meta.namespace)
            }
        }
        let exact = Dictionary(grouping: patterns.filter { !$0.host.hasPrefix("*") }, by: \.host)
        let wild = patterns.filter { $0.host.hasPrefix("*") }
        func claimants(_ name: String) -> Set<String> {
            Set((exact[name] ?? []).map(\.namespace) + wild.filter { Wildcard.covers($0.host, name) }.map(\.namespace))
        }
        var names: Set<String> = []
        for service in world.objects.services.values {
            let name = HostNames.fullName(service.id)
            let found = claimants(name)
            guard !found.isEmpty || !baseline.isEmpty else { continue }
            names.insert(name)
            hosts.append(Host(name: name, service: service.id, claimants: found))
        }
        let external = (world.objects.configs[.serviceentries] ?? [:]).values.flatMap { $0.spec.texts("hosts") }
        for name in Set(external) where !names.contains(name) && !name.hasPrefix("*") {
            let found = claimants(name)
            if !found.isEmpty { hosts.append(Host(name: name, service: nil, claimants: found)) }
        }
        return hosts.sorted { $0.name < $1.name }
    }

    // MARK: Clients

    private struct Group {
        var rule: EffectiveRule?
        /// Nil: whoever is not in another group.
        var clients: [String]?
    }

    /// Clients for whom the same rule holds. A rule of a client's own namespace goes before the service's, so the answer
    /// depends on who asks.
    private func groups(_ host: Host) -> [Group] {
        func rule(_ client: String) -> EffectiveRule? {
            lookup.effective(host: host.name, client: client, service: host.service?.namespace)
        }
        let anyone = rule("\u{0}nobody")
        var others: [String: (rule: EffectiveRule?, clients: [String])] = [:]
        let home = host.service?.namespace
        for client in host.claimants.union([home].compactMap { $0 }).sorted() {
            let own = rule(client)
            guard own?.name != anyone?.name else { continue }
            others[own?.name ?? "", default: (own, [])].clients.append(client)
        }
        var groups: [Group] = []
        // Where nobody calls from elsewhere the rule of the service's own namespace is what matters.
        if anyone != nil || !baseline.isEmpty || others.isEmpty {
            groups.append(Group(rule: anyone, clients: nil))
        }
        groups += others.sorted { $0.key < $1.key }.map { Group(rule: $0.value.rule, clients: $0.value.clients) }
        return groups
    }

    // MARK: Rows

    private func row(_ host: Host, _ group: Group, _ level: BreakerLevel) -> PlannedBreaker {
        let rule = group.rule?.rules.first
        let written = rule?.spec.text("host").flatMap { $0.hasPrefix("*") ? nil : $0 } ?? host.name
        var row = BreakerSummary(
            namespace: rule?.meta.namespace ?? host.service?.namespace ?? "", destinationRule: rule?.meta.name ?? "",
            host: written, subset: level.subset, port: level.port,
            limits: level.policy.limits ?? BreakerSummary.Limits(), outlierDetection: level.policy.outliers,
            service: host.service)
        row.clientNamespaces = group.clients
        row.origin = (group.rule?.rules ?? []).map { "DestinationRule \($0.meta.namespace)/\($0.meta.name)" }
        if !baseline.isEmpty, level.policy.limits == baseline.limits || level.policy.outliers == baseline.outliers {
            row.origin.append("mesh default")
        }
        if level.policy.isEmpty {
            row.state = .notConfigured
            row.detail = "neither connectionPool nor outlierDetection is set: nothing limits or ejects"
        }
        return PlannedBreaker(row: row, host: host.name)
    }

    /// A rule that holds for nobody, or for hosts that are not known.
    private func unusedRow(_ rule: ConfigObject) -> BreakerSummary {
        let host = rule.spec.text("host") ?? ""
        let service = HostNames.service(host, from: rule.meta.namespace)
        let policy = BreakerPolicy(rule.spec["trafficPolicy"])
        var row = BreakerSummary(
            namespace: rule.meta.namespace, destinationRule: rule.meta.name, host: host,
            limits: policy.limits ?? BreakerSummary.Limits(), outlierDetection: policy.outliers, service: service)
        row.origin = ["DestinationRule \(rule.meta.namespace)/\(rule.meta.name)"]
        if policy.isEmpty {
            row.state = .notConfigured
            row.detail = "neither connectionPool nor outlierDetection is set: nothing limits or ejects"
        } else if let service, world.objects.services[ObjectKey(service.namespace, service.name)] != nil {
            row.detail = "no client uses it: a rule of the client's namespace, or an older one, goes before it"
        } else if let service, let gap = world.objects.gap(.services, in: [service.namespace]) {
            row.detail = "whether there is such a service is not known; \(gap)"
        } else if let gap = world.objects.hostGap(host, in: rule.meta.namespace), !gap.reason.isEmpty {
            row.detail = "whether anything has this host is not known; \(gap.kind) not read: \(gap.reason)"
        } else {
            row.detail = "no service or ServiceEntry has this host: its clusters are not known"
        }
        return row
    }
}
