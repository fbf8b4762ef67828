// What client proxies say about their upstream clusters: the evidence behind a breaker's state.

package import Base
package import Kube
package import MeshModel

/// Envoy's name for an upstream: `outbound|9080|v1|reviews.default.svc.cluster.local`.
/// https://istio.io/latest/docs/ops/configuration/telemetry/envoy-stats/
package struct EnvoyClusterName: Sendable, Hashable {
    package var direction: String
    package var port: Int
    package var subset: String?
    package var host: String

    package init?(_ text: String) {
        let trimmed = text.hasSuffix(";") ? String(text.dropLast()) : text
        let parts = trimmed.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let port = UInt16(parts[1]) else { return nil }
        direction = parts[0]
        self.port = Int(port)
        subset = parts[2].isEmpty ? nil : parts[2]
        host = parts[3]
    }
}

/// One upstream cluster as one client proxy sees it now.
package struct EnvoyUpstream: Sendable, Hashable {
    package struct Host: Sendable, Hashable {
        package var address: String
        package var isEjected: Bool
        package var activeConnections: Int
        package var activeRequests: Int
        /// Requests that wait for a connection; newer proxies say so by host.
        package var pendingRequests: Int?
        /// Counted since the proxy knows the host.
        package var requests = 0
        package var errors = 0
        package var failedConnections = 0
        package var timeouts = 0

        package init(address: String, isEjected: Bool, activeConnections: Int, activeRequests: Int) {
            self.address = address
            self.isEjected = isEjected
            self.activeConnections = activeConnections
            self.activeRequests = activeRequests
        }
    }

    package var name: EnvoyClusterName
    package var limits: BreakerSummary.Limits
    package var hosts: [Host]

    package init(name: EnvoyClusterName, limits: BreakerSummary.Limits, hosts: [Host]) {
        self.name = name
        self.limits = limits
        self.hosts = hosts
    }

    package var activeConnections: Int { hosts.reduce(0) { $0 + $1.activeConnections } }
    package var activeRequests: Int { hosts.reduce(0) { $0 + $1.activeRequests } }
    package var pendingRequests: Int? {
        let known = hosts.compactMap(\.pendingRequests)
        return known.isEmpty ? nil : known.reduce(0, +)
    }
    package var healthyHosts: Int { hosts.count { !$0.isEjected } }
}

