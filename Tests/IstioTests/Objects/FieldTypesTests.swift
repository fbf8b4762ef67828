import DemoMesh
import TestSupport
import Testing

@testable import Base
@testable import ClusterData
@testable import Istio
@testable import Kube
@testable import MeshModel

/// A wrong type at each place of each kind: the object is left out and named, never read as one without that field.
@Suite struct FieldTypesTests {
    static let kinds = WatchedKind.all.filter {
        ![
            .namespaces, .pods, .services, .deployments, .statefulsets, .daemonsets, .horizontalpodautoscalers, .nodes,
            .customresourcedefinitions, .endpointslices, .rollouts, .cronjobs,
        ].contains($0)
    }
    private static let catalog = SchemaCatalog()

    /// An object with every field that its kind has, as the schema says it.
    private static func whole(_ schema: Schema) -> JSONValue {
        switch schema {
        case .string: "text"
        case .boolean: true
        case .number: 1.5
        case .integer: 1
        case .enumeration(let values): .string(values.first ?? "")
        case .anything: "anything"
        case .list(let element): [whole(element), whole(element)]
        case .map(let element): ["key": whole(element)]
        case .object(let properties, _):
            .object(JSONObject(properties.sorted { $0.key < $1.key }.map { ($0.key, whole($0.value)) }))
        }
    }

