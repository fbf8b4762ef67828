import Base
import DemoMesh
import Kube
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
        /// The answer as it came, for watches.
        var text: String
        var warnings: [String]
    }

    /// What the demo mesh does not have, with the reason. Everything else is compared.
    static let left: [String: String] = [
        "unauthorized-no-token":
            "on loopback a request without a token is the admin's, because kubectl sends none over plain HTTP; the real server refused system:anonymous"
    ]

    static func records() throws -> [Record] {
        let folder = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let bytes = try Files.read("\(folder)/TestSupport/Fixtures/kube-apiserver-1.36.jsonl")
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
                text: body,
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
            // The recorded operator had no rights in that namespace, as the demo's has none there.
            var token: String? =
                record.user == "operator"
                ? demo.server.credentials.team.token : demo.server.credentials.admin.token
            if record.name == "unauthorized-bad-token" { token = "wrong" }
            let record = try await Self.translated(record, demo)
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

    /// A request that names something of the recorded server, with what stands for it here.
    private static func translated(_ record: Record, _ demo: Demo) async throws -> Record {
        var record = record
        if ["vs-jsonpatch-ok", "vs-jsonpatch-dryrun"].contains(record.name), let body = record.body {
            let now = try await demo.get("/apis/networking.istio.io/v1/namespaces/default/virtualservices/reviews")
            let version = now.at("metadata", "resourceVersion")?.string ?? ""
            // 908 was the version that the recorded test names.
            record.body = body.replacing("\"908\"", with: "\"\(version)\"")
        }
        if record.name == "list-pods-page-2" {
            let first = try await demo.get("/api/v1/namespaces/default/pods?limit=3")
            let token = first.at("metadata", "continue")?.string ?? ""
            record.path = "/api/v1/namespaces/default/pods?limit=3&continue=\(token)"
        }
        return record
    }

    /// Watches: the same status, and the same kinds of events in the same order.
    @Test func theDemosWatchesTellWhatTheRealOnesDid() async throws {
        let demo = try Demo()
        let records = try Self.records()
        try await prepare(demo, records)
        let folder = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let lines = try Files.read("\(folder)/TestSupport/Fixtures/kube-apiserver-1.36.jsonl").split(
            separator: 0x0A)
        var compared = 0
        // What follows live changes, or takes a minute, is the reflector's and kubectl's tests' business.
        for line in lines {
            let value = try JSONValue(parsing: Array(line))
            let name = value.text("name") ?? ""
            let path = value.at("request", "path")?.string ?? ""
            guard path.contains("watch=1"),
                !["watch-vs-modified", "watch-configmaps-lifecycle", "watch-bookmark"].contains(name)
            else { continue }
            let answer = try await demo.ask("GET", path, token: demo.server.credentials.admin.token)
            #expect(answer.status == value.at("response", "status")?.int, "\(name)")
            let real = Self.events(Array((value.at("response", "body")?.string ?? "").utf8))
            #expect(Self.events(answer.body) == real, "\(name)")
            compared += 1
        }
        #expect(compared == 5)
    }

    /// The recorded watches that followed changes, with the same changes made here; the third is left alone until its
    /// bookmarks come.
    @Test(arguments: ["watch-vs-modified", "watch-configmaps-lifecycle", "watch-bookmark"])
    func watchesFollowTheSameChanges(_ name: String) async throws {
        var options = DemoMeshOptions()
        options.speed = 50
        options.bookmarkSeconds = 1
        let demo = try Demo(options)
        let records = try Self.records()
        try await prepare(demo, records)
        let record = try #require(records.first { $0.name == name })
        let version = try await demo.get("/api/v1/namespaces/default/services").at("metadata", "resourceVersion")?
            .string
        // 952 was the recorded server's version then.
        var path = record.path.replacing("resourceVersion=952", with: "resourceVersion=\(version ?? "")")
        // The test ends it.
        path.replace(/timeoutSeconds=[0-9]+/, with: "timeoutSeconds=600")
        let watch = try await WatchedLines(demo, path)
        #expect(watch.status == record.status)
        if name == "watch-vs-modified" {
            try await demo.mergePatch(
                "/apis/networking.istio.io/v1/namespaces/default/virtualservices/reviews",
                ["metadata": ["annotations": ["a": "b"]]])
        } else if name == "watch-configmaps-lifecycle" {
            let maps = "/api/v1/namespaces/default/configmaps"
            for turn in 1...2 {
                let map: JSONValue = [
                    "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "life"],
                    "data": ["turn": .string("\(turn)")],
                ]
                #expect(try await demo.ask("POST", maps, map).status == 201)
                try await demo.mergePatch("\(maps)/life", ["data": ["more": "yes"]])
                #expect(try await demo.ask("DELETE", "\(maps)/life").status == 200)
            }
        }
        let wanted = Self.events(Array(record.text.utf8))
        let isBookmark = name == "watch-bookmark"
        let came = try await eventually { () -> Bool? in
            let body = watch.body
            if isBookmark { return String(decoding: body, as: UTF8.self).ranges(of: "BOOKMARK").count > 1 ? true : nil }
            return Self.events(body).count >= wanted.count ? true : nil
        }
        #expect(came == true && Self.events(watch.body) == wanted, "\(name)")
        watch.end()
    }

    /// "TYPE code annotations" of every event; several of the same in a row count once.
    private static func events(_ body: [UInt8]) -> [String] {
        var events: [String] = []
        for line in body.split(separator: 0x0A) {
            guard let event = try? JSONValue(parsing: Array(line)) else { return ["no JSON"] }
            let object = event["object"] ?? event
            let marks = object.at("metadata", "annotations")?.object?.keys.filter { $0.hasPrefix("k8s.io/") } ?? []
            let text =
                "\(event.text("type") ?? object.text("kind") ?? "") \(object["code"]?.int ?? 0) \(marks.sorted())"
            if events.last != text { events.append(text) }
        }
        // A server sends plain bookmarks when it likes.
        if events.last == "BOOKMARK 0 []" { events.removeLast() }
        return events
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

/// A watch of the demo mesh as it arrives.
private final class WatchedLines: TransferSink {
    private struct State {
        var status: Int?
        var body: [UInt8] = []
    }
    private let state = Lock(State())
    private let control = Lock<TransferControl?>(nil)

    /// Returns when the server has taken it.
    init(_ demo: Demo, _ path: String) async throws {
        let token = demo.server.credentials.admin.token
        _ = demo.loop.start(
            HTTPRequest(url: demo.server.url + path, headers: [("Authorization", "Bearer \(token)")]), self)
        _ = try await eventually { self.status }
    }

    var status: Int? { state.withLock { $0.status } }
    var body: [UInt8] { state.withLock { $0.body } }

    func end() { control.withLock { $0 }?.cancel() }

    func started(_ control: TransferControl) { self.control.withLock { $0 = control } }
    func head(_ head: HTTPHead) { state.withLock { $0.status = head.status } }

    func data(_ bytes: UnsafeRawBufferPointer) -> TransferAnswer {
        let copy = Array(bytes)
        state.withLock { $0.body += copy }
        return .taken
    }

    func end(_ error: MeshTopError?) {}
}
