import Base
import Kube
import TestSupport
import Testing

@testable import Actions

/// One apply on an object that was applied before, by kubectl and by us.
struct PatchStory: Sendable, CustomTestStringConvertible {
    var name: String
    var first: String
    /// A strategic merge patch, or a JSON merge patch of a custom kind, by somebody else.
    var other = ""
    var second: String
    /// `kubectl create`: without the record of what was applied.
    var isCreated = false

    var testDescription: String { name }

    private static func deployment(_ spec: String, template: String = "", metadata: String = "") -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: NAME, namespace: shop, labels: {app: p}\(metadata)}
        spec:
          replicas: 0
          selector: {matchLabels: {app: p}}
          template:
            metadata: {labels: {app: p}\(template)}
            spec: {\(spec)}
        """
    }

    private static func container(_ rest: String) -> String { "containers: [{name: a, image: 'r/a:1'\(rest)}]" }

    private static func service(_ ports: String) -> String {
        """
        apiVersion: v1
        kind: Service
        metadata: {name: NAME, namespace: shop}
        spec: {selector: {app: p}, ports: [\(ports)]}
        """
    }

    private static func account(_ rest: String) -> String {
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: NAME, namespace: shop}\n\(rest)"
    }

    private static func configuration(_ metadata: String, _ data: String) -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME, namespace: shop\(metadata)}\ndata: {\(data)}"
    }

    private static func rule(_ spec: String, metadata: String = "") -> String {
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: NAME, namespace: shop\(metadata)}
        spec: {host: p\(spec)}
        """
    }

    static let all: [PatchStory] = workloads + services + metadata + custom

    private static let workloads = [
        PatchStory(
            name: "a container added before and one removed",
            first: deployment("containers: [{name: a, image: 'r/a:1'}, {name: b, image: 'r/b:1'}]"),
            second: deployment("containers: [{name: c, image: 'r/c:1'}, {name: a, image: 'r/a:2'}]")),
        PatchStory(
            name: "containers in another order",
            first: deployment("containers: [{name: a, image: x}, {name: b, image: w}]"),
            second: deployment("containers: [{name: b, image: w}, {name: a, image: x}]")),
        PatchStory(
            name: "a sidecar that another added", first: deployment(container("")),
            other:
                #"{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"s:1","ports":[{"containerPort":9}]}]}}}}"#,
            second: deployment(container(", command: [x]"))),
        PatchStory(
            name: "a container that goes and that another wrote in",
            first: deployment("containers: [{name: a, image: x}, {name: b, image: w}]"),
            other: #"{"spec":{"template":{"spec":{"containers":[{"name":"b","env":[{"name":"Z","value":"1"}]}]}}}}"#,
            second: deployment("containers: [{name: a, image: x}]")),
        PatchStory(
            name: "the merge key is renamed", first: deployment(container(", env: [{name: A, value: '1'}]")),
            second: deployment("containers: [{name: z, image: 'r/a:1', env: [{name: A, value: '1'}]}]")),
        PatchStory(
            name: "env of all sorts",
            first: deployment(
                container(
                    ", env: [{name: A, value: '1'}, {name: B, value: '2'}, {name: C, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]"
                )),
            other: #"{"spec":{"template":{"spec":{"containers":[{"name":"a","env":[{"name":"X","value":"9"}]}]}}}}"#,
            second: deployment(
                container(", env: [{name: C, value: plain}, {name: D, value: '4'}, {name: A, value: '1'}]"))),
        PatchStory(
            name: "env emptied", first: deployment(container(", env: [{name: A, value: '1'}]")),
            second: deployment(container(", env: []"))),
        PatchStory(
            name: "env left out", first: deployment(container(", env: [{name: A, value: '1'}]")),
            second: deployment(container(""))),
        PatchStory(
            name: "env is null", first: deployment(container(", env: [{name: A, value: '1'}]")),
            second: deployment(container(", env: null"))),
        PatchStory(
            name: "ports of one number and two protocols",
            first: deployment(container(", ports: [{containerPort: 53, protocol: TCP, name: t}]")),
            second: deployment(
                container(
                    ", ports: [{containerPort: 53, protocol: TCP, name: t}, {containerPort: 53, protocol: UDP, name: u}]"
                ))),
        PatchStory(
            name: "ports swapped and one removed",
            first: deployment(container(", ports: [{containerPort: 9}, {containerPort: 80}, {containerPort: 443}]")),
            second: deployment(container(", ports: [{containerPort: 443, name: s}, {containerPort: 9}]"))),
        PatchStory(
            name: "volumes change their kind",
            first: deployment("volumes: [{name: v, emptyDir: {}}, {name: w, configMap: {name: c}}], " + container("")),
            second: deployment(
                "volumes: [{name: w, secret: {secretName: s}}, {name: v, emptyDir: {medium: Memory}}], " + container("")
            )),
        PatchStory(
            name: "a volume goes",
            first: deployment("volumes: [{name: v, emptyDir: {}}, {name: w, emptyDir: {}}], " + container("")),
            second: deployment("volumes: [{name: w, emptyDir: {}}], " + container(""))),
        PatchStory(
            name: "mounts by path",
            first: deployment(container(", volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: /b}]")),
            second: deployment(
                container(", volumeMounts: [{name: w, mountPath: /b}, {name: v, mountPath: /c, readOnly: true}]"))),
        PatchStory(
            name: "tolerations are atomic",
            first: deployment(
                "tolerations: [{key: a, operator: Exists}, {key: b, operator: Exists}], " + container("")),
            second: deployment("tolerations: [{key: b, operator: Exists}], " + container(""))),
        PatchStory(
            name: "init containers come", first: deployment(container("")),
            second: deployment("initContainers: [{name: i, image: i}, {name: j, image: j}], " + container(""))),
        PatchStory(
            name: "init containers go", first: deployment("initContainers: [{name: i, image: i}], " + container("")),
            second: deployment(container(""))),
        PatchStory(
            name: "pull secrets", first: deployment("imagePullSecrets: [{name: a}, {name: b}], " + container("")),
            other: #"{"spec":{"template":{"spec":{"imagePullSecrets":[{"name":"z"}]}}}}"#,
            second: deployment("imagePullSecrets: [{name: c}, {name: a}], " + container(""))),
        PatchStory(
            name: "host aliases",
            first: deployment("hostAliases: [{ip: 10.0.0.1, hostnames: [a, b]}], " + container("")),
            second: deployment(
                "hostAliases: [{ip: 10.0.0.2, hostnames: [c]}, {ip: 10.0.0.1, hostnames: [b]}], " + container(""))),
        PatchStory(
            name: "requests and limits",
            first: deployment(container(", resources: {requests: {cpu: 100m, memory: 1Mi}}")),
            second: deployment(container(", resources: {requests: {cpu: 1000m}, limits: {cpu: 2}}"))),
        PatchStory(
            name: "arguments are atomic", first: deployment(container(", args: [a, b, c]")),
            second: deployment(container(", args: [a, c]"))),
        PatchStory(
            name: "a probe changes its kind",
            first: deployment(container(", livenessProbe: {httpGet: {path: /x, port: 80}}")),
            second: deployment(container(", livenessProbe: {tcpSocket: {port: 80}}"))),
        PatchStory(
            name: "affinity goes",
            first: deployment(
                "affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: {topologyKey: k}}]}}, "
                    + container("")), second: deployment("nodeSelector: {a: b}, " + container(""))),
        PatchStory(
            name: "template annotations of others",
            first: deployment(container(""), template: ", annotations: {a: '1', b: '2'}"),
            other: #"{"spec":{"template":{"metadata":{"annotations":{"z":"9","b":"7"}}}}}"#,
            second: deployment(container(""), template: ", annotations: {a: '1'}")),
        PatchStory(
            name: "created, not applied",
            first: deployment(container(", env: [{name: A, value: '1'}], ports: [{containerPort: 80}]")),
            second: deployment(container(", env: [{name: B, value: '1'}]")), isCreated: true),
        PatchStory(
            name: "topology spread by key",
            first: deployment(
                "topologySpreadConstraints: [{topologyKey: zone, maxSkew: 1, whenUnsatisfiable: DoNotSchedule}], "
                    + container("")),
            second: deployment(
                "topologySpreadConstraints: [{topologyKey: host, maxSkew: 1, whenUnsatisfiable: DoNotSchedule}, {topologyKey: zone, maxSkew: 2, whenUnsatisfiable: DoNotSchedule}], "
                    + container(""))),
        PatchStory(
            name: "status in the file", first: deployment(container("")),
            second: deployment(container(""))
                + "\nstatus: {observedGeneration: 77}"),
    ]

    private static let services = [
        PatchStory(
            name: "one port number, two protocols",
            first: service("{port: 53, protocol: TCP, name: t}, {port: 53, protocol: UDP, name: u}"),
            second: service("{port: 53, protocol: UDP, name: u}, {port: 53, protocol: TCP, name: t2}")),
        PatchStory(
            name: "a port that another added", first: service("{port: 80, name: a}"),
            other: #"{"spec":{"ports":[{"port":90,"name":"z"}]}}"#,
            second: service("{port: 80, name: a, targetPort: 8080}")),
        PatchStory(
            name: "ports as text", first: service("{port: 80, targetPort: web}"),
            second: service("{port: 80, targetPort: 8080}")),
        PatchStory(
            name: "a port renumbered", first: service("{port: 80, name: a}, {port: 81, name: b}"),
            second: service("{port: 82, name: a}, {port: 81, name: b}")),
        PatchStory(
            name: "secrets of an account",
            first: account("secrets: [{name: a}, {name: b}]\nimagePullSecrets: [{name: p}]"),
            second: account("secrets: [{name: b}, {name: c}]\nimagePullSecrets: [{name: q}, {name: p}]")),
    ]

    private static let metadata = [
        PatchStory(
            name: "finalizers are a list of words", first: configuration(", finalizers: [x.io/c, x.io/a]", "k: v"),
            other: #"{"metadata":{"finalizers":["x.io/z"]}}"#,
            second: configuration(", finalizers: [x.io/b, x.io/a]", "k: v")),
        PatchStory(
            name: "finalizers in no order", first: configuration(", finalizers: [x.io/c, x.io/a]", "k: v"),
            second: configuration(", finalizers: [x.io/c, x.io/a]", "k: w")),
        PatchStory(
            name: "finalizers go", first: configuration(", finalizers: [x.io/c, x.io/a]", "k: v"),
            second: configuration("", "k: v")),
        PatchStory(
            name: "nulls and empty things", first: configuration(", labels: {a: '1'}, annotations: {}", "k: v, l: m"),
            second: configuration(", labels: null, annotations: {x: ''}", "k: null, n: ''")),
        PatchStory(
            name: "signs that Go escapes", first: configuration("", "k: '<a> & b'"),
            second: configuration(", annotations: {n: \"<&>\\u2028\\t\\b\"}", "k: \"é <b>\\n\"")),
        PatchStory(
            name: "a record in the file",
            first: configuration("", "k: v"),
            second: configuration(
                ", annotations: {kubectl.kubernetes.io/last-applied-configuration: mine, b: c}", "k: w")),
        PatchStory(
            name: "created without a record", first: configuration(", labels: {q: r}", "k: v, l: m"),
            second: configuration("", "k: w"), isCreated: true),
        PatchStory(
            name: "binary beside text", first: configuration("", "k: v") + "\nbinaryData: {b: aGk=}",
            second: configuration("", "k: v, b: t")),
    ]

    private static let custom = [
        PatchStory(
            name: "blocks come and go",
            first: rule(
                ", trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}}, outlierDetection: {consecutive5xxErrors: 1}}"
            ),
            other: #"{"spec":{"trafficPolicy":{"outlierDetection":{"interval":"3s"}}}}"#,
            second: rule(", trafficPolicy: {connectionPool: {http: {http1MaxPendingRequests: 1}}}")),
        PatchStory(
            name: "nulls in a list are dropped", first: rule(", subsets: [{name: a, labels: {v: '1'}}]"),
            second: rule(", subsets: [{name: a, labels: {v: '1', w: null}, trafficPolicy: null}, {name: b}]")),
        PatchStory(
            name: "empty objects", first: rule(", trafficPolicy: {tls: {mode: DISABLE}}"),
            second: rule(", trafficPolicy: {}")),
        PatchStory(
            name: "null blocks", first: rule(", trafficPolicy: {tls: {mode: DISABLE}}"),
            other: #"{"spec":{"subsets":[{"name":"z"}]}}"#, second: rule(", trafficPolicy: null, subsets: null")),
        PatchStory(
            name: "created, with a label",
            first: rule(", trafficPolicy: {tls: {mode: DISABLE}}", metadata: ", labels: {a: b}"),
            second: rule(", exportTo: ['*']"), isCreated: true),
        PatchStory(
            name: "finalizers of a custom kind are replaced",
            first: rule("", metadata: ", finalizers: [x.io/b, x.io/a]"),
            second: rule("", metadata: ", finalizers: [x.io/a]")),
        PatchStory(
            name: "a status in the file", first: rule(""), second: rule(", exportTo: [.]") + "\nstatus: {x: 1}"),
    ]
}

