import Actions
import Base
import DemoMesh
import MeshModel
import TestSupport
import Testing

/// Changes from plan to undo, against a real API over HTTP.
@Suite(.serialized) struct ChangeLifecycleTests {
    static let cluster = Result { try DemoCluster() }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }
    private let reviews = ObjectReference(kind: "VirtualService", namespace: "shop", name: "reviews")

    private func weights(_ name: String = "reviews", rule: Int = 1) async throws -> [Int?] {
        let object = try await cluster.get(Paths.virtualService(name))
        return object.at("spec", "http")!.array![rule].list("route").map { $0["weight"]?.int }
    }

    private func shift(_ weights: [Int]) -> PlanRequest {
        .shift(route: reviews, section: .http, index: 1, weights: weights)
    }

    @Test func aShiftIsPreviewedAppliedJournalledAndUndone() async throws {
        let runner = try cluster.runner()
        let before = try await weights()
        let preview = try await runner.plan(shift([50, 30, 20]))
        #expect(preview.refusal == nil)
        #expect(preview.diff.contains { $0.kind == .added && $0.text.contains("weight: 50") })
        #expect(preview.kubectl.contains("patch virtualservice reviews"))
        // Planning, dry run included, changes nothing.
        #expect(try await weights() == before)

        let progress = await runner.finish(preview.planID)
        #expect(progress.wasApplied && progress.failure == nil)
        #expect(try await weights() == [50, 30, 20])
        let entry = try #require(try cluster.journal.read().entries.first { $0.id == preview.planID })
        #expect(entry.title == preview.title && entry.verb == "shift")
        #expect(entry.preview == preview.fingerprint && entry.preview.count == 16)
        #expect(entry.json.list("patches").count == 1)
        #expect(entry.outcome == .applied || entry.outcome == .verified || entry.outcome == .unverified)

        let back = try await runner.plan(.undo(preview.planID))
        #expect(await runner.finish(back.planID).wasApplied)
        #expect(try await weights() == before)
        #expect(try cluster.journal.read().entries.first { $0.id == preview.planID }?.outcome == .undone)
    }

    @Test func anObjectThatChangedSinceThePlanIsRefusedAndLeftAlone() async throws {
        let runner = try cluster.runner()
        let preview = try await runner.plan(shift([40, 40, 20]))
        let path = Paths.virtualService("reviews")
        try await cluster.mergePatch(path, ["spec": ["exportTo": ["*"]]])
        let before = try await weights()
        let progress = await runner.finish(preview.planID)
        #expect(!progress.wasApplied)
        #expect(progress.failure?.exitCode == 4)
        #expect(try await weights() == before)
        #expect(try cluster.journal.read().entries.first { $0.id == preview.planID }?.outcome == .failed)
    }

    @Test(arguments: [[50, 30, 10], [120, -20, 0]])
    func weightsThatAreNoSplitAreRefusedBeforeAnythingIsSent(_ wrong: [Int]) async throws {
        let runner = try cluster.runner()
        let error = await #expect(throws: MeshTopError.self) { try await runner.plan(shift(wrong)) }
        #expect(error?.exitCode == 2)
    }

    /// Another number of destinations than the operator saw: the rule has changed.
    @Test(arguments: [[100, 0], []]) func weightsForAnotherRuleAreAConflict(_ wrong: [Int]) async throws {
        let runner = try cluster.runner()
        await #expect(throws: MeshTopError.self) { try await runner.plan(shift(wrong)) }
    }

    /// Controllers touch metadata all the time: what a person looked at is the spec.
    @Test func anAnnotationMeanwhileIsNoConflict() async throws {
        let runner = try cluster.runner()
        let preview = try await runner.plan(shift([55, 25, 20]))
        try await cluster.mergePatch(Paths.virtualService("reviews"), ["metadata": ["annotations": ["seen": "yes"]]])
        #expect(await runner.finish(preview.planID).wasApplied)
        let object = try await cluster.get(Paths.virtualService("reviews"))
        #expect(object.at("metadata", "annotations", "seen")?.string == "yes")
        _ = await runner.finish(try await runner.plan(.undo(preview.planID)).planID)
    }

    @Test func aPlanCanBeAppliedOnce() async throws {
        let runner = try cluster.runner()
        let preview = try await runner.plan(shift([60, 20, 20]))
        #expect(await runner.finish(preview.planID).wasApplied)
        #expect(await runner.finish(preview.planID).failure != nil)
        _ = await runner.finish(try await runner.plan(.undo(preview.planID)).planID)
    }

    @Test func anHTTPRouteIsShiftedLikeAVirtualService() async throws {
        let runner = try cluster.runner()
        let route = ObjectReference(kind: "HTTPRoute", namespace: "shop", name: "users-split")
        let preview = try await runner.plan(.shift(route: route, section: .rules, index: 0, weights: [60, 40]))
        #expect(await runner.finish(preview.planID).wasApplied)
        let object = try await cluster.get("/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/users-split")
        #expect(object.at("spec", "rules")!.array![0].list("backendRefs").map { $0["weight"]?.int } == [60, 40])
    }

    @Test func scalingRollsOutAndUndoScalesBack() async throws {
        let runner = try cluster.runner()
        let cart = ObjectReference(kind: "Deployment", namespace: "shop", name: "cart-v1")
        let preview = try await runner.plan(.scale(cart, replicas: 4))
        let progress = await runner.finish(preview.planID)
        #expect(progress.contains { if case .verified = $0 { true } else { false } }, "\(progress)")
        #expect(try await cluster.get(Paths.deployment("cart-v1")).at("status", "readyReplicas")?.int == 4)
        _ = await runner.finish(try await runner.plan(.undo(preview.planID)).planID)
        #expect(try await cluster.get(Paths.deployment("cart-v1")).at("spec", "replicas")?.int == 2)
    }

    @Test func scalingWarnsOfAnAutoscalerOnTheWorkload() async throws {
        let list = try await cluster.get("/apis/autoscaling/v2/horizontalpodautoscalers")
        let hpa = try #require(list.list("items").first)
        let (name, namespace) = (
            hpa.at("spec", "scaleTargetRef", "name")?.string ?? "", hpa.at("metadata", "namespace")?.string ?? ""
        )
        let preview = try await cluster.runner().plan(
            .scale(ObjectReference(kind: "Deployment", namespace: namespace, name: name), replicas: 1))
        let words = (preview.warnings + preview.effects + preview.managers).joined(separator: " ")
        #expect(words.contains(hpa.at("metadata", "name")?.string ?? "?"), "\(words)")
    }

    @Test func aStatefulSetIsScaledToo() async throws {
        let runner = try cluster.runner()
        let preview = try await runner.plan(
            .scale(ObjectReference(kind: "StatefulSet", namespace: "shop", name: "orders-db"), replicas: 3))
        #expect(await runner.finish(preview.planID).wasApplied)
        #expect(
            try await cluster.get("/apis/apps/v1/namespaces/shop/statefulsets/orders-db").at("spec", "replicas")?.int
                == 3)
    }

    @Test func aRestartChangesTheTemplateAlone() async throws {
        let runner = try cluster.runner()
        let ads = ObjectReference(kind: "Deployment", namespace: "shop", name: "ads-v1")
        let preview = try await runner.plan(.restart(ads))
        #expect(await runner.finish(preview.planID).wasApplied)
        let template = try await cluster.get(Paths.deployment("ads-v1")).at(
            "spec", "template", "metadata", "annotations")
        #expect(template?["kubectl.kubernetes.io/restartedAt"] != nil)
    }

    @Test func productionAsksForTheName() async throws {
        let gateway = ObjectReference(kind: "Deployment", namespace: "manager-agent-ai-prod", name: "manager-agent-v1")
        let list = try await cluster.get("/apis/apps/v1/namespaces/manager-agent-ai-prod/deployments")
        let name =
            list.list("items").compactMap { $0.at("metadata", "name")?.string }.first { $0.hasPrefix("manager-agent") }
            ?? gateway.name
        let object = ObjectReference(kind: "Deployment", namespace: "manager-agent-ai-prod", name: name)
        let preview = try await cluster.runner().plan(.scale(object, replicas: 9))
        #expect(preview.typedConfirmation == name)
    }

    /// A context that the configuration marks: whatever the namespace, and what has none.
    @Test func aWholeContextMayBeProduction() async throws {
        let runner = ChangeRunner(
            client: try cluster.client(), journal: try cluster.journal, productionNamespaces: ["*"], verifySeconds: 5
        ) { nil }
        #expect(try await runner.plan(shift([51, 29, 20])).typedConfirmation == "reviews")
        let labels = "apiVersion: v1\nkind: Namespace\nmetadata: {name: drill}\n"
        let made = try await runner.plan(.apply(yaml: labels, defaultNamespace: "shop"))
        #expect(made.typedConfirmation == "drill")
    }

    @Test func aViewerIsRefusedByTheDryRun() async throws {
        let preview = try await cluster.runner("meshtop-demo-viewer").plan(shift([30, 30, 40]))
        #expect(preview.refusal?.contains("forbidden") == true || preview.refusal?.contains("cannot patch") == true)
    }

    @Test func anObjectThatIsNotThereIsSaidSo() async throws {
        let runner = try cluster.runner()
        let error = await #expect(throws: MeshTopError.self) {
            try await runner.plan(
                .scale(ObjectReference(kind: "Deployment", namespace: "shop", name: "nope"), replicas: 2))
        }
        #expect(error?.code == .notFound)
    }
}
