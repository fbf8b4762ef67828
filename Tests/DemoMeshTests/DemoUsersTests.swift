import DemoMesh
import Kube
import TestSupport
import Testing

/// The mesh knows its users by a secret, and no page in a browser gets anything of it.
@Suite struct DemoUsersTests {
    static let demo = Result { try Demo.withoutHistory() }
    private var demo: Demo { get throws { try Self.demo.get() } }
    private let pods = "/api/v1/namespaces/shop/pods"

    private func status(
        _ method: String, _ path: String, _ headers: [(name: String, value: String)] = [], body: String? = nil
    ) async throws -> Int {
        try await demo.loop.send(
            HTTPRequest(
                method: method, url: demo.server.url + path, headers: headers, body: body.map { Array($0.utf8) })
        ).status
    }

    private var admin: (name: String, value: String) {
        get throws { ("Authorization", "Bearer \(try demo.server.credentials.admin.token)") }
    }

    @Test func everyStartHasSecretsOfItsOwn() throws {
        let other = try Demo.withoutHistory()
        let (left, right) = (try demo.server.credentials, other.server.credentials)
        let secrets = [left, right].flatMap { [$0.admin, $0.viewer, $0.team] }.flatMap { [$0.token, $0.pathPrefix] }
        #expect(Set(secrets).count == 12)
        #expect(secrets.allSatisfy { $0.count > 32 })
    }

    @Test(arguments: [
        "/api/v1/pods", "/version", "/api", "/openapi/v2", "/as-viewer/api/v1/pods", "/as-admin/api/v1/pods", "/",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "/api/v1/namespaces/istio-system/services/prometheus:9090/proxy/",
    ]) func nobodyIsNobody(_ path: String) async throws {
        #expect(try await status("GET", path) == 401)
        #expect(try await status("GET", path, [("Authorization", "Bearer demo-admin-token")]) == 401)
        #expect(try await status("GET", path, [("Authorization", "Basic YTpi")]) == 401)
    }

    @Test func theTokenSaysWhoItIsAndWithoutOneTheAddress() async throws {
        let (viewer, team) = (try demo.server.credentials.viewer, try demo.server.credentials.team)
        let patch = ("Content-Type", "application/merge-patch+json")
        let place = Paths.deployment("ads-v1")
        func change(_ prefix: String, _ token: String?) async throws -> Int {
            try await status(
                "PATCH", prefix + place + "?dryRun=All",
                [patch] + (token.map { [("Authorization", "Bearer \($0)")] } ?? []),
                body: "{}")
        }
        #expect(try await change("", demo.server.credentials.admin.token) == 200)
        #expect(try await change("/" + demo.server.credentials.admin.pathPrefix, nil) == 200)
        #expect(try await change("/" + viewer.pathPrefix, nil) == 403)
        #expect(try await change("/" + demo.server.credentials.admin.pathPrefix, viewer.token) == 403)
        #expect(try await change("/" + viewer.pathPrefix, "wrong") == 401)
        #expect(try await change("/" + team.pathPrefix, nil) == 200)
    }

    @Test(arguments: [
        "evil.example", "evil.example:80", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "10.0.0.1", "localhost.",
        "127.0.0.1:80:80", "127.0.0.1:x", "[::2]",
    ]) func otherHostsAreRefused(_ host: String) async throws {
        for path in [pods, "/metrics", "/prometheus/api/v1/query?query=1"] {
            #expect(try await status("GET", path, [("Host", host), admin]) == 403, "\(path)")
        }
    }

    @Test func ownHostsAreServed() async throws {
        for host in ["127.0.0.1:\(try demo.server.port)", "localhost:\(try demo.server.port)", "LOCALHOST", "[::1]"] {
            #expect(try await status("GET", pods, [("Host", host), admin]) == 200, "\(host)")
        }
        #expect(try await status("GET", "/metrics") == 200)
        #expect(try await status("GET", "/prometheus/api/v1/query?query=1") == 200)
    }

    @Test func otherOriginsAreRefused() async throws {
        for header in [
            ("Origin", "https://evil.example"), ("Origin", "null"), ("Origin", "http://127.0.0.1:1"),
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"),
        ] {
            #expect(try await status("GET", pods, [header, admin]) == 403, "\(header)")
            #expect(try await status("GET", "/metrics", [header]) == 403, "\(header)")
        }
        #expect(
            try await status("GET", pods, [("Origin", demo.server.url), ("Sec-Fetch-Site", "same-origin"), admin])
                == 200)
    }

    @Test(arguments: [nil, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
    func bodiesOfNoTypeOfTheAPIAreRefused(_ type: String?) async throws {
        // The transport would add a type of its own to a request without one.
        let headers = try [("Content-Type", type ?? ""), admin]
        let body = #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"page"}}"#
        #expect(try await status("POST", "/api/v1/namespaces/shop/configmaps", headers, body: body) == 415)
        #expect(try await status("PUT", Paths.deployment("ads-v1"), headers, body: body) == 415)
        #expect(try await status("PATCH", Paths.deployment("ads-v1"), headers, body: "{}") == 415)
        #expect(try await status("DELETE", Paths.deployment("ads-v1"), headers, body: "{}") == 415)
        #expect(try await status("GET", "/api/v1/namespaces/shop/configmaps/page", [admin]) == 404)
    }
}
