import Base
import DemoMesh
import TestSupport
import Testing

/// `meshtop apply` and what it leaves on the disk, as a script meets it.
@Suite struct ApplyCommandTests {
    private let demo: Demo
    private let home: TemporaryFolder

    init() throws {
        demo = try Demo.withoutHistory()
        home = try TemporaryFolder()
    }

    private func run(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> ToolResult {
        try await Program.run(
            arguments + ["--kubeconfig", demo.kubeconfigFile, "--no-metrics"], home: home, environment: environment)
    }

    @Test func whatTheServerDropsIsMendedWhenThatIsAskedFor() async throws {
        let file = try home.write(
            "rule.yaml",
            """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: dropped}
            spec: {host: ads, trafficPolicy: {circuitBreaker: {consecutiveErrors: 3}}}
            """)
        let refused = try await run(["apply", "-f", file, "-n", "shop", "--yes"])
        #expect(refused.code == 4 && refused.errors.contains("--mend"), "\(refused.output)\(refused.errors)")
        let mended = try await run(["apply", "-f", file, "-n", "shop", "--mend", "--yes"])
        #expect(mended.code == 0, "\(mended.output)\(mended.errors)")
        #expect(
            try await demo.get(Paths.destinationRule("dropped")).at("spec", "trafficPolicy") == [
                "outlierDetection": ["consecutive5xxErrors": 3]
            ])
    }

    /// A server that keeps its descriptions to itself is not waited for as long as for a change.
    @Test func aDescriptionThatNeverComesIsDoneWithout() async throws {
        let proxy = try FaultProxy(to: demo.server.port)
        defer { proxy.stop() }
        proxy.add(.silence(seconds: 600), times: 1000) { $0.contains("/openapi/") }
        let kubeconfig = try home.write("behind", demo.kubeconfig(through: proxy))
        let file = try home.write(
            "rule.yaml",
            "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: silent}\nspec: {host: ads}\n")
        let result = try await Program.run(
            [
                "apply", "-f", file, "-n", "shop", "--dry-run", "server", "--no-metrics", "--kubeconfig", kubeconfig,
                "--request-timeout", "600",
            ], home: home)
        #expect(result.code == 0 && result.output.contains("the server accepts it"), "\(result.code) \(result.errors)")
    }

    @Test func anotherNamespaceIsRefusedAsKubectlRefusesIt() async throws {
        let file = try home.write(
            "map.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: prod}}")
        let refused = try await run(["apply", "-f", file, "-n", "shop"])
        #expect(refused.code == 2 && refused.errors.contains("does not match the namespace \"shop\""))
        let wrong = try await run(["apply", "-f", file, "--force-conflicts"])
        #expect(wrong.code != 0 && wrong.errors.contains("--server-side"))
    }

    @Test func noValueOfASecretIsPrintedOrKeptInTheOpen() async throws {
        let file = try home.write(
            "secret.yaml",
            "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: shop}, stringData: {password: hunter2}}")
        let made = try await run(["apply", "-f", file, "--yes"])
        #expect(made.code == 0, "\(made.output)\(made.errors)")
        let taken = try await run(["undo"])
        let listed = try await run(["journal", "-o", "json"])
        let journal = home.read("state/meshtop/journal.jsonl")
        #expect(!journal.isEmpty)
        for text in [made.output, made.errors, taken.output, taken.errors, listed.output, journal] {
            #expect(!text.contains("hunter2") && !text.contains("aHVudGVyMg=="))
        }
        #expect(home.read("state/meshtop/journal-secrets.jsonl").contains("aHVudGVyMg=="))
        try home.write("state/meshtop/edits/20990101000000-secret-shop-s.yaml", "hunter2")
        #expect(try await run(["journal", "--forget-secrets"]).code == 0)
        #expect(home.read("state/meshtop/journal-secrets.jsonl").isEmpty)
        #expect(try Files.list("\(home.path)/state/meshtop/edits").isEmpty)
        let late = try await run(["undo", "--yes"])
        #expect(late.code == 2 && late.errors.contains("forgotten"), "\(late.output)\(late.errors)")
    }

