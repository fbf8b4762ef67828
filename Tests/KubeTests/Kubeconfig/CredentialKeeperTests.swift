import Base
import Kube
import TestSupport
import Testing

/// Credentials that change while MeshTop runs.
@Suite struct CredentialKeeperTests {
    private func access(_ user: String, cluster: String = "server: 'https://x'", in folder: TemporaryFolder) throws
        -> ClusterAccess
    {
        let file = try folder.write(
            "config",
            """
            current-context: a
            contexts: [{name: a, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {\(cluster)}}]
            users: [{name: u, user: {\(user)}}]
            """)
        return try Kubeconfig.load(flag: file).access()
    }

    private func authorization(_ keeper: CredentialKeeper) async throws -> String? {
        try await keeper.authorised().1.first { $0.name == "Authorization" }?.value
    }

    /// A plugin that counts its runs, with a credential that holds for so many seconds.
    private func counting(_ folder: TemporaryFolder, seconds: Int, version: String = "v1") throws -> String {
        let script =
            "echo run >> \(folder.path)/runs; printf '{\\\"apiVersion\\\":\\\"client.authentication.k8s.io/\(version)\\\",\\\"kind\\\":\\\"ExecCredential\\\",\\\"status\\\":{\\\"token\\\":\\\"t%s\\\",\\\"expirationTimestamp\\\":\\\"%s\\\"}}' $(grep -c run \(folder.path)/runs) $(date -u -d '\(seconds) seconds' +%Y-%m-%dT%H:%M:%SZ)"
        return
            "exec: {apiVersion: client.authentication.k8s.io/\(version), interactiveMode: IfAvailable, command: sh, args: [\"-c\", \"\(script)\"]}"
    }

    @Test(arguments: ["v1", "v1beta1"])
    func aPluginRunsOnceUntilItsCredentialExpires(_ version: String) async throws {
        let folder = try TemporaryFolder()
        let keeper = CredentialKeeper(try access(counting(folder, seconds: 3600, version: version), in: folder))
        async let first = authorization(keeper)
        async let second = authorization(keeper)
        #expect(try await [first, second] == ["Bearer t1", "Bearer t1"])
        // What the server refused is not used again.
        #expect(await keeper.forget())
        #expect(try await authorization(keeper) == "Bearer t2")
        let short = CredentialKeeper(try access(counting(folder, seconds: 5, version: version), in: folder))
        #expect(try await authorization(short) == "Bearer t3")
        #expect(try await authorization(short) == "Bearer t4", "it has expired, or is about to")
    }

