import Base
import DemoMesh
import Kube
import TestSupport
import Testing

/// Bodies of built-in kinds that a real server refuses, with its codes and words.
@Suite struct BuiltInRulesTests {
    static let demo = Result { try Demo() }

    private static let deployments = "/apis/apps/v1/namespaces/shop/deployments"
    private static let services = "/api/v1/namespaces/shop/services"
    private static let autoscalers = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers"

    private static func deployment(_ name: String, _ changes: JSONValue = [:]) -> JSONValue {
        var object: JSONValue = [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": .string(name)],
            "spec": [
                "replicas": 1, "selector": ["matchLabels": ["app": "rules"]],
                "template": [
                    "metadata": ["labels": ["app": "rules"]],
                    "spec": ["containers": [["name": "c", "image": "nginx"]]],
                ],
            ],
        ]
        for (key, value) in changes.object.map({ Array($0.members) }) ?? [] { object.set(["spec", key], to: value) }
        return object
    }

    private static func service(_ name: String, _ port: JSONValue) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": .string(name)],
            "spec": ["selector": ["app": "rules"], "ports": [["port": port]]],
        ]
    }

    private static func autoscaler(_ minimum: JSONValue, _ maximum: JSONValue) -> JSONValue {
        [
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": ["name": "rules"],
            "spec": [
                "scaleTargetRef": ["kind": "Deployment", "name": "ads-v1"], "minReplicas": minimum,
                "maxReplicas": maximum,
            ],
        ]
    }

    struct Refusal: Sendable {
        var path: String
        var body: JSONValue
        var status: Int
        /// A field of the causes, or words of the message.
        var words: String
    }

    static let refusals: [Refusal] = [
        Refusal(
            path: deployments, body: deployment("types", ["replicas": "three"]), status: 400,
            words:
                "Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
        ),
        Refusal(
            path: deployments, body: deployment("types", ["template": ["spec": ["containers": [["name": 7]]]]]),
            status: 400,
            words: "Go struct field Container.spec.template.spec.containers.name of type string"),
        Refusal(path: deployments, body: deployment("types", ["paused": 1]), status: 400, words: "of type bool"),
        Refusal(
            path: services, body: service("types", "eighty"), status: 400,
            words: "ServicePort.spec.ports.port of type int32"),
        Refusal(path: services, body: service("high", 70000), status: 422, words: "spec.ports[0].port"),
        Refusal(path: services, body: service("zero", 0), status: 422, words: "must be between 1 and 65535, inclusive"),
        Refusal(path: services, body: service("9lives", 80), status: 422, words: "a DNS-1035 label must consist of"),
        Refusal(path: deployments, body: deployment("Bad_Name"), status: 422, words: "a lowercase RFC 1123 subdomain"),
        Refusal(path: autoscalers, body: autoscaler(5, 2), status: 422, words: "spec.maxReplicas"),
        Refusal(path: autoscalers, body: autoscaler(0, 2), status: 422, words: "spec.minReplicas"),
        Refusal(
            path: deployments, body: deployment("none", ["template": ["metadata": ["labels": ["app": "rules"]]]]),
            status: 422,
            words: "spec.template.spec.containers: Required value"),
    ]

    @Test(arguments: refusals)
    func aBodyThatDoesNotFitIsRefused(_ refusal: Refusal) async throws {
        let answer = try await Self.demo.get().ask("POST", refusal.path, refusal.body)
        #expect(answer.status == refusal.status)
        #expect(answer.json.text("message")?.contains(refusal.words) == true, "\(answer.json.text("message") ?? "")")
    }

    @Test func whatIsSetForGoodStays() async throws {
        let demo = try Self.demo.get()
        #expect(try await demo.ask("POST", Self.deployments, Self.deployment("fixed")).status == 201)
        let selector: JSONValue = [
            "spec": [
                "selector": ["matchLabels": ["app": "other"]], "template": ["metadata": ["labels": ["app": "other"]]],
            ]
        ]
        let merge = "application/merge-patch+json"
        let changed = try await demo.ask("PATCH", "\(Self.deployments)/fixed", selector, type: merge)
        #expect(changed.status == 422)
        #expect(changed.json.text("message")?.contains("spec.selector: Invalid value") == true)
        #expect(changed.json.text("message")?.contains("field is immutable") == true)
        let wrong = try await demo.ask("PATCH", "\(Self.deployments)/fixed", ["spec": ["replicas": "x"]], type: merge)
        #expect(wrong.status == 422)
        #expect(wrong.json.at("details", "causes")?[0]?.text("field") == "patch")

        let made = try await demo.ask("POST", Self.services, Self.service("fixed", 80))
        #expect(made.status == 201)
        let address = try #require(made.json.at("spec", "clusterIP")?.string)
        #expect(address.hasPrefix("10."))
        let moved = try await demo.ask(
            "PATCH", "\(Self.services)/fixed", ["spec": ["clusterIP": "10.96.200.200"]], type: merge)
        #expect(moved.status == 422)
        #expect(moved.json.text("message")?.contains("spec.clusterIPs[0]") == true)
        // A whole object without the address keeps the one it has.
        let replaced = try await demo.ask("PUT", "\(Self.services)/fixed", Self.service("fixed", 81))
        #expect(replaced.status == 200)
        #expect(replaced.json.at("spec", "clusterIP")?.string == address)
    }

    @Test func unknownFieldsAreFoundAtAnyDepth() async throws {
        let demo = try Self.demo.get()
        let deep = Self.deployment(
            "deep",
            [
                "template": [
                    "metadata": ["labels": ["app": "rules"], "creationTimestamp": .null],
                    "spec": ["containers": [["name": "c", "image": "nginx", "imagePullPolice": "Always"]]],
                ]
            ])
        let made = try await demo.ask("POST", Self.deployments + "?dryRun=All", deep)
        #expect(made.status == 201)
        #expect(
            made.head.header("warning")
                == "299 - \"unknown field \\\"spec.template.spec.containers[0].imagePullPolice\\\"\"")
        #expect(made.json.at("spec", "template", "metadata", "creationTimestamp") == nil)
        #expect(try await demo.ask("POST", Self.deployments + "?fieldValidation=Strict", deep).status == 400)
    }
}
