import Actions
import Base
import Kube
import TestSupport
import Testing

/// Autoscalers, rollouts, evictions and deletions from plan to undo.
@Suite(.serialized) struct WorkloadVerbTests {
    static let cluster = Result { try DemoCluster() }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    private func deployment(_ name: String) -> ObjectReference {
        ObjectReference(kind: "Deployment", namespace: "shop", name: name)
    }

    private func apply(_ request: PlanRequest) async throws -> ChangePreview {
        let runner = try cluster.runner()
        let preview = try await runner.plan(request)
        #expect(preview.refusal == nil)
        let progress = await runner.finish(preview.planID)
        #expect(progress.wasApplied && progress.failure == nil, "\(progress)")
        return preview
    }

    private func undo(_ preview: ChangePreview) async throws {
        let runner = try cluster.runner()
        let back = try await runner.plan(.undo(preview.planID))
        let progress = await runner.finish(back.planID)
        #expect(progress.wasApplied, "\(progress)")
    }

    // MARK: Autoscaler

    private static let autoscalers = "/apis/autoscaling/v2/namespaces"

    @Test func anAutoscalerIsMadeAndTakenBack() async throws {
        let path = "\(Self.autoscalers)/shop/horizontalpodautoscalers/ads-v1"
        let made = try await apply(.autoscaler(deployment("ads-v1"), max: 5, cpu: 60))
        let spec = try await cluster.get(path)["spec"]
        #expect(spec?["minReplicas"] == 2 && spec?["maxReplicas"] == 5)
        #expect(spec?["metrics"]?[0]?.at("resource", "target", "averageUtilization") == 60)
        try await undo(made)
        #expect(try await !cluster.exists(path))
    }

    @Test func boundsAreMovedAndTheOtherMetricStays() async throws {
        let path = "\(Self.autoscalers)/manager-agent-ai-dev/horizontalpodautoscalers/api-gateway-hpa"
        let before = try await cluster.get(path)["spec"]
        let object = ObjectReference(kind: "Deployment", namespace: "manager-agent-ai-dev", name: "api-gateway")
        let made = try await apply(.autoscaler(object, max: 12, cpu: 65))
        let spec = try await cluster.get(path)["spec"]
        #expect(spec?["maxReplicas"] == 12 && spec?["minReplicas"] == before?["minReplicas"])
        #expect(spec?["metrics"]?[0]?.at("resource", "target", "averageUtilization") == 65)
        #expect(spec?["metrics"]?[1] == before?["metrics"]?[1])
        try await undo(made)
        #expect(try await cluster.get(path)["spec"] == before)
    }

    @Test func scalingOutOfBoundsNamesTheCommandThatMovesThem() async throws {
        let object = ObjectReference(kind: "Deployment", namespace: "manager-agent-ai-dev", name: "api-gateway")
        let preview = try await cluster.runner().plan(.scale(object, replicas: 20))
        let words = "meshtop hpa deployment/api-gateway --max 20 -n manager-agent-ai-dev"
        #expect(preview.warnings.contains { $0.contains(words) }, "\(preview.warnings)")
    }

    /// Both steps in one plan, one entry of the journal and one way back. The demo's autoscaler has no load to go by here.
    @Test func scalingMovesTheBoundThatIsInTheWay() async throws {
        let object = ObjectReference(kind: "StatefulSet", namespace: "shop", name: "orders-db")
        let path = "\(Self.autoscalers)/shop/horizontalpodautoscalers/orders-db"
        let count = "/apis/apps/v1/namespaces/shop/statefulsets/orders-db"
        let bounded = try await apply(.autoscaler(object, min: 1, max: 3))
        let before = try await cluster.get(path)["spec"]
        let made = try await apply(.scale(object, replicas: 5, movesBounds: true))
        #expect(made.objects.map(\.kind) == ["HorizontalPodAutoscaler", "StatefulSet"])
        #expect(made.effects.contains { $0.contains("maximum moved to 5") })
        // What the autoscaler does within its new bounds is still said.
        #expect(made.warnings.contains { $0.contains("1–5") && $0.contains("may change it back") }, "\(made.warnings)")
        #expect(made.kubectl.contains("maxReplicas") && made.kubectl.contains(" && "))
        #expect(try await cluster.get(path).at("spec", "maxReplicas") == 5)
        #expect(try await cluster.get(count).at("spec", "replicas") == 5)
        let entries = try cluster.journal.read().entries.filter { $0.id == made.planID }
        #expect(entries.count == 1 && entries.first?.steps.count == 2)
        try await undo(made)
        #expect(try await cluster.get(path)["spec"] == before)
        #expect(try await cluster.get(count).at("spec", "replicas") == 2)
        try await undo(bounded)
    }

