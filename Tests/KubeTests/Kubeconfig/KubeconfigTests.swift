import Base
import Kube
import Testing

@Suite struct KubeconfigTests {
    private func merged(_ texts: String...) throws -> Kubeconfig {
        var config = Kubeconfig()
        for (index, text) in texts.enumerated() { try config.merge(Array(text.utf8), file: "/etc/k/\(index)") }
        return config
    }

    private let full = """
        apiVersion: v1
        kind: Config
        current-context: one
        contexts:
        - name: one
          context: {cluster: c, user: u, namespace: shop}
        - name: two
          context: {cluster: c2, user: u2}
        clusters:
        - name: c
          cluster:
            server: https://10.0.0.1:6443/
            certificate-authority-data: LS0tLS1CRUdJTg==
            tls-server-name: kubernetes
            proxy-url: socks5://127.0.0.1:1080
        - name: c2
          cluster: {server: "http://127.0.0.1:8001", insecure-skip-tls-verify: true}
        users:
        - name: u
          user: {token: abc, as: boss, as-groups: [admins]}
        - name: u2
          user: {username: me, password: secret}
        """

    @Test func aContextResolvesToEverythingARequestNeeds() throws {
        let access = try merged(full).access()
        #expect(access.server == "https://10.0.0.1:6443")
        #expect(access.namespace == "shop")
        #expect(access.connection.certificateAuthority == Array("-----BEGIN".utf8))
        #expect(access.connection.tlsServerName == "kubernetes")
        #expect(access.connection.proxyURL == "socks5h://127.0.0.1:1080")
        #expect(access.impersonation?.groups == ["admins"])
        guard case .token("abc") = access.credential else {
            Issue.record("no token")
            return
        }
    }

    @Test func anotherContextIsChosenByFlag() throws {
        var overrides = AccessOverrides()
        overrides.context = "two"
        let access = try merged(full).access(overrides)
        #expect(access.connection.username == "me")
        #expect(access.connection.insecureSkipTLSVerify)
    }

    @Test func anUnknownContextListsTheKnownOnes() throws {
        var overrides = AccessOverrides()
        overrides.context = "prod"
        let config = try merged(full)
        #expect {
            try config.access(overrides)
        } throws: { error in
            let text = "\(error)"
            return text.contains("prod") && text.contains("one, two")
        }
    }

    @Test func ofFilesTheFirstToSayAThingWins() throws {
        let second = """
            current-context: two
            contexts:
            - {name: one, context: {cluster: other, user: other}}
            - {name: three, context: {cluster: c, user: u}}
            clusters:
            - {name: c, cluster: {server: "https://elsewhere"}}
            """
        let config = try merged(full, second)
        #expect(config.currentContext == "one")
        #expect(config.contexts.map(\.name) == ["one", "two", "three"])
        #expect(try config.access().server == "https://10.0.0.1:6443")
    }

    @Test(arguments: [
        ("a: [", "line"), ("- 1", "mapping"), ("kind: Pod", "not Config"), ("clusters: 3", "no list"),
        ("contexts: [{name: c, context: {namespace: 5}}]", "namespace of context c is no text"),
        ("contexts: [{name: c, context: {user: [u]}}]", "user of context c is no text"),
        ("current-context: 5", "current-context is no text"), ("users:\n- user: {}", "no name"),
        ("apiVersion: v2", "apiVersion is v2"),
        ("users: [{name: u, user: {}}, {name: u, user: {}}]", "two entries named u"),
        ("clusters: [{name: c}, {name: c}]", "two entries named c"),
        ("contexts: [{name: x}, {name: x}]", "two entries named x"), ("a:\n\t- b", "tab"),
    ])
    func aBadFileIsNamedWithItsFault(_ text: String, _ fault: String) {
        #expect {
            try merged(text)
        } throws: { error in
            "\(error)".contains("/etc/k/0") && "\(error)".contains(fault)
        }
    }

    @Test(arguments: [
        ("server: https://x", "{client-certificate-data: YQ==}", "certificate has no key"),
        ("server: nonsense", "{}", "no http(s) URL"),
        ("server: https://x\n    certificate-authority-data: '***'", "{}", "not base64"),
        ("server: https://x\n    certificate-authority: missing.pem", "{}", "missing.pem"),
        (
            "server: https://x\n    insecure-skip-tls-verify: true\n    certificate-authority-data: YQ==", "{}",
            "exclude"
        ),
        ("server: https://x", "{auth-provider: {name: gcp}}", "removed"),
        ("server: https://x", "{exec: {command: c, apiVersion: v9}}", "v9"),
        ("server: https://x", "{exec: {apiVersion: client.authentication.k8s.io/v1}}", "no command"),
    ])
    func aBadClusterOrUserIsExplained(_ cluster: String, _ user: String, _ fault: String) throws {
        let config = try merged(
            """
            current-context: a
            contexts: [{name: a, context: {cluster: c, user: u}}]
            clusters:
            - name: c
              cluster:
                \(cluster)
            users: [{name: u, user: \(user)}]
            """)
        #expect {
            try config.access()
        } throws: { error in
            "\(error)".contains(fault) && !"\(error)".contains("\n")
        }
    }

    @Test func anExecPluginsCredentialIsUsedAndItsFailureExplained() async throws {
        func plugin(_ script: String) throws -> ExecPlugin? {
            var escaped = ""
            JSONValue.quote(script, into: &escaped)
            let config = try merged(
                """
                current-context: a
                contexts: [{name: a, context: {cluster: c, user: u}}]
                clusters: [{name: c, cluster: {server: "https://x"}}]
                users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, args: ["-c", \(escaped)], env: [{name: WHO, value: tok}]}}}]
                """)
            if case .exec(let plugin) = try config.access().credential { return plugin }
            return nil
        }
        let good = try #require(
            try plugin(
                #"printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s-1","expirationTimestamp":"2030-01-01T00:00:00Z"}}' "$WHO""#
            ))
        let credential = try await good.credential()
        #expect(credential.token == "tok-1")
        #expect(credential.expires == Timestamp(rfc3339: "2030-01-01T00:00:00Z"))
        let bad = try #require(try plugin("echo 'please log in' >&2; exit 3"))
        await #expect {
            try await bad.credential()
        } throws: { error in
            "\(error)".contains("code 3") && "\(error)".contains("please log in")
        }
        let chatty = try #require(try plugin("echo hello"))
        await #expect(throws: MeshTopError.self) { try await chatty.credential() }
    }

    @Test func timesAreReadAndWritten() {
        #expect(Timestamp(rfc3339: "2026-11-23T19:02:59Z")?.rfc3339 == "2026-11-23T19:02:59Z")
        #expect(
            Timestamp(rfc3339: "2026-11-23T20:02:59.5+01:00")?.seconds == Timestamp(rfc3339: "2026-11-23T19:02:59Z")!
                .seconds + 0.5)
        #expect(Timestamp(rfc3339: "2000-02-29T00:00:00Z")?.rfc3339 == "2000-02-29T00:00:00Z")
        #expect(Timestamp(rfc3339: "yesterday") == nil)
    }
}
