import Base
import Kube
import TestSupport
import Testing

@testable import Actions

/// Evictions go by who made a pod, and name every budget that counts it.
@Suite(.serialized) struct EvictByOwnerTests {
    static let cluster = Result { try DemoCluster() }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    private func make(_ path: String, _ body: JSONValue) async throws {
        try await cluster.client().send(
            KubeClient.Call("POST", path, contentType: "application/json", body: Array(body.compactText.utf8)))
    }

    private func deployment(_ name: String, track: String, operation: String) -> JSONValue {
        [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": .string(name), "namespace": "shop"],
            "spec": [
                "replicas": 2,
                "selector": [
                    "matchLabels": ["app": "twin"],
                    "matchExpressions": [["key": "track", "operator": .string(operation), "values": ["canary"]]],
                ],
                "template": [
                    "metadata": ["labels": ["app": "twin", "track": .string(track)]],
                    "spec": ["containers": [["name": "x", "image": "x:1"]]],
                ],
            ],
        ]
    }

    private func pods(of name: String) async throws -> [JSONValue] {
        try await cluster.get("/api/v1/namespaces/shop/pods").list("items").filter {
            $0.at("metadata", "name")?.string?.hasPrefix("\(name)-") == true
        }
    }

    /// Two Deployments with the same matchLabels: the wrong one's pod was evicted.
    @Test func ofTwoThatSelectTheSameLabelsTheOwnPodIsEvicted() async throws {
        try await make(
            "/apis/apps/v1/namespaces/shop/deployments", deployment("twin-b", track: "canary", operation: "In"))
        _ = try await eventually(within: 20) { try await self.pods(of: "twin-b").count == 2 ? true : nil }
        try await make(
            "/apis/apps/v1/namespaces/shop/deployments", deployment("twin-a", track: "stable", operation: "NotIn"))
        _ = try await eventually(within: 20) { try await self.pods(of: "twin-a").count == 2 ? true : nil }
        for name in ["twin-a", "twin-b"] {
            let object = ObjectReference(kind: "Deployment", namespace: "shop", name: name)
            let preview = try await cluster.runner().plan(.evict(object))
            #expect(preview.objects.first?.name.hasPrefix("\(name)-") == true, "\(preview.objects)")
        }
        // Budgets that select by expressions, or everything, are named; one that selects other pods is not.
        for (name, selector) in [
            ("by-expression", ["matchExpressions": [["key": "track", "operator": "In", "values": ["canary"]]]]),
            ("everything", [:]), ("others", ["matchLabels": ["app": "other"]]),
        ] as [(String, JSONValue)] {
            try await make(
                "/apis/policy/v1/namespaces/shop/poddisruptionbudgets",
                [
                    "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                    "metadata": ["name": .string(name), "namespace": "shop"],
                    "spec": ["maxUnavailable": 100, "selector": selector],
                ])
        }
        let object = ObjectReference(kind: "Deployment", namespace: "shop", name: "twin-b")
        let preview = try await cluster.runner().plan(.evict(object))
        let effects = preview.effects.joined(separator: "\n")
        #expect(effects.contains("budget by-expression ") && effects.contains("budget everything "), "\(effects)")
        #expect(!effects.contains("budget others "))
    }

    @Test func anEvictionOffersNoUndo() async throws {
        let runner = try cluster.runner()
        let object = ObjectReference(kind: "Deployment", namespace: "shop", name: "ads-v1")
        let preview = try await runner.plan(.evict(object))
        let progress = await runner.finish(preview.planID)
        #expect(progress.contains(.applied(journalID: preview.planID, undo: .none)), "\(progress)")
    }

    @Test func aPausedDeploymentIsNotRestarted() async throws {
        let path = "/apis/apps/v1/namespaces/shop/deployments/email-v1"
        try await cluster.mergePatch(path, ["spec": ["paused": true]])
        let object = ObjectReference(kind: "Deployment", namespace: "shop", name: "email-v1")
        await #expect {
            _ = try await cluster.runner().plan(.restart(object))
        } throws: { error in
            (error as? MeshTopError)?.why.contains("paused") == true
        }
        try await cluster.mergePatch(path, ["spec": ["paused": false]])
    }

    /// A name is typed without a thought; a number has to be read.
    @Test func deletingWhatHoldsOthersAsksForTheirNumber() async throws {
        let namespace = ObjectReference(kind: "Namespace", namespace: "", name: "shop")
        let preview = try await cluster.runner().plan(.delete(namespace))
        let services = try await cluster.get("/api/v1/namespaces/shop/services").list("items").count
        let number = try #require(preview.typedConfirmation.flatMap { Int($0) }, "\(preview)")
        #expect(number > services)
        #expect(
            preview.warnings.contains {
                $0.contains("\(services) Service,") || $0.contains("\(services) Service ")
                    || $0.contains("\(number) in all")
            })
        try await make("/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "bare"]])
        let bare = try await cluster.runner().plan(
            .delete(ObjectReference(kind: "Namespace", namespace: "", name: "bare")))
        #expect(bare.typedConfirmation == "bare", "\(bare.warnings)")
        #expect(bare.effects.contains("nothing goes with it"))
    }

    /// What others made is deleted too: it was not counted, and "nothing goes with it" was said.
    @Test func whatHasAControllerGoesAsWell() async throws {
        let owner: JSONValue = [
            "apiVersion": "v1", "kind": "Node", "name": "n", "uid": "4f2c6a4e-8f55-4b8d-9d3a-0c1d2e3f4a5b",
            "controller": true,
        ]
        try await make("/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "owned"]])
        try await make(
            "/api/v1/namespaces/owned/configmaps",
            [
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": ["name": "made", "namespace": "owned", "ownerReferences": [owner]],
            ])
        let namespace = try await cluster.runner().plan(
            .delete(ObjectReference(kind: "Namespace", namespace: "", name: "owned")))
        #expect(namespace.typedConfirmation == "1" && !namespace.effects.contains("nothing goes with it"))
        let rules = "/apis/networking.istio.io/v1/destinationrules"
        try await cluster.mergePatch(
            "/apis/networking.istio.io/v1/namespaces/shop/destinationrules/catalog",
            ["metadata": ["ownerReferences": [owner]]])
        let count = try await cluster.get(rules).list("items").count
        let definition: JSONValue = [
            "spec": ["group": "networking.istio.io", "names": ["plural": "destinationrules"]]
        ]
        let contents = await DeletedContents.of(
            ObjectReference(
                kind: "CustomResourceDefinition", namespace: "", name: "destinationrules.networking.istio.io"),
            definition, try await cluster.runner().readingWorld())
        #expect(contents?.total == count, "\(contents?.words ?? "")")
    }
}
