import Actions
import Base
import ClusterData
import DemoMesh
import Kube
import MeshModel
import TestSupport
import Testing

/// Who may get what a verb names, and list nothing of its kind.
@Suite struct GetWithoutListTests {
    private static let forbidden =
        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"Forbidden\",\"message\":\"you may not list that\",\"code\":403}"
    private static let unlisted = [
        "virtualservices", "destinationrules", "httproutes", "grpcroutes", "horizontalpodautoscalers", "canaries",
        "rollouts", "peerauthentications",
    ]

    private struct Stage {
        var demo: Demo
        var proxy: FaultProxy
        var home: TemporaryFolder
        var options = ["-n", "shop", "--no-metrics"]

        func run(_ words: [String]) async throws -> ToolResult {
            try await Program.run(words + options, home: home)
        }
    }

    private func stage(_ scene: DemoScene = .storefront) async throws -> Stage {
        let demo = try Demo(scene)
        let proxy = try FaultProxy(to: demo.server.port)
        let kinds = Self.unlisted
        proxy.add(.answer(403, body: Self.forbidden), times: 1_000_000) { line in
            guard line.hasPrefix("GET ") else { return false }
            let path = line.dropFirst(4).prefix { $0 != "?" }
            return kinds.contains { path.hasSuffix("/\($0)") }
        }
        let home = try TemporaryFolder()
        try home.write("kubeconfig", demo.kubeconfig(through: proxy))
        return Stage(demo: demo, proxy: proxy, home: home)
    }

    @Test(arguments: ["virtualservice/reviews", "vs/reviews", "reviews", "virtualservices.networking.istio.io/reviews"])
    func weightsOfARouteThatIsNamed(_ name: String) async throws {
        let stage = try await stage()
        defer { stage.proxy.stop() }
        let route = try await stage.demo.get("/apis/networking.istio.io/v1/namespaces/shop/virtualservices/reviews")
        let rules = (route["spec"] ?? [:]).list("http").map { $0.list("route") }
        let destinations = try #require(rules.first { $0.count > 1 })
        let subset = try #require(destinations.last?.at("destination", "subset")?.string)
        let result = try await stage.run(["shift", name, "\(subset)=37", "--dry-run", "server"])
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.output.contains("37") && result.output.contains("the server accepts it"), "\(result.output)")
    }

    @Test func aKindAndNameIsTakenWhereEverythingMayBeListedToo() async throws {
        let demo = try Demo()
        let home = try TemporaryFolder()
        try home.write("kubeconfig", demo.server.kubeconfig)
        let result = try await Program.run(
            ["shift", "vs/reviews", "v2=37", "--dry-run", "server", "-n", "shop", "--no-metrics"], home: home)
        #expect(result.code == 0, "\(result.errors)")
        let other = try await Program.run(
            ["shift", "vs/nowhere", "v2=37", "--dry-run", "server", "-n", "shop", "--no-metrics"], home: home)
        #expect(other.code != 0 && other.errors.contains("not found"), "\(other.errors)")
    }

    @Test(
        arguments: [
            ["scale", "deploy/ads-v1", "--replicas", "3"], ["restart", "deploy/ads-v1"],
            ["delete", "vs/reviews", "--confirm", "reviews"], ["promote", "vs/reviews", "v2"],
            ["abort", "reviews", "v2"], ["pause", "deploy/ads-v1"], ["rollback", "deploy/ads-v1"],
            ["shift", "vs/reviews", "v2", "--guard"],
            ["policy", "circuit-breaker", "reviews", "consecutive5xxErrors=4"],
            ["policy", "timeout-retries", "reviews", "timeout=4s"],
        ])
    func verbsThatNameTheirObject(_ words: [String]) async throws {
        let stage = try await stage()
        defer { stage.proxy.stop() }
        let result = try await stage.run(words + ["--dry-run", "server"])
        // A rollback needs an earlier revision, and ReplicaSets may be listed here.
        if words[0] == "rollback" {
            #expect(!result.errors.contains("may not"), "\(result.errors)")
        } else {
            #expect(result.code == 0, "\(words): \(result.errors)")
        }
    }

    /// An object under another name may be for the same host: a second one is not made beside it.
    @Test(arguments: [
        ["policy", "circuit-breaker", "ads", "consecutive5xxErrors=4"],
        ["policy", "timeout-retries", "ads", "timeout=4s"],
        ["hpa", "deploy/email-v1", "--max", "9"],
    ])
    func nothingIsMadeBesideWhatCannotBeSeen(_ words: [String]) async throws {
        let stage = try await stage()
        defer { stage.proxy.stop() }
        for path in [Paths.destinationRule("ads"), Paths.virtualService("ads")] where try await stage.demo.exists(path)
        {
            _ = try await stage.demo.ask("DELETE", path)
        }
        let result = try await stage.run(words + ["--dry-run", "server"])
        #expect(result.code != 0 && result.errors.contains("is not known: you may not list that"), "\(result.errors)")
    }

    /// Which workloads a guarded shift compares.
    @Test func theArmsOfARouteThatIsNotListedAreKnown() async throws {
        let demo = try Demo(.canary)
        let proxy = try FaultProxy(to: demo.server.port)
        defer { proxy.stop() }
        proxy.add(.answer(403, body: Self.forbidden), times: 1_000_000) { line in
            line.hasPrefix("GET ") && line.dropFirst(4).prefix { $0 != "?" }.hasSuffix("/virtualservices")
        }
        let client = try demo.client(through: proxy)
        let session = MeshSession(client: client, options: SessionOptions())
        await session.start()
        #expect(try await eventually(within: 60) { await session.isLoaded ? true : nil } == true)
        let rules = try await NamedRoute.rules(.virtualService, "shop", "recommendation", client)
        let row = try #require(rules.first { $0.destinations.count == 2 })
        let canary = try #require(row.destinations.firstIndex { $0.subset == "v2" })
        let target = GuardTarget(
            route: ObjectReference(kind: "VirtualService", namespace: "shop", name: "recommendation"),
            section: row.section, index: row.index, canary: canary, canaryName: "v2", original: [90, 10])
        let arms = await GuardedRollouts.arms(target, session)
        await session.stop()
        #expect(arms.services == [ServiceID(namespace: "shop", name: "recommendation")])
        #expect(arms.canary.map(\.name) == ["recommendation-v2"] && arms.stable.map(\.name) == ["recommendation-v1"])
    }

    @Test func theRolloutOfANameIsFound() async throws {
        let stage = try await stage(.rollouts)
        defer { stage.proxy.stop() }
        for resource in ["argoproj.io/v1alpha1/rollouts", "flagger.app/v1beta1/canaries"] {
            let parts = resource.split(separator: "/").map(String.init)
            let list = try await stage.demo.get("/apis/\(parts[0])/\(parts[1])/\(parts[2])")
            let object = try #require(list.list("items").first)
            let (name, namespace) = (
                object.at("metadata", "name")?.string ?? "", object.at("metadata", "namespace")?.string ?? ""
            )
            var named = stage
            named.options = ["-n", namespace, "--no-metrics"]
            let result = try await named.run(["abort", name, "--dry-run", "server"])
            #expect(!result.errors.contains("rollout of that name"), "\(name): \(result.errors)")
        }
    }
}
