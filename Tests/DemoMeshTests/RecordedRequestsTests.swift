import ClusterData
import DemoMesh
import TestSupport
import Testing

/// The requests that were sent to a real kube-apiserver 1.36, sent to the demo mesh: same status, reason, causes.
@Suite struct RecordedRequestsTests {
    struct Record {
        var name: String
        var method: String
        var path: String
        var headers: [(name: String, value: String)]
        var user: String
        var body: String?
        var status: Int
        var answer: JSONValue
        var warnings: [String]
    }

    /// What the demo mesh does not have, with the reason. Everything else is compared.
    static let left: [String: String] = [
        "unauthorized-no-token":
            "on loopback a request without a token is the admin, because kubectl sends none over plain HTTP",
        "impersonate-forbidden": "the demo mesh has two users and no impersonation",
        "impersonate-ok": "the demo mesh has two users and no impersonation",
        "vs-jsonpatch-dryrun": "its test names the recorded object's resourceVersion",
        "vs-jsonpatch-ok": "its test names the recorded object's resourceVersion",
        "list-pods-page-2": "a continue token belongs to the server that gave it",
    ]

    static func records() throws -> [Record] {
        let folder = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let bytes = try Files.read("\(folder)/ClusterDataTests/Fixtures/kube-apiserver-1.36.jsonl")
        return try bytes.split(separator: 0x0A).map { line in
            let value = try JSONValue(parsing: Array(line))
            let body = value.at("response", "body")?.string ?? ""
            return Record(
                name: value.text("name") ?? "", method: value.at("request", "method")?.string ?? "",
                path: value.at("request", "path")?.string ?? "",
                headers: (value.at("request", "headers")?.stringMap ?? [:]).map { ($0.key, $0.value) },
                user: value.at("request", "user")?.string ?? "", body: value.at("request", "body")?.string,
                status: value.at("response", "status")?.int ?? 0,
                answer: (try? JSONValue(parsing: body)) ?? .null,  // watch streams are no single document
                warnings: (value.at("response", "headers")?.stringMap ?? [:]).filter {
                    $0.key.lowercased() == "warning"
                }
                .map(\.value))
        }
    }

    /// Puts the objects that the recording is about into the demo's default namespace.
    private func prepare(_ demo: Demo, _ records: [Record]) async throws {
        func answer(_ name: String) -> JSONValue { records.first { $0.name == name }?.answer ?? .null }
        _ = try await demo.ask(
            "POST", "/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "default"]])
        var route = answer("get-vs")
        route["metadata"] = ["name": "reviews", "namespace": "default"]
        let made = try await demo.ask("POST", "/apis/networking.istio.io/v1/namespaces/default/virtualservices", route)
        #expect(made.status == 201)
        for listed in answer("list-deployments").list("items") {
            var deployment = listed
            deployment["apiVersion"] = "apps/v1"
            deployment["kind"] = "Deployment"
            deployment["status"] = nil
            deployment["metadata"] = ["name": listed.at("metadata", "name") ?? .null, "namespace": "default"]
            let made = try await demo.ask("POST", "/apis/apps/v1/namespaces/default/deployments", deployment)
            #expect(made.status == 201)
        }
        // The recorded ones were ready.
        let ready = try await eventually(within: 30) { () -> Bool? in
            let items = try await demo.get("/apis/apps/v1/namespaces/default/deployments").list("items")
            return items.allSatisfy { $0.at("status", "readyReplicas") == $0.at("spec", "replicas") } ? true : nil
        }
        #expect(ready == true)
    }

    @Test func theDemoAnswersAsTheRealServerDid() async throws {
        let demo = try Demo()
        let records = try Self.records()
        try await prepare(demo, records)
        var compared = 0
        for record in records where Self.left[record.name] == nil && !record.path.contains("watch=1") {
            var token: String? = record.user == "operator" ? "demo-viewer-token" : "demo-admin-token"
            if record.name == "unauthorized-bad-token" { token = "wrong" }
            // Lists that a viewer may make here were forbidden to that operator.
            if record.user == "operator", record.method == "GET" { continue }
            let type = record.headers.first { $0.name == "Content-Type" }?.value
            let others = record.headers.filter { $0.name != "Content-Type" }
            let answer = try await demo.ask(
                record.method, record.path, text: record.body, type: type, token: token, headers: others)
            compared += 1
            #expect(
                answer.status == record.status,
                "\(record.name): \(String(decoding: answer.body.prefix(400), as: UTF8.self))")
            #expect(answer.head.all("warning") == record.warnings, "\(record.name)")
            guard answer.status == record.status else { continue }
            if record.status < 400 {
                let found = Self.differences(record.answer, answer.json)
                let left = Self.shapesLeft[record.name] ?? [:]
                #expect(found == left.keys.sorted(), "\(record.name)")
                continue
            }
            #expect(answer.json.text("kind") == record.answer.text("kind"), "\(record.name)")
            #expect(answer.reason == record.answer.text("reason") ?? "", "\(record.name)")
            #expect(answer.json.at("details", "name") == record.answer.at("details", "name"), "\(record.name)")
            let causes = { (value: JSONValue) in
                (value.at("details", "causes")?.array ?? []).map {
                    "\($0.text("reason") ?? "") \($0.text("field") ?? "")"
                }.sorted()
            }
            #expect(causes(answer.json) == causes(record.answer), "\(record.name)")
        }
        #expect(compared > 60)
    }

    // MARK: Shapes

    /// What one side alone has in its successful answers (`+` only the real server, `-` only the demo), with the reason.
    static let shapesLeft: [String: [String: String]] = [
        "list-rv0": ["+metadata.labels": "the test makes the Deployments without labels"],
        "list-deployments": ["+metadata.labels": "the test makes the Deployments without labels"],
        "list-virtualservices": [
            "+metadata.annotations": "the test makes the VirtualService without kubectl's annotation"
        ],
    ]

    /// Top-level members; for lists their kind and version too, and the parts of the first object that both have.
    static func differences(_ real: JSONValue, _ demo: JSONValue) -> [String] {
        var found = differences("", real, demo)
        guard let items = real["items"]?.array, real.text("kind")?.hasSuffix("DiscoveryList") == false else {
            return found.sorted()
        }
        for name in ["kind", "apiVersion"] where real[name] != demo[name] { found.append("=\(name)") }
        let own = Dictionary(demo.list("items").map { (key($0), $0) }) { first, _ in first }
        guard let (item, twin) = items.lazy.compactMap({ item in own[key(item)].map { (item, $0) } }).first else {
            return found.sorted()
        }
        for part in ["metadata", "spec", "status"] {
            if let realPart = item[part] { found += differences("\(part).", realPart, twin[part] ?? [:]) }
        }
        return found.sorted()
    }

    private static func key(_ object: JSONValue) -> String {
        "\(object.at("metadata", "namespace")?.string ?? "")/\(object.at("metadata", "name")?.string ?? "")"
    }

    private static func differences(_ path: String, _ real: JSONValue, _ demo: JSONValue) -> [String] {
        let (left, right) = (Set(real.object?.keys ?? []), Set(demo.object?.keys ?? []))
        return left.subtracting(right).map { "+\(path)\($0)" } + right.subtracting(left).map { "-\(path)\($0)" }
    }
}
