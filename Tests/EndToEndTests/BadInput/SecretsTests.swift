import ClusterData
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
        try await Task.sleep(nanoseconds: 2_000_000_000)
        try await screen.type(":ctx good")
        try await screen.keys("Enter")
        try await screen.wait("MeshTop good", "ads", within: 8)
        dead.setFrozen(false)
        dead.stop()
    }
}
