// What a user with rights in two namespaces sees and may do: the demo's operator, whose rights an administrator changes.

import Base
import ClusterData
import DemoMesh
import Kube
import MeshModel
import TestSupport
import Testing

@Suite struct RightsTests {
    private static let patch = Permission("patch", "networking.istio.io", "virtualservices")

    /// Waits until a session's snapshot is as wanted.
    private func eventually(
        _ session: MeshSession, seconds: Double = 90, _ isSo: @escaping @Sendable (MeshSnapshot) -> Bool
    ) async throws -> MeshSnapshot {
        _ = try await TestSupport.eventually(within: seconds) { isSo(await session.snapshot()) ? true : nil }
        return await session.snapshot()
    }

    @Test func theAllowedNamespacesAreReadWhenTheClusterIsForbidden() async throws {
        let demo = try Demo()
        let session = MeshSession(
            client: try demo.client("meshtop-demo-operator"),
            options: SessionOptions(scope: .some(["shop", "manager-agent-ai-dev", "istio-system"]), asksMetrics: false))
        await session.start()
        let snapshot = try await eventually(session) { snapshot in
            Set(snapshot.workloads.map(\.namespace)).count == 2
                && snapshot.kinds.contains { $0.kind == "Pod" && $0.detail.contains("; istio-system: ") }
                && snapshot.kinds.contains { $0.kind == "Namespace" && $0.state != .starting }
        }
        await session.stop()
        // istio-system is in scope too, but may not be read.
        #expect(Set(snapshot.workloads.map(\.namespace)) == ["shop", "manager-agent-ai-dev"])
        let pods = try #require(snapshot.kinds.first { $0.kind == "Pod" })
        #expect(pods.state == .ok)
        #expect(pods.detail.contains("manager-agent-ai-dev, shop only"))
        #expect(pods.detail.contains("istio-system: pods is forbidden: User \"demo-operator\" cannot"))
        // Namespaces themselves are of the whole cluster.
        #expect(snapshot.kinds.first { $0.kind == "Namespace" }?.state == .forbidden)
    }

    /// What is printed once is printed of all namespaces that may be read, not of the first to answer.
    @Test func aSessionIsLoadedWhenEveryAllowedNamespaceIs() async throws {
        let demo = try Demo()
        let session = MeshSession(
            client: try demo.client("meshtop-demo-operator"),
            options: SessionOptions(
                scope: .some(["shop", "manager-agent-ai-dev"]), asksMetrics: false, asksEnvoy: false))
        await session.start()
        // At once: whatever came later would not count.
        _ = try await TestSupport.eventually(every: 0.001) { await session.isLoaded ? true : nil }
        let snapshot = await session.snapshot()
        await session.stop()
        #expect(Set(snapshot.workloads.map(\.namespace)) == ["shop", "manager-agent-ai-dev"])
        #expect(Set(snapshot.services.map(\.id.namespace)) == ["shop", "manager-agent-ai-dev"])
    }

    @Test func withoutAScopeTheContextsNamespaceIsRead() async throws {
        let demo = try Demo()
        let session = MeshSession(
            client: try demo.client("meshtop-demo-operator"), options: SessionOptions(asksMetrics: false))
        await session.start()
        let snapshot = try await eventually(session) { !$0.workloads.isEmpty }
        await session.stop()
        #expect(Set(snapshot.workloads.map(\.namespace)) == ["shop"])
    }

    @Test func rightsAreKeptUntilTheyAreForgotten() async throws {
        let demo = try Demo()
        let keeper = RightsKeeper(try demo.client("meshtop-demo-operator"))
        #expect(await keeper.rights("shop").answer(Self.patch) == .yes)
        #expect(
            await keeper.rights("manager-agent-ai-dev").answer(Self.patch)
                == .no(
                    "RBAC does not let you patch virtualservices.networking.istio.io in namespace manager-agent-ai-dev")
        )
        #expect(await keeper.answer(Self.patch, namespace: "shop") == .yes)
        _ = try await demo.client().send(
            KubeClient.Call(
                "PATCH", "/api/v1/namespaces/shop", contentType: "application/merge-patch+json",
                body: Array(#"{"metadata":{"labels":{"demo.meshtop/operator":"view"}}}"#.utf8)))
        #expect(await keeper.rights("shop").answer(Self.patch) == .yes, "kept")
        let fresh = await keeper.askAgain()
        #expect(fresh.map(\.namespace) == ["manager-agent-ai-dev", "shop"])
        if case .no = await keeper.rights("shop").answer(Self.patch) {} else { Issue.record("still allowed") }
    }

    @Test func aServerThatDoesNotAnswerHasNotSaidNo() async throws {
        let keeper = RightsKeeper(try CannedServer.client(of: "http://127.0.0.1:1"))
        for answer in [
            await keeper.rights("shop").answer(Self.patch), await keeper.answer(Self.patch, namespace: "shop"),
        ] {
            guard case .unknown = answer else {
                Issue.record("\(answer)")
                continue
            }
        }
    }

    @Test func whoIsImpersonatedCounts() async throws {
        let demo = try Demo()
        var kubeconfig = Kubeconfig()
        try kubeconfig.merge(Array(demo.server.kubeconfig.utf8), file: "demo")
        var overrides = AccessOverrides()
        overrides.impersonateUser = "demo-operator"
        let client = KubeClient(access: try kubeconfig.access(overrides), loop: demo.loop)
        let rights = await RightsKeeper(client).rights("manager-agent-ai-dev")
        if case .no = rights.answer(Self.patch) {} else { Issue.record("acts as the administrator") }
    }

    @Test(arguments: [
        ("get", "pods", true), ("get", "pods/log", false), ("update", "deployments/scale", true),
        ("update", "deployments", false), ("delete", "pods", false),
    ])
    func rulesAreMatchedAsRBACMatchesThem(_ verb: String, _ resource: String, _ isAllowed: Bool) {
        let rights = NamespaceRights(
            namespace: "n",
            rules: [
                NamespaceRights.Rule(verbs: ["get"], groups: [""], resources: ["pods"]),
                NamespaceRights.Rule(verbs: ["update"], groups: ["apps"], resources: ["*/scale"]),
                NamespaceRights.Rule(verbs: ["delete"], groups: [""], resources: ["pods"], names: ["one"]),
            ])
        let group = resource.hasPrefix("pods") ? "" : "apps"
        #expect((rights.answer(Permission(verb, group, resource)) == .yes) == isAllowed)
        #expect(rights.answer(Permission("delete", "", "pods", name: "one")) == .yes)
    }
}
