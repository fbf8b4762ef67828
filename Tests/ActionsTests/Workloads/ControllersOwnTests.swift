import Base
import Kube
import TestSupport
import Testing

@testable import Actions

/// What controllers make or fill in: no content of a namespace, and no drift.
@Suite struct ControllersOwnTests {
    private func managed(_ manager: String, _ fields: JSONValue) -> JSONValue {
        ["manager": .string(manager), "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": fields]
    }

    @Test func whatEachNamespaceHasByItselfIsNoContent() {
        func isMade(_ kind: String, _ meta: JSONValue) -> Bool { ControllersOwn.isMade(["metadata": meta], kind) }
        #expect(isMade("Endpoints", ["labels": ["endpoints.kubernetes.io/managed-by": "endpoint-controller"]]))
        #expect(isMade("Endpoints", ["annotations": ["endpoints.kubernetes.io/last-change-trigger-time": "x"]]))
        #expect(!isMade("Endpoints", ["name": "by-hand"]))
        #expect(isMade("EndpointSlice", ["ownerReferences": [["kind": "Service", "controller": true]]]))
        #expect(!isMade("EndpointSlice", ["name": "by-hand"]))
        #expect(isMade("ConfigMap", ["name": "kube-root-ca.crt"]) && !isMade("ConfigMap", ["name": "own"]))
        #expect(isMade("ServiceAccount", ["name": "default"]) && !isMade("ServiceAccount", ["name": "own"]))
        let edited = managed("kubectl-edit", ["f:imagePullSecrets": [:]])
        #expect(!isMade("ServiceAccount", ["name": "default", "managedFields": [edited]]))
        #expect(isMade("Secret", ["annotations": ["kubernetes.io/service-account.uid": "1"]]))
        #expect(!isMade("Secret", ["name": "own"]))
        #expect(isMade("Event", [:]))
    }

    private static let token = """
        apiVersion: v1
        kind: Secret
        type: kubernetes.io/service-account-token
        metadata: {name: robot, namespace: shop, annotations: {kubernetes.io/service-account.name: default}}
        """
    private static let path = "/api/v1/namespaces/shop/secrets/robot"

    /// As the token controller does it: under its own name.
    private func fill(_ cluster: DemoCluster, _ key: String, as manager: String) async throws {
        let call = KubeClient.Call(
            "PATCH", Self.path, query: [("fieldManager", manager)], contentType: "application/merge-patch+json",
            body: Array(#"{"data":{"\#(key)":"YQ=="}}"#.utf8))
        try await cluster.client().send(call)
    }

    @Test func whatAControllerFilledInIsNoDrift() async throws {
        let cluster = try DemoCluster(Demo.withoutHistory())
        let runner = try cluster.runner()
        let plan = try await runner.plan(.apply(yaml: Self.token, defaultNamespace: "shop"))
        #expect(await runner.finish(plan.planID).wasApplied)
        try await fill(cluster, "token", as: "kube-controller-manager")
        let undo = try await runner.plan(.undo(nil))
        #expect(undo.drift.isEmpty && undo.refusal == nil, "\(undo)")
        #expect(await runner.finish(undo.planID).wasApplied)
        #expect(!(try await cluster.exists(Self.path)))
    }

    @Test func whatAPersonPutBesideItIs() async throws {
        let cluster = try DemoCluster(Demo.withoutHistory())
        let runner = try cluster.runner()
        let plan = try await runner.plan(.apply(yaml: Self.token, defaultNamespace: "shop"))
        #expect(await runner.finish(plan.planID).wasApplied)
        try await fill(cluster, "token", as: "kube-controller-manager")
        try await fill(cluster, "mine", as: "kubectl-edit")
        await #expect {
            _ = try await runner.plan(.undo(nil))
        } throws: { error in
            "\(error)".contains("--over-drift")
        }
    }

    /// On a server that marks what its controllers make; counted, shown and brought back are the same.
    @Test func theCountOfANamespaceHasWhatPeopleMadeAlone() async throws {
        let cluster = try DemoCluster(Demo.withoutHistory())
        func make(_ path: String, _ body: JSONValue) async throws {
            let answer = try await cluster.demo.ask("POST", path, body)
            #expect(answer.status == 201, "\(answer)")
        }
        func meta(_ name: String) -> JSONValue { ["name": .string(name), "namespace": "own"] }
        try await make("/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "own"]])
        for name in ["kube-root-ca.crt", "settings"] {
            try await make(
                "/api/v1/namespaces/own/configmaps",
                ["apiVersion": "v1", "kind": "ConfigMap", "metadata": meta(name), "data": ["k": "v"]])
        }
        try await make(
            "/api/v1/namespaces/own/services",
            [
                "apiVersion": "v1", "kind": "Service", "metadata": meta("web"),
                "spec": ["selector": ["app": "web"], "ports": [["port": 80]]],
            ])
        _ = try await cluster.demo.ask(
            "POST", "/api/v1/namespaces/own/endpoints",
            ["apiVersion": "v1", "kind": "Endpoints", "metadata": meta("web")])
        let preview = try await cluster.runner().plan(
            .delete(ObjectReference(kind: "Namespace", namespace: "", name: "own")))
        #expect(preview.typedConfirmation == "2", "\(preview.warnings)")
        #expect(
            preview.warnings.contains { $0.contains("1 ConfigMap, 1 Service, 2 in all") }, "\(preview.warnings)")
        #expect(preview.warnings.contains { $0.contains("makes the Namespace and 2 of them anew") })
    }
}
