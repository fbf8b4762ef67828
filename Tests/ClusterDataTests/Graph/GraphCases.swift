// Traffic as the two proxies of a request would report it, one case a namespace.

import TestSupport

/// Writes what proxies count. Rates are per second.
struct Traffic {
    var exposition = Exposition()

    /// The labels of an edge within a namespace, as Istio writes them.
    static func ends(
        _ namespace: String, _ from: String, _ service: String, _ to: String, more: [String: String] = [:]
    ) -> [String: String] {
        var labels = [
            "source_cluster": "c1", "source_workload_namespace": from == "unknown" ? "unknown" : namespace,
            "source_workload": from, "source_canonical_service": from, "source_canonical_revision": "v1",
            "destination_cluster": "c1", "destination_service": "\(service).\(namespace).svc.cluster.local",
            "destination_service_name": service, "destination_service_namespace": namespace,
            "destination_workload_namespace": to == "unknown" ? "unknown" : namespace, "destination_workload": to,
            "destination_canonical_service": to, "destination_canonical_revision": "v1",
        ]
        labels.merge(more) { $1 }
        return labels.filter { $0.value != "-removed-" }
    }

    mutating func requests(
        _ reporter: String, _ ends: [String: String], _ rate: Double, code: String = "200", flags: String = "-",
        wire: String = "http", status: String? = nil, security: String? = nil
    ) {
        var labels = ends
        labels["reporter"] = reporter
        labels["request_protocol"] = wire
        labels["response_code"] = code
        labels["response_flags"] = flags
        if let status { labels["grpc_response_status"] = status }
        labels["connection_security_policy"] = security ?? (reporter == "source" ? "unknown" : "mutual_tls")
        exposition.counter("istio_requests_total", labels, rate: rate)
    }

    mutating func tcp(
        _ reporter: String, _ ends: [String: String], sent: Double, received: Double, connections: Double = 0,
        flags: String = "-", security: String = "mutual_tls"
    ) {
        var labels = ends
        labels["reporter"] = reporter
        labels["request_protocol"] = "tcp"
        labels["response_flags"] = flags
        labels["connection_security_policy"] = reporter == "source" ? "unknown" : security
        exposition.counter("istio_tcp_sent_bytes_total", labels, rate: sent)
        exposition.counter("istio_tcp_received_bytes_total", labels, rate: received)
        exposition.counter("istio_tcp_connections_closed_total", labels, rate: connections)
    }

    mutating func latency(_ reporter: String, _ ends: [String: String], _ rate: Double, _ low: Double, _ high: Double) {
        var labels = ends
        labels["reporter"] = reporter
        exposition.histogram("istio_request_duration_milliseconds", labels, rate: rate, above: low, upTo: high)
    }

