import Actions
import Base
import TestSupport
import Testing

/// Evictions beside disruption budgets: the dry run finds out, and what is refused names the budget.
@Suite(.serialized) struct EvictionBudgetTests {
    static let cluster = Result { try DemoCluster(speed: 1) }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    private func pod(_ name: String) -> ObjectReference {
        ObjectReference(kind: "Pod", namespace: "shop", name: name)
    }

    @Test func aBudgetWithoutRoomIsNamedByThePreview() async throws {
        let before = try await cluster.get("/api/v1/namespaces/shop/pods/redis-cart-0").at("metadata", "uid")
        let runner = try cluster.runner()
        let preview = try await runner.plan(.evict(pod("redis-cart-0")))
        #expect(
            preview.refusal
                == "Pod shop/redis-cart-0: its eviction is refused: the disruption budget redis-cart needs 1 healthy pods and has 1 currently; nothing was evicted: wait for healthy pods or scale up first, or change the budget"
        )
        // What was refused is not sent.
        #expect(await runner.finish(preview.planID).failure != nil)
        #expect(try await cluster.get("/api/v1/namespaces/shop/pods/redis-cart-0").at("metadata", "uid") == before)
    }

    /// The room that the dry run saw is gone when the eviction is sent.
    @Test func aBudgetUsedUpMeanwhileRefusesTheEvictionItself() async throws {
        let path = "/apis/policy/v1/namespaces/shop/poddisruptionbudgets/orders-db"
        let runner = try cluster.runner()
        let preview = try await runner.plan(.evict(pod("orders-db-0")))
        #expect(preview.refusal == nil && preview.effects.contains { $0.contains("orders-db") })
        try await cluster.mergePatch(path, ["spec": ["maxUnavailable": 0]])
        let failure = await runner.finish(preview.planID).failure
        #expect(failure?.why.contains("the disruption budget orders-db needs 2 healthy pods and has 2") == true)
        #expect(failure?.exitCode == 4)
        try await cluster.mergePatch(path, ["spec": ["maxUnavailable": 1]])
        #expect(try await cluster.get(path).at("spec", "maxUnavailable") == 1)
    }
}