    @Test func aPluginThatWantsItIsToldOfTheCluster() async throws {
        let folder = try TemporaryFolder()
        let user = """
            exec: {apiVersion: client.authentication.k8s.io/v1, provideClusterInfo: true, interactiveMode: Never, command: sh,
              args: ["-c", "printf %s \\"$KUBERNETES_EXEC_INFO\\" > \(folder.path)/info; exit 7"]}
            """
        let keeper = CredentialKeeper(
            try access(
                user,
                cluster:
                    "server: 'https://x', tls-server-name: k, proxy-url: null, insecure-skip-tls-verify: false, disable-compression: true, extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: a}}]",
                in: folder))
        await #expect(throws: MeshTopError.self) { try await keeper.authorised() }
        let info = try JSONValue(parsing: Array(folder.read("info").utf8))
        #expect(info.at("spec", "interactive") == false)
        #expect(info.at("spec", "cluster", "server") == "https://x")
        #expect(info.at("spec", "cluster", "tls-server-name") == "k")
        #expect(info.at("spec", "cluster", "config", "audience") == "a")
        // As kubectl says it: what is null or false is left out.
        #expect(
            Set(info.at("spec", "cluster")?.object?.keys ?? []) == [
                "server", "tls-server-name", "disable-compression", "config",
            ])
    }

    @Test func aTokenFileIsReadAgainAfterARefusal() async throws {
        let folder = try TemporaryFolder()
        try folder.write("token", "one\n")
        let keeper = CredentialKeeper(try access("tokenFile: token", in: folder))
        #expect(try await authorization(keeper) == "Bearer one")
        try folder.write("token", "two\n")
        #expect(await keeper.forget())
        #expect(try await authorization(keeper) == "Bearer two")
    }

    @Test func certificatesInFilesAreReadAgainWhenTheyChange() async throws {
        func pem(_ text: String, _ kind: String) -> String {
            "-----BEGIN \(kind)-----\n\(text)\n-----END \(kind)-----\n"
        }
        let folder = try TemporaryFolder()
        try folder.write("ca", pem("YQ==", "CERTIFICATE"))
        try folder.write("crt", pem("Yg==", "CERTIFICATE"))
        try folder.write("key", pem("Yw==", "EC PRIVATE KEY"))
        let keeper = CredentialKeeper(
            try access(
                "client-certificate: crt, client-key: key",
                cluster: "server: 'https://x', certificate-authority: ca", in: folder))
        #expect(try await keeper.authorised().0.certificateAuthority == Array(pem("YQ==", "CERTIFICATE").utf8))
        try folder.write("ca", pem("ZA==", "CERTIFICATE"))
        try folder.write("crt", "half a cert")
        let fresh = try await keeper.authorised().0
        #expect(fresh.certificateAuthority == Array(pem("ZA==", "CERTIFICATE").utf8))
        #expect(fresh.clientCertificate == Array(pem("Yg==", "CERTIFICATE").utf8), "half a file is not used")
    }

    @Test func aPodUsesItsServiceAccountAsItRotates() async throws {
        let folder = try TemporaryFolder()
        let authority = "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"
        try folder.write("token", "first\n")
        try folder.write("ca.crt", authority)
        try folder.write("namespace", "shop\n")
        let variables = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"]
        #expect(try ClusterAccess.inCluster(folder: folder.path) { _ in nil } == nil)
        let access = try #require(try ClusterAccess.inCluster(folder: folder.path) { variables[$0] })
        #expect(access.server == "https://[fd00::1]:6443")
        #expect(access.namespace == "shop")
        let keeper = CredentialKeeper(access)
        #expect(try await authorization(keeper) == "Bearer first")
        try folder.write("token", "second\n")
        try folder.write("ca.crt", authority.replacing("YQ==", with: "Yg=="))
        // The server no longer takes the old one.
        #expect(await keeper.forget())
        #expect(try await authorization(keeper) == "Bearer second")
        let connection = try await keeper.authorised().0
        #expect(String(decoding: connection.certificateAuthority ?? [], as: UTF8.self).contains("Yg=="))
    }

    @Test func aProxyIsAskedInTheServersPlace() async throws {
        let proxy = try CannedServer { CannedServer.Answer(200, ["asked": .string($0)]) }
        let folder = try TemporaryFolder()
        let access = try access(
            "token: t", cluster: "server: 'http://cluster.invalid:8080', proxy-url: '\(proxy.url)'", in: folder)
        let answer = try await KubeClient(access: access, loop: CurlLoop()).json(KubeClient.Call("GET", "/version"))
        #expect(answer["asked"] == "GET http://cluster.invalid:8080/version")
    }

    @Test func impersonationIsSentWithEveryRequest() async throws {
        let folder = try TemporaryFolder()
        let user = "token: t, as: jane, as-uid: '7', as-groups: [dev, ops], as-user-extra: {'a/b': [c]}"
        let headers = try await CredentialKeeper(try access(user, in: folder)).authorised().1
        #expect(
            headers.map { "\($0.name): \($0.value)" } == [
                "Authorization: Bearer t", "Impersonate-User: jane", "Impersonate-Uid: 7", "Impersonate-Group: dev",
                "Impersonate-Group: ops", "Impersonate-Extra-a%2Fb: c",
            ])
    }
}

/// A plugin that asked a person in vain does not ask again with every retry.
@Suite struct CredentialPauseTests {
    @Test func aRefusedPromptIsNotRepeatedForAMinute() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "config",
            """
            current-context: a
            contexts: [{name: a, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: 'https://x'}}]
            users:
            - name: u
              user:
                exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always, command: sh,
                  args: ["-c", "echo run >> \(folder.path)/runs; exit 1"]}
            """)
        let clock = TestClock()
        let keeper = CredentialKeeper(
            try Kubeconfig.load(flag: file).access(), prompt: { body in try await Subprocess.onThread(body) },
            clock: clock)
        func tries() async -> Int {
            await #expect(throws: MeshTopError.self) { try await keeper.authorised() }
            return folder.read("runs").split(separator: "\n").count
        }
        #expect(await tries() == 1)
        for _ in 0..<5 {
            clock.advance(by: 11)
            #expect(await tries() == 1)
        }
        clock.advance(by: 5)
        #expect(await tries() == 2, "a minute has passed")
    }
}
