import Kube
import TestSupport
import Testing

@testable import Actions

/// What a silent group may hold is said before a change: it is not known to be nothing.
@Suite struct DiscoveryGapTests {
    private let cluster: DemoCluster

    init() throws { cluster = try DemoCluster(speed: 1) }

    /// The plan on a server that keeps one group back; without a name all but the core.
    private func draft(_ request: PlanRequest, without group: String?) async throws -> Draft {
        let client = try cluster.client()
        var discovery = try await client.discovery()
        discovery.resources.removeAll { group == nil ? !$0.group.isEmpty : $0.group == group }
        if let group { discovery.failed[group] = "it is down" } else { discovery.groupsUnread = "it is down" }
        let world = PlanWorld(client: client, discovery: discovery, snapshot: nil)
        return try await request.draft(world)
    }

    @Test func aNamespaceMayHoldMoreThanWasCounted() async throws {
        let shop = ObjectReference(kind: "Namespace", namespace: "", name: "shop")
        for (group, words) in [("apps", "what apps serves"), (nil, "what it serves beside its core")] {
            let draft = try await draft(.delete(shop), without: group)
            let warning = draft.warnings.first { $0.hasPrefix("not counted: ") } ?? ""
            #expect(warning.contains(words) && warning.contains("it is down"), "\(draft.warnings)")
        }
    }

    @Test func aDefinitionMayHaveObjects() async throws {
        let cluster = try SmallCluster()
        cluster.putTunnels(["a"])
        let client = try cluster.client()
        var discovery = try await client.discovery()
        discovery.resources.removeAll { $0.group == "mesh.example" }
        discovery.failed["mesh.example"] = "it is down"
        let definition = ObjectReference(
            kind: "CustomResourceDefinition", namespace: "", name: "tunnels.mesh.example")
        let draft = try await PlanRequest.delete(definition).draft(
            PlanWorld(client: client, discovery: discovery, snapshot: nil))
        #expect(!draft.effects.contains("nothing goes with it"))
        #expect(draft.warnings.contains { $0.hasPrefix("not counted: ") }, "\(draft.warnings)")
    }

    @Test func aPodMayHaveBudgets() async throws {
        let pod = ObjectReference(kind: "Pod", namespace: "shop", name: "redis-cart-0")
        let draft = try await draft(.evict(pod), without: "policy")
        #expect(draft.effects.contains { $0.contains("budgets cannot be read") }, "\(draft.effects)")
    }

    @Test func aWorkloadMayHaveAnAutoscaler() async throws {
        let ads = ObjectReference(kind: "Deployment", namespace: "shop", name: "ads-v1")
        let draft = try await draft(.scale(ads, replicas: 3), without: "autoscaling")
        let said = draft.warnings + draft.effects
        #expect(said.contains { $0.contains("whether an HPA sets this count is not known") }, "\(said)")
    }
}
