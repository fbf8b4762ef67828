// Short names for long objects: what a row, a label or a menu calls a thing.

internal import Actions
internal import Base
internal import Kube
internal import MeshModel

enum Names {
    /// `reviews` of `reviews.shop.svc.cluster.local`; addresses and wildcards stay whole.
    static func short(host: String) -> String {
        guard host.hasSuffix(".svc.cluster.local") || host.hasSuffix(".svc") else { return host }
        return host.split(separator: ".").first.map(String.init) ?? host
    }

    static func destination(_ destination: RouteSummary.Destination) -> String {
        let host = short(host: destination.host)
        return destination.subset.map { "\(host) \($0)" } ?? host
    }

    static func kind(_ kind: String) -> String {
        switch kind {
        case "VirtualService": "VS"
        case "DestinationRule": "DR"
        case "AuthorizationPolicy": "AP"
        case "PeerAuthentication": "PA"
        case "RequestAuthentication": "RA"
        case "ServiceEntry": "SE"
        case "Namespace": "ns"
        case "Service": "svc"
        case "Deployment": "deploy"
        case "StatefulSet": "sts"
        case "DaemonSet": "ds"
        default: kind
        }
    }

    /// A name in at most `width` columns that is told from the others, which are cut the same way: its middle gives way,
    /// or whatever part the others share. Two EKS ARNs differ in a few letters somewhere.
    static func distinct(_ name: String, among others: [String], width: Int) -> String {
        guard CharacterWidth.of(name) > width, width > 0 else { return width > 0 ? name : "" }
        let rivals = others.filter { $0 != name }
        func cut(_ text: String, head: Int, tail: Int) -> String {
            text.count > head + tail + 1 ? "\(text.prefix(head))…\(text.suffix(tail))" : text
        }
        let room = width - 1
        // Both ends, most of the tail first: names of a kind end differently.
        let heads = [room / 3, room / 2, 0] + Array(0...room)
        for head in heads {
            let shown = cut(name, head: head, tail: room - head)
            let isAlone = !rivals.contains { cut($0, head: head, tail: room - head) == shown }
            if isAlone, CharacterWidth.of(shown) <= width { return shown }
        }
        // They differ in the middle only: from where the closest one departs.
        let shared = rivals.map { zip($0, name).prefix { $0 == $1 }.count }.max() ?? 0
        return ("…" + name.dropFirst(max(0, shared - max(0, room / 4)))).fitted(width)
    }

    static func scope(_ scope: NamespaceScope) -> String {
        switch scope {
        case .all: "all"
        case .some(let names): names.count == 1 ? names[0] : "\(names.count) namespaces"
        }
    }

    static func source(_ name: SourceName) -> String {
        switch name {
        case .kubernetes: "k8s"
        case .metrics: "metrics"
        case .tracing: "traces"
        case .envoy: "envoy"
        }
    }
}

/// What is wrong right now, worst first: the header, the wall screen and `!` show it.
struct Alert: Sendable, Hashable {
    var severity: Finding.Severity
    var text: String
    var service: ServiceID?
    /// Within a severity the largest comes first: the share of requests that fail, or of pods that are missing.
    var size = 0.0

    /// Fewer errors than this degrade a service's health but alarm nobody.
    private static let noise = 0.001

