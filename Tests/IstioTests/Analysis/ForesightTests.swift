import MeshModel
import TestSupport
import Testing

@testable import Base
@testable import Istio
@testable import Kube

/// What a preview says that a change does to the findings.
@Suite struct ForesightTests {
    /// A server's object always says a number of replicas: that is nobody's manifest.
    @Test(arguments: [false, true]) func onlyAManifestFightsWithAnAutoscaler(_ isDeclared: Bool) throws {
        var world = World()
        try world.deployment("orders", "v1")
        let scaler: HorizontalPodAutoscaler = try decoded([
            "metadata": ["name": "orders", "namespace": "shop"],
            "spec": [
                "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "orders-v1"],
                "minReplicas": 1, "maxReplicas": 5,
            ],
        ])
        world.objects.autoscalers[scaler.meta.key] = scaler
        var applied: JSONValue = [:]
        if isDeclared { applied[ObjectMeta.lastApplied] = #"{"spec":{"replicas":2}}"# }
        let fate = ObjectFate.becomes([
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": ["name": "orders-v1", "namespace": "shop", "annotations": applied],
            "spec": [
                "replicas": 12, "selector": ["matchLabels": ["app": "orders"]],
                "template": ["metadata": ["labels": ["app": "orders", "version": "v1"]], "spec": ["containers": []]],
            ],
        ])
        var analysis = Analysis()
        let before = analysis.look(at: AnalysisWorld(objects: world.objects, time: testTime))
        let delta = Foresight.delta([fate], on: world.objects, before: before, analysis, time: testTime)
        #expect(delta.added.map(\.code) == (isDeclared ? ["MT0008"] : []))
    }

    /// What an analysis says of a template is not kept when the template changes and its labels do not.
    @Test func aTemplateThatChangesIsLookedAtAgain() throws {
        var world = World()
        try world.namespace("shop")
        try world.deployment("orders", "v1")
        let fate = ObjectFate.becomes([
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "orders-v1", "namespace": "shop"],
            "spec": [
                "template": [
                    "metadata": ["labels": ["app": "orders", "version": "v1"]],
                    "spec": ["containers": [], "securityContext": ["runAsUser": 1337]],
                ]
            ],
        ])
        var analysis = Analysis()
        let before = analysis.look(at: AnalysisWorld(objects: world.objects, time: testTime))
        let delta = Foresight.delta([fate], on: world.objects, before: before, analysis, time: testTime)
        #expect(delta.added.map(\.code) == ["IST0144"])
    }
}
