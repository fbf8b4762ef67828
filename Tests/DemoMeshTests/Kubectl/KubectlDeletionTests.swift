import DemoMesh
import TestSupport
import Testing

/// Finalizers, update strategies and the texts of Secrets, as the real kubectl meets them.
@Suite(.serialized) struct KubectlDeletionTests: KubectlSuite {
    static let demo = Result { try Demo.withoutHistory() }

    @Test func anObjectStaysUntilItsFinalizersAreGone() async throws {
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held, namespace: shop, finalizers: [a.io/x]}"
        expect(try await kubectl("create", "-f", "-", input: map), 0, "created")
        expect(try await kubectl("delete", "cm", "held", "-n", "shop", "--wait=false"), 0, "deleted")
        let held = try await kubectl("get", "cm", "held", "-n", "shop", "-o", "jsonpath={.metadata.deletionTimestamp}")
        expect(held, 0)
        #expect(!held.output.isEmpty)
        // A second deletion and other writes change nothing of it.
        expect(try await kubectl("delete", "cm", "held", "-n", "shop", "--wait=false"), 0)
        expect(try await kubectl("label", "cm", "held", "-n", "shop", "a=b"), 0)
        let later = try await kubectl("get", "cm", "held", "-n", "shop", "-o", "jsonpath={.metadata.deletionTimestamp}")
        #expect(later.output == held.output)
        expect(
            try await kubectl(
                "patch", "cm", "held", "-n", "shop", "--type=merge", "-p", #"{"metadata":{"finalizers":null}}"#), 0)
        expect(try await kubectl("get", "cm", "held", "-n", "shop"), 1, "NotFound")
    }

    @Test func textsOfASecretBecomeItsData() async throws {
        let secret =
            "apiVersion: v1\nkind: Secret\nmetadata: {name: texts, namespace: shop}\ndata: {a: YQ==}\nstringData: {a: b, c: d}"
        expect(try await kubectl("create", "-f", "-", input: secret), 0)
        expect(
            try await kubectl("get", "secret", "texts", "-n", "shop", "-o", "jsonpath={.data}{.stringData}"), 0,
            #"{"a":"Yg==","c":"ZA=="}"#)
    }

    private func images(_ pods: String) async throws -> [String] {
        let result = try await kubectl(
            "get", "pods", "-n", "shop", "-l", pods, "--sort-by=.metadata.name", "-o",
            "jsonpath={range .items[*]}{.spec.containers[0].image} {end}")
        return result.output.split(separator: " ").map(String.init)
    }

    private func workload(_ name: String, _ image: String, _ strategy: String) -> String {
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: \(name), namespace: shop}
        spec:
          replicas: 3
          serviceName: \(name)
          selector: {matchLabels: {app: \(name)}}
          updateStrategy: \(strategy)
          template:
            metadata: {labels: {app: \(name)}}
            spec: {containers: [{name: a, image: "\(image)"}]}
        """
    }

    private func settle(_ label: String, _ wanted: [String]) async throws {
        let found = try await eventually { try await images(label) == wanted ? true : nil }
        let now = try await images(label)
        #expect(found == true, "\(now)")
    }

    @Test func onDeleteReplacesOnlyWhatIsDeleted() async throws {
        let strategy = "{type: OnDelete}"
        expect(try await kubectl("apply", "-f", "-", input: workload("ondelete", "a:1", strategy)), 0)
        try await settle("app=ondelete", ["a:1", "a:1", "a:1"])
        expect(try await kubectl("apply", "-f", "-", input: workload("ondelete", "a:2", strategy)), 0)
        // The controller has seen it, and leaves the pods alone.
        let seen = try await eventually {
            let status = try await kubectl(
                "get", "sts", "ondelete", "-n", "shop", "-o",
                "jsonpath={.metadata.generation} {.status.observedGeneration} {.status.updatedReplicas}")
            return status.output == "2 2 " ? true : nil
        }
        #expect(seen == true)
        #expect(try await images("app=ondelete") == ["a:1", "a:1", "a:1"])
        expect(try await kubectl("delete", "pod", "ondelete-1", "-n", "shop"), 0)
        try await settle("app=ondelete", ["a:1", "a:2", "a:1"])
    }

    @Test func aPartitionHoldsTheLowerOnes() async throws {
        let strategy = "{type: RollingUpdate, rollingUpdate: {partition: 2}}"
        expect(try await kubectl("apply", "-f", "-", input: workload("parted", "a:1", strategy)), 0)
        try await settle("app=parted", ["a:1", "a:1", "a:1"])
        expect(try await kubectl("apply", "-f", "-", input: workload("parted", "a:2", strategy)), 0)
        try await settle("app=parted", ["a:1", "a:1", "a:2"])
        expect(try await kubectl("delete", "pod", "parted-0", "-n", "shop"), 0)
        try await settle("app=parted", ["a:1", "a:1", "a:2"])
    }
}
