import Base
import Kube
import TestSupport
import Testing

/// Who one is, as client-go decides it.
@Suite struct IdentityTests {
    private func access(
        _ user: String, server: String = "https://127.0.0.1:1", _ overrides: (inout AccessOverrides) -> Void = { _ in }
    ) throws -> ClusterAccess {
        var kubeconfig = Kubeconfig()
        let text = """
            current-context: c
            clusters: [{name: c, cluster: {server: "\(server)"}}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            users: [{name: u, user: \(user)}]
            """
        try kubeconfig.merge(Array(text.utf8), file: "/tmp/test-kubeconfig")
        var chosen = AccessOverrides()
        overrides(&chosen)
        return try kubeconfig.access(chosen)
    }

    private func token(_ access: ClusterAccess, loop: CurlLoop? = nil) async throws -> String? {
        try await CredentialKeeper(access, loop: loop).authorised().1.first { $0.name == "Authorization" }?.value
    }

    private static let exec =
        "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: /nowhere/plugin}"

    @Test func whatIsWrittenDownGoesBeforeAPlugin() async throws {
        #expect(try await token(access("{token: abc, \(Self.exec)}")) == "Bearer abc")
        let basic = try access("{username: ann, password: p, \(Self.exec)}")
        #expect(try await token(basic) == nil && basic.connection.username == "ann")
        let folder = try TemporaryFolder()
        try folder.write("c.pem", "x")
        let certificate = try access(
            "{client-certificate: \(folder.path)/c.pem, client-key: \(folder.path)/c.pem, \(Self.exec)}")
        #expect(try await token(certificate) == nil)
        // Alone it is run.
        await #expect(throws: MeshTopError.self) { try await token(access("{\(Self.exec)}")) }
    }

    /// RFC 9110, 5.5: blanks around a value are not part of it, and kubectl sends none.
    @Test(arguments: ["abc ", "abc\\t", "abc \\t "]) func blanksBehindATokenAreNotSent(_ text: String) async throws {
        #expect(try await token(access("{token: \"\(text)\"}")) == "Bearer abc")
    }

    @Test func aTokenFileThatIsMissingFallsBackToTheToken() async throws {
        let folder = try TemporaryFolder()
        let user = "{token: written, tokenFile: \(folder.path)/token}"
        #expect(try await token(access(user)) == "Bearer written")
        try folder.write("token", "fresh\n")
        #expect(try await token(access(user)) == "Bearer fresh")
        await #expect(throws: MeshTopError.self) { try await token(access("{tokenFile: \(folder.path)/none}")) }
    }