    private static func hand(_ kind: WatchedKind) -> JSONValue? {
        switch kind {
        case .configmaps: ["data": ["mesh": "a: b"]]
        case .networkpolicies:
            [
                "podSelector": [
                    "matchLabels": ["a": "b"], "matchExpressions": [["key": "a", "operator": "In", "values": ["b"]]],
                ],
                "policyTypes": ["Ingress"],
                "ingress": [
                    [
                        "from": [["podSelector": [:], "namespaceSelector": [:]]],
                        "ports": [["protocol": "TCP", "endPort": 9]],
                    ]
                ],
                "egress": [["to": [["ipBlock": ["cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]]]]]],
            ]
        case .ingresses:
            [
                "defaultBackend": ["service": ["name": "a", "port": ["number": 80]]],
                "rules": [
                    [
                        "host": "a",
                        "http": [
                            "paths": [["path": "/", "backend": ["service": ["name": "a", "port": ["name": "x"]]]]]
                        ],
                    ]
                ],
                "tls": [["hosts": ["a"], "secretName": "s"]],
            ]
        case .mutatingwebhookconfigurations, .validatingwebhookconfigurations:
            [
                "webhooks": [
                    [
                        "name": "a", "failurePolicy": "Fail", "namespaceSelector": ["matchLabels": ["a": "b"]],
                        "clientConfig": [
                            "service": ["name": "istiod", "namespace": "istio-system", "path": "/x", "port": 443]
                        ],
                        "rules": [["apiGroups": [""], "operations": ["CREATE"], "resources": ["pods"]]],
                    ]
                ]
            ]
        default: nil
        }
    }

    private typealias Place = (path: [String], isFree: Bool)

    /// Every place but those where anything may stand, and what lies beneath them.
    private static func places(_ value: JSONValue, _ schema: Schema?, _ path: [String]) -> [[String]] {
        if case .anything? = schema { return [] }
        let own = path.isEmpty ? [] : [path]
        switch value {
        case .object(let object):
            return own
                + object.members.flatMap { key, member -> [[String]] in
                    let inner: Schema? =
                        switch schema {
                        case .object(let properties, _)?: properties[key]
                        case .map(let element)?: element
                        default: nil
                        }
                    return places(member, inner, path + [key])
                }
        case .array(let elements):
            let inner: Schema? = if case .list(let element)? = schema { element } else { nil }
            return own + elements.enumerated().flatMap { places($1, inner, path + [String($0)]) }
        default: return own
        }
    }

    private static func isOfAnotherType(_ odd: JSONValue, _ right: JSONValue) -> Bool {
        switch (odd, right) {
        case (.string, .string), (.bool, .bool), (.array, .array), (.object, .object): false
        case (.int, .int), (.int, .double), (.double, .double): false
        default: true
        }
    }

    @Test(arguments: kinds) func aWrongTypeAnywhereIsNamed(_ kind: WatchedKind) throws {
        let schema = Self.catalog.kinds["\(kind.resource).\(kind.group)"]?.spec
        let spec = try #require(schema.map(Self.whole) ?? Self.hand(kind), "\(kind) has no sample")
        let path = ResourcePath(group: kind.group, version: kind.versions[0], resource: kind.resource)
        func misreading(_ spec: JSONValue) -> String? {
            ConfigObject(meta: ObjectMeta(), spec: spec).misreading(as: path)
        }
        #expect(misreading(spec) == nil)
        let all = Self.places(spec, schema, [])
        #expect(all.count >= 2)
        for place in all {
            let right = try #require(Patching.value(at: place, in: spec))
            let pointer = place.map { "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1") }.joined()
            for odd: JSONValue in [5, "text", true, [], [:], [5], ["x": 5], 1.5] where Self.isOfAnotherType(odd, right)
            {
                let mutated = try Patching.json(
                    [["op": "replace", "path": .string(pointer), "value": odd]], to: spec)
                let found = misreading(mutated)
                // "http.0.route" is written "http[0].route".
                let written = place.reduce("") { Int($1) != nil ? $0 + "[\($1)]" : $0.isEmpty ? $1 : "\($0).\($1)" }
                #expect(
                    found?.contains(written + " is no ") == true, "\(pointer): \(odd.compactText): \(found ?? "fine")")
            }
            guard place.last.flatMap({ Int($0) }) == nil else { continue }
            let absent = try Patching.json([["op": "replace", "path": .string(pointer), "value": .null]], to: spec)
            #expect(misreading(absent) == nil, "\(pointer) is null")
        }
    }

    /// What real servers serve is of the right types, whatever the scene.
    @Test func theObjectsOfTheDemoAreUnderstood() async throws {
        let demo = try Demo.withoutHistory()
        let client = try demo.client()
        let discovery = try await client.discovery()
        for kind in Self.kinds {
            guard let path = discovery.path(for: kind) else { continue }
            let body = try await client.exchange(KubeClient.Call("GET", path.collection(nil))).body
            let page = try ListPage<ConfigObject>(body)
            for object in page.objects { #expect(object.misreading(as: path) == nil, "\(kind) \(object.meta.name)") }
        }
    }

    @Test(
        arguments: [
            (#"{"conditions":5}"#, "status.conditions is no list"), ("[]", "status is no object"),
            (#"{"conditions":[{"type":5}]}"#, "status.conditions[0].type is no text"),
            (#"{"parents":[{"conditions":"x"}]}"#, "status.parents[0].conditions is no list"),
            (#"{"conditions":null,"parents":[{"conditions":null}]}"#, ""), ("null", ""),
        ])
    func aStatusIsReadOrNamed(_ status: String, _ reason: String) throws {
        let item = #"{"metadata":{"name":"a","namespace":"shop"},"spec":{},"status":\#(status)}"#
        let page = try ListPage<ConfigObject>(Array(#"{"kind":"List","metadata":{},"items":[\#(item)]}"#.utf8))
        #expect(page.odd.map(\.reason) == (reason.isEmpty ? [] : [reason]))
    }

    @Test(
        arguments: [
            ("rollouts", "argoproj.io", #"{"spec":{"strategy":5}}"#, "spec.strategy is no object"),
            (
                "rollouts", "argoproj.io", #"{"spec":{"strategy":{"canary":{"steps":{}}}}}"#,
                "spec.strategy.canary.steps is no list"
            ),
            ("rollouts", "argoproj.io", #"{"status":{"abort":"true"}}"#, "status.abort is no truth value"),
            ("canaries", "flagger.app", #"{"spec":{"analysis":[]}}"#, "spec.analysis is no object"),
            ("canaries", "flagger.app", #"{"status":{"canaryWeight":"5"}}"#, "status.canaryWeight is no whole number"),
        ])
    func rolloutsThatWouldBeMisreadAreNamed(_ resource: String, _ group: String, _ part: String, _ reason: String)
        async throws
    {
        let path = ResourcePath(group: group, version: "v1", resource: resource)
        let odd = #"{"metadata":{"name":"odd","namespace":"shop"},"# + part.dropFirst()
        let good = #"{"metadata":{"name":"good","namespace":"shop"},"spec":{},"status":null}"#
        let list = #"{"kind":"List","metadata":{"resourceVersion":"5"},"items":[\#(odd),\#(good)]}"#
        let server = try CannedServer { line in
            line.contains("watch=1") ? .init(200, [], staysOpen: true) : .init(200, Array(list.utf8))
        }
        let watch = ObjectWatch(try server.client(), path, namespace: nil)
        let problem = try await eventually(within: 30) { watch.hasAnswered ? watch.problem : nil }
        #expect(problem == "1 not understood: shop/odd (\(reason))")
        #expect(watch.objects.map { $0.at("metadata", "name") } == ["good"])
        withExtendedLifetime(server) {}
    }

    // MARK: The mesh's own settings

    /// Text of a ConfigMap that Istio reads, and what is said of it.
    @Test(
        arguments: [
            ("istio", "mesh", "enableAutoMtls: 'no'", "data.mesh: enableAutoMtls is no truth value"),
            ("istio", "mesh", "enable_auto_mtls: 'no'", "data.mesh: enableAutoMtls is no truth value"),
            ("istio-1-27", "mesh", "trustDomain: [td]", "data.mesh: trustDomain is no text"),
            ("istio", "mesh", "trustDomainAliases: td", "data.mesh: trustDomainAliases is no list"),
            ("istio", "mesh", "rootNamespace: 5", "data.mesh: rootNamespace is no text"),
            (
                "istio", "mesh", "defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: true}}",
                "data.mesh: defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE is no text"
            ),
            (
                "istio", "mesh", "extensionProviders: [{name: 1}]",
                "data.mesh: extensionProviders[0].name is no text"
            ),
            (
                "istio", "mesh", "defaultTrafficPolicy: {outlierDetection: 5}",
                "data.mesh: defaultTrafficPolicy.outlierDetection is no object"
            ),
            ("istio", "mesh", "- a", "data.mesh is no object"),
            ("istio", "meshNetworks", "networks: []", "data.meshNetworks: networks is no object"),
            (
                "istio-sidecar-injector", "values",
                #"{"sidecarInjectorWebhook": {"enableNamespacesByDefault": "true"}}"#,
                "data.values: sidecarInjectorWebhook.enableNamespacesByDefault is no truth value"
            ),
            ("istio", "mesh", "enableAutoMtls: false\ntrustDomain: td\nanother: {x: 1}", ""),
            ("istio", "mesh", "", ""), ("istio", "mesh", "trustDomain:", ""),
            ("other", "mesh", "enableAutoMtls: 'no'", ""),
        ])
    func theMeshsSettingsAreReadOrNamed(_ name: String, _ key: String, _ text: String, _ reason: String) {
        var meta = ObjectMeta()
        (meta.name, meta.namespace) = (name, "istio-system")
        let map = ConfigObject(meta: meta, spec: ["data": .object(JSONObject([(key, .string(text))]))])
        let path = ResourcePath(group: "", version: "v1", resource: "configmaps")
        #expect(map.misreading(as: path) ?? "" == reason)
    }

    @Test func settingsThatAreNoYAMLAreNamed() {
        var meta = ObjectMeta()
        (meta.name, meta.namespace) = ("istio", "istio-system")
        let map = ConfigObject(meta: meta, spec: ["data": ["mesh": "a: [b"]])
        let path = ResourcePath(group: "", version: "v1", resource: "configmaps")
        #expect(map.misreading(as: path)?.hasPrefix("data.mesh is no YAML: ") == true)
    }

    @Test func theMeshIsReadByProtobufsNamesToo() throws {
        let mesh = MeshConfig(try YAML.document(Array("enable_auto_mtls: false\ntrust_domain: td".utf8)))
        #expect(!mesh.enableAutoMtls && mesh.trustDomain == "td")
    }

    // MARK: Through a session

    @Test(
        arguments: [
            ("virtualservices", #"{"hosts":["a"],"http":5}"#, "spec.http is no list"),
            ("virtualservices", #"{"hosts":["a"],"http":[5]}"#, "spec.http[0] is no object"),
            ("virtualservices", #"{"hosts":["a"],"http":[{"route":{}}]}"#, "spec.http[0].route is no list"),
            (
                "virtualservices", #"{"hosts":["a"],"http":[{"route":[{"destination":{"host":"a"},"weight":"x"}]}]}"#,
                "spec.http[0].route[0].weight is no whole number"
            ),
            ("destinationrules", #"{"host":"a","trafficPolicy":[]}"#, "spec.trafficPolicy is no object"),
            ("destinationrules", #"{"host":["a"]}"#, "spec.host is no text"),
            ("httproutes", #"{"rules":[{"backendRefs":"a"}]}"#, "spec.rules[0].backendRefs is no list"),
            (
                "authorizationpolicies", #"{"rules":[{"from":[{"source":{"principals":"*"}}]}]}"#,
                "principals is no list"
            ),
            ("peerauthentications", #"{"mtls":"STRICT"}"#, "spec.mtls is no object"),
        ])
    func aListAndAWatchLeaveItOut(_ resource: String, _ spec: String, _ reason: String) async throws {
        let kind = try #require(WatchedKind.all.first { $0.name == resource })
        let path = ResourcePath(group: kind.group, version: kind.versions[0], resource: kind.resource)
        func item(_ name: String, _ spec: String) -> String {
            #"{"metadata":{"name":"\#(name)","namespace":"shop","resourceVersion":"5"},"spec":\#(spec)}"#
        }
        let items = [item("good", "{}"), item("odd", spec), item("better", "{}")].joined(separator: ",")
        let list = #"{"kind":"List","metadata":{"resourceVersion":"5"},"items":[\#(items)]}"#
        let events = [("MODIFIED", item("good", spec)), ("MODIFIED", item("odd", "{}"))].map {
            #"{"type":"\#($0)","object":\#($1)}"# + "\n"
        }.joined()
        let server = try CannedServer { line in
            line.contains("watch=1")
                ? .init(200, Array(events.utf8), staysOpen: true) : .init(200, Array(list.utf8))
        }
        let told = Lock<[[String]]>([])
        let names = Lock<Set<String>>([])
        let reflector = Reflector<ConfigObject>(client: try server.client(), path: path, namespace: nil) { change in
            switch change {
            case .replace(let objects): names.withLock { $0 = Set(objects.map(\.meta.name)) }
            case .odd(let objects): told.withLock { $0.append(objects.map(\.words)) }
            case .events(let events):
                for event in events {
                    if case .upsert(let object) = event { names.withLock { _ = $0.insert(object.meta.name) } }
                    if case .odd(let object, _) = event { names.withLock { _ = $0.remove(object.key.name) } }
                }
            case .status: break
            }
        }
        let task = Task { await reflector.run() }
        defer { task.cancel() }
        let isDone = try await eventually(within: 30) { names.withLock { $0 == ["odd", "better"] } ? true : nil }
        #expect(isDone == true, "\(names.withLock { $0 })")
        let words = told.withLock { $0 }
        #expect(
            words.first?.first?.hasPrefix("shop/odd (") == true && words.first?.first?.contains(reason) == true,
            "\(words)")
        #expect(words.last?.first?.hasPrefix("shop/good (") == true, "\(words)")
        withExtendedLifetime(server) {}
    }
}