    static func all() -> Exposition {
        var traffic = Traffic()
        // Both sides agree.
        var ends = Self.ends("agree", "web", "cart", "cart-v1")
        traffic.requests("source", ends, 10)
        traffic.requests("destination", ends, 10)
        traffic.latency("destination", ends, 10, 10, 25)
        // The client's connection was closed, the server says that the client went away.
        ends = Self.ends("codes", "web", "cart", "cart-v1")
        traffic.requests("source", ends, 8)
        traffic.requests("source", ends, 2, code: "503", flags: "UC")
        traffic.requests("destination", ends, 8)
        traffic.requests("destination", ends, 2, code: "0", flags: "DC")
        // The client gave up, the server answered.
        ends = Self.ends("timeouts", "web", "cart", "cart-v1")
        traffic.requests("source", ends, 7)
        traffic.requests("source", ends, 3, code: "504", flags: "UT")
        traffic.requests("destination", ends, 10)
        // The breaker let 3 not out of the client's proxy, and one more found no connection.
        ends = Self.ends("unreached", "web", "cart", "cart-v1")
        traffic.requests("source", ends, 9)
        traffic.requests("source", ends, 1, code: "503", flags: "UF,URX")
        traffic.requests("destination", ends, 9)
        traffic.requests(
            "source", Self.ends("unreached", "web", "cart", "unknown", more: ["destination_cluster": "unknown"]), 3,
            code: "503", flags: "UO")
        // Nobody counts at the destination.
        ends = Self.ends("plain", "web", "db", "db", more: ["destination_cluster": "unknown"])
        traffic.requests("source", ends, 4)
        traffic.latency("source", ends, 4, 100, 250)
        // From outside the mesh.
        ends = Self.ends("outside", "unknown", "cart", "cart-v1", more: ["source_cluster": "unknown"])
        traffic.requests("destination", ends, 5, security: "none")
        // Two of five pods have a proxy.
        ends = Self.ends("partial", "web", "cart", "cart-v1")
        traffic.requests("source", ends, 18)
        traffic.requests("source", ends, 2, code: "500")
        traffic.requests("destination", ends, 8)
        // Retries arrive more than once.
        ends = Self.ends("retries", "web", "cart", "cart-v1")
        traffic.requests("source", ends, 10)
        traffic.requests("destination", ends, 10)
        traffic.requests("destination", ends, 3, code: "503")
        // The server's proxies were told to leave a label out; the client's name it.
        ends = Self.ends("label", "web", "cart", "cart-v1")
        traffic.requests("source", ends, 6)
        traffic.requests(
            "destination", Self.ends("label", "web", "cart", "cart-v1", more: ["source_workload": "-removed-"]), 6)
        // Nobody names it.
        traffic.requests(
            "destination",
            Self.ends(
                "nameless", "web", "cart", "cart-v1",
                more: ["source_workload": "-removed-", "source_workload_namespace": "-removed-"]), 7)
        // gRPC fails with HTTP 200.
        ends = Self.ends("grpc", "web", "cart", "cart-v1")
        for reporter in ["source", "destination"] {
            traffic.requests(reporter, ends, 4, wire: "grpc", status: "0")
            traffic.requests(reporter, ends, 1, wire: "grpc", status: "14")
        }
        // TCP, in bytes from the server's side.
        ends = Self.ends("tcp", "web", "db", "db-v1")
        for reporter in ["source", "destination"] {
            traffic.tcp(reporter, ends, sent: 3000, received: 500, connections: 2)
        }
        traffic.tcp("source", ends, sent: 0, received: 0, connections: 1, flags: "UF")
        // Out of the mesh.
        for name in ["PassthroughCluster", "BlackHoleCluster"] {
            traffic.requests(
                "source",
                Self.ends(
                    "egress", "web", name, "unknown",
                    more: ["destination_service": "203.0.113.7:80", "destination_cluster": "unknown"]), 2,
                code: name == "BlackHoleCluster" ? "502" : "200")
        }
        traffic.requests(
            "source",
            Self.ends(
                "egress", "web", "api.example.com", "unknown",
                more: ["destination_service": "api.example.com", "destination_cluster": "unknown"]), 1)
        // No route.
        traffic.requests(
            "source",
            Self.ends(
                "noroute", "web", "unknown", "unknown",
                more: [
                    "destination_service": "unknown", "destination_service_namespace": "unknown",
                    "destination_cluster": "unknown",
                ]), 2, code: "404", flags: "NR")
        // The two proxies name the version differently.
        traffic.requests(
            "source",
            Self.ends("versions", "web", "cart", "cart-v1", more: ["destination_canonical_revision": "latest"]), 3)
        traffic.requests("destination", Self.ends("versions", "web", "cart", "cart-v1"), 3)
        // Ambient: the tunnel counts connections, the waypoint requests.
        ends = Self.ends("ambient", "web", "cart", "cart-v1")
        traffic.tcp("source", ends.merging(["app": "ztunnel"]) { $1 }, sent: 900, received: 100)
        traffic.tcp("destination", ends.merging(["app": "ztunnel"]) { $1 }, sent: 900, received: 100)
        traffic.requests("waypoint", ends, 12)
        // Two clusters.
        traffic.requests("destination", Self.ends("clusters", "web", "cart", "cart-v1"), 5)
        traffic.requests(
            "destination", Self.ends("clusters", "web", "cart", "cart-v1", more: ["destination_cluster": "c2"]), 6)
        // Several parts of one app.
        for (version, rate) in [("v1", 30.0), ("v2", 10.0)] {
            var to = Self.ends(
                "shares", "web", "cart", "cart-\(version)",
                more: ["destination_canonical_service": "cart", "destination_canonical_revision": version])
            traffic.requests("destination", to, rate)
            traffic.latency("destination", to, rate, version == "v1" ? 5 : 250, version == "v1" ? 10 : 500)
            to["source_workload"] = "mobile"
            to["source_canonical_service"] = "mobile"
            traffic.requests("destination", to, rate / 10, code: version == "v2" ? "500" : "200")
        }
        return traffic.exposition
    }
}
