// What holds for each workload: mTLS, authorization, tokens, limits, injection; and which object says so.

internal import Actions
internal import Base
internal import MeshModel

extension PaneName {
    static let policies = PaneName("policies")
}

struct PoliciesPane: Pane {
    let name = PaneName.policies
    let title = "Policies"
    let shortName = "pol"
    let schemaParts: Set = ["policies"]
    let kinds =
        MeshSnapshot.templateKinds + [
            "PeerAuthentication", "AuthorizationPolicy", "RequestAuthentication", "DestinationRule", "EnvoyFilter",
            "NetworkPolicy", "ConfigMap", "Sidecar", "Telemetry", "Service", "Pod", "Namespace",
        ]
    let sorts = ["name", "namespace", "mtls"]
    let marksOrder = false
    let hasDetails = true

    let columns = [
        Column(id: "mtls", title: "MTLS", width: 10, priority: 0),
        Column(id: "namespace", title: "NS", width: 12, priority: 3, growth: 14, keepsEnds: true),
        Column(id: "name", title: "WORKLOAD", width: 14, priority: 0, flexible: true, keepsEnds: true),
        Column(id: "authorization", title: "AUTHZ", width: 9, priority: 1),
        Column(id: "otherwise", title: "OTHERWISE", width: 9, priority: 2),
        Column(id: "jwt", title: "JWT", width: 3, right: true, priority: 5),
        Column(id: "limits", title: "RATE", width: 4, right: true, priority: 6),
        Column(id: "network", title: "NETPOL", width: 6, right: true, priority: 5),
        Column(id: "proxy", title: "PROXY", width: 8, priority: 4),
        Column(id: "version", title: "VERSION", width: 9, priority: 7),
    ]

    func cells(_ row: Row, _ snapshot: MeshSnapshot, _ badges: Badges) -> [String: CellText]? {
        guard snapshot.policies.indices.contains(row.index) else { return nil }
        let policy = snapshot.policies[row.index]
        let counts = ["DENY", "ALLOW", "CUSTOM"].compactMap { action -> String? in
            let count = policy.authorization.count { $0.action == action && !$0.isDryRun }
            return count == 0 ? nil : "\(count)\(action.prefix(1))"
        }
        let isOpen = policy.gaps[.authorizationpolicies] != nil
        func count(_ list: [String], _ kind: WatchedKind) -> CellText {
            if policy.gaps[kind] != nil { return CellText("?", .degraded) }
            return CellText(list.isEmpty ? "–" : String(list.count), list.isEmpty ? .muted : .text)
        }
        return [
            "mtls": policy.isEnforced != false
                ? CellText(
                    policy.mtlsMode + (policy.ports.isEmpty ? "" : "*"),
                    policy.conflicts.isEmpty ? role(policy.mtlsMode) : .failing)
                : CellText("no proxy", .muted),
            "namespace": CellText(policy.namespace, .muted), "name": CellText(policy.workload),
            "authorization": isOpen
                ? CellText("?", .degraded)
                : CellText(counts.isEmpty ? "none" : counts.joined(separator: " "), counts.isEmpty ? .muted : .text),
            "otherwise": CellText(standard(policy), policy.isStandardUnknown ? .degraded : .muted),
            "jwt": count(policy.jwt, .requestauthentications), "limits": count(policy.rateLimits, .envoyfilters),
            "network": policy.blockedPorts.isEmpty
                ? count(policy.networkPolicies, .networkpolicies) : CellText("✖\(policy.blockedPorts.count)", .failing),
            "proxy": CellText(policy.injection.rawValue, policy.injection == .missing ? .degraded : .muted),
            "version": CellText(
                policy.proxyVersions.first.map {
                    policy.proxyVersions.count > 1 ? "\($0) +\(policy.proxyVersions.count - 1)" : $0
                }
                    ?? Numbers.unknown, policy.hasVersionSkew ? .degraded : .muted),
        ]
    }

    private func standard(_ policy: PolicySummary) -> String {
        if policy.isStandardUnknown { return "?" }
        return policy.standard.hasPrefix("denied") ? "denied" : policy.standard
    }

    private func role(_ mode: String) -> Role {
        switch mode {
        case "STRICT": .healthy
        case "DISABLE", PolicySummary.unknownMode: .degraded
        default: .text
        }
    }