    /// A killed program cannot take its editor's file along; the next one does, and leaves what others have there.
    @Test func anEditorsFilesOfADeadProgramAreRemovedAtTheNextStart() async throws {
        let folder = "\(home.path)/state/meshtop/editing"
        let script = try home.write("editor.sh", "#!/bin/sh\necho $PPID > \(home.path)/parent\nkill -9 $PPID\n")
        #expect(try await Tool.run("chmod", ["+x", script]).code == 0)
        try home.write("state/meshtop/editing/mine/note", "not ours")
        let environment = ["EDITOR": script, "KUBE_EDITOR": ""]
        _ = try await run(["edit", "secret/none", "-n", "shop"], environment)
        let edited = try await run(["edit", "vs/reviews", "-n", "shop"], environment)
        #expect(edited.code != 0)
        let left = try Files.list(folder)
        #expect(left.count == 2 && left.contains { $0.hasPrefix(home.read("parent").trimmingSpace() + "-") }, "\(left)")
        let next = try await run(["edit", "vs/reviews", "-n", "shop"], ["EDITOR": "true", "KUBE_EDITOR": ""])
        #expect(try Files.list(folder) == ["mine"], "\(next.code) \(next.output) \(next.errors)")
    }

    /// Its parent has not asked for its exit code yet: it is in the list of processes, and dead all the same.
    @Test func aProgramThatNobodyHasWaitedForIsDeadToo() async throws {
        let parent = try BackgroundProcess(
            Tool.path("sh"), ["-c", "true & echo $!; exec sleep 600"], log: "\(home.path)/parent")
        defer { parent.stop() }
        let found = try await eventually { () -> (id: String, start: Substring)? in
            let id = home.read("parent").trimmingSpace()
            let stat = id.isEmpty ? "" : String(decoding: try Files.read("/proc/\(id)/stat"), as: UTF8.self)
            let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
            return fields.first == "Z" ? (id, fields[19]) : nil
        }
        let dead = try #require(found)
        let host = try await Tool.run("uname", ["-n"]).output.trimmingSpace()
        try home.write("state/meshtop/editing/\(dead.id)-\(dead.start)-\(host)-abcdef/text", "left")
        let next = try await run(["edit", "vs/reviews", "-n", "shop"], ["EDITOR": "true", "KUBE_EDITOR": ""])
        let left = try Files.list("\(home.path)/state/meshtop/editing")
        #expect(left.isEmpty, "\(left) of \(dead): \(next.code) \(next.errors)")
    }

    @Test func aPasswordOfTheMetricsComesFromTheEnvironmentOrAFile() async throws {
        let seen = Lock<[String]>([])
        let server = try CannedServer { _, bytes in
            seen.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
            return .init(200, ["status": "success", "data": ["resultType": "vector", "result": []]])
        }
        let url = server.url.replacing("://", with: "://me@")
        let password = try home.write("password", "hunter2\n")
        for environment in [
            ["MESHTOP_PROMETHEUS_PASSWORD": "hunter2"], ["MESHTOP_PROMETHEUS_PASSWORD_FILE": password],
        ] {
            seen.withLock { $0 = [] }
            let result = try await Program.run(
                ["snapshot", "--kubeconfig", demo.kubeconfigFile, "--prometheus", url], home: home,
                environment: environment)
            #expect(result.code == 0 && !result.errors.contains("command line"), "\(result.errors)")
            // me:hunter2
            #expect(seen.withLock { $0.contains { $0.contains("Authorization: Basic bWU6aHVudGVyMg==") } })
        }
        let told = try await Program.run(
            [
                "snapshot", "--kubeconfig", demo.kubeconfigFile, "--prometheus",
                server.url.replacing("://", with: "://me:hunter2@"),
            ], home: home)
        #expect(told.errors.contains("everyone on this machine can read a password on the command line"))
        withExtendedLifetime(server) {}
    }
}
