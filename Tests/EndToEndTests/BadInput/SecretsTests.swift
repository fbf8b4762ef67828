import Base
import DemoMesh
import TestSupport
import Testing

/// Tokens and passwords are nowhere but in the requests: not in what is printed, kept or noted of a crash.
@Suite struct SecretsTests {
    private func files(_ folder: String) throws -> [String] {
        try Files.list(folder).flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            return (try? Files.list(path)) == nil ? [path] : try files(path)
        }
    }

    @Test func noCredentialIsWrittenAnywhere() async throws {
        let demo = try Demo()
        let home = try TemporaryFolder()
        let secret = demo.server.credentials.admin.token
        try home.write("config/meshtop/config.yaml", Program.shortWindow)
        try home.write(
            "kubeconfig",
            """
            current-context: c
            clusters: [{name: c, cluster: {server: "\(demo.server.url)"}}]
            users: [{name: u, user: {token: \(secret)}}]
            contexts: [{name: c, context: {cluster: c, user: u, namespace: shop}}]
            """)
        var printed = ""
        for arguments in [
            ["doctor"], ["snapshot", "-o", "json"],
            ["scale", "deployment/ads-v1", "-n", "shop", "--replicas", "3", "--yes"],
            ["undo", "--yes"], ["journal", "-o", "json"],
            ["--as", "demo-viewer", "scale", "deployment/ads-v1", "-n", "shop", "--replicas", "4"],
            ["snapshot", "--prometheus", "http://me:hunter2@127.0.0.1:1/"],
        ] {
            let result = try await Program.run(
                arguments, home: home, environment: ["MESHTOP_PROMETHEUS_TOKEN": "hunter3"], timeoutSeconds: 90)
            printed += result.output + result.errors
        }
        #expect(printed.contains("ads-v1"))
        let written = try files(home.path).filter { !$0.hasSuffix("/kubeconfig") }
        #expect(written.contains { $0.hasSuffix("journal.jsonl") || $0.contains("journal") }, "\(written)")
        for path in written { printed += String(decoding: try Files.read(path), as: UTF8.self) }
        for word in [secret, "hunter2", "hunter3"] { #expect(!printed.contains(word), "\(word)") }
    }

    /// A session that crashes leaves a terminal and a note, and no token in either.
    @Test func aCrashLeavesNoCredentialBehind() async throws {
        let demo = try Demo()
        let home = try TemporaryFolder()
        let kubeconfig = try home.write("kubeconfig", demo.server.kubeconfig)
        let screen = try await Screen("--kubeconfig \(kubeconfig)", width: 120, height: 30, records: true)
        try await screen.wait("1 Services", "ads")
        let process = try #require(try await screen.process())
        _ = try await Tool.run("kill", ["-SEGV", String(process)])
        try await screen.wait("finished")
        for path in try files(screen.home.path) {
            #expect(
                !String(decoding: try Files.read(path), as: UTF8.self).contains(demo.server.credentials.admin.token),
                "\(path)")
        }
    }

    /// Away from a cluster that takes connections and never answers.
    @Test func aDeadClusterIsLeftAtOnce() async throws {
        let demo = try Demo()
        let dead = try FaultProxy(to: demo.server.port)
        dead.setFrozen(true)
        let kubeconfig = try demo.folder.write(
            "two",
            """
            current-context: dead
            clusters:
            - {name: dead, cluster: {server: "http://127.0.0.1:\(dead.port)"}}
            - {name: good, cluster: {server: "\(demo.server.url)"}}
            users: [{name: u, user: {token: \(demo.server.credentials.admin.token)}}]
            contexts:
            - {name: dead, context: {cluster: dead, user: u}}
            - {name: good, context: {cluster: good, user: u, namespace: shop}}
            """)
        let screen = try await Screen("--kubeconfig \(kubeconfig)", width: 120, height: 30)
        try await screen.wait("MeshTop dead")
        #expect(try await eventually { dead.taken > 0 ? true : nil } == true)
        try await screen.type(":ctx good")
        try await screen.keys("Enter")
        try await screen.wait("MeshTop good", "ads", within: 8)
        dead.setFrozen(false)
        dead.stop()
    }

    // MARK: Metrics

    private static let snapshot = ["snapshot", "-o", "json", "--partial"]

    private func metrics(_ output: String) throws -> JSONValue? {
        try JSONValue(parsing: Array(output.utf8)).list("sources").first { $0["name"] == "metrics" }
    }

    /// The address is nobody's: what is sent there comes to the proxy, which notes it.
    @Test(arguments: [
        ("http://192.0.2.2:9090/prometheus", ["TOKEN": "TK7"]),
        ("http://192.0.2.2:9090", ["USERNAME": "me", "PASSWORD": "TK7"]), ("http://me:TK7@192.0.2.2:9090", [:]),
    ]) func metricsCredentialsStayOffPlainHTTP(url: String, login: [String: String]) async throws {
        let demo = try Demo.withoutHistory()
        let seen = Lock("")
        let proxy = try CannedServer { _, bytes in
            seen.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
            return .init(200, ["status": "success", "data": ["resultType": "vector", "result": []]])
        }
        var environment = ["HTTP_PROXY": proxy.url]
        for (name, value) in login { environment["MESHTOP_PROMETHEUS_\(name)"] = value }
        let result = try await Program.run(
            Self.snapshot + ["--kubeconfig", demo.kubeconfigFile, "--prometheus", url], home: demo.folder,
            environment: environment)
        let detail = try metrics(result.output)?.text("detail") ?? ""
        #expect(detail.contains("credentials were not sent") && detail.contains("https"), "\(detail)")
        let requests = seen.withLock { $0 }
        #expect(requests.contains("/api/v1/query") && !requests.contains("Authorization"), "\(requests)")
        withExtendedLifetime(proxy) {}
    }

    /// On this machine nobody else reads the line.
    @Test func metricsCredentialsGoToThisMachine() async throws {
        let demo = try Demo.withoutHistory()
        let seen = Lock("")
        let server = try CannedServer { _, bytes in
            seen.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
            return .init(200, ["status": "success", "data": ["resultType": "vector", "result": []]])
        }
        let result = try await Program.run(
            Self.snapshot + ["--kubeconfig", demo.kubeconfigFile, "--prometheus", server.url], home: demo.folder,
            environment: ["MESHTOP_PROMETHEUS_TOKEN": "TK7"])
        #expect(result.code == 0, "\(result.errors)")
        #expect(seen.withLock { $0 }.contains("Authorization: Bearer TK7"))
        withExtendedLifetime(server) {}
    }

    /// A gateway may want a key in the query: it is asked with it, and nobody is shown it.
    @Test func whatIsSecretInAnAddressIsNowhere() async throws {
        let demo = try Demo.withoutHistory()
        let lines = Lock<[String]>([])
        let server = try CannedServer { line in
            lines.withLock { $0.append(line) }
            return .init(503, Array("down".utf8), type: "text/plain")
        }
        let log = "\(demo.folder.path)/l.log"
        let address = server.url.replacing("http://", with: "http://user:QSECRET1@") + "/prom?token=QSECRET2#QSECRET3"
        var printed = ""
        let common = ["--kubeconfig", demo.kubeconfigFile, "--log-file", log, "--log-level", "trace"]
        for words in [Self.snapshot, ["doctor"]] {
            let result = try await Program.run(words + common + ["--prometheus", address], home: demo.folder)
            printed += result.output + result.errors
        }
        for wrong in ["htp://user:QSECRET1@x/?a=QSECRET2", "http://u:QSECRET1/x@y:z?a=QSECRET2#QSECRET3"] {
            let result = try await Program.run(["snapshot", "--prometheus", wrong] + common, home: demo.folder)
            #expect(result.code == 2, "\(result.errors)")
            printed += result.output + result.errors
        }
        printed += demo.folder.read("l.log")
        #expect(printed.contains("/prom?token=***"), "\(printed)")
        for secret in ["QSECRET1", "QSECRET2", "QSECRET3"] { #expect(!printed.contains(secret), "\(printed)") }
        let asked = lines.withLock { $0 }
        #expect(asked.contains("POST /prom/api/v1/query?token=QSECRET2"), "\(asked)")
        withExtendedLifetime(server) {}
    }

    /// The same of an API server's address, which kubectl takes with a user in it.
    @Test func whatIsSecretInAServersAddressIsNowhere() async throws {
        let home = try TemporaryFolder()
        let server = try CannedServer { _ in .init(503, Array("down".utf8), type: "text/plain") }
        let address = server.url.replacing("http://", with: "http://user:QSECRET1@") + "/k?token=QSECRET2"
        try home.write(
            "kubeconfig",
            "{current-context: a, contexts: [{name: a, context: {cluster: a}}], clusters: [{name: a, cluster: {server: '\(address)'}}]}"
        )
        var printed = ""
        for words in [["snapshot", "--wait", "5", "--no-metrics"], ["doctor", "--no-metrics"]] {
            let result = try await Program.run(words + ["--log-file", "\(home.path)/l.log"], home: home)
            printed += result.output + result.errors
        }
        printed += home.read("l.log")
        #expect(printed.contains("503"))
        for secret in ["QSECRET1", "QSECRET2"] { #expect(!printed.contains(secret), "\(printed)") }
        withExtendedLifetime(server) {}
    }

    /// The journal knows its server again, and keeps nobody's password.
    @Test func aJournalKeepsNoUserOfAnAddress() async throws {
        let demo = try Demo.withoutHistory()
        let home = try TemporaryFolder()
        let address = demo.server.url.replacing("http://", with: "http://user:QSECRET1@")
        try home.write(
            "kubeconfig",
            """
            current-context: a
            contexts: [{name: a, context: {cluster: a, user: a, namespace: shop}}]
            clusters: [{name: a, cluster: {server: '\(address)'}}]
            users: [{name: a, user: {token: \(demo.server.credentials.admin.token)}}]
            """)
        var printed = ""
        for words in [
            ["scale", "deployment/ads-v1", "--replicas", "3", "--yes", "--no-metrics"],
            ["undo", "--yes", "--no-metrics"], ["journal", "-o", "json"],
        ] {
            let result = try await Program.run(words, home: home)
            #expect(result.code == 0, "\(words): \(result.errors)")
            printed += result.output + result.errors
        }
        for path in try files("\(home.path)/state") {
            printed += String(decoding: try Files.read(path), as: UTF8.self)
        }
        #expect(printed.contains("ads-v1") && !printed.contains("QSECRET1"), "\(printed)")
    }
}