    func details(_ row: Row, _ snapshot: MeshSnapshot, now: Timestamp?) -> [CellText] {
        guard snapshot.policies.indices.contains(row.index) else { return [] }
        let policy = snapshot.policies[row.index]
        var lines = [CellText("\(policy.kind) \(policy.namespace)/\(policy.workload)", Style(.title, .bold))]
        for conflict in policy.conflicts { lines.append(CellText("✖ \(conflict)", .failing)) }
        if policy.isEnforced == false {
            lines.append(CellText("no pod has a proxy: nothing of what follows is enforced", .degraded))
        } else if policy.podsWithoutProxy > 0 {
            lines.append(
                CellText(
                    "\(policy.podsWithoutProxy) of \(policy.pods) pods have no proxy: nothing is enforced there",
                    .degraded))
        }
        lines.append(CellText("mTLS \(policy.mtlsMode): \(policy.mtlsBecause)"))
        for port in policy.ports { lines.append(CellText("  port \(port.port) \(port.mode): \(port.because)")) }
        for client in Set(policy.clients).sorted() { lines.append(CellText("  clients send \(client)")) }
        for rule in policy.authorization {
            let dry = (rule.isDryRun ? ", dry run" : "") + (rule.waypoint.map { ", at waypoint \($0)" } ?? "")
            lines.append(
                CellText("\(rule.action) \(rule.name): \(rule.rules) rule\(rule.rules == 1 ? "" : "s")\(dry)"))
        }
        lines.append(
            CellText("what no rule names is \(policy.standard)  (:can A -> \(policy.workload) GET /path)", .muted))
        for gap in Set(policy.gaps.values).sorted() { lines.append(CellText("✖ \(gap)", .degraded)) }
        for token in policy.jwt { lines.append(CellText("tokens: \(token)")) }
        for limit in policy.rateLimits { lines.append(CellText("rate limit: \(limit)")) }
        if !policy.networkPolicies.isEmpty {
            let blocked = policy.blockedPorts.map(String.init).joined(separator: ", ")
            lines.append(
                CellText(
                    "NetworkPolicy \(policy.networkPolicies.joined(separator: ", "))\(blocked.isEmpty ? "" : ": nobody may reach port \(blocked)")",
                    blocked.isEmpty ? .text : .failing))
        }
        let plane = policy.controlPlaneVersion.map { ", istiod \($0)" } ?? ""
        let versions = policy.proxyVersions.isEmpty ? "" : " \(policy.proxyVersions.joined(separator: ", "))\(plane)"
        lines.append(
            CellText(
                "proxy: \(policy.injection.rawValue)\(versions)", policy.hasVersionSkew ? .degraded : .text))
        if let sidecar = policy.sidecar {
            lines.append(CellText("Sidecar \(sidecar) lets it know \(policy.egressHosts.joined(separator: ", "))"))
        }
        if !policy.telemetry.isEmpty { lines.append(CellText("Telemetry \(policy.telemetry.joined(separator: ", "))")) }
        if !policy.envoyFilters.isEmpty {
            lines.append(
                CellText(
                    "EnvoyFilter \(policy.envoyFilters.joined(separator: ", ")) changes the proxy: this view may be wrong",
                    .degraded))
        }
        return lines
    }

    // MARK: Rows

    func rows(_ snapshot: MeshSnapshot, _ state: PaneState) -> (rows: [Row], total: Int) {
        let filter = RowFilter(state.filter)
        let all = snapshot.policies
        let scoped = all.indices.filter { snapshot.scope.contains(all[$0].namespace) }
        let kept =
            filter.isEmpty
            ? scoped : scoped.filter { filter.matches(all[$0].namespace, all[$0].workload, all[$0].mtlsMode) }
        let owner = snapshot.owners
        let sorted = RowOrder.sorted(kept, inverted: state.inverted) { left, right in
            let order: RowOrder =
                switch state.sort {
                case "namespace": RowOrder.rising(all[left].namespace, all[right].namespace)
                case "mtls": RowOrder.rising(all[left].mtlsMode, all[right].mtlsMode)
                default: RowOrder.rising(all[left].workload, all[right].workload)
                }
            return order.then(RowOrder.rising(all[left].workload, all[right].workload))
                .then(RowOrder.rising(all[left].namespace, all[right].namespace))
        }
        let rows = sorted.map { index in
            Row(
                key: .workload(namespace: all[index].namespace, kind: all[index].kind, name: all[index].workload),
                index: index, service: owner[NodeID(namespace: all[index].namespace, workload: all[index].workload)])
        }
        return (rows, scoped.count)
    }

    func isSame(_ old: MeshSnapshot, _ new: MeshSnapshot) -> Bool {
        old.policies == new.policies && old.services == new.services
    }

    func row(for selection: Selection, _ context: VerbContext, _ state: PaneState) -> Int? {
        VerbTable.workload(selection, context).flatMap(state.row)
    }

    func drill(_ model: inout Model) { model.setFocus(.traffic) }
}