    static func all(_ snapshot: MeshSnapshot, findingsPane: Int) -> [Alert] {
        var alerts: [Alert] = []
        for source in snapshot.sources {
            switch source.state {
            case .down, .unauthorized, .forbidden:
                alerts.append(
                    Alert(
                        severity: .error, text: "\(source.name.rawValue) \(source.state.rawValue): \(source.detail)",
                        size: 2))
            case .stale, .slow:
                alerts.append(
                    Alert(
                        severity: .warning, text: "\(source.name.rawValue) \(source.state.rawValue): \(source.detail)",
                        size: 2))
            case .starting, .ok, .absent: break
            }
        }
        if case .some(let names) = snapshot.scope, !snapshot.namespaces.isEmpty {
            for name in names where !snapshot.namespaces.contains(where: { $0.name == name }) {
                alerts.append(
                    Alert(severity: .warning, text: "namespace \(name): the cluster has none of that name", size: 3))
            }
        }
        // Who may not read the one mostly may not read the others either: these share a line.
        let unread = snapshot.unread()
        let refused = unread.filter { $0.watched?.isSupporting == true && $0.state == .forbidden }
        let parts = unread.filter { !$0.isUnread }
        if let first = refused.first {
            let names = refused.map(\.kind).uniqued().joined(separator: ", ")
            alerts.append(Alert(severity: .warning, text: "\(names) \(first.unreadReason)", size: 1))
        }
        if !parts.isEmpty {
            alerts.append(Alert(severity: .warning, text: snapshot.partWords(parts), size: 1))
        }
        for kind in unread where !refused.contains(kind) && !parts.contains(kind) {
            alerts.append(Alert(severity: .warning, text: kind.unreadWords, size: kind.state == .forbidden ? 1 : 2))
        }
        for service in snapshot.services where snapshot.scope.contains(service.id.namespace) {
            guard service.health == .failing || service.health == .degraded else { continue }
            let missing =
                service.pods.flatMap { pods in service.readyPods.map { pods > 0 ? 1 - Double($0) / Double(pods) : 0 } }
                ?? 0
            let size = max(service.errorRatio ?? 0, missing)
            if service.health == .degraded, missing == 0, let ratio = service.errorRatio, ratio < Self.noise {
                continue
            }
            var why: [String] = []
            if let ratio = service.errorRatio, ratio > 0 { why.append("\(Numbers.percent(ratio)) errors") }
            if let ready = service.readyPods, let pods = service.pods, ready < pods {
                why.append("\(ready) of \(pods) pods ready")
            }
            alerts.append(
                Alert(
                    severity: service.health == .failing ? .error : .warning,
                    text: "\(service.id.namespace)/\(service.id.name) \(service.health.rawValue)"
                        + (why.isEmpty ? "" : ": " + why.joined(separator: ", ")),
                    service: service.id, size: size))
        }
        for breaker in snapshot.breakers {
            let name = Names.short(host: breaker.host) + (breaker.subset.map { " \($0)" } ?? "")
            switch breaker.state {
            case .open:
                let rate = breaker.overflowPerSecond.map { ", \(Numbers.rate($0))/s refused" } ?? ""
                alerts.append(
                    Alert(
                        severity: .error, text: "\(breaker.namespace)/\(name) circuit breaker open\(rate)",
                        service: breaker.service))
            case .ejecting:
                let hosts = breaker.hosts.map { " of \($0)" } ?? ""
                alerts.append(
                    Alert(
                        severity: .error,
                        text: "\(breaker.namespace)/\(name) \(breaker.ejectedHosts.count)\(hosts) hosts ejected",
                        service: breaker.service))
            case .saturating:
                alerts.append(
                    Alert(
                        severity: .warning, text: "\(breaker.namespace)/\(name) close to its limits",
                        service: breaker.service))
            case .closed, .notConfigured, .unknown: break
            }
        }
        for insight in snapshot.insights {
            alerts.append(Alert(severity: insight.severity, text: "\(insight.subject): \(insight.evidence)"))
        }
        for edge in snapshot.edges {
            guard let view = edge.clientView, let seen = view.errorRatio, seen - (edge.errorRatio ?? 0) >= 0.01 else {
                continue
            }
            alerts.append(
                Alert(
                    severity: .warning,
                    text:
                        "\(edge.source.namespace)/\(edge.source.workload) sees \(Numbers.percent(seen)) errors of \(edge.service.name), which counts \(Numbers.percent(edge.errorRatio))",
                    service: edge.service, size: seen))
        }
        for objective in snapshot.objectives where [.fastBurn, .slowBurn].contains(objective.level) {
            let isFast = objective.level == .fastBurn
            let rate = objective.burn[isFast ? 3600 : 21600] ?? 0
            alerts.append(
                Alert(
                    severity: isFast ? .error : .warning,
                    text:
                        "\(objective.service.namespace)/\(objective.service.name) burns its \(objective.measure.rawValue) budget \(Numbers.rate(rate))× too fast (\(isFast ? "1h and 5m" : "6h and 30m"))",
                    service: objective.service, size: 1))
        }
        // What is written wrong is one line here and a pane of its own: what fails now comes before it.
        let counts = Badges.counts(snapshot.findings)
        if !counts.isEmpty, let worst = snapshot.findings.map(\.severity).max(), worst > .info {
            alerts.append(
                Alert(severity: .warning, text: "configuration: \(counts), pane \(findingsPane)", size: -1))
        }
        let order: [Finding.Severity: Int] = [.error: 0, .warning: 1, .info: 2]
        return alerts.enumerated()
            .sorted { left, right in
                let (a, b) = (left.element, right.element)
                return (order[a.severity] ?? 3, -a.size, left.offset) < (order[b.severity] ?? 3, -b.size, right.offset)
            }
            .map(\.element)
    }
}
