import DemoMesh
import Kube
import TestSupport
import Testing

/// Disruption budgets as the real kubectl meets them.
@Suite(.serialized) struct DisruptionKubectlTests: KubectlSuite {
    static let demo = Result { try Demo() }
    private static let refusal = "Cannot evict pod as it would violate the pod's disruption budget."

    private func evict(_ pod: String) async throws -> ToolResult {
        let body =
            #"{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"\#(pod)","namespace":"shop"}}"#
        let prefix = try #require(URLParts(try Self.demo.get().client().access.server)).rest
        return try await kubectl(
            "create", "--raw", "\(prefix)/api/v1/namespaces/shop/pods/\(pod)/eviction", "-f", "-", input: body)
    }

    @Test func budgetsArePrintedWithWhatTheyLeave() async throws {
        let table = try await kubectl("get", "pdb", "-n", "shop")
        expect(table, 0, "MIN AVAILABLE", "ALLOWED DISRUPTIONS")
        let rows = table.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows.contains { $0.prefix(4) == ["redis-cart", "1", "N/A", "0"] }, "\(table.output)")
        #expect(rows.contains { $0.prefix(4) == ["orders-db", "N/A", "1", "1"] }, "\(table.output)")
        expect(
            try await kubectl("describe", "pdb", "redis-cart", "-n", "shop"), 0, "Selector:       app=redis-cart",
            "Current:              1", "Desired:              1")
    }

    @Test func anEvictionThatABudgetForbidsIsRefusedAsByARealServer() async throws {
        expect(try await evict("redis-cart-0"), 1, Self.refusal)
        let node = try await kubectl("get", "pod", "redis-cart-0", "-n", "shop", "-o", "jsonpath={.spec.nodeName}")
        let drain = try await kubectl(
            "drain", node.output, "--pod-selector=app=redis-cart", "--timeout=2s", "--delete-emptydir-data")
        expect(drain, 1, "redis-cart-0", Self.refusal)
        expect(try await kubectl("uncordon", node.output), 0, "uncordoned")
        expect(try await kubectl("get", "pod", "redis-cart-0", "-n", "shop"), 0, "Running")
    }

    @Test func aBudgetOfKubectlsOwnCountsAtOnce() async throws {
        expect(
            try await kubectl(
                "create", "poddisruptionbudget", "cart", "-n", "shop", "--selector=app=cart", "--min-available=100%"),
            0, "created")
        let pods = try await kubectl("get", "pods", "-n", "shop", "-l", "app=cart", "-o", "name")
        let pod = try #require(pods.output.split(separator: "\n").first).replacing("pod/", with: "")
        expect(try await evict(String(pod)), 1, Self.refusal)
        expect(try await kubectl("delete", "pdb", "cart", "-n", "shop"), 0, "deleted")
        expect(try await evict(String(pod)), 0)
        expect(
            try await kubectl(
                "create", "poddisruptionbudget", "both", "-n", "shop", "--selector=app=cart", "--min-available=1",
                "--max-unavailable=1"), 1, "both")
    }
}
