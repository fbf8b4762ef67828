import Base
import TestSupport
import Testing

/// `meshtop analyze` and `meshtop can` as a script runs them.
@Suite struct AnalyzeTests {
    private static let demo = Task { try Demo(speed: 1) }

    private let dead = """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: orders}
        spec: {host: orders, trafficPolicy: {circuitBreaker: {consecutiveErrors: 3}}}

        """

    private func findings(_ result: ToolResult) throws -> [JSONValue] {
        try #require(try JSONValue(parsing: result.output)["findings"]?.array)
    }

    @Test func filesAloneNeedNoCluster() async throws {
        let home = try TemporaryFolder()
        try home.write("manifests/sub/rule.yaml", dead)
        try home.write("manifests/readme.txt", "no manifest")
        let result = try await Program.run(["analyze", "-f", "\(home.path)/manifests", "-o", "json"], home: home)
        #expect(result.code == 1)
        let dropped = try #require(try findings(result).first { $0["code"] == "MT0002" })
        #expect(dropped["severity"] == "error")
        #expect(dropped["resource"] == "DestinationRule orders")
        #expect(dropped["path"] == "spec.trafficPolicy.circuitBreaker")
        #expect(dropped["fix"] == true)
        let text = try await Program.run(["analyze", "-f", "-"], home: home, input: dead)
        #expect(text.code == 1)
        #expect(text.output.contains("ERROR MT0002 DestinationRule orders spec.trafficPolicy.circuitBreaker"))
        #expect(text.output.contains("fix: "))
    }

    @Test func theExitCodeIsWhatOneAsksFor() async throws {
        let home = try TemporaryFolder()
        let warning =
            "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a}\nspec: {host: a, trafficPolicy: {loadBalancer: {simple: LEAST_CONN}}}\n"
        func code(_ arguments: String...) async throws -> Int32 {
            try await Program.run(["analyze", "-f", "-"] + arguments, home: home, input: warning).code
        }
        #expect(try await code() == 0)
        #expect(try await code("--fail-on", "warning") == 1)
        #expect(try await code("--fail-on", "never") == 0)
        #expect(try await Program.run(["analyze", "-f", "-", "--fail-on", "never"], home: home, input: dead).code == 0)
        let clean =
            "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\nspec: {ports: [{name: http, port: 80}]}\n"
        let result = try await Program.run(["analyze", "-f", "-", "--fail-on", "info"], home: home, input: clean)
        #expect(result.code == 0)
        #expect(result.output == "Nothing was found.\n")
    }

