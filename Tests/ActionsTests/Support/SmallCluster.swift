// A server of a few lines that keeps custom kinds: what is deleted with a definition is gone.

import Base
import Kube
import TestSupport
import Testing

@testable import Actions

final class SmallCluster: Sendable {
    private struct State: Sendable {
        var objects: [String: JSONValue] = [:]
        var version = 1
        /// Requests that are refused: the method, a part of the path, and the words.
        var refusals: [(method: String, part: String, words: String)] = []
        /// Answers of 404 before a new kind is served.
        var slowness = 0
        var waits = 0
        /// Each new object gets an address, and a dry run another one.
        var givesAddresses = false
        /// A webhook that leaves dry runs alone puts this into `spec.to`.
        var rewritten: String?

        /// What is deleted goes when nobody holds it: a definition is held by its objects.
        mutating func collect() {
            func isLeaving(_ object: JSONValue) -> Bool { object.at("metadata", "deletionTimestamp") != nil }
            for (path, object) in objects where isLeaving(object) {
                let finalizers = object["metadata"]?.texts("finalizers") ?? []
                if finalizers.isEmpty { objects[path] = nil }
            }
            if !objects.keys.contains(where: { $0.contains("/tunnels/") }) {
                for (path, object) in objects where path.hasPrefix(definitions) && isLeaving(object) {
                    objects[path] = nil
                }
            }
        }
    }

    private static let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    private let state: Lock<State>
    private let server: CannedServer
    let folder: TemporaryFolder
    let journal: Journal

