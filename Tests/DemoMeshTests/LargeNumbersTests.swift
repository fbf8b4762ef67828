import Base
import DemoMesh
import TestSupport
import Testing

/// Counts and objects of a size that nobody expects: the embedded mesh goes on answering.
@Suite struct LargeNumbersTests {
    private static func deployment(_ replicas: Int64) -> JSONValue {
        [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "crowd"],
            "spec": [
                "replicas": .int(replicas), "selector": ["matchLabels": ["app": "crowd"]],
                "template": [
                    "metadata": ["labels": ["app": "crowd"]],
                    "spec": ["containers": [["name": "c", "image": "nginx"]]],
                ],
            ],
        ]
    }

    @Test func aCountBeyondTheQuotaMakesNoMorePods() async throws {
        let demo = try Demo.withoutHistory()
        let made = try await demo.ask(
            "POST", "/apis/apps/v1/namespaces/shop/deployments", Self.deployment(Int64(Int32.max)))
        #expect(made.status == 201)
        let crowd = try await eventually { () -> Bool? in
            try await demo.get(Paths.deployment("crowd")).at("status", "replicas") == 2000 ? true : nil
        }
        #expect(crowd == true)
        let events = try await demo.get("/api/v1/namespaces/shop/events").list("items")
        let refusals = events.filter { $0.at("involvedObject", "name") == "crowd" && $0["reason"] == "FailedCreate" }
        #expect(refusals.count == 1 && refusals.first?["type"] == "Warning")
        try await demo.mergePatch(Paths.deployment("crowd"), ["spec": ["replicas": 2]])
        let pair = try await eventually { () -> Bool? in
            let status = try await demo.get(Paths.deployment("crowd"))["status"]
            return status?["replicas"] == 2 && status?["readyReplicas"] == 2 ? true : nil
        }
        #expect(pair == true)
    }

    /// Its fields' owners are written one by one: each by itself must not copy all.
    @Test func anObjectOfManyFieldsIsTakenInTime() async throws {
        let demo = try Demo.withoutHistory()
        var data: JSONValue = [:]
        for number in 0..<40_000 { data["key-\(number)"] = "v" }
        let made = try await demo.ask(
            "POST", "/api/v1/namespaces/shop/configmaps",
            ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "many"], "data": data])
        #expect(made.status == 201)
        let fields = try await demo.get("/api/v1/namespaces/shop/configmaps/many").at("metadata", "managedFields")
        #expect(fields?.array?.first?.at("fieldsV1", "f:data")?.object?.count == 40_000)
    }
}