/// The bodies that the real kubectl sends, and ours.
@Suite(.serialized) struct KubectlPatchTests {
    static let cluster = Result { try DemoCluster(Demo.withoutHistory()) }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    private func kubectl(_ arguments: [String], _ input: String) async throws -> ToolResult {
        let demo = try cluster.demo
        return try await Tool.run(
            "kubectl", arguments + ["-f", "-"],
            environment: ["KUBECONFIG": demo.kubeconfigFile, "HOME": demo.folder.path], input: input, timeoutSeconds: 60
        )
    }

    /// The last patch that kubectl logs, as its media type and body; nil when it sends none.
    private func patch(_ log: String) throws -> (type: String, body: JSONValue)? {
        var body = ""
        var found: (type: String, body: JSONValue)?
        for line in log.split(separator: "\n") {
            if let start = line.firstRange(of: "\"Request Body\" body=") { body = String(line[start.upperBound...]) }
            guard line.contains("curl -v -XPATCH") else { continue }
            let type = ["strategic-merge-patch", "apply-patch", "merge-patch"].first { line.contains("/\($0)+") }
            found = (type ?? "", try JSONValue(parsing: try #require(try JSONValue(parsing: body).string)))
        }
        return found
    }

    @Test(arguments: PatchStory.all.indices) func thePatchIsKubectls(_ index: Int) async throws {
        let story = PatchStory.all[index]
        let name = "patch-\(index)"
        func named(_ text: String) -> String { text.replacing("NAME", with: name) }
        let made = try await kubectl([story.isCreated ? "create" : "apply"], named(story.first))
        #expect(made.code == 0, "\(made.errors)")
        let object = try #require(try YAML.documents(named(story.first)).first?.value)
        let isCustom = object["kind"] == "DestinationRule"
        let world = try await cluster.runner().readingWorld()
        if !story.other.isEmpty {
            let resource = try #require(
                world.discovery.resource(
                    apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? ""))
            let answer = try await cluster.demo.ask(
                "PATCH", resource.path.object(ObjectKey("shop", name)), try JSONValue(parsing: story.other),
                type: isCustom ? "application/merge-patch+json" : "application/strategic-merge-patch+json")
            #expect(answer.status == 200, "\(answer.json.compactText)")
        }
        let theirs = try await kubectl(["apply", "--dry-run=server", "--validate=false", "-v=10"], named(story.second))
        let draft = try await PlanRequest.apply(yaml: named(story.second), defaultNamespace: "shop").draft(world)
        let (type, ours): (String, JSONValue)
        switch try #require(draft.steps.first).write {
        case .mergePatch(let body): (type, ours) = ("merge-patch", body)
        case .strategicMergePatch(let body): (type, ours) = ("strategic-merge-patch", body)
        default:
            Issue.record("no patch")
            return
        }
        guard let sent = try patch(theirs.errors) else {
            #expect(ours == [:], "kubectl sends nothing: \(theirs.output)\(theirs.errors.suffix(300))")
            return
        }
        #expect(type == sent.type)
        #expect(ours == sent.body, "\(LineDiff.unified(YAML.text(sorted(sent.body)), YAML.text(sorted(ours))))")
    }

    private func sorted(_ value: JSONValue) -> JSONValue { ObjectText.sorted(value) }
}