    @Test(arguments: [
        "{token: \"abc\\r\\nX-Evil: 1\"}", "{token: \"abc\\n\"}", "{token: a, username: b}",
        "{auth-provider: {name: gcp}}", "{auth-provider: {name: oidc}}",
        "{auth-provider: {name: oidc, config: {idp-issuer-url: \"https://x\", client-id: k}}, \(exec)}",
        "{auth-provider: {name: gcp}, token: a}", "{password: b, token: a}", "{token: 5}", "{token: [a]}",
        "{username: true}", "{as: {a: b}}", "{as: a, as-groups: [1]}", "{as: a, as-groups: x}",
        "{as: a, as-user-extra: {a: b}}", "{exec: [a]}",
        "{client-certificate: /a, client-certificate-data: YQ==, client-key-data: YQ==}",
        "{client-certificate-data: YQ==, client-key: /a, client-key-data: YQ==}",
        "{token: a, exec: {apiVersion: client.authentication.k8s.io/v1, command: x}}",
        "{token: a, exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: null, command: x}}",
        "{token: a, exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Now, command: x}}",
        "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x, env: [{value: y}]}}",
        "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x, env: [{name: a, value: 5}]}}",
        "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x, env: {a: b}}}",
        "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x, args: [--port, 80]}}",
        "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x, args: x}}",
        "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x, provideClusterInfo: 'true'}}",
        "{as-groups: [admins], token: a}", "{as-uid: \"1\", token: a}", "{as-user-extra: {a: [b]}, token: a}",
    ])
    func contradictionsAreRefused(user: String) { #expect(throws: MeshTopError.self) { try access(user) } }

    @Test func groupsNeedAUser() throws {
        #expect(throws: MeshTopError.self) { try access("{token: a}") { $0.impersonateGroups = ["admins"] } }
        let both = try access("{token: a}") { ($0.impersonateUser, $0.impersonateGroups) = ("ann", ["admins"]) }
        #expect(both.impersonation?.groups == ["admins"])
        let mixed = try access("{token: a, as: ann}") { $0.impersonateGroups = ["admins"] }
        #expect(mixed.impersonation?.user == "ann" && mixed.impersonation?.groups == ["admins"])
    }

    /// As kubectl 1.32 does with the same files.
    @Test func whatIsEmptyIsNothing() async throws {
        let user = "{token: a, as: '', as-groups: [], as-uid: '', as-user-extra: {}, username: '', client-key: ''}"
        #expect(try access(user).impersonation == nil)
        #expect(try access("{token: a, as: ann}") { $0.impersonateUser = "" }.impersonation?.user == "ann")
        let flags = try access("{token: a}") { ($0.context, $0.cluster, $0.user) = ("", "", "") }
        #expect(flags.contextName == "c")
        let folder = try TemporaryFolder()
        try folder.write("token", " \n")
        #expect(try await token(access("{token: written, tokenFile: \(folder.path)/token}")) == "Bearer written")
        await #expect(throws: MeshTopError.self) { try await token(access("{tokenFile: \(folder.path)/token}")) }
    }

    @Test func aKeyWithoutACertificateIsNotRead() async throws {
        let alone = try access("{client-key: /nowhere/key, token: a}")
        #expect(alone.connection.clientKey == nil)
        #expect(try await token(alone) == "Bearer a")
    }

    @Test func anOlderPluginNeedsNoMode() throws {
        let older = "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x}}"
        guard case .exec(let plugin) = try access(older).credential else {
            Issue.record("it is a plugin")
            return
        }
        #expect(plugin.interaction == .ifAvailable)
    }

    @Test func aUidNeedsAUserToo() throws {
        #expect(throws: MeshTopError.self) { try access("{token: a}") { $0.impersonateUID = "7" } }
        let both = try access("{token: a, as: ann, as-uid: '1', as-groups: [g]}") { $0.impersonateUID = "7" }
        #expect(both.impersonation?.uid == "7" && both.impersonation?.groups == ["g"])
    }

    /// A certificate says who speaks to the server's door, an ID token who acts: kubectl sends both.
    @Test func anIDTokenGoesBesideACertificate() async throws {
        let folder = try TemporaryFolder()
        try folder.write("c.pem", "x")
        let text = provider("https://x", token: Self.jwt(expires: 4_102_444_800)).dropFirst()
        let user = "{client-certificate: \(folder.path)/c.pem, client-key: \(folder.path)/c.pem, \(text)"
        #expect(try await token(access(user))?.hasPrefix("Bearer ey") == true)
        #expect(try await token(access("{token: a, \(text)")) == "Bearer a")
    }

    @Test(arguments: [
        "server: 5", "server: https://x, certificate-authority: /a, certificate-authority-data: YQ==",
        "server: https://x, insecure-skip-tls-verify: 'true'", "server: https://x, tls-server-name: [a]",
        "server: https://x, proxy-url: 1",
    ])
    func aClusterThatSaysTwoThingsIsRefused(_ cluster: String) throws {
        var kubeconfig = Kubeconfig()
        let text =
            "{current-context: c, clusters: [{name: c, cluster: {\(cluster)}}], contexts: [{name: c, context: {cluster: c}}]}"
        try kubeconfig.merge(Array(text.utf8), file: "/tmp/k")
        #expect(throws: MeshTopError.self) { try kubeconfig.access() }
    }

    @Test func plainHTTPHasNoTrustToSettle() throws {
        var kubeconfig = Kubeconfig()
        let text =
            "{current-context: c, clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1', insecure-skip-tls-verify: true, certificate-authority-data: YQ==}}], contexts: [{name: c, context: {cluster: c}}]}"
        try kubeconfig.merge(Array(text.utf8), file: "/tmp/k")
        #expect(try kubeconfig.access().server == "http://127.0.0.1:1")
    }

    @Test func nullIsNothing() async throws {
        #expect(try await token(access("{token: a, auth-provider: null, exec: null, as-groups: null}")) == "Bearer a")
    }

    @Test(arguments: [
        ("http://127.0.0.1:1", true), ("http://localhost:1", true), ("http://[::1]:1", true),
        ("https://10.0.0.1", true),
        ("http://10.0.0.1", false), ("http://127.evil.example", false), ("http://example.com", false),
    ])
    func credentialsGoOverPlainHTTPToThisMachineAlone(server: String, isSent: Bool) async throws {
        #expect(try await token(access("{token: a}", server: server)) == (isSent ? "Bearer a" : nil))
        let basic = try access("{username: a, password: b}", server: server)
        #expect((basic.connection.username != nil) == isSent)
        if !isSent { #expect(try await token(access("{\(Self.exec)}", server: server)) == nil) }
    }

    // MARK: OIDC

    private static func jwt(expires: Int) -> String {
        "eyJhbGciOiJub25lIn0." + Base64.encode(Array("{\"exp\":\(expires)}".utf8)).filter { $0 != "=" } + ".sig"
    }

    private func provider(_ issuer: String, token: String) -> String {
        "{auth-provider: {name: oidc, config: {client-id: k8s, client-secret: s, idp-issuer-url: \"\(issuer)\", id-token: \(token), refresh-token: r}}}"
    }

    @Test func aValidIDTokenIsSent() async throws {
        let valid = Self.jwt(expires: 4_102_444_800)
        #expect(try await token(access(provider("https://idp.example", token: valid))) == "Bearer \(valid)")
    }

    @Test func anExpiredIDTokenIsRefreshedAtTheIssuersEndpoint() async throws {
        let fresh = Self.jwt(expires: 4_102_444_800)
        let asked = Lock<[String]>([])
        let url = Lock("")
        let server = try CannedServer { line, bytes in
            asked.withLock {
                $0.append(
                    line + " "
                        + (String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").last.map(String.init) ?? ""))
            }
            if line.contains("openid-configuration") {
                return .init(200, ["token_endpoint": .string(url.withLock { $0 } + "/token")])
            }
            return .init(200, ["id_token": .string(fresh), "refresh_token": "r2"])
        }
        url.withLock { $0 = server.url }
        let old = Self.jwt(expires: 1_000_000_000)
        let keeper = CredentialKeeper(try access(provider(server.url, token: old)), loop: CurlLoop())
        for _ in 0..<2 {
            #expect(try await keeper.authorised().1.first?.value == "Bearer \(fresh)")
        }
        let lines = asked.withLock { $0 }
        #expect(lines.count == 2 && lines[1].contains("refresh_token=r&"), "\(lines)")
        // The server's 401 makes it ask once more, with the token that the issuer gave last.
        #expect(await keeper.forget())
        #expect(try await keeper.authorised().1.first?.value == "Bearer \(fresh)")
        #expect(asked.withLock { $0.last }?.contains("refresh_token=r2") == true)
        // Somebody who comes back to the context has another keeper; the first refresh token may be spent.
        let next = CredentialKeeper(try access(provider(server.url, token: old)), loop: CurlLoop())
        #expect(try await next.authorised().1.first?.value == "Bearer \(fresh)")
        #expect(await next.forget())
        _ = try await next.authorised()
        #expect(!asked.withLock { $0.dropFirst(2) }.contains { $0.contains("refresh_token=r&") })
    }

    @Test func aRefusedRefreshTokenIsNotSentWithEveryRequest() async throws {
        let asked = Lock(0)
        let server = try CannedServer { _ in
            asked.withLock { $0 += 1 }
            return .init(400, ["error": "invalid_grant"])
        }
        let keeper = CredentialKeeper(
            try access(provider(server.url, token: Self.jwt(expires: 1_000_000_000))), loop: CurlLoop())
        var first = 0
        for turn in 0..<5 {
            await #expect(throws: MeshTopError.self) { try await keeper.authorised() }
            if turn == 0 { first = asked.withLock { $0 } }
        }
        #expect(first > 0 && asked.withLock { $0 } == first)
    }

    @Test func anIssuerThatRefusesIsNamed() async throws {
        let server = try CannedServer { _ in .init(400, ["error": "invalid_grant"]) }
        let old = Self.jwt(expires: 1_000_000_000)
        await #expect {
            try await token(access(provider(server.url, token: old)), loop: CurlLoop())
        } throws: { error in
            let text = "\(error)"
            return text.contains("invalid_grant") && text.contains("log in again")
        }
    }
}
