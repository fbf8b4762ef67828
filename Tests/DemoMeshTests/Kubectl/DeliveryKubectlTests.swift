import DemoMesh
import TestSupport
import Testing

/// Flagger's and Argo's objects, applied and patched by the real kubectl.
@Suite(.serialized) struct DeliveryKubectlTests: KubectlSuite {
    static let demo = Result { try Demo(.rollouts) }

    @Test func aRolloutsStatusIsASubresource() async throws {
        let abort = #"{"status":{"abort":true}}"#
        // The object's own path leaves the status alone.
        expect(try await kubectl("patch", "rollout", "prices", "-n", "shop", "--type=merge", "-p", abort), 0)
        expect(
            try await kubectl("get", "rollout", "prices", "-n", "shop", "-o", "jsonpath=[{.status.abort}]"), 0, "[]")
        expect(
            try await kubectl(
                "patch", "rollout", "prices", "-n", "shop", "--subresource=status", "--type=merge", "-p", abort), 0)
        #expect(
            try await eventually {
                let route = try await kubectl(
                    "get", "vs", "prices", "-n", "shop", "-o", "jsonpath={.spec.http[0].route[*].weight}")
                return route.output == "100 0" ? true : nil
            } == true)
    }

    @Test func aCanaryIsAppliedAndOwnsItsRoute() async throws {
        let canary = """
            apiVersion: flagger.app/v1beta1
            kind: Canary
            metadata: {name: ads, namespace: shop}
            spec: {suspend: true, targetRef: {apiVersion: apps/v1, kind: Deployment, name: ads-v1}, service: {port: 8080}}
            """
        expect(try await kubectl("apply", "-f", "-", input: canary), 0, "created")
        expect(
            try await kubectl(
                "get", "vs", "quotes", "-n", "shop", "-o", "jsonpath={.metadata.ownerReferences[0].kind}"),
            0, "Canary")
    }
}
