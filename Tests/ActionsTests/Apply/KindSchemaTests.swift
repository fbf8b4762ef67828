import Base
import TestSupport
import Testing

@testable import Actions

/// What a kind has fields for, as its definition says, on servers that do not say it themselves.
@Suite struct KindSchemaTests {
    private static let definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: destinationrules.networking.istio.io}
        spec:
          group: networking.istio.io
          names: {plural: destinationrules, kind: DestinationRule}
          scope: Namespaced
          versions:
          - name: v1alpha3
            served: true
            schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {old: {type: string}}}}}}
          - name: v1
            served: true
            storage: true
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec:
                    type: object
                    properties:
                      host: {type: string}
                      ports: {type: array, items: {type: object, properties: {name: {type: string}}}}
                      labels: {type: object, additionalProperties: {type: string}}
                      byName: {type: object, additionalProperties: {type: object, properties: {a: {type: integer}}}}
                      free: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {strict: {type: object, properties: {b: {}}}}}
                      any: {x-kubernetes-preserve-unknown-fields: true}
                      size: {x-kubernetes-int-or-string: true}
                      closed: {type: object, additionalProperties: false}
                      template: {type: object, x-kubernetes-embedded-resource: true, properties: {spec: {type: object}}}
                      trafficPolicy: {type: object, properties: {outlierDetection: {type: object}}}
        """

    private func unknown(_ object: String, version: String = "v1", of definition: String = definition) throws
        -> [String]
    {
        let schema = try #require(KindSchema(definition: YAML.document(Array(definition.utf8)), version: version))
        return schema.unknownFields(in: try YAML.document(Array(object.utf8))).map { $0.joined(separator: ".") }
    }

    @Test(
        arguments: [
            ("{spec: {host: a, ports: [{name: x}], labels: {a: b}, size: 5, any: {x: {y: 1}}}}", []),
            ("{spec: {hosts: a}, other: 1}", ["spec.hosts", "other"]),
            ("{spec: {ports: [{name: x}, {name: y, nane: z}]}}", ["spec.ports.1.nane"]),
            ("{spec: {byName: {x: {a: 1}, z: {b: 1}}}}", ["spec.byName.z.b"]),
            ("{spec: {free: {x: {y: 1}, strict: {b: 1, c: 2}}}}", ["spec.free.strict.c"]),
            ("{spec: {closed: {a: 1}}}", ["spec.closed.a"]),
            (
                "{spec: {template: {apiVersion: v1, kind: Pod, metadata: {name: x, nmae: y}, spec: {}, sepc: 1}}}",
                ["spec.template.metadata.nmae", "spec.template.sepc"]
            ),
            ("{metadata: {labels: {a: b}, lables: {a: b}}}", ["metadata.lables"]),
            ("{spec: {gone: null, host: {a: 1}}}", ["spec.host.a"]),
            ("{spec: 5}", []), ("{spec: {ports: 5, labels: [a]}}", []),
        ] as [(String, [String])])
    func whatTheSchemaHasNoFieldForIsFound(_ object: String, _ paths: [String]) throws {
        #expect(try unknown(object) == paths)
    }

    @Test func everyVersionHasItsOwn() throws {
        #expect(try unknown("{spec: {old: a, host: b}}", version: "v1alpha3") == ["spec.host"])
        #expect(KindSchema(definition: try YAML.document(Array(Self.definition.utf8)), version: "v2") == nil)
    }

    @Test(
        arguments: [
            "spec: {preserveUnknownFields: true, versions: [{name: v1, schema: {openAPIV3Schema: {type: object}}}]}",
            "spec: {versions: [{name: v1}]}", "spec: {version: v1}",
            "{apiVersion: apiextensions.k8s.io/v1beta1, spec: {version: v1, validation: {openAPIV3Schema: {type: object}}}}",
        ])
    func aDefinitionThatKeepsEverythingDropsNothing(_ definition: String) throws {
        #expect(try unknown("{spec: {x: 1}}", of: definition) == [])
    }

    @Test func theOldPlaceOfASchemaCounts() throws {
        let old =
            "spec: {version: v1, validation: {openAPIV3Schema: {type: object, properties: {spec: {type: object}}}}}"
        #expect(try unknown("{spec: {x: 1}}", of: old) == ["spec.x"])
    }

    // MARK: On a server

    /// Takes everything and shows it back, as one that does not prune in a dry run.
    private func server(
        _ version: String, definition: CannedServer.Answer?, openAPI: JSONValue? = nil, at openAPIPath: String = ""
    ) throws -> CannedServer {
        let discovery = CannedServer.discovery
        return try CannedServer { line, bytes in
            let path = line.split(separator: " ").last.map { String($0.prefix { $0 != "?" }) } ?? ""
            if path == "/version" {
                return version.isEmpty
                    ? .init(403, ["kind": "Status", "code": 403, "reason": "Forbidden"])
                    : .init(200, ["gitVersion": .string(version)])
            }
            if path == "/apis" || path == "/api" { return .init(200, discovery) }
            if path.contains("/customresourcedefinitions/"), let definition { return definition }
            if path == "/openapi/v3/apis/networking.istio.io/v1" || path == openAPIPath, let openAPI {
                return .init(200, openAPI)
            }
            guard line.hasPrefix("POST ") else {
                return .init(404, ["kind": "Status", "code": 404, "reason": "NotFound", "message": "not found"])
            }
            let text = String(decoding: bytes, as: UTF8.self)
            let body = text.firstRange(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? "{}"
            var object = (try? JSONValue(parsing: body)) ?? [:]  // an empty answer shows in the test
            object.set(["spec", "paussed"], to: nil)
            return .init(201, object)
        }
    }

    private let mission = """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: old-server, namespace: shop}
        spec: {host: ads, trafficPolicy: {circuitBreaker: {consecutiveErrors: 3}}}
        """
    private static let forbidden = CannedServer.Answer(
        403, ["kind": "Status", "code": 403, "reason": "Forbidden", "message": "you may not"])

    private func preview(_ server: CannedServer, _ yaml: String) async throws -> (ChangeRunner, ChangePreview) {
        let folder = try TemporaryFolder()
        let runner = ChangeRunner(
            client: try server.client(), journal: Journal(path: "\(folder.path)/journal"), verifySeconds: 1
        ) { nil }
        return (runner, try await runner.plan(.apply(yaml: yaml, defaultNamespace: "shop")))
    }

    @Test(arguments: ["v1.20.15", "v1.24.3", ""]) func theDefinitionTellsWhatADryRunDoesNot(_ version: String)
        async throws
    {
        let server = try server(version, definition: .init(200, YAML.document(Array(Self.definition.utf8))))
        let (runner, preview) = try await preview(server, mission)
        #expect(preview.losses.count == 1 && preview.losses[0].contains("spec.trafficPolicy.circuitBreaker"))
        #expect(preview.needsAcknowledgement && preview.refusal == nil)
        #expect(await runner.finish(preview.planID).failure?.why.contains("circuitBreaker") == true)
        withExtendedLifetime(server) {}
    }

    @Test func theOpenAPIDocumentServesWhereTheDefinitionMayNotBeRead() async throws {
        let document: JSONValue = [
            "components": [
                "schemas": [
                    "io.istio.networking.v1.DestinationRule": [
                        "type": "object",
                        "properties": [
                            "metadata": ["allOf": [["$ref": "#/components/schemas/ObjectMeta"]]],
                            "spec": [
                                "type": "object",
                                "properties": [
                                    "host": ["type": "string"],
                                    "trafficPolicy": ["type": "object", "properties": ["tls": ["type": "object"]]],
                                ],
                            ],
                        ],
                        "x-kubernetes-group-version-kind": [
                            ["group": "networking.istio.io", "version": "v1", "kind": "DestinationRule"]
                        ],
                    ]
                ]
            ]
        ]
        let server = try server("v1.24.0", definition: Self.forbidden, openAPI: document)
        let (_, preview) = try await preview(server, mission)
        #expect(preview.losses.count == 1 && preview.losses[0].contains("circuitBreaker"))
        #expect(!preview.warnings.contains { $0.contains("could not be read") })
        withExtendedLifetime(server) {}
    }

    /// A typing error whose value is zero shows in no answer of a server that prunes: its own document tells.
    @Test(arguments: ["/openapi/v3/apis/apps/v1", "/openapi/v2"])
    func aFieldThatAKindOfTheServersOwnDoesNotHaveIsFoundThoughItIsZero(_ path: String) async throws {
        let types: JSONValue = [
            "Deployment": [
                "type": "object", "properties": ["spec": ["allOf": [["$ref": "#/x/Spec"]]]],
                "x-kubernetes-group-version-kind": [["group": "apps", "version": "v1", "kind": "Deployment"]],
            ],
            "Spec": ["type": "object", "properties": ["paused": ["type": "boolean"], "raw": ["$ref": "#/x/Raw"]]],
            "Raw": ["type": "object"],
        ]
        let document: JSONValue =
            path.hasSuffix("v2") ? ["definitions": types] : ["components": ["schemas": types]]
        let server = try server("v1.21.0", definition: nil, openAPI: document, at: path)
        let text = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: x, namespace: shop}, spec: {SPEC}}"
        let (_, typo) = try await preview(
            server, text.replacing("SPEC", with: "paussed: false, paused: false, raw: {any: 1}"))
        #expect(typo.losses.count == 1 && typo.losses[0].contains("spec.paussed is no field"), "\(typo.losses)")
        let (_, right) = try await preview(server, text.replacing("SPEC", with: "paused: false, raw: {any: 1}"))
        #expect(right.losses == [])
        withExtendedLifetime(server) {}
    }

    @Test func theDocumentOfTheEmbeddedMeshKnowsItsOwnKinds() async throws {
        let demo = try Demo.withoutHistory()
        let schema = try #require(
            KindSchema(
                document: try await demo.get("/openapi/v3/apis/apps/v1"), group: "apps", version: "v1",
                kind: "Deployment", isBuiltIn: true))
        var object = try await demo.get(Paths.deployment("ads-v1"))
        #expect(schema.unknownFields(in: object) == [])
        object.set(["spec", "template", "spec", "automountServiceAccountTokens"], to: false)
        object.set(["spec", "template", "metadata", "lables"], to: [:])
        #expect(
            schema.unknownFields(in: object).map { $0.joined(separator: ".") }.sorted() == [
                "spec.template.metadata.lables", "spec.template.spec.automountServiceAccountTokens",
            ])
    }

    @Test func aSchemaThatCannotBeReadIsNamed() async throws {
        let server = try server("v1.20.0", definition: Self.forbidden)
        let (_, preview) = try await preview(server, mission)
        #expect(preview.losses.isEmpty)
        #expect(
            preview.warnings.contains { $0.contains("the schema of DestinationRule could not be read") },
            "\(preview.warnings)")
        withExtendedLifetime(server) {}
    }

    /// One that refuses unknown fields itself is not asked for what it would refuse.
    @Test func aServerThatValidatesIsNotAsked() async throws {
        let server = try server("v1.36.0", definition: Self.forbidden)
        let (_, preview) = try await preview(server, mission)
        #expect(preview.losses.isEmpty && !preview.warnings.contains { $0.contains("could not be read") })
        withExtendedLifetime(server) {}
    }

    /// The server cannot try what it does not know yet: the file itself tells.
    @Test func aKindThatComesWithItsObjectsIsJudgedByItsOwnDefinition() async throws {
        let text = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: tunnels.mesh.example}
            spec:
              group: mesh.example
              names: {plural: tunnels, kind: Tunnel}
              scope: Namespaced
              versions:
              - name: v1
                served: true
                storage: true
                schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {to: {type: string}}}}}}
            ---
            apiVersion: mesh.example/v1
            kind: Tunnel
            metadata: {name: a, namespace: shop}
            spec: {to: b, form: c}
            """
        let server = try server("v1.36.0", definition: nil)
        let (_, preview) = try await preview(server, text)
        #expect(preview.losses.count == 1 && preview.losses[0].contains("Tunnel a: spec.form"), "\(preview.losses)")
        withExtendedLifetime(server) {}
    }

    /// Istio's own definitions against what the demo mesh refuses of wrong fields.
    @Test(.enabled(if: Corpus.runs("crds"))) func istiosDefinitionsTakeIstiosFields() throws {
        let documents = try YAML.documents(
            String(decoding: Files.read(Corpus.path("crds/istio.yaml")), as: UTF8.self))
        let rule = try #require(
            documents.first { $0.value.at("metadata", "name") == "destinationrules.networking.istio.io" })
        for version in ["v1", "v1beta1", "v1alpha3"] {
            let schema = try #require(KindSchema(definition: rule.value, version: version))
            #expect(
                schema.unknownFields(in: try YAML.document(Array(mission.utf8))) == [
                    ["spec", "trafficPolicy", "circuitBreaker"]
                ])
            let right = try YAML.document(
                Array(
                    """
                    apiVersion: networking.istio.io/v1
                    kind: DestinationRule
                    metadata: {name: a, labels: {x: y}, annotations: {a/b: c}}
                    spec: {host: ads, trafficPolicy: {outlierDetection: {consecutive5xxErrors: 3}, portLevelSettings: [{port: {number: 80}}]},
                      subsets: [{name: v1, labels: {version: v1}}]}
                    """.utf8))
            #expect(schema.unknownFields(in: right) == [])
        }
    }
}
