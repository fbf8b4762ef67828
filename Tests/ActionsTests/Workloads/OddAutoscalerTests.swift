import Base
import Kube
import TestSupport
import Testing

@testable import Actions

/// An autoscaler that cannot be understood is not taken for none, nor its bounds for others.
@Suite struct OddAutoscalerTests {
    private let object = ObjectReference(kind: "Deployment", namespace: "shop", name: "ads")

    /// A cluster with one Deployment, and with autoscalers that say this.
    private func server(_ autoscalers: [JSONValue]) throws -> CannedServer {
        try CannedServer { line in
            if line.contains("/horizontalpodautoscalers") {
                return .init(200, ["kind": "HorizontalPodAutoscalerList", "items": .array(autoscalers)])
            }
            if line.contains("/deployments/ads") {
                return .init(200, ["kind": "Deployment", "metadata": ["name": "ads"], "spec": ["replicas": 2]])
            }
            if line.contains("/version") { return .init(200, ["major": "1", "minor": "36", "gitVersion": "v1.36.0"]) }
            return .init(200, CannedServer.discovery)
        }
    }

    private func world(_ server: CannedServer) async throws -> PlanWorld {
        let client = try server.client()
        return PlanWorld(client: client, discovery: try await client.discovery(), snapshot: nil)
    }

    private func autoscaler(_ minimum: JSONValue, _ maximum: JSONValue, target: JSONValue = "ads") -> JSONValue {
        [
            "metadata": ["name": "ads-hpa"],
            "spec": [
                "scaleTargetRef": ["kind": "Deployment", "name": target], "minReplicas": minimum,
                "maxReplicas": maximum,
            ],
        ]
    }

    private func warnings(_ autoscalers: [JSONValue]) async throws -> [String] {
        let server = try server(autoscalers)
        defer { withExtendedLifetime(server) {} }
        return try await ScalePlanner.draft(object, replicas: 12, world(server)).warnings
    }

    @Test func scalingNamesIt() async throws {
        #expect(try await warnings([]).isEmpty)
        #expect(try await warnings([autoscaler(2, "x", target: "other")]).isEmpty)
        #expect(try await warnings([autoscaler(2, 10)]).first?.contains("keeps replicas within 2–10") == true)
        #expect(try await warnings([autoscaler(.null, 10)]).first?.contains("within 1–10") == true)
        for odd in [autoscaler(2, "x"), autoscaler("x", 10), autoscaler(2, .null)] {
            #expect(
                try await warnings([odd]) == ["HPA ads-hpa sets this count within bounds that are not understood"])
        }
        #expect(
            try await warnings([autoscaler(2, 10, target: ["x": 3])])
                == ["HPA ads-hpa is not understood: whether it sets this count is not known"])
        #expect(
            try await warnings([.null])
                == ["an HPA without a name is not understood: whether it sets this count is not known"])
        // One that can be understood has the last word.
        #expect(try await warnings([.null, autoscaler(2, 10)]).count == 1)
    }

    @Test(arguments: [("max", "min"), ("min", "max")]) func itsBoundsAreNotGuessed(_ odd: String, _ other: String)
        async throws
    {
        let existing = odd == "max" ? autoscaler(2, "x") : autoscaler("x", 10)
        let server = try server([existing])
        defer { withExtendedLifetime(server) {} }
        let world = try await world(server)
        let error = await #expect(throws: MeshTopError.self) {
            let request = AutoscalerRequest(
                object: object, min: other == "min" ? 3 : nil, max: other == "max" ? 3 : nil)
            return try await request.draft(world)
        }
        #expect(error?.description.contains("HPA ads-hpa: its \(odd)Replicas is not understood") == true)
    }
}