    @Test func theLowerBoundGoesDownForAFewerCountAndNoneForACountWithin() async throws {
        let object = ObjectReference(kind: "Deployment", namespace: "manager-agent-ai-prod", name: "api-gateway")
        let runner = try cluster.runner()
        let low = try await runner.plan(.scale(object, replicas: 1, movesBounds: true))
        #expect(low.diff.contains { $0.kind == .added && $0.text.contains("minReplicas: 1") })
        // The autoscaler may have set one of the two counts itself, and then that one changes nothing.
        let five = try await runner.plan(.scale(object, replicas: 5, movesBounds: true)).objects
        let within = try await five + runner.plan(.scale(object, replicas: 6, movesBounds: true)).objects
        #expect(Set(within.map(\.kind)) == ["Deployment"])
        let none = try await runner.plan(.scale(object, replicas: 0, movesBounds: true))
        #expect(none.objects.map(\.kind) == ["Deployment"])
        #expect(none.warnings.contains { $0.contains("leaves a workload of 0 replicas alone") })
        let error = await #expect(throws: MeshTopError.self) {
            try await runner.plan(.scale(deployment("orders-v1"), replicas: 9, movesBounds: true))
        }
        #expect(error?.advice == "leave --move-hpa out")
    }

    // MARK: Rollouts

    @Test func aRolloutIsPausedAndResumed() async throws {
        func isPaused() async throws -> Bool {
            try await cluster.get(Paths.deployment("cart-v1")).at("spec", "paused")?.bool ?? false
        }
        let paused = try await apply(.pauseRollout(deployment("cart-v1"), pauses: true))
        #expect(paused.title == "Pause the rollout of cart-v1")
        #expect(try await isPaused())
        // Asked again there is nothing to do.
        let again = try await cluster.runner().plan(
            .pauseRollout(deployment("cart-v1"), pauses: true))
        #expect(again.objects.isEmpty)
        _ = try await apply(.pauseRollout(deployment("cart-v1")))
        #expect(try await !isPaused())
    }

    @Test func aDeploymentGoesBackToItsRevision() async throws {
        let path = Paths.deployment("email-v1")
        let first = try await cluster.get(path).at("spec", "template")
        let image = first?["spec"]?.list("containers").first?.text("image") ?? ""
        let patch: JSONValue = [
            ["op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "email:bad"]
        ]
        try await cluster.client().send(
            KubeClient.Call(
                "PATCH", path, contentType: "application/json-patch+json", body: Array(patch.compactText.utf8)))
        let isRolledOut = try await eventually {
            try await self.cluster.get(path).at("metadata", "annotations", "deployment.kubernetes.io/revision") == "2"
                ? true : nil
        }
        #expect(isRolledOut == true)
        let back = try await apply(.rollback(deployment("email-v1")))
        #expect(back.title == "Roll email-v1 back to revision 1")
        #expect(back.diff.contains { $0.kind == .removed && $0.text.contains("email:bad") })
        #expect(back.diff.contains { $0.kind == .added && $0.text.contains(image) })
        #expect(try await cluster.get(path).at("spec", "template") == first)
        try await undo(back)
        #expect(
            try await cluster.get(path).at("spec", "template")?["spec"]?.list("containers").first?["image"]
                == "email:bad")
    }

    @Test(arguments: [
        ("StatefulSet", "shop", "redis-cart"), ("DaemonSet", "istio-system", "node-agent"),
    ]) func otherWorkloadsGoBackByTheirControllerRevisions(
        _ kind: String, _ namespace: String, _ name: String
    ) async throws {
        let path = "/apis/apps/v1/namespaces/\(namespace)/\(kind.lowercased())s/\(name)"
        let object = ObjectReference(kind: kind, namespace: namespace, name: name)
        let cluster = try cluster
        @Sendable func revisions() async throws -> [Int] {
            try await cluster.get("/apis/apps/v1/namespaces/\(namespace)/controllerrevisions").list("items")
                .filter { ($0["metadata"] ?? [:]).list("ownerReferences").contains { $0["name"]?.string == name } }
                .compactMap { $0["revision"]?.int }.sorted()
        }
        let first = try await cluster.get(path).at("spec", "template")
        // With one revision there is none before.
        let none = await #expect(throws: MeshTopError.self) {
            try await cluster.runner().plan(.rollback(object))
        }
        #expect(none?.why == "it has no revision before this one")
        let patch: JSONValue = [
            ["op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "broken:bad"]
        ]
        try await cluster.client().send(
            KubeClient.Call(
                "PATCH", path, contentType: "application/json-patch+json", body: Array(patch.compactText.utf8)))
        #expect(try await eventually { try await revisions() == [1, 2] ? true : nil } == true)
        let back = try await apply(.rollback(object, revision: 1))
        #expect(back.title == "Roll \(name) back to revision 1")
        #expect(back.diff.contains { $0.kind == .removed && $0.text.contains("broken:bad") })
        #expect(try await cluster.get(path).at("spec", "template") == first)
        // The old template has the next number now, and the one before is the broken one.
        #expect(try await eventually { try await revisions() == [2, 3] ? true : nil } == true)
        let forth = try await cluster.runner().plan(.rollback(object))
        #expect(forth.title == "Roll \(name) back to revision 2")
        try await undo(back)
        #expect(
            try await cluster.get(path).at("spec", "template", "spec")?.list("containers").first?["image"]
                == "broken:bad")
    }

    @Test func onlyADeploymentPauses() async throws {
        let object = ObjectReference(kind: "StatefulSet", namespace: "shop", name: "redis-cart")
        let error = await #expect(throws: MeshTopError.self) {
            try await cluster.runner().plan(.pauseRollout(object))
        }
        #expect(error?.why == "pausing is not supported for a StatefulSet")
        #expect(error?.advice?.contains("partition") == true)
    }

    @Test func revisionsThatAreNotThereAreNamed() async throws {
        let runner = try cluster.runner()
        let error = await #expect(throws: MeshTopError.self) {
            try await runner.plan(.rollback(deployment("orders-v1"), revision: 9))
        }
        #expect(error?.code == .notFound && error?.advice?.contains("1 (") == true, "\(error?.description ?? "")")
    }

    // MARK: Eviction and deletion

    @Test func anEvictedPodIsMadeAnewAndNotTakenBack() async throws {
        let pods = "/api/v1/namespaces/shop/pods"
        @Sendable func names() async throws -> Set<String> {
            Set(
                try await cluster.get(pods).list("items").compactMap { $0.at("metadata", "name")?.string }
                    .filter { $0.hasPrefix("shipping-v1-") })
        }
        let before = try await names()
        let runner = try cluster.runner()
        let preview = try await runner.plan(.evict(deployment("shipping-v1")))
        #expect(preview.kubectl.contains("/eviction") && preview.effects[0].contains("oldest"))
        #expect(try await names() == before)
        let progress = await runner.finish(preview.planID)
        #expect(progress.wasApplied && progress.failure == nil, "\(progress)")
        let evicted = try #require(preview.objects.first?.name)
        let isReplaced = try await eventually {
            let now = try await names()
            return !now.contains(evicted) && now.count == before.count ? true : nil
        }
        #expect(isReplaced == true)
        let error = await #expect(throws: MeshTopError.self) { try await runner.plan(.undo(preview.planID)) }
        #expect(error?.why.contains("cannot be taken back") == true)
    }

    @Test func aDeletionAsksForTheNameAndIsMadeAnewByAnUndo() async throws {
        let path = Paths.virtualService("checkout")
        let before = try await cluster.get(path)["spec"]
        let deleted = try await apply(
            .delete(ObjectReference(kind: "VirtualService", namespace: "shop", name: "checkout")))
        #expect(deleted.typedConfirmation == "checkout" && deleted.isDeletion)
        #expect(try await !cluster.exists(path))
        try await undo(deleted)
        #expect(try await cluster.get(path)["spec"] == before)
    }

    @Test func whatWasMadeAnewByOthersIsNotOverwritten() async throws {
        let path = Paths.destinationRule("catalog")
        let deleted = try await apply(
            .delete(ObjectReference(kind: "DestinationRule", namespace: "shop", name: "catalog")))
        let theirs: JSONValue = [
            "apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": ["name": "catalog"],
            "spec": ["host": "catalog"],
        ]
        try await cluster.client().send(
            KubeClient.Call(
                "POST", "\(Paths.istio)/shop/destinationrules", contentType: "application/json",
                body: Array(theirs.compactText.utf8)))
        let runner = try cluster.runner()
        await #expect(throws: MeshTopError.self) { try await runner.plan(.undo(deleted.planID)) }
        #expect(try await cluster.get(path)["spec"] == ["host": "catalog"])
    }

    @Test(
        arguments: [
            ("hpa", "ads-v1", ["min": "9", "max": "3"]), ("hpa", "ads-v1", ["cpu": "0"]),
            ("hpa", "ads-v1", ["speed": "1"]), ("scale", "ads-v1", ["replicas": "100001"]), ("scale", "ads-v1", [:]),
            ("rollback", "ads-v1", ["revision": "last"]),
            ("rollback", "ads-v1", [:]), ("evict", "ads-v1", ["pod": "nobody"]), ("evict", "nobody", [:]),
        ] as [(String, String, [String: String])]) func wrongValuesAreRefused(
            _ id: String, _ name: String, _ values: [String: String]
        ) async throws
    {
        let runner = try cluster.runner()
        let verb = try #require(VerbTable.all.first { $0.id == id })
        await #expect(throws: MeshTopError.self) {
            let request = try verb.form.plan(deployment(name), values)
            _ = try await runner.plan(try #require(request))
        }
    }
}