/// What was read from the admin pages of client proxies, with the moment each ejection was first seen.
package struct EnvoyEvidence: Sendable, Hashable {
    /// Upstreams by client pod.
    package var upstreams: [ObjectKey: [EnvoyUpstream]] = [:]
    package var asOf: Timestamp?
    private var askedAt: [ObjectKey: Timestamp] = [:]
    /// First sighting of an ejected address per upstream host name: its end is reckoned from here.
    package var ejectedSince: [String: [String: Timestamp]] = [:]
    /// How often each was seen to be ejected anew: every time it stays out longer.
    package private(set) var ejections: [String: [String: Int]] = [:]
    /// What a host's clients had counted of it when its ejection was first seen.
    package private(set) var reasons: [String: [String: String]] = [:]
    /// The largest use of each upstream by one client, for the last minutes.
    private var uses: [EnvoyClusterName: [Use]] = [:]

    private struct Use: Sendable, Hashable {
        var time: Timestamp
        var connections: Int
        var requests: Int
    }

    package init() {}

    /// Takes a proxy's answer in, remembering when each ejection was first seen and forgetting those that ended.
    package mutating func record(_ pod: ObjectKey, _ clusters: [EnvoyUpstream], at time: Timestamp) {
        upstreams[pod] = clusters
        askedAt[pod] = time
        asOf = time
        var ejected: [String: Set<String>] = [:]
        for cluster in upstreams.values.joined() {
            for host in cluster.hosts where host.isEjected {
                ejected[cluster.name.host, default: []].insert(host.address)
            }
        }
        for (host, since) in ejectedSince {
            ejectedSince[host] = since.filter { ejected[host]?.contains($0.key) == true }
        }
        for (host, addresses) in ejected {
            for address in addresses where ejectedSince[host]?[address] == nil {
                ejectedSince[host, default: [:]][address] = time
                ejections[host, default: [:]][address, default: 0] += 1
                reasons[host, default: [:]][address] = reason(host, address)
            }
        }
        for cluster in clusters { note(cluster, at: time) }
    }

    /// What the clients that see an ejection have counted of the host.
    private func reason(_ host: String, _ address: String) -> String? {
        var (errors, requests, failed, timeouts) = (0, 0, 0, 0)
        for cluster in upstreams.values.joined() where cluster.name.host == host {
            for found in cluster.hosts where found.address == address && found.isEjected {
                errors += found.errors
                requests += found.requests
                failed += found.failedConnections
                timeouts += found.timeouts
            }
        }
        var parts: [String] = []
        if errors > 0 { parts.append("\(errors) of \(requests) requests failed") }
        if failed > 0 { parts.append("\(failed) connections failed") }
        if timeouts > 0 { parts.append("\(timeouts) timed out") }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private static let growthSeconds = 600.0

    /// Keeps the largest use of a round: proxies are asked one after the other.
    private mutating func note(_ cluster: EnvoyUpstream, at time: Timestamp) {
        var list = uses[cluster.name] ?? []
        if let last = list.last, time - last.time < 2 {
            list[list.count - 1].connections = max(last.connections, cluster.activeConnections)
            list[list.count - 1].requests = max(last.requests, cluster.activeRequests)
        } else {
            list.append(Use(time: time, connections: cluster.activeConnections, requests: cluster.activeRequests))
        }
        list.removeAll { time - $0.time > Self.growthSeconds }
        uses[cluster.name] = list
    }

    /// Seconds until a limit of an upstream is reached when its use goes on growing as it did: the least of them. Nil
    /// with less than a minute seen, or without growth.
    package func secondsUntilFull(_ name: EnvoyClusterName, connections: Int?, requests: Int?) -> Double? {
        guard let list = uses[name], let first = list.first, let last = list.last, last.time - first.time >= 60 else {
            return nil
        }
        func left(_ limit: Int?, _ value: (Use) -> Int) -> Double? {
            guard let limit else { return nil }
            // Least squares: one lucky sample moves it little.
            let n = Double(list.count)
            let times = list.map { $0.time - first.time }
            let values = list.map { Double(value($0)) }
            let (meanTime, meanValue) = (times.reduce(0, +) / n, values.reduce(0, +) / n)
            let spread = times.reduce(0) { $0 + ($1 - meanTime) * ($1 - meanTime) }
            guard spread > 0 else { return nil }
            let slope = zip(times, values).reduce(0) { $0 + ($1.0 - meanTime) * ($1.1 - meanValue) } / spread
            // Less than one in ten minutes is no growth.
            guard slope > 1 / Self.growthSeconds else { return nil }
            return max(0, (Double(limit) - Double(value(last))) / slope)
        }
        return [left(connections, \.connections), left(requests, \.requests)].compactMap { $0 }.min()
    }

    /// Drops what proxies said before `time`: they are gone, or had no turn for too long to count. True where there
    /// was something to drop.
    package mutating func forget(before time: Timestamp) -> Bool {
        let known = askedAt.count
        askedAt = askedAt.filter { $0.value >= time }
        if askedAt.count == known { return false }
        upstreams = upstreams.filter { askedAt[$0.key] != nil }
        return true
    }
}

/// Envoy's `/clusters?format=json`.
/// https://www.envoyproxy.io/docs/envoy/latest/operations/admin#get--clusters
package enum EnvoyClusters {
    package static func decode(_ body: [UInt8]) throws(JSONError) -> [EnvoyUpstream] {
        var scanner = JSONScanner(body.span)
        var upstreams: [EnvoyUpstream] = []
        try scanner.beginObject()
        while try scanner.nextKey() {
            guard scanner.key("cluster_statuses") else {
                try scanner.skip()
                continue
            }
            try scanner.beginArray()
            while try scanner.nextElement() {
                let status = try scanner.value()
                if let upstream = upstream(status) { upstreams.append(upstream) }
            }
        }
        return upstreams
    }

    private static func upstream(_ status: JSONValue) -> EnvoyUpstream? {
        guard let name = status["name"]?.string.flatMap({ EnvoyClusterName($0) }), name.direction == "outbound" else {
            return nil
        }
        let thresholds = status.at("circuit_breakers", "thresholds")?.array ?? []
        let standard = thresholds.first { ($0["priority"]?.string ?? "DEFAULT") == "DEFAULT" }
        // Istio always writes thresholds; 4294967295 is its "no limit".
        func limit(_ key: String) -> Int? {
            guard let value = standard?[key]?.int, value < 4_294_967_295 else { return nil }
            return value
        }
        let hosts = status.list("host_statuses").map { host -> EnvoyUpstream.Host in
            let socket = host.at("address", "socket_address")
            let address = "\(socket?.text("address") ?? "?"):\(socket?["port_value"]?.int ?? 0)"
            var stats: [String: Int] = [:]
            for stat in host.list("stats") {
                let value = JSONValue.bounded(stat["value"]?.string.flatMap { Int($0) } ?? stat["value"]?.int ?? 0)
                stats[stat["name"]?.string ?? ""] = value
            }
            var found = EnvoyUpstream.Host(
                address: address, isEjected: host.at("health_status", "failed_outlier_check")?.bool ?? false,
                activeConnections: stats["cx_active"] ?? 0, activeRequests: stats["rq_active"] ?? 0)
            found.pendingRequests = stats["rq_pending_active"]
            found.requests = stats["rq_total"] ?? 0
            found.errors = stats["rq_error"] ?? 0
            found.failedConnections = stats["cx_connect_fail"] ?? 0
            found.timeouts = stats["rq_timeout"] ?? 0
            return found
        }
        return EnvoyUpstream(
            name: name,
            limits: BreakerSummary.Limits(
                connections: limit("max_connections"), pending: limit("max_pending_requests"),
                requests: limit("max_requests"), retries: limit("max_retries")), hosts: hosts)
    }
}
