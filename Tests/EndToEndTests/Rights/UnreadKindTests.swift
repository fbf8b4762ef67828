import Actions
import Base
import ClusterData
import DemoMesh
import Kube
import MeshModel
import TestSupport
import Testing

/// A kind that cannot be read is not an empty kind: every output names it, with the reason.
@Suite struct UnreadKindTests {
    private static let broken =
        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"conversion webhook failed\",\"code\":500}"
    private static let forbidden =
        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"Forbidden\",\"message\":\"virtualservices.networking.istio.io is forbidden\",\"code\":403}"

    /// A demo mesh whose objects of these resources are answered so.
    private func stage(
        _ status: Int, _ body: String, all: Bool = false, resources: [String] = ["virtualservices"]
    ) async throws -> (FaultProxy, TemporaryFolder, Demo) {
        let demo = try Demo()
        let proxy = try FaultProxy(to: demo.server.port)
        proxy.add(.answer(status, body: body), times: 100_000) { line in
            resources.contains { line.contains("/\($0)") } || all && line.contains("limit=")
                || all && line.contains("watch=1")
        }
        let home = try TemporaryFolder()
        try home.write("kubeconfig", demo.kubeconfig(through: proxy))
        return (proxy, home, demo)
    }

    @Test(arguments: [(500, broken, "conversion webhook failed"), (403, forbidden, "is forbidden")])
    func commandsNameItAndEndWithTwo(status: Int, body: String, words: String) async throws {
        let (proxy, home, demo) = try await stage(status, body)
        defer { proxy.stop() }
        for arguments in [["snapshot"], ["snapshot", "-o", "json"], ["snapshot", "--pane", "traffic"], ["analyze"]] {
            let result = try await Program.run(arguments + ["--no-metrics"], home: home)
            #expect(result.code == 2, "\(arguments): \(result.code) \(result.errors)")
            #expect(
                result.errors.contains("VirtualService not read") && result.errors.contains(words), "\(result.errors)")
            #expect(!result.output.isEmpty)
            let partial = try await Program.run(arguments + ["--no-metrics", "--partial"], home: home)
            #expect(
                arguments == ["analyze"] ? [0, 1].contains(partial.code) : partial.code == 0, "\(partial.errors)")
            #expect(partial.errors.contains("VirtualService not read"))
        }
        // A pane that it is no part of is whole.
        let services = try await Program.run(["snapshot", "--pane", "services", "--no-metrics"], home: home)
        #expect(services.code == 0, "\(services.errors)")
        let shift = try await Program.run(["shift", "reviews", "v2=50", "-n", "shop"], home: home)
        #expect(shift.code != 0 && shift.errors.contains("VirtualService not read"), "\(shift.errors)")
        // What names its object needs no list.
        let restart = try await Program.run(["restart", "deploy/ads-v1", "-n", "shop", "--no-metrics"], home: home)
        #expect(restart.code == 3, "\(restart.errors)")
        _ = demo
    }

    @Test func aClusterOfWhichNothingCanBeReadIsNoSuccess() async throws {
        let (proxy, home, demo) = try await stage(500, Self.broken, all: true)
        defer { proxy.stop() }
        let result = try await Program.run(["snapshot", "--no-metrics", "--wait", "3"], home: home)
        #expect(result.code == 2, "\(result.code) \(result.errors)")
        _ = demo
    }

    @Test func theScreenNamesItInPaneAlertAndRefusal() async throws {
        let (proxy, home, demo) = try await stage(500, Self.broken)
        defer { proxy.stop() }
        let screen = try await Screen("--kubeconfig \(home.path)/kubeconfig")
        try await screen.wait("3 Traffic", "✖ VirtualService not read")
        try await screen.keys("!")
        try await screen.wait("VirtualService not read: conversion webhook failed")
        try await screen.keys("Escape")
        try await screen.type("W")
        try await screen.wait("Shift weights:", "VirtualService not read")
        _ = demo
    }

    /// What policies, breakers and autoscalers say of a workload is unknown where they were not read, never "none".
    @Test func whatFollowsFromItIsUnknown() async throws {
        let (proxy, home, demo) = try await stage(
            403, Self.forbidden,
            resources: [
                "peerauthentications", "authorizationpolicies", "requestauthentications", "networkpolicies",
                "envoyfilters", "horizontalpodautoscalers", "destinationrules",
            ])
        defer { proxy.stop() }
        let can = try await Program.run(["can", "shop/frontend-v1", "shop/ads", "GET", "/", "-o", "json"], home: home)
        let answer = try JSONValue(parsing: Array(can.output.utf8))
        #expect(can.code == 1 && answer["verdict"] == "depends" && answer.list("unknown").count == 5, "\(can.output)")
        let snapshot = try await Program.run(["snapshot", "-o", "json", "--no-metrics", "--partial"], home: home)
        let policies = try JSONValue(parsing: Array(snapshot.output.utf8)).list("policies")
        let ads = try #require(policies.first { $0.text("workload") == "ads-v1" })
        #expect(ads.at("mtls", "mode") == "UNKNOWN" && ads.list("unknown").count == 6, "\(ads.prettyText)")
        #expect(ads.text("otherwise")?.hasPrefix("unknown: AuthorizationPolicy not read") == true)
        let shift = try await Program.run(
            ["shift", "reviews", "v2=50", "-n", "shop", "--dry-run", "server"], home: home)
        #expect(
            shift.output.contains(
                "how many requests each destination gets is not known; DestinationRule not read: "), "\(shift.output)")
        let screen = try await Screen("--kubeconfig \(home.path)/kubeconfig", width: 200)
        try await screen.wait("1 Services", "ads")
        try await screen.keys("8", "+")
        try await screen.waitRow("UNKNOWN", "ads-v1", " ?         ?           ?    ?      ? ")
        try await screen.wait("what no rule names is unknown: AuthorizationPolicy not read")
        try await screen.keys("6")
        try await screen.waitRow("deploy ads-v1", "  ? sidecar")
        try await screen.keys("5")
        try await screen.wait("no breakers known in any namespace", ": none is known")
        _ = demo
    }

    /// The demo's operator may read one namespace alone: a guarded shift is planned, and looked for, with no more.
    @Test func aUserOfOneNamespaceMayPlanAGuardedShiftAndLookForOne() async throws {
        let demo = try Demo()
        let home = try TemporaryFolder()
        try home.write("kubeconfig", demo.server.kubeconfig)
        let common = ["-n", "shop", "--context", "meshtop-demo-operator"]
        let started = try await Program.run(
            ["shift", "reviews", "v2", "--guard", "--dry-run", "server"] + common, home: home)
        #expect(started.code == 0, "\(started.code) \(started.errors)")
        let back = try await Program.run(["shift", "reviews", "--roll-back", "--yes"] + common, home: home)
        #expect(back.errors.contains("no rollout was left"), "\(back.errors)")
        let client = try demo.client("meshtop-demo-operator")
        #expect(try await GuardedRollouts.find(client, namespaces: ["shop"]).isEmpty)
        await #expect(throws: MeshTopError.self) { try await GuardedRollouts.find(client) }
    }

    /// What was refused is not asked for at every tick.
    @Test func refusedForwardsAreNotRepeated() async throws {
        let demo = try Demo()
        let proxy = try FaultProxy(to: demo.server.port)
        defer { proxy.stop() }
        let asked = Lock(0)
        proxy.add(.answer(403, body: Self.forbidden), times: 100_000) { line in
            guard line.contains("/portforward") || line.contains("/proxy/") || line.contains("/services/prometheus")
            else { return false }
            asked.withLock { $0 += 1 }
            return true
        }
        let client = try demo.client(through: proxy, clock: FastClock(speed: 5))
        let session = MeshSession(client: client, options: SessionOptions(refreshSeconds: 1))
        await session.start()
        #expect(
            try await eventually(within: 30) {
                await session.snapshot().source(.envoy)?.state == .forbidden ? true : nil
            } == true)
        // Until a tick has passed in which nothing new was asked.
        let count = Lock(0)
        let rest = try await eventually(within: 60) { () -> Bool? in
            let time = await session.snapshot().time + 2
            count.withLock { $0 = asked.withLock { $0 } }
            _ = try await eventually(within: 30) { await session.snapshot().time > time ? true : nil }
            return asked.withLock { $0 } == count.withLock { $0 } ? true : nil
        }
        #expect(rest == true)
        let first = asked.withLock { $0 }
        #expect(first > 0)
        // Ten ticks later.
        let later = await session.snapshot().time + 10
        #expect(try await eventually(within: 60) { await session.snapshot().time > later ? true : nil } == true)
        await session.stop()
        let after = asked.withLock { $0 }
        #expect(after <= first + 4, "\(first) then \(after)")
        #expect(await session.snapshot().source(.envoy)?.detail.contains("--prometheus") == true)
    }
}