    @Test(arguments: [
        ("spec: [", "line 2"), ("", "no object"), ("just text", "no Kubernetes object"),
        ("kind: A\napiVersion: v1\n", "metadata.name"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: 5\n", "line 1"),
    ])
    func whatCannotBeReadIsSaid(_ text: String, _ words: String) async throws {
        let home = try TemporaryFolder()
        let result = try await Program.run(["analyze", "-f", "-"], home: home, input: text)
        #expect(result.code == 2, "\(result.output)")
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(result.output.isEmpty)
    }

    @Test func missingFilesAndFlagsThatDoNotFitAreSaid() async throws {
        let home = try TemporaryFolder()
        for arguments in [
            ["-f", "/nowhere.yaml"], ["--on-cluster"], ["-f", "-", "--mesh-config", "/nowhere"],
            ["--kubeconfig", "/nowhere"],
        ] {
            let result = try await Program.run(["analyze"] + arguments, home: home)
            #expect(result.code == 2, "\(arguments)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        }
    }

    @Test func theClusterIsAnalysed() async throws {
        let demo = try await Self.demo.value
        let result = try await Program.run(
            ["analyze", "-o", "json", "--kubeconfig", demo.kubeconfigFile], home: demo.folder)
        #expect(result.code == 1)
        let found = try findings(result)
        // What the mission's manifests really have.
        #expect(found.contains { $0["code"] == "MT0004" && $0["resource"]?.string?.contains("api-gateway-dr") == true })
        #expect(found.contains { $0["code"] == "MT0002" && $0["path"] == "spec.trafficPolicy.circuitBreaker" })
        #expect(!found.contains { $0["resource"]?.string?.contains("kube-system") == true })
        let scoped = try await Program.run(
            ["analyze", "-o", "json", "-n", "shop", "--kubeconfig", demo.kubeconfigFile], home: demo.folder)
        for finding in try findings(scoped) {
            let resource = finding["resource"]?.string ?? ""
            #expect(resource.contains(" shop/") || !resource.contains("/"), "\(resource)")
        }
        // The same is in a snapshot.
        let snapshot = try await Program.snapshot(demo)
        #expect(snapshot.list("findings").contains { $0["code"] == "MT0002" })
    }

    @Test func filesAreLaidOverTheCluster() async throws {
        let demo = try await Self.demo.value
        let route = """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: orders-test, namespace: shop}
            spec: {hosts: [orders-test], http: [{route: [{destination: {host: orders}}, {destination: {host: nobody}, weight: 0}]}]}

            """
        let alone = try await Program.run(["analyze", "-f", "-", "-o", "json"], home: demo.folder, input: route)
        // Alone, no service is known, and none is called missing.
        #expect(try !findings(alone).contains { $0["code"] == "IST0101" })
        let over = try await Program.run(
            ["analyze", "-f", "-", "--on-cluster", "-o", "json", "--kubeconfig", demo.kubeconfigFile],
            home: demo.folder,
            input: route)
        let missing = try findings(over).filter {
            $0["code"] == "IST0101" && $0["resource"] == "VirtualService shop/orders-test"
        }
        #expect(missing.map { $0["path"]?.string } == ["spec.http[0].route[1].destination.host"])
    }

    @Test func policiesAreAsked() async throws {
        let demo = try await Self.demo.value
        func can(_ words: String...) async throws -> ToolResult {
            try await Program.run(["can", "--kubeconfig", demo.kubeconfigFile] + words, home: demo.folder)
        }
        let allowed = try await can("shop/frontend", "->", "shop/orders", "GET", "/health")
        #expect(allowed.code == 0, "\(allowed.errors)")
        #expect(allowed.output.contains("ALLOWED"))
        #expect(allowed.output.contains("STRICT by namespace policy shop/default"))
        let denied = try await can(
            "shop/frontend", "manager-agent-ai-prod/api-gateway-service", "DELETE", "/admin", "-o", "json")
        #expect(denied.code == 1)
        #expect(try JSONValue(parsing: denied.output)["verdict"] == "denied")
        // As every command takes a kind; a workload of that name is not its service.
        for (client, target) in [
            ("deploy/frontend-v1", "svc/orders"), ("deployments.apps/frontend-v1", "deployment.apps/orders-v1"),
        ] {
            let named = try await can(client, target, "GET", "/health", "-n", "shop")
            #expect(named.code == 0 && named.output.contains("shop/frontend-v1 as "), "\(named.errors)")
        }
        for (client, target) in [("deploy/frontend-v1", "svc/orders-v1"), ("deploy/frontend", "svc/orders")] {
            let other = try await can(client, target, "GET", "/health", "-n", "shop")
            #expect(other.code == 2 && other.errors.contains("no workload or service has that name"), "\(other.errors)")
        }
        let unknown = try await can("shop/frontend", "nobody")
        #expect(unknown.code == 2)
        #expect(unknown.errors.contains("no workload or service has that name"))
        let wrong = try await can("shop/frontend")
        #expect(wrong.code == 2)
    }

    /// `meshtop precheck` beside kubectl's own answers: an administrator may install, the demo's operator may not.
    @Test func aPrecheckSaysWhoMayInstall() async throws {
        let demo = try await Self.demo.value
        let home = try TemporaryFolder()
        let flags = ["--kubeconfig", demo.kubeconfigFile]
        let admin = try await Program.run(["precheck", "-o", "json"] + flags, home: home)
        let verdict = try JSONValue(parsing: admin.output)
        #expect(verdict["kubernetes"]?.string?.hasPrefix("v1.36.0") == true)
        #expect(verdict.list("unknown").isEmpty)
        #expect(!admin.output.contains("IST0141"))
        let operatorFlags = flags + ["--context", "meshtop-demo-operator"]
        let refused = try await Program.run(["precheck", "-o", "json"] + operatorFlags, home: home)
        #expect(refused.code == 1, "\(refused.errors)")
        #expect(try findings(refused).count { $0["code"] == "IST0141" } == 11)
        let old = try await Program.run(["precheck", "--to-version", "1.12"] + flags, home: home)
        #expect(old.code == 1)
        #expect(old.output.contains("unknown: which Kubernetes Istio 1.12 needs"))
        let wrong = try await Program.run(["precheck", "--from-version", "one"] + flags, home: home)
        #expect(wrong.code == 2)
        #expect(wrong.errors.contains("--from-version takes a release"))
    }
}
