import Base
import Kube
import TestSupport
import Testing

@testable import DemoMesh

/// Built-in kinds in protobuf: what is written reads back, and the server answers in the form that was asked for.
@Suite struct ProtobufTests {
    private static let mediaType = "application/vnd.kubernetes.protobuf"

    /// Every kind of field: maps, lists, inlined members, quantities, times, ports by name, data, pointers to zero.
    static let objects: [JSONValue] = [
        [
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": [
                "name": "web", "namespace": "shop", "labels": ["app": "web"],
                "creationTimestamp": "2026-11-24T08:00:00Z",
                "managedFields": [
                    [
                        "manager": "kubectl", "operation": "Apply", "apiVersion": "apps/v1", "fieldsType": "FieldsV1",
                        "fieldsV1": ["f:spec": ["f:replicas": [:]]],
                    ]
                ],
            ],
            "spec": [
                "replicas": 0, "selector": ["matchLabels": ["app": "web"]],
                "strategy": ["rollingUpdate": ["maxSurge": "25%", "maxUnavailable": 1]],
                "template": [
                    "metadata": ["labels": ["app": "web"]],
                    "spec": [
                        "containers": [
                            [
                                "name": "web", "image": "nginx",
                                "resources": ["limits": ["cpu": "100m", "memory": "1Gi"]],
                                "readinessProbe": ["httpGet": ["path": "/", "port": "http"], "periodSeconds": 5],
                                "securityContext": ["runAsUser": 0, "privileged": false],
                            ]
                        ],
                        "volumes": [["name": "settings", "configMap": ["name": "settings", "defaultMode": 420]]],
                    ],
                ],
            ],
        ],
        [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "key"], "data": ["password": "c2VjcmV0"],
            "type": "Opaque",
        ],
        [
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "metadata": ["name": "ask"],
            "spec": ["resourceAttributes": ["verb": "get", "resource": "pods"]], "status": ["allowed": true],
        ],
    ]

    @Test(arguments: objects)
    func whatIsWrittenReadsBack(_ object: JSONValue) throws {
        let bytes = try #require(ProtobufEnvelope.encoded(object))
        let read = try ProtobufEnvelope.decoded(bytes)
        #expect(read == object, "\(read.compactText)")
    }

    @Test func damagedBytesAreRefused() throws {
        let bytes = try #require(ProtobufEnvelope.encoded(Self.objects[0]))
        #expect(throws: ProtobufError.self) { try ProtobufEnvelope.decoded(Array(bytes.dropLast(3))) }
        #expect(throws: ProtobufError.self) { try ProtobufEnvelope.decoded(Array("{}".utf8)) }
        for index in bytes.indices.dropFirst(4) {
            var damaged = bytes
            damaged[index] ^= 0xFF
            _ = try? ProtobufEnvelope.decoded(damaged)  // any answer will do, as long as there is one
        }
    }

    @Test func theServerAnswersInTheFormThatIsAskedFor() async throws {
        let demo = try Demo()
        let protobuf: [(name: String, value: String)] = [("Accept", "\(Self.mediaType),application/json")]
        let pods = "/api/v1/namespaces/shop/pods"
        let list = try await demo.ask("GET", pods, headers: protobuf)
        #expect(list.head.header("content-type") == Self.mediaType)
        #expect(list.body.starts(with: Array("k8s\0".utf8)))
        let first = try await demo.get(pods).list("items")[0]
        let name = try #require(first.at("metadata", "name")?.string)
        let one = try ProtobufEnvelope.decoded(try await demo.ask("GET", "\(pods)/\(name)", headers: protobuf).body)
        #expect(one["spec"] == first["spec"])
        #expect(one.at("metadata", "labels") == first.at("metadata", "labels"))
        let missing = try await demo.ask("GET", "\(pods)/nosuch", headers: protobuf)
        #expect(missing.status == 404)
        #expect(try ProtobufEnvelope.decoded(missing.body).text("reason") == "NotFound")
        // Custom resources have JSON only, and a table is JSON whatever else is taken.
        let custom = try await demo.ask("GET", "\(Paths.istio)/shop/virtualservices", headers: protobuf)
        #expect(custom.json.text("kind") == "VirtualServiceList")
        let refused = try await demo.ask(
            "GET", "\(Paths.istio)/shop/virtualservices", headers: [("Accept", Self.mediaType)])
        #expect(refused.status == 406)
        let table = try await demo.ask(
            "GET", pods, headers: [("Accept", "\(Self.mediaType);as=Table;v=v1,application/json;as=Table;v=v1")])
        #expect(table.json.text("kind") == "Table")
    }

    @Test func aWatchInProtobufIsFramed() async throws {
        let demo = try Demo()
        let answer = try await demo.ask(
            "GET", "/api/v1/namespaces?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dshop",
            headers: [("Accept", Self.mediaType)])
        #expect(answer.head.header("content-type") == "\(Self.mediaType);stream=watch")
        let length = answer.body.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        #expect(length == answer.body.count - 4)
        var event = ProtobufReader(answer.body.dropFirst(4))
        let type = try event.next()
        #expect(type?.value.text == "ADDED")
        let raw = try #require(try event.next()?.value.data)
        var wrapped = ProtobufReader(raw)
        let object = try ProtobufEnvelope.decoded(Array(try #require(try wrapped.next()?.value.data)))
        #expect(object.at("metadata", "name") == "shop")
    }
}