    init() throws {
        let state = Lock(State())
        self.state = state
        folder = try TemporaryFolder()
        journal = Journal(path: "\(folder.path)/journal.jsonl")
        server = try CannedServer { line, bytes in
            let parts = line.split(separator: " ").map(String.init)
            let target = (parts.last ?? "").split(separator: "?").map(String.init)
            let text = String(decoding: bytes, as: UTF8.self)
            let body = text.firstRange(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? ""
            return state.withLock {
                Self.answer(
                    &$0, parts.first ?? "", target.first ?? "", target.count > 1 ? target[1] : "",
                    (try? JSONValue(parsing: body)) ?? .null)  // a GET has none
            }
        }
    }

    func client() throws -> KubeClient { try server.client() }

    func runner(verifySeconds: Double = 2) throws -> ChangeRunner {
        let client = try server.client(clock: FastClock(speed: 10))
        return ChangeRunner(client: client, journal: journal, verifySeconds: verifySeconds) { nil }
    }

    /// Whoever held an object lets it go.
    func release(_ path: String) {
        state.withLock { state in
            state.objects[path]?.set(["metadata", "finalizers"], to: nil)
            state.collect()
        }
    }

    func refuse(_ method: String, _ part: String, _ words: String) {
        state.withLock { $0.refusals.append((method, part, words)) }
    }
    func allowAll() { state.withLock { $0.refusals = [] } }
    func serveNewKindsAfter(_ tries: Int) { state.withLock { $0.slowness = tries } }
    func rewriteWhenReal(_ value: String) { state.withLock { $0.rewritten = value } }
    func giveAddresses() { state.withLock { $0.givesAddresses = true } }
    func put(_ path: String, _ object: JSONValue) {
        state.withLock { state in
            var object = object
            object.set(["metadata", "uid"], to: .string("u\(path)"))
            object.set(["metadata", "resourceVersion"], to: .string("\(state.version)"))
            state.version += 1
            state.objects[path] = object
        }
    }
    func object(_ path: String) -> JSONValue? { state.withLock { $0.objects[path] } }
    func paths(_ prefix: String) -> [String] {
        state.withLock { $0.objects.keys.filter { $0.hasPrefix(prefix) }.sorted() }
    }

    /// A definition of `tunnels.mesh.example` with these objects in namespace shop.
    func putTunnels(_ names: [String]) {
        put(
            "\(Self.definitions)/tunnels.mesh.example",
            [
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": ["name": "tunnels.mesh.example"],
                "spec": [
                    "group": "mesh.example", "names": ["plural": "tunnels", "kind": "Tunnel"], "scope": "Namespaced",
                    "versions": [["name": "v1", "served": true, "storage": true]],
                ],
                "status": ["conditions": []],
            ])
        for name in names {
            put(
                "/apis/mesh.example/v1/namespaces/shop/tunnels/\(name)",
                [
                    "apiVersion": "mesh.example/v1", "kind": "Tunnel",
                    "metadata": ["name": .string(name), "namespace": "shop", "labels": ["a": "b"]],
                    "spec": ["to": .string(name)], "status": ["up": true],
                ])
        }
    }

    // MARK: Answers

    private static func status(_ code: Int, _ reason: String, _ message: String) -> CannedServer.Answer {
        .init(
            code,
            [
                "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": .int(Int64(code)),
                "reason": .string(reason), "message": .string(message),
            ])
    }

    private static func discovery(_ state: State) -> JSONValue {
        func group(_ name: String, _ resources: [(String, String, Bool)]) -> JSONValue {
            [
                "metadata": ["name": .string(name)],
                "versions": [
                    [
                        "version": "v1",
                        "resources": .array(
                            resources.map { resource, kind, isNamespaced in
                                [
                                    "resource": .string(resource), "responseKind": ["kind": .string(kind)],
                                    "scope": isNamespaced ? "Namespaced" : "Cluster",
                                    "verbs": ["get", "list", "create", "delete", "patch"],
                                ]
                            }),
                    ]
                ],
            ]
        }
        var groups = [group("apiextensions.k8s.io", [("customresourcedefinitions", "CustomResourceDefinition", false)])]
        if state.objects["\(definitions)/tunnels.mesh.example"] != nil {
            groups.append(group("mesh.example", [("tunnels", "Tunnel", true)]))
        }
        return ["kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": .array(groups)]
    }

    private static func answer(
        _ state: inout State, _ method: String, _ path: String, _ query: String, _ body: JSONValue
    ) -> CannedServer.Answer {
        switch path {
        case "/version": return .init(200, ["gitVersion": "v1.36.0"])
        case "/api": return .init(200, ["kind": "APIGroupDiscoveryList", "items": []])
        case "/apis": return .init(200, discovery(state))
        default: break
        }
        let isDry = query.contains("dryRun") || body["dryRun"] != nil
        let name = body.at("metadata", "name")?.string ?? ""
        let full = method == "POST" ? "\(path)/\(name)" : path
        if !isDry, let refusal = state.refusals.first(where: { $0.method == method && full.contains($0.part) }) {
            return status(403, "Forbidden", refusal.words)
        }
        let isServed =
            !path.hasPrefix("/apis/mesh.example/") || state.objects["\(definitions)/tunnels.mesh.example"] != nil
        guard isServed else { return status(404, "NotFound", "the server could not find the requested resource") }
        if method == "POST", path.hasPrefix("/apis/mesh.example/"), state.waits < state.slowness {
            state.waits += 1
            return status(404, "NotFound", "the server could not find the requested resource")
        }
        switch method {
        case "GET":
            if let object = state.objects[path] { return .init(200, object) }
            guard path.hasSuffix("/tunnels") else { return status(404, "NotFound", "\(path) not found") }
            let items = state.objects.filter { $0.key.contains("/tunnels/") }.sorted { $0.key < $1.key }
            // An item of a list says neither its kind nor its version.
            return .init(
                200,
                [
                    "kind": "List", "metadata": [:],
                    "items": .array(
                        items.map { _, object in
                            var object = object
                            (object["kind"], object["apiVersion"]) = (nil, nil)
                            return object
                        }),
                ])
        case "POST":
            if state.objects[full] != nil { return status(409, "AlreadyExists", "\(name) already exists") }
            if body.at("metadata", "uid") != nil || body.at("metadata", "resourceVersion") != nil {
                return status(400, "BadRequest", "resourceVersion should not be set on objects to be created")
            }
            var object = body
            object.set(["metadata", "uid"], to: .string("n\(state.version)"))
            object.set(["metadata", "resourceVersion"], to: .string("\(state.version)"))
            if state.givesAddresses {
                object.set(["spec", "address"], to: .string(isDry ? "10.0.0.0" : "10.0.0.\(state.version)"))
            }
            if !isDry, let rewritten = state.rewritten { object.set(["spec", "to"], to: .string(rewritten)) }
            if !isDry {
                state.version += 1
                state.objects[full] = object
            }
            return .init(201, object)
        case "DELETE":
            guard state.objects[path] != nil else { return status(404, "NotFound", "\(path) not found") }
            if !isDry {
                let isDefinition = path.hasPrefix(definitions)
                for key in state.objects.keys where key == path || isDefinition && key.contains("/tunnels/") {
                    state.objects[key]?.set(["metadata", "deletionTimestamp"], to: "2026-01-01T00:00:00Z")
                }
                if isDefinition {
                    state.objects[path]?.set(
                        ["metadata", "finalizers"], to: ["customresourcecleanup.apiextensions.k8s.io"])
                }
                state.collect()
            }
            return .init(200, state.objects[path] ?? ["kind": "Status", "status": "Success"])
        default: return status(405, "MethodNotAllowed", method)
        }
    }
}
