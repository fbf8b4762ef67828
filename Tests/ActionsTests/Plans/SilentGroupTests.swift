import Base
import DemoMesh
import Kube
import MeshModel
import TestSupport
import Testing

@testable import Actions

/// A group whose own server never answers delays no change that does not need it.
@Suite(.serialized) struct SilentGroupTests {
    static let cluster = Result { try DemoCluster(speed: 1) }

    /// The demo with discovery as servers before 1.30 have it, and a silent group in it.
    private final class Stage: Sendable {
        private let proxy: FaultProxy
        let client: KubeClient
        let runner: ChangeRunner

        init(patience: Double = 30) async throws {
            let cluster = try SilentGroupTests.cluster.get()
            proxy = try FaultProxy(to: cluster.demo.server.port)
            var groups = try await cluster.get("/apis")
            let silent: JSONValue = [
                "name": "metrics.k8s.io",
                "versions": [["groupVersion": "metrics.k8s.io/v1beta1", "version": "v1beta1"]],
            ]
            groups["groups"] = .array(groups.list("groups") + [silent])
            let answers = ["/api": try await cluster.get("/api").compactText, "/apis": groups.compactText]
            for (path, body) in answers {
                proxy.add(.answer(200, body: body), times: 100_000) { $0 == "GET \(path)" }
            }
            proxy.add(.silence(seconds: 600), times: 100_000) { $0.contains("/apis/metrics.k8s.io") }
            var client = try cluster.demo.client(through: proxy)
            client.timeoutSeconds = patience
            self.client = client
            runner = ChangeRunner(client: client, journal: cluster.journal) { nil }
        }

        deinit { proxy.stop() }

        /// Whether the group has still to answer: then nobody has waited for it.
        func isAwaited() async throws -> Bool {
            try await client.discovery { _ in true }.awaited.contains("metrics.k8s.io")
        }
    }

    @Test(arguments: [
        PlanRequest.scale(ObjectReference(kind: "deploy", namespace: "shop", name: "ads-v1"), replicas: 3),
        .restart(ObjectReference(kind: "Deployment", namespace: "shop", name: "ads-v1")),
        .evict(ObjectReference(kind: "Pod", namespace: "shop", name: "redis-cart-0")),
        .delete(ObjectReference(kind: "svc", namespace: "shop", name: "checkout")),
    ]) func aChangeDoesNotWaitForIt(_ request: PlanRequest) async throws {
        let stage = try await Stage()
        let preview = try await stage.runner.plan(request)
        #expect(!preview.effects.contains { $0.contains("cannot be read") }, "\(preview.effects)")
        #expect(try await stage.isAwaited(), "\(preview.title)")
    }

    @Test func whatIsInANamespaceWaitsAndNamesIt() async throws {
        let stage = try await Stage(patience: 1)
        let shop = ObjectReference(kind: "Namespace", namespace: "", name: "shop")
        let preview = try await stage.runner.plan(.delete(shop))
        #expect(
            preview.warnings.contains {
                $0.hasPrefix("not counted: ") && $0.contains("metrics.k8s.io") && !$0.contains("yet")
            }, "\(preview.warnings)")
    }

    @Test func aKindThatNoOtherGroupHasWaitsAndNamesIt() async throws {
        let stage = try await Stage(patience: 1)
        let meter = ObjectReference(kind: "podmetrics", namespace: "shop", name: "ads")
        let error = await #expect(throws: MeshTopError.self) { try await stage.runner.plan(.delete(meter)) }
        #expect(error?.why.contains("it does not answer for metrics.k8s.io") == true, "\(error?.why ?? "")")
        #expect(try await !stage.isAwaited())
    }

    @Test func aManifestOfItsKindWaitsAndNamesIt() async throws {
        let stage = try await Stage(patience: 1)
        let text = "{apiVersion: metrics.k8s.io/v1beta1, kind: PodMetrics, metadata: {name: a}}"
        let error = await #expect(throws: MeshTopError.self) {
            try await stage.runner.plan(.apply(yaml: text, defaultNamespace: "shop"))
        }
        #expect(
            error?.why.contains("is not known; it does not answer for metrics.k8s.io") == true, "\(error?.why ?? "")")
    }
}
