import Base
import Istio
import Kube
import MeshModel
import TestSupport
import Testing

/// One bad group or a forbidden /version takes nothing else away.
@Suite struct DiscoveryTests {
    /// A server of legacy discovery with an apps group, and one whose own server hangs or fails.
    private func server(
        _ broken: CannedServer.Answer, version: CannedServer.Answer, instead: [String: CannedServer.Answer] = [:]
    ) throws -> CannedServer {
        try CannedServer { line in
            if let other = instead[line.split(separator: " ").last.map(String.init) ?? ""] { return other }
            func resources(_ items: JSONValue) -> CannedServer.Answer {
                .init(200, ["kind": "APIResourceList", "resources": items])
            }
            switch line.split(separator: " ").last.map(String.init) ?? "" {
            case "/version": return version
            case "/api": return .init(200, ["kind": "APIVersions", "versions": ["v1"]])
            case "/api/v1":
                return resources([
                    ["name": "pods", "kind": "Pod", "namespaced": true, "shortNames": ["po"], "verbs": ["list"]]
                ])
            case "/apis":
                return .init(
                    200,
                    [
                        "kind": "APIGroupList",
                        "groups": [
                            [
                                "name": "metrics.k8s.io",
                                "versions": [["groupVersion": "metrics.k8s.io/v1beta1", "version": "v1beta1"]],
                            ],
                            ["name": "apps", "versions": [["groupVersion": "apps/v1", "version": "v1"]]],
                        ],
                    ])
            case "/apis/apps/v1":
                return resources([
                    [
                        "name": "deployments", "singularName": "deployment", "kind": "Deployment", "namespaced": true,
                        "shortNames": ["deploy"], "verbs": ["list"],
                    ], ["name": "deployments/scale", "kind": "Scale", "namespaced": true, "verbs": ["get"]],
                ])
            default: return broken
            }
        }
    }

    private static let version = CannedServer.Answer(200, ["gitVersion": "v1.30.0"])

    @Test func aGroupThatDoesNotAnswerIsNamedAndHidesNoOther() async throws {
        let answers: [CannedServer.Answer] = [
            .init(503, ["kind": "Status", "message": "the server is currently unable to handle the request"]),
            .init(200, [], staysOpen: true),
        ]
        for answer in answers {
            let server = try server(answer, version: Self.version)
            var client = try server.client()
            client.timeoutSeconds = 1
            let found = try await client.discovery()
            #expect(found.path(for: .deployments) != nil && found.path(for: .pods) != nil)
            #expect(found.resources.first { $0.kind == "Deployment" }?.subresources == ["scale"])
            #expect(found.failed.keys.sorted() == ["metrics.k8s.io"] && found.gap("apps") == nil)
            let error = #expect(throws: MeshTopError.self) {
                try found.kind(of: ObjectWord(type: "podmetrics", name: "x"))
            }
            #expect(error?.why.contains("metrics.k8s.io") == true)
            #expect(found.unanswered("metrics.k8s.io") == "; it does not answer for metrics.k8s.io")
            #expect(found.unanswered("apps").isEmpty)
        }
    }

    /// What it decides is unknown then; nothing else waits for it.
    @Test(arguments: [
        CannedServer.Answer(403, ["kind": "Status", "message": "forbidden", "code": 403]),
        .init(500, ["kind": "Status", "message": "etcd", "code": 500]), .init(401, []), .init(200, ["a": 1]),
        .init(200, Array("<html><title>Sign in</title></html>".utf8), type: "text/html"),
        .init(200, [], staysOpen: true),
    ]) func aVersionThatIsNotToldIsUnknown(_ answer: CannedServer.Answer) async throws {
        let server = try server(.init(503, [:]), version: answer)
        let found = try await server.client().discovery()
        #expect(found.serverVersion == "" && found.minorVersion == nil && found.path(for: .deployments) != nil)
    }

    private static let forbidden = CannedServer.Answer(
        403, ["kind": "Status", "message": "kept from you", "code": 403])

    @Test func whereTheGroupsAreKeptBackTheCoreIsKnown() async throws {
        let server = try server(.init(503, [:]), version: Self.version, instead: ["/apis": Self.forbidden])
        let found = try await server.client().discovery()
        #expect(found.path(for: .pods) != nil && found.path(for: .deployments) == nil)
        #expect(found.gap("") == nil && found.gap("apps")?.contains("kept from you") == true)
        #expect(found.unanswered("apps").contains("kept from you") && found.unanswered("").isEmpty)
        let error = #expect(throws: MeshTopError.self) { try found.kind(of: ObjectWord(type: "deploy", name: "x")) }
        #expect(error?.why.contains("kept from you") == true, "\(error?.why ?? "")")
    }

    @Test func whereTheCoreIsKeptBackTheGroupsAreKnown() async throws {
        let server = try server(.init(503, [:]), version: Self.version, instead: ["/api": Self.forbidden])
        let found = try await server.client().discovery()
        #expect(found.path(for: .pods) == nil && found.path(for: .deployments) != nil)
        #expect(found.gap("")?.contains("kept from you") == true && found.gap("apps") == nil)
    }

    @Test func whereBothAreKeptBackNothingIsKnown() async throws {
        let server = try server(
            .init(503, [:]), version: Self.version, instead: ["/api": Self.forbidden, "/apis": Self.forbidden])
        let error = await #expect(throws: MeshTopError.self) { try await server.client().discovery() }
        #expect(error?.code == .forbidden && error?.why == "kept from you")
    }

    /// Some other service answers everything with JSON of its own.
    @Test func whatSpeaksOfNoGroupsIsNoKubernetesAPI() async throws {
        let server = try CannedServer { _ in .init(200, ["status": "ok"]) }
        let error = await #expect(throws: MeshTopError.self) { try await server.client().discovery() }
        #expect(error?.description.contains("no Kubernetes API") == true, "\(error?.description ?? "")")
    }

    @Test func wordsAreFoundAsKubectlFindsThem() async throws {
        let server = try server(.init(503, [:]), version: Self.version)
        let found = try await server.client().discovery()
        for word in ["deploy", "Deployment", "deployments", "deployments.apps", "deploy.apps", "deployments.v1.apps"] {
            #expect(found.resource(named: word)?.kind == "Deployment", "\(word)")
        }
        for word in ["po", "pod", "pods", "pods.v1."] { #expect(found.resource(named: word)?.kind == "Pod", "\(word)") }
        for word in ["deployments.extensions", "deployments.v2.apps", "depl", ""] {
            #expect(found.resource(named: word) == nil, "\(word)")
        }
    }
}
