// Circuit breakers: limits, what is left under them, their state and what that rests on.

internal import Base
internal import MeshModel

extension PaneName {
    static let breakers = PaneName("breakers")
}

struct BreakersPane: Pane {
    let name = PaneName.breakers
    let title = "Breakers"
    let shortName = "cb"
    let schemaParts: Set = ["breakers"]
    let kinds = ["DestinationRule", "Service", "ServiceEntry", "Pod", "ConfigMap"]
    let sources: [SourceName] = [.envoy, .metrics]
    let sorts = ["state", "name", "namespace"]
    let marksOrder = false
    let hasDetails = true

    let columns = [
        Column(id: "state", title: "STATE", width: 12, priority: 0),
        Column(id: "namespace", title: "NS", width: 12, priority: 3, growth: 14, keepsEnds: true),
        Column(id: "name", title: "HOST SUBSET", width: 13, priority: 0, flexible: true, keepsEnds: true),
        Column(id: "connections", title: "CONN", width: 6, right: true, priority: 4),
        Column(id: "pending", title: "PEND", width: 6, right: true, priority: 4),
        Column(id: "requests", title: "REQ", width: 6, right: true, priority: 4),
        Column(id: "headroom", title: "LEFT", width: 5, right: true, priority: 2),
        Column(id: "overflow", title: "REFUSED", width: 7, right: true, priority: 6),
        Column(id: "ejected", title: "EJECTED", width: 7, right: true, priority: 1),
        Column(id: "evidence", title: "EVIDENCE", width: 14, priority: 5),
        Column(id: "clients", title: "CLIENTS", width: 7, right: true, priority: 7),
    ]

    private func name(_ breaker: BreakerSummary) -> String {
        var name = Names.short(host: breaker.host)
        if let subset = breaker.subset { name += " \(subset)" }
        if let port = breaker.port { name += " :\(port)" }
        return name
    }

    /// The smallest of what is left.
    private func least(_ headroom: BreakerSummary.Headroom) -> Double? {
        [headroom.connections, headroom.pending, headroom.requests, headroom.retries].compactMap { $0 }.min()
    }

    func cells(_ row: Row, _ snapshot: MeshSnapshot, _ badges: Badges) -> [String: CellText]? {
        guard snapshot.breakers.indices.contains(row.index) else { return nil }
        let breaker = snapshot.breakers[row.index]
        let sign = badges.sign("DestinationRule", breaker.namespace, breaker.destinationRule)
        let limits = breaker.limits
        func limit(_ value: Int?) -> CellText {
            CellText(value.map(String.init) ?? "none", value == nil ? .muted : .text)
        }
        let left = least(breaker.headroom)
        let hosts = breaker.hosts.map { "/\($0)" } ?? ""
        let ejected: CellText =
            breaker.outlierDetection == nil
            ? CellText("off", .muted)
            : breaker.evidence == .none || breaker.evidence == .responseFlags
                ? CellText(Numbers.unknown, .unknown)
                : CellText("\(breaker.ejectedHosts.count)\(hosts)", breaker.ejectedHosts.isEmpty ? .text : .failing)
        return [
            "state": CellText(
                "\(BreakerSign.glyph(breaker.state)) \(BreakerSign.word(breaker.state))",
                BreakerSign.role(breaker.state)),
            "namespace": CellText(breaker.namespace, .muted), "name": CellText(name(breaker) + sign),
            "connections": limit(limits.connections), "pending": limit(limits.pending),
            "requests": limit(limits.requests),
            "headroom": CellText(
                Numbers.percent(left), left.map { $0 <= 0.05 ? .failing : $0 <= 0.2 ? .degraded : .text } ?? .unknown),
            "overflow": CellText(breaker.overflowPerSecond.map { Numbers.rate($0) + "/s" } ?? Numbers.unknown),
            "ejected": ejected,
            "evidence": CellText(BreakerSign.evidence(breaker.evidence), .muted),
            "clients": CellText(Numbers.count(breaker.clients), .muted),
        ]
    }

