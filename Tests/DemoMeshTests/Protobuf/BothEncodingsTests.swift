import Base
import DemoMesh
import Istio
import Kube
import TestSupport
import Testing

/// Whatever the encoding, the client must know the same of an object. One at a time: two lists of a mesh that another
/// test changes meanwhile may differ.
@Suite(.serialized) struct BothEncodingsTests {
    static let demo = Result { try Demo(speed: 1) }

    private func compare<Object: ClusterObject>(_: Object.Type, _ path: String, atLeast: Int) async throws {
        let demo = try Self.demo.get()
        // The mesh lives: two lists of one version are compared.
        func pair() async throws -> (ListPage<Object>, ListPage<Object>) {
            let json = try await demo.ask("GET", path, headers: [("Accept", "application/json")])
            let protobuf = try await demo.ask(
                "GET", path, headers: [("Accept", "application/vnd.kubernetes.protobuf,application/json")])
            #expect(protobuf.head.header("content-type")?.contains("protobuf") == true)
            return (
                try ListPage<Object>(json.body),
                try ListPage<Object>(protobuf.body, contentType: "application/vnd.kubernetes.protobuf")
            )
        }
        var (left, right) = try await pair()
        for _ in 0..<50 where left.resourceVersion != right.resourceVersion { (left, right) = try await pair() }
        #expect(left.resourceVersion == right.resourceVersion)
        #expect(left.objects.count >= atLeast, "\(path)")
        #expect(left.objects.map(\.meta.key) == right.objects.map(\.meta.key))
        for (a, b) in zip(left.objects, right.objects) where a.meta.resourceVersion == b.meta.resourceVersion {
            #expect(a == b, "\(a.meta.key)")
        }
    }

    @Test func everyBuiltInKindReadsTheSame() async throws {
        try await compare(Namespace.self, "/api/v1/namespaces", atLeast: 5)
        try await compare(Pod.self, "/api/v1/pods", atLeast: 50)
        try await compare(Service.self, "/api/v1/services", atLeast: 30)
        try await compare(Workload.self, "/apis/apps/v1/deployments", atLeast: 30)
        try await compare(Workload.self, "/apis/apps/v1/statefulsets", atLeast: 2)
        try await compare(Workload.self, "/apis/apps/v1/daemonsets", atLeast: 1)
        try await compare(HorizontalPodAutoscaler.self, "/apis/autoscaling/v2/horizontalpodautoscalers", atLeast: 1)
    }

    /// However the bytes are cut, the same objects come out of them.
    @Test(arguments: ["application/json", "application/vnd.kubernetes.protobuf"])
    func chunksDoNotMatter(_ accept: String) async throws {
        let demo = try Self.demo.get()
        let body = try await demo.ask("GET", "/api/v1/services", headers: [("Accept", accept)]).body
        let whole = try ListPage<Service>(body, contentType: accept).objects
        #expect(whole.count > 30)
        for size in [1, 7, 1000, 300_000] {
            var stream = ListStream<Service>(contentType: accept, pool: StringPool())
            var objects: [Service] = []
            for start in stride(from: 0, to: body.count, by: size) {
                objects += try stream.feed(Array(body[start..<min(body.count, start + size)]))
            }
            objects += try stream.finish().rest
            #expect(objects == whole, "chunks of \(size)")
        }
        for cut in [1, 4, 100, body.count / 2, body.count - 3] {
            #expect(throws: JSONError.self, "cut at \(cut)") {
                try ListPage<Service>(Array(body.prefix(cut)), contentType: accept)
            }
        }
    }

    @Test func aWatchInProtobufTellsWhatOneInJSONDoes() async throws {
        let demo = try Self.demo.get()
        let client = try demo.client()
        let seen = Lock<[String]>([])
        let reflector = Reflector<Service>(
            client: client, path: ResourcePath(group: "", version: "v1", resource: "services"), namespace: "shop"
        ) { change in
            seen.withLock { seen in
                switch change {
                case .replace(let objects): seen.append("replace \(objects.count > 10)")
                case .events(let events):
                    for event in events {
                        switch event {
                        case .upsert(let object):
                            seen.append("upsert \(object.meta.name) \(object.meta.labels["x"] ?? "-")")
                        case .delete(let object): seen.append("delete \(object.meta.name)")
                        case .odd, .bookmark, .error: break
                        }
                    }
                case .status, .odd: break
                }
            }
        }
        let task = Task { await reflector.run() }
        defer { task.cancel() }
        func wait(_ text: String) async throws {
            let found = try await eventually(within: 15) { seen.withLock { $0.contains(text) } ? true : nil }
            #expect(found == true, "\(text): \(seen.withLock { $0 })")
        }
        try await wait("replace true")
        let body: JSONValue = [
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": "made", "namespace": "shop"],
            "spec": ["selector": ["app": "made"], "ports": [["port": 80]]],
        ]
        #expect(try await demo.ask("POST", "/api/v1/namespaces/shop/services", body).status == 201)
        try await wait("upsert made -")
        try await demo.mergePatch("/api/v1/namespaces/shop/services/made", ["metadata": ["labels": ["x": "y"]]])
        try await wait("upsert made y")
        #expect(try await demo.ask("DELETE", "/api/v1/namespaces/shop/services/made").status == 200)
        try await wait("delete made")
    }
}
