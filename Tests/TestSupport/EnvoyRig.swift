// A real Envoy with one listener and an upstream per limit, and backends that hold requests or fail as a test says.

internal import Base
package import ClusterData
package import Kube

package final class EnvoyRig: Sendable {
    /// How Envoy's metrics name an upstream: by Envoy's own tags, or by the one that Istio defines.
    package enum Naming: String, Sendable, CaseIterable { case envoy, istio }

    /// What a backend does with a request.
    package enum Behaviour: Sendable {
        case answer(Int)
        /// Waits until the test lets go, then answers 200.
        case hold
        /// Fails the first time a request comes, holds when it comes again.
        case failThenHold
    }

    /// One upstream with its limits as Envoy writes them.
    package struct Upstream: Sendable {
        package var name: String
        package var thresholds: String
        package var outlier: String?
        package var retries = 0
        package var backends = 1

        package init(_ name: String, thresholds: String, outlier: String? = nil, retries: Int = 0, backends: Int = 1) {
            self.name = name
            self.thresholds = thresholds
            self.outlier = outlier
            self.retries = retries
            self.backends = backends
        }

        package var host: String { "\(name).default.svc.cluster.local" }
    }

    package let adminURL: String
    package let folder: TemporaryFolder
    private let listenURL: String
    private let process: BackgroundProcess
    private let backends: [String: [Backend]]
    package let loop = CurlLoop()

    /// Where `make test` puts the program.
    private static func program() throws(MeshTopError) -> String {
        let clone = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "\(clone)/.build/envoy/envoy"
        guard Files.isExecutable(path) else {
            throw MeshTopError(.environment, "Envoy", why: "\(path) is not there", advice: "run 'make test-deps'")
        }
        return path
    }

    package init(_ upstreams: [Upstream], naming: Naming) async throws {
        folder = try TemporaryFolder()
        var backends: [String: [Backend]] = [:]
        for upstream in upstreams {
            backends[upstream.name] = try (0..<upstream.backends).map { _ in try Backend() }
        }
        self.backends = backends
        let (admin, listen) = (try Tool.freePort(), try Tool.freePort())
        adminURL = "http://127.0.0.1:\(admin)"
        listenURL = "http://127.0.0.1:\(listen)"
        let config = try folder.write(
            "envoy.yaml", Self.config(upstreams, backends, naming, admin: admin, listen: listen))
        process = try BackgroundProcess(
            try Self.program(), ["-c", config, "--concurrency", "1", "--disable-hot-restart", "-l", "warning"],
            log: "\(folder.path)/envoy.log")
        let (loop, url) = (loop, adminURL)
        let ready = try await eventually(within: 60) { () -> Bool? in
            // Not listening yet: to wait for.
            (try? await loop.send(HTTPRequest(method: "GET", url: "\(url)/ready")))?.status == 200 ? true : nil
        }
        guard ready == true else {
            throw MeshTopError(.environment, "envoy", why: "not ready: \(folder.read("envoy.log").suffix(600))")
        }
    }

    private static func config(
        _ upstreams: [Upstream], _ backends: [String: [Backend]], _ naming: Naming, admin: Int, listen: Int
    ) -> String {
        let routes = upstreams.map { upstream in
            let retry = upstream.retries > 0 ? ", retry_policy: {retry_on: 5xx, num_retries: \(upstream.retries)}" : ""
            return
                "{match: {prefix: \"/\(upstream.name)\"}, route: {cluster: \"outbound|80||\(upstream.host)\", timeout: 60s\(retry)}}"
        }
        let clusters = upstreams.map { upstream -> String in
            let endpoints = (backends[upstream.name] ?? []).map {
                "{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: \($0.port)}}}}"
            }
            // istiod ends the name with a semicolon, at which its tag's expression stops.
            let alias = naming == .istio ? "\n    alt_stat_name: \"outbound|80||\(upstream.host);\"" : ""
            let outlier = upstream.outlier.map { "\n    outlier_detection: \($0)" } ?? ""
            return """
                  - name: "outbound|80||\(upstream.host)"\(alias)
                    connect_timeout: 1s
                    type: STATIC
                    circuit_breakers: {thresholds: [\(upstream.thresholds)]}\(outlier)
                    load_assignment: {cluster_name: \(upstream.name), endpoints: [{lb_endpoints: [\(endpoints.joined(separator: ", "))]}]}
                """
        }
        let tags =
            naming == .istio
            ? "stats_config: {use_all_default_tags: false, stats_tags: [{tag_name: cluster_name, regex: '^cluster(\\.(.+);)'}]}"
            : ""
        return """
            admin: {address: {socket_address: {address: 127.0.0.1, port_value: \(admin)}}}
            \(tags)
            static_resources:
              listeners:
              - name: out
                address: {socket_address: {address: 127.0.0.1, port_value: \(listen)}}
                filter_chains:
                - filters:
                  - name: envoy.filters.network.http_connection_manager
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                      stat_prefix: out
                      http_filters: [{name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}]
                      route_config: {virtual_hosts: [{name: all, domains: ["*"], routes: [\(routes.joined(separator: ", "))]}]}
              clusters:
            \(clusters.joined(separator: "\n"))

            """
    }

    // MARK: Driving it

    package func behave(_ name: String, _ behaviour: Behaviour, backend: Int = 0) {
        backends[name]?[backend].behave(behaviour)
    }

    package func address(_ name: String, backend: Int) -> String { "127.0.0.1:\(backends[name]?[backend].port ?? 0)" }

    /// Sends requests side by side; the tasks end when their answers are there.
    package func ask(_ name: String, times: Int) -> [Task<Int, any Error>] {
        let (loop, url) = (loop, "\(listenURL)/\(name)")
        return (0..<times).map { _ in
            Task { try await loop.send(HTTPRequest(method: "GET", url: url, timeoutSeconds: 60)).status }
        }
    }

    /// What a client proxy's admin page says now.
    package func upstreams() async throws -> [EnvoyUpstream] {
        try EnvoyClusters.decode(try await page("/clusters?format=json"))
    }

    package func page(_ path: String) async throws -> [UInt8] {
        try await loop.send(HTTPRequest(method: "GET", url: adminURL + path)).body
    }

    /// One of Envoy's own stats of an upstream, as the admin page prints it.
    package func stat(_ name: String, _ stat: String) async throws -> Int? {
        let text = String(decoding: try await page("/stats?filter=\(name).*\(stat)"), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.contains(".\(stat): ") || $0.contains(";.\(stat): ") }
        return line.flatMap { $0.split(separator: " ").last }.flatMap { Int($0) }
    }
}

/// A backend on loopback whose behaviour a test changes while it runs.
private final class Backend: Sendable {
    private let state = Lock<(behaviour: EnvoyRig.Behaviour, seen: Int)>((.answer(200), 0))
    private let server: Lock<CannedServer?>
    let port: Int

    init() throws {
        let state = state
        let made = try CannedServer { (_: String) in
            let (behaviour, seen) = state.withLock { state -> (EnvoyRig.Behaviour, Int) in
                state.seen += 1
                return (state.behaviour, state.seen)
            }
            switch behaviour {
            case .answer(let status): return CannedServer.Answer(status, [])
            case .failThenHold where seen == 1: return CannedServer.Answer(503, [])
            case .failThenHold where seen > 2: return CannedServer.Answer(503, [])
            case .hold, .failThenHold:
                while true {
                    let isHeld = state.withLock { state -> Bool in
                        if case .answer = state.behaviour { false } else { true }
                    }
                    if !isHeld { return CannedServer.Answer(200, []) }
                    Sockets.rest()
                }
            }
        }
        server = Lock(made)
        port = made.port
    }

    func behave(_ behaviour: EnvoyRig.Behaviour) {
        state.withLock { $0 = (behaviour, 0) }
    }
}