    func details(_ row: Row, _ snapshot: MeshSnapshot, now: Timestamp?) -> [CellText] {
        guard snapshot.breakers.indices.contains(row.index) else { return [] }
        let breaker = snapshot.breakers[row.index]
        var lines = [
            CellText(
                breaker.destinationRule.isEmpty
                    ? "\(breaker.origin.first ?? "") \(name(breaker))"
                    : "DestinationRule \(breaker.namespace)/\(breaker.destinationRule)  \(name(breaker))",
                Style(.title, .bold))
        ]
        if let clients = breaker.clientNamespaces {
            lines.append(CellText("holds for clients in \(clients.joined(separator: ", "))", .accent))
        }
        for host in breaker.ejectedHosts {
            let back: String
            if let until = host.until, let now {
                back = until > now ? "returns in about \(Numbers.age(until - now))" : "due to return"
            } else {
                back = "return time not known"
            }
            let since = host.since.flatMap { since in now.map { " since \(Numbers.age(max(0, $0 - since)))" } } ?? ""
            let times = host.times > 1 ? ", for the \(host.times). time" : ""
            lines.append(CellText("✖ \(host.pod) ejected\(since)\(times), \(back)", .failing))
            if let reason = host.reason { lines.append(CellText("    \(reason), as its clients count", .failing)) }
        }
        let state = [BreakerSign.word(breaker.state), breaker.detail].filter { !$0.isEmpty }.joined(separator: ": ")
        lines.append(CellText(state, BreakerSign.role(breaker.state)))
        if breaker.panic == .panicking {
            lines.append(
                CellText("✖ panic: fewer hosts are healthy than minHealthPercent, and all get requests", .failing))
        }
        if let seconds = breaker.fullInSeconds {
            lines.append(
                CellText("at the growth of the last minutes a limit is reached in \(Numbers.age(seconds))", .degraded))
        }
        func left(_ name: String, _ limit: Int?, _ headroom: Double?) -> String? {
            guard let limit else { return nil }
            return "\(name) \(limit) (\(headroom.map { "\(Numbers.percent($0)) left" } ?? "use unknown"))"
        }
        let limits = [
            left("connections", breaker.limits.connections, breaker.headroom.connections),
            left("pending", breaker.limits.pending, breaker.headroom.pending),
            left("requests", breaker.limits.requests, breaker.headroom.requests),
            left("retries", breaker.limits.retries, breaker.headroom.retries),
        ].compactMap { $0 }
        lines.append(
            CellText(
                limits.isEmpty
                    ? "no connection limits are set" : "limits per client proxy: " + limits.joined(separator: ", ")))
        if let outlier = breaker.outlierDetection {
            var parts: [String] = []
            if let errors = outlier.consecutive5xxErrors { parts.append("\(errors) 5xx in a row") }
            if let errors = outlier.consecutiveGatewayErrors { parts.append("\(errors) gateway errors in a row") }
            parts.append("checked every \(outlier.interval)")
            lines.append(CellText("outlier ejection: " + parts.joined(separator: ", ")))
            // A line of its own: together they do not fit half of a screen.
            let panic =
                outlier.minHealthPercent == 0
                ? "no panic threshold" : "panic below \(outlier.minHealthPercent)% healthy"
            lines.append(
                CellText(
                    "  out for \(outlier.baseEjectionTime), at most \(outlier.maxEjectionPercent)% of the hosts, \(panic)"
                ))
        } else {
            lines.append(CellText("no outlier detection is set", .muted))
        }
        if breaker.origin.count > 1 { lines.append(CellText("from \(breaker.origin.joined(separator: ", "))", .muted)) }
        return lines
    }

    // MARK: Rows

    func rows(_ snapshot: MeshSnapshot, _ state: PaneState) -> (rows: [Row], total: Int) {
        let filter = RowFilter(state.filter)
        let all = snapshot.breakers
        let scoped = all.indices.filter { snapshot.scope.contains(all[$0].namespace) }
        let kept =
            filter.isEmpty
            ? scoped
            : scoped.filter {
                filter.matches(all[$0].namespace, all[$0].host, all[$0].subset ?? "", all[$0].state.rawValue)
            }
        let sorted = RowOrder.sorted(kept, inverted: state.inverted) { left, right in
            let order: RowOrder =
                switch state.sort {
                case "name": RowOrder.rising(all[left].host, all[right].host)
                case "namespace": RowOrder.rising(all[left].namespace, all[right].namespace)
                default:
                    RowOrder.falling(
                        -Double(BreakerSign.rank(all[left].state)), -Double(BreakerSign.rank(all[right].state)))
                }
            return order.then(RowOrder.rising(all[left].host, all[right].host))
                .then(RowOrder.rising(all[left].subset ?? "", all[right].subset ?? ""))
                .then(RowOrder.rising(all[left].namespace, all[right].namespace))
        }
        let rows = sorted.map { index in
            let breaker = all[index]
            return Row(
                key: .breaker(
                    namespace: breaker.namespace, rule: breaker.destinationRule, host: breaker.host,
                    subset: breaker.subset, port: breaker.port),
                index: index, service: breaker.service)
        }
        return (rows, scoped.count)
    }

    func isSame(_ old: MeshSnapshot, _ new: MeshSnapshot) -> Bool { old.breakers == new.breakers }

    func absence(of chosen: Chosen, _ policyKey: String?) -> String {
        "\(chosen.name) has no breaker" + (policyKey.map { "; \($0) makes one" } ?? "")
    }

    func drill(_ model: inout Model) { model.setFocus(.traffic) }

    /// The table, and which hosts are out.
    func text(_ snapshot: MeshSnapshot, _ rows: [Row]) -> [String] {
        table(snapshot, rows)
            + rows.filter { !snapshot.breakers[$0.index].ejectedHosts.isEmpty }.flatMap { row in
                details(row, snapshot, now: snapshot.time).map(\.text).filter { $0.hasPrefix("✖") }
            }
    }
}
