import Base
import DemoMesh
import TestSupport
import Testing

/// What rests on a kind that was not read, or on an object that was not understood, is named as not known.
@Suite struct UnreadMembersTests {
    private static let forbidden =
        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"Forbidden\",\"message\":\"no right here\",\"code\":403}"

    private struct Stage {
        var demo: Demo
        var proxy: FaultProxy
        var home: TemporaryFolder
        /// Resources that may not be listed.
        let refused = Lock<[String]>([])

        init() throws {
            demo = try Demo()
            proxy = try FaultProxy(to: demo.server.port)
            home = try TemporaryFolder()
            try home.write("kubeconfig", demo.kubeconfig(through: proxy))
            let refused = refused
            proxy.add(.answer(403, body: UnreadMembersTests.forbidden), times: 1_000_000) { line in
                line.hasPrefix("GET ")
                    && refused.withLock { $0.contains { line.contains("/\($0)?") || line.hasSuffix("/\($0)") } }
            }
        }

        func refuse(_ resources: [String]) { refused.withLock { $0 = resources } }

        func run(_ arguments: String...) async throws -> ToolResult {
            try await Program.run(arguments, home: home)
        }

        /// The list of a resource in which one object was changed.
        func answer(_ path: String, _ name: String, _ change: (inout JSONValue) -> Void) async throws {
            var list = try await demo.get(path)
            list["items"] = .array(
                list.list("items").map { item in
                    guard item.at("metadata", "name")?.string == name else { return item }
                    var item = item
                    change(&item)
                    return item
                })
            proxy.add(.answer(400, body: "{}"), times: 10_000) {
                $0.contains("\(path)?") && $0.contains("sendInitialEvents")
            }
            proxy.add(.answer(200, body: list.compactText), times: 10_000) {
                ($0.contains("\(path)?") || $0.hasSuffix(path)) && !$0.contains("watch=1")
            }
        }
    }

    @Test(arguments: [["services"], ["pods", "deployments"], ["pods", "services"]])
    func aShiftWhoseMembersAreNotKnownPredictsNothing(_ kinds: [String]) async throws {
        let stage = try Stage()
        defer { stage.proxy.stop() }
        stage.refuse(kinds)
        let shift = try await stage.run("shift", "recommendation", "v2=50", "-n", "shop", "--dry-run", "server")
        #expect(shift.output.contains("how many requests each destination gets is not known"), "\(shift.output)")
        #expect(shift.output.contains(" not read: no right here"), "\(kinds): \(shift.output)")
        #expect(!shift.output.contains("no requests"), "\(kinds): \(shift.output)")
        let snapshot = try await stage.run("snapshot", "--pane", "traffic", "-n", "shop", "-o", "json")
        #expect(snapshot.code == 2 && snapshot.errors.contains("not read: no right here"), "\(snapshot.errors)")
        let routes = try JSONValue(parsing: snapshot.output).list("routes")
        let route = try #require(routes.first { $0.text("name") == "recommendation" })
        for destination in route.list("destinations") {
            #expect(destination["requestsPerSecond"] == .null, "\(kinds): \(destination.compactText)")
        }
    }

    /// Readiness, findings and the data plane rest on kinds that few look at.
    @Test(arguments: [
        ("endpointslices", "EndpointSlice", "services"), ("nodes", "Node", "findings"),
        ("namespaces", "Namespace", "policies"),
    ])
    func everyKindThatAPaneRestsOnIsNamed(_ resource: String, _ kind: String, _ pane: String) async throws {
        let stage = try Stage()
        defer { stage.proxy.stop() }
        stage.refuse([resource])
        let words = "meshtop: \(kind) not read: no right here"
        for arguments in [["snapshot"], ["snapshot", "--pane", pane]] {
            let result = try await Program.run(arguments + ["--no-metrics"], home: stage.home)
            #expect(result.code == 2 && result.errors.contains(words), "\(arguments): \(result.errors)")
            let partial = try await Program.run(arguments + ["--no-metrics", "--partial"], home: stage.home)
            #expect(partial.code == 0 && partial.errors.contains(words))
        }
        let rest = try await stage.run("snapshot", "--pane", "topology", "--no-metrics")
        #expect(rest.code == 0 && rest.errors.isEmpty, "\(rest.errors)")
        let analysis = try await stage.run("analyze", "-n", "shop")
        // No finding is made of endpoints.
        let isRead = resource == "endpointslices"
        #expect((analysis.code == 2) != isRead && analysis.errors.contains(words) != isRead, "\(analysis.errors)")
        let screen = try await Screen("--kubeconfig \(stage.home.path)/kubeconfig", width: 160)
        let number = pane == "services" ? 1 : pane == "findings" ? 7 : 8
        try await screen.keys("\(number)", "+")
        try await screen.wait("✖ \(kind) not read")
        try await screen.type("!")
        try await screen.wait("\(kind) not read: no right here")
    }

    /// Of a user of one namespace the findings are not all that there are.
    @Test func anAnalysisOfAPartSaysSo() async throws {
        let demo = try Demo.withoutHistory()
        let home = try TemporaryFolder()
        try home.write("kubeconfig", demo.server.kubeconfig)
        let arguments = ["analyze", "-n", "shop", "--context", "meshtop-demo-operator"]
        let result = try await Program.run(arguments, home: home)
        #expect(result.code == 2, "\(result.errors)")
        #expect(result.errors.contains("AuthorizationPolicy read in namespace shop only"), "\(result.errors)")
        #expect(result.errors.contains("Namespace not read"), "\(result.errors)")
        #expect(try await Program.run(arguments + ["--partial"], home: home).code < 2)
    }

    @Test func anOddRuleIsNotCalledMissing() async throws {
        let stage = try Stage()
        defer { stage.proxy.stop() }
        try await stage.answer("/apis/networking.istio.io/v1/destinationrules", "recommendation") { rule in
            rule.set(["spec", "subsets"], to: [["name": ["x": 3]]])
        }
        let shift = try await stage.run("shift", "recommendation", "v2=50", "-n", "shop", "--dry-run", "server")
        #expect(!shift.output.contains("no DestinationRule"), "\(shift.output)")
        #expect(!shift.output.contains("no requests"), "\(shift.output)")
        #expect(
            shift.output.contains("is not known; DestinationRule: 1 not understood: shop/recommendation"),
            "\(shift.output)\(shift.errors)")
    }

    @Test func anOddDeploymentHasItsRequests() async throws {
        let stage = try Stage()
        defer { stage.proxy.stop() }
        try await stage.answer("/apis/apps/v1/namespaces/shop/deployments", "orders-v1") {
            $0.set(["spec", "replicas"], to: "3")
        }
        let arguments = ["scale", "deploy/orders-v1", "-n", "shop", "--replicas", "4", "--dry-run", "server"]
        let scale = try await Program.run(arguments, home: stage.home)
        #expect(scale.output.contains(" requests per second: "), "\(scale.output)\(scale.errors)")
        #expect(!scale.output.contains("IST0145"), "\(scale.output)")
        stage.refuse(["pods"])
        let blind = try await Program.run(arguments, home: stage.home)
        #expect(
            blind.output.contains("whether there are requests at this workload is not known; ")
                && blind.output.contains("; Deployment: 1 not understood: shop/orders-v1 ("),
            "\(blind.output)\(blind.errors)")
    }
}
