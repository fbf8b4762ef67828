import Base
import DemoMesh
import TestSupport
import Testing

/// Whatever it is given, the program says in one line what is wrong and what to do, and ends with the right code.
@Suite struct BadInputTests {
    static let demo = Result { try Demo() }

    private func expect(
        _ result: ToolResult, _ code: Int32, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(result.code == code, "\(result.errors)", sourceLocation: sourceLocation)
        let lines = result.errors.split(separator: "\n")
        #expect(
            lines.count == 1 && lines.first?.hasPrefix("meshtop: ") == true, "\(result.errors)",
            sourceLocation: sourceLocation)
        for word in words { #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: sourceLocation) }
    }

    private func home(_ kubeconfig: String? = nil) throws -> TemporaryFolder {
        let home = try TemporaryFolder()
        try home.write("kubeconfig", try kubeconfig ?? Self.demo.get().server.kubeconfig)
        return home
    }

    private func kubeconfig(server: String, user: String = "token: x") -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: c
        clusters: [{name: c, cluster: {server: "\(server)"}}]
        users:
        - name: u
          user: {\(user)}
        contexts: [{name: c, context: {cluster: c, user: u}}]

        """
    }

    // MARK: A server that is not there

    @Test func theDoctorSaysOnceWhatFailed() async throws {
        let home = try home(kubeconfig(server: "http://127.0.0.1:1"))
        let result = try await Program.run(["doctor"], home: home)
        expect(result, 2, "the API server was not read")
        let all = result.output + result.errors
        #expect(all.ranges(of: "port 1 ").count == 1, "\(all)")
        #expect(result.output.contains("kubernetes   down: cannot reach http://127.0.0.1:1"), "\(all)")
        #expect(!all.contains("starting"), "\(all)")
    }

    /// A firewall on the way says no, and nobody's rights have to do with it.
    @Test func aRefusalOnTheWayIsNotOneOfTheServer() async throws {
        let server = try CannedServer { _ in .init(403, Array("Blocked by policy 17\n".utf8), type: "text/plain") }
        let result = try await Program.run(
            ["restart", "deploy/a", "-n", "shop", "--no-metrics"], home: try home(kubeconfig(server: server.url)))
        #expect(
            result.errors.contains("something on the way to it answered 403: Blocked by policy 17"), "\(result.errors)")
        #expect(!result.errors.contains("permission") && !result.errors.contains("-n"), "\(result.errors)")
        withExtendedLifetime(server) {}
    }

    // MARK: Kubeconfigs

    @Test func aMissingKubeconfigIsNamed() async throws {
        expect(
            try await Program.run(["snapshot", "--kubeconfig", "/nowhere/config"], home: home()), 2, "/nowhere/config",
            "No such file")
        let empty = try TemporaryFolder()
        expect(try await Program.run(["snapshot"], home: empty), 2, "no cluster to connect to", "meshtop --demo")
    }

    @Test(arguments: [
        ("clusters:\n\t- name: a\n", "line 2"), ("clusters: [\n  {name: a\n", "line"), ("just text", "no mapping"),
        ("kind: Pod\n", "its kind is Pod"), ("clusters: 5\n", "clusters is no list"),
        ("clusters: [{cluster: {}}]\n", "has no name"),
        ("a: &a [x]\nb: *nosuch\n", "line 2"),
    ])
    func aMalformedKubeconfigIsNamedWithItsLine(_ text: String, _ word: String) async throws {
        expect(try await Program.run(["snapshot"], home: home(text)), 2, "kubeconfig", word)
    }

    @Test func anUnknownContextListsTheKnownOnes() async throws {
        expect(
            try await Program.run(["snapshot", "--context", "prod"], home: home()), 2, "\"prod\"",
            "meshtop-demo, meshtop-demo-viewer, meshtop-demo-operator")
        expect(try await Program.run(["snapshot", "--cluster", "no"], home: home()), 2, "\"no\"", "meshtop-demo")
        expect(try await Program.run(["snapshot", "--user", "no"], home: home()), 2, "\"no\"", "demo-admin")
    }

    @Test func aWrongTokenIsSaidToBeOne() async throws {
        let server = try Self.demo.get().server.url
        let result = try await Program.run(
            ["snapshot", "--wait", "5"], home: home(kubeconfig(server: server, user: "token: wrong")))
        expect(result, 2, "refuses your credentials", "log in again")
    }

    @Test func aServerThatIsNotThereIsNamed() async throws {
        let port = try Tool.freePort()
        let result = try await Program.run(
            ["snapshot", "--wait", "2"], home: home(kubeconfig(server: "http://127.0.0.1:\(port)")))
        expect(result, 2, "cannot reach http://127.0.0.1:\(port)", "check that the server is up")
        expect(
            try await Program.run(
                ["snapshot", "--wait", "2"], home: home(kubeconfig(server: "http://nosuch.invalid"))), 2,
            "nosuch.invalid")
        expect(try await Program.run(["snapshot"], home: home(kubeconfig(server: "ftp://x"))), 2, "no http(s) URL")
    }

    @Test func aServerThatIsNoKubernetesAPIIsRecognised() async throws {
        // The demo's metrics API is a web server, but no Kubernetes API.
        let server = try Self.demo.get().server.url + "/prometheus"
        expect(
            try await Program.run(["snapshot", "--wait", "3"], home: home(kubeconfig(server: server))), 2, "/version",
            "404 page not found")
        expect(
            try await Program.run(["scale", "deploy/x", "--replicas", "1"], home: home(kubeconfig(server: server))), 2,
            "/version")
    }

    @Test func credentialPluginsThatFailAreExplained() async throws {
        let server = try Self.demo.get().server.url
        func plugin(_ command: String, _ more: String = "") -> String {
            kubeconfig(
                server: server,
                user:
                    "exec: {apiVersion: client.authentication.k8s.io/v1, command: \(command), interactiveMode: Never\(more)}"
            )
        }
        expect(
            try await Program.run(
                ["snapshot", "--wait", "3"], home: home(plugin("nosuchplugin", ", installHint: \"get it from ops\""))),
            2,
            "credential plugin nosuchplugin", "get it from ops")
        expect(
            try await Program.run(["snapshot", "--wait", "3"], home: home(plugin("\"false\""))), 2, "ended with code 1")
        expect(try await Program.run(["snapshot", "--wait", "3"], home: home(plugin("echo"))), 2, "printed no JSON")
        let old = kubeconfig(
            server: server, user: "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}")
        expect(try await Program.run(["snapshot"], home: home(old)), 2, "v1alpha1", "v1 or v1beta1")
    }

    // MARK: Metrics

    @Test func aMetricsAddressThatAnswersSomethingElseIsShownAsSuch() async throws {
        let home = try home()
        let wrong = try await Program.run(["snapshot", "--prometheus", "not a url"], home: home)
        expect(wrong, 2, "--prometheus", "http://HOST:9090")
        // The mesh is printed, the metrics source says what is wrong, unknown stays unknown.
        let demo = try Self.demo.get().server
        let server = demo.url(of: demo.credentials.admin)
        let result = try await Program.run(["snapshot", "-o", "json", "--prometheus", server], home: home)
        #expect(result.code == 0)
        let value = try JSONValue(parsing: result.output)
        let metrics = value.list("sources").first { $0["name"] == "metrics" }
        #expect(metrics?["state"] == "down")
        #expect(metrics?["detail"]?.string?.contains("check the URL") == true, "\(metrics?.compactText ?? "")")
        #expect(value.list("services").allSatisfy { $0["requestsPerSecond"] == .null })
    }

    // MARK: Manifests

    private func apply(_ text: String, _ more: String...) async throws -> ToolResult {
        try await Program.run(["apply", "-f", "-", "--yes", "-n", "shop"] + more, home: home(), input: text)
    }

    private let good = """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: bad-input, namespace: shop}
        spec: {host: ads}

        """

    @Test(arguments: [
        ("kind: x\n\tname: y\n", "line 2"), ("a: 1\na: 2\n", "twice"), ("just text\n", "apiVersion, kind"),
        ("", "no object"),
        ("apiVersion: v1\nkind: ConfigMap\n", "metadata.name"),
        ("apiVersion: v9\nkind: Nothing\nmetadata: {name: x}\n", "the server has no Nothing in v9"),
    ])
    func aBadManifestIsRefusedWithItsPlace(_ text: String, _ word: String) async throws {
        expect(try await apply(text), 2, word, "nothing was sent")
    }

    @Test func aliasesThatExplodeAreRefused() async throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            text +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        expect(try await apply(text), 2, "alias")
    }

    @Test func ofSeveralDocumentsOneBadOneStopsAll() async throws {
        let path = Paths.destinationRule("bad-input")
        let demo = try Self.demo.get()
        expect(try await apply(good + "---\nkind: Broken\n"), 2, "document 2", "nothing was sent")
        #expect(try await !demo.exists(path))
        // The server's own refusal counts as well: found by the dry run, before anything is sent.
        let refused =
            good + "---\n" + good.replacing("bad-input", with: "bad-input-2").replacing("host: ads", with: "host: 5")
        let result = try await apply(refused)
        #expect(result.code == 4, "\(result.errors)")
        #expect(result.errors.contains("spec.host"))
        #expect(try await !demo.exists(path))
    }

    // MARK: Weights, flags, files

    @Test(arguments: [
        (["recommendation", "v2=20", "v1=20"], "sum to 40"), (["recommendation", "v2=-5"], "v2=-5"),
        (["recommendation", "v2=101"], "0 to 100"),
        (["recommendation", "v2"], "SUBSET=WEIGHT"), (["recommendation", "v9=10"], "v1, v2"),
        (["nosuch", "v1=10"], "shop/recommendation"),
        (["recommendation", "v2=10", "v2=20"], "twice"), (["recommendation"], "SUBSET=WEIGHT"),
        (["recommendation", "v1", "v2", "--guard"], "one canary"),
        (["recommendation", "v2", "--guard", "--steps", "50,10"], "above the one before"),
        (["recommendation", "v2", "--guard", "--max-errors", "5"], "--max-errors"),
        (["recommendation", "v2", "--guard", "--condition", "up"], "no bound"),
        (["recommendation", "v2", "--guard", "--hold", "7"], "at one of its steps"),
        (["recommendation", "--resume"], "no rollout was left"), ([], "name the host"),
    ])
    func weightsThatAreNoneAreRefused(_ arguments: [String], _ word: String) async throws {
        let result = try await Program.run(["shift", "-n", "shop", "--yes"] + arguments, home: home())
        expect(result, 2, word)
    }

    @Test(arguments: [
        (["--nosuch"], "--nosuch"), (["--theme", "nosuch", "snapshot"], "theme nosuch"),
        (["--refresh", "0"], "--refresh"),
        (["snapshot", "--pane", "nosuch"], "breakers"), (["snapshot", "-o", "xml"], "xml"), (["nosuch"], "nosuch"),
        (["demo-server", "--port", "99999"], "--port"), (["--demo=nosuch"], "storefront"),
        (["policy", "nosuch", "ads"], "circuit-breaker"), (["scale", "pod/x", "--replicas", "1"], "Pod x"),
        (["scale", "deploy/cart-v1", "--replicas", "-1", "-n", "shop"], "replica"),
        (["undo", "nosuch"], "no such change"),
    ])
    func wrongFlagsAreNamed(_ arguments: [String], _ word: String) async throws {
        expect(try await Program.run(arguments, home: home()), 2, word)
    }

    @Test(arguments: [
        ("config/meshtop/config.yaml", "nosuch: 1\n", "nosuch is not a setting"),
        ("config/meshtop/config.yaml", "refresh: fast\n", "refresh"), ("config/meshtop/config.yaml", "\tx\n", "line 1"),
    ])
    func wrongConfigurationIsNamed(_ file: String, _ text: String, _ word: String) async throws {
        let home = try home()
        try home.write(file, text)
        expect(try await Program.run(["snapshot"], home: home), 2, "config.yaml", word)
    }

    // MARK: Output

    @Test func aClosedStandardOutputIsAnError() async throws {
        let home = try home()
        let script = try home.write("run.sh", "exec \(Tool.meshtop) snapshot -o json \"$@\" \n")
        for redirection in [">&-", ">/dev/full"] {
            let result = try await Tool.run(
                "sh", ["-c", "sh \(script) \(redirection)"], environment: Program.environment(home), timeoutSeconds: 60)
            expect(result, 2, "standard output")
        }
        // A reader that has seen enough is no error worth words.
        let piped = try await Tool.run(
            "sh", ["-c", "sh \(script) | head -1"], environment: Program.environment(home), timeoutSeconds: 60)
        #expect(piped.code == 0 && piped.output == "{\n" && piped.errors.isEmpty, "\(piped.output)\(piped.errors)")
    }

    @Test func withoutATerminalOneSnapshotIsPrinted() async throws {
        for term in ["xterm", "", "nosuch"] {
            let result = try await Program.run([], home: home(), environment: ["TERM": term])
            #expect(result.code == 0, "\(result.errors)")
            #expect(result.output.contains("SERVICES") && result.output.contains("recommendation"))
            #expect(!result.output.utf8.contains(0x1B))
        }
    }
}
