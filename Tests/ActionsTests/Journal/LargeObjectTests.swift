import Base
import DemoMesh
import TestSupport
import Testing

@testable import Actions

/// Large objects: the journal keeps the places that a change wrote, and an undo works from those.
@Suite(.serialized) struct LargeObjectTests {
    static let cluster = Result { try DemoCluster(Demo.withoutHistory()) }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    private static let text = (0..<20_000).map { "line \($0) of a text of 1.1 MB that is \"edited\"" }
        .joined(separator: "\n")

    private func path(_ kind: String, _ name: String) -> String {
        "/api/v1/namespaces/shop/\(kind.lowercased())s/\(name)"
    }

    private func size() throws -> Int {
        let journal = try cluster.journal.path
        return try [journal, journal.replacing(".jsonl", with: "-secrets.jsonl")].reduce(0) {
            $0 + (Files.exists($1) ? try Files.read($1).count : 0)
        }
    }

    private func make(_ kind: String, _ name: String, _ data: JSONValue) async throws {
        let answer = try await cluster.demo.ask(
            "POST", "/api/v1/namespaces/shop/\(kind.lowercased())s",
            ["apiVersion": "v1", "kind": .string(kind), "metadata": ["name": .string(name)], "data": data])
        #expect(answer.status == 201, "\(answer.json.text("message") ?? "")")
    }

    private func edit(_ name: String, _ part: String, _ other: String) async throws -> ChangePreview {
        let runner = try cluster.runner()
        var edit = try await runner.edit(ObjectReference(kind: "ConfigMap", namespace: "shop", name: name))
        #expect(edit.text.contains(part))
        edit.text = edit.text.replacing(part, with: other)
        let preview = try await runner.plan(.edit(edit))
        #expect(preview.refusal == nil)
        #expect(await runner.finish(preview.planID).failure == nil)
        return preview
    }

    private func undo(_ change: ChangePreview, overDrift: Bool = false) async throws -> ChangePreview {
        let runner = try cluster.runner()
        let undo = try await runner.plan(.undo(change.planID, overDrift: overDrift))
        #expect(undo.refusal == nil)
        #expect(await runner.finish(undo.planID).failure == nil)
        return undo
    }

    /// One key of many: the others are not in the journal at all, and what others wrote there meanwhile stays.
    @Test func oneKeyOfManyIsKeptAlone() async throws {
        let parts = Dictionary(
            uniqueKeysWithValues: (0..<1100).map { ("key\($0)", String(repeating: "v", count: 1000)) })
        var data = JSONObject(parts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
        data["mine"] = "old"
        try await make("ConfigMap", "many", .object(data))
        let before = try size()
        let change = try await edit("many", "mine: old", "mine: new")
        #expect(try size() - before < 8000)
        try await cluster.mergePatch(path("ConfigMap", "many"), ["data": ["key7": "theirs"]])
        #expect(try await undo(change).drift.allSatisfy { $0.kind != .conflict })
        data["key7"] = "theirs"
        #expect(
            ObjectText.sorted(try await cluster.get(path("ConfigMap", "many"))["data"] ?? .null)
                == ObjectText.sorted(.object(data)))
    }

    /// One long text: it is kept once, whole, as it was; what it became is kept as what differs.
    @Test func oneLongTextIsKeptOnce() async throws {
        try await make("ConfigMap", "long", ["text": .string(Self.text), "other": "as it is"])
        let before = try size()
        let change = try await edit("long", "line 777 of", "line 777, umgeschrieben für alle, of")
        #expect(try size() - before < Self.text.utf8.count * 5 / 4)
        let made = try await cluster.get(path("ConfigMap", "long")).at("data", "text")?.string ?? ""
        #expect(made == Self.text.replacing("line 777 of", with: "line 777, umgeschrieben für alle, of"))
        let entry = try #require(try cluster.journal.read().entries.last)
        #expect(
            entry.steps[0].values == [.init(path: ["data", "text"], before: .string(Self.text), after: .string(made))])
        // No argument of a program is that long.
        #expect(change.kubectl.hasPrefix("#") && change.kubectl.utf8.count < 600)
        #expect(change.kubectl.contains("patch configmap long") && change.kubectl.contains("--patch-file FILE"))
        try await cluster.mergePatch(path("ConfigMap", "long"), ["data": ["other": "theirs"]])
        _ = try await undo(change)
        #expect(
            try await cluster.get(path("ConfigMap", "long"))["data"] == ["text": .string(Self.text), "other": "theirs"])
    }

    @Test func aConflictInALongTextIsSeenAndCanBeOverwritten() async throws {
        try await make("ConfigMap", "fought", ["text": .string(Self.text)])
        let change = try await edit("fought", "line 5 of", "line five of")
        try await cluster.mergePatch(path("ConfigMap", "fought"), ["data": ["text": "theirs"]])
        let runner = try cluster.runner()
        let refused = await #expect(throws: MeshTopError.self) { try await runner.plan(.undo(change.planID)) }
        #expect(refused?.code == .conflict)
        _ = try await undo(change, overDrift: true)
        #expect(try await cluster.get(path("ConfigMap", "fought")).at("data", "text") == .string(Self.text))
    }

    /// Its values are in the file that can be emptied, and there too only once.
    @Test func aLargeSecretIsKeptApartAndOnce() async throws {
        let value = String(repeating: "c2VjcmV0", count: 100_000)
        try await make("Secret", "large", ["old": .string(value), "more": "YQ=="])
        let before = try size()
        let runner = try cluster.runner()
        let change = try await runner.plan(
            .apply(
                yaml: "{apiVersion: v1, kind: Secret, metadata: {name: large, namespace: shop}, data: {more: Yg==}}",
                defaultNamespace: "shop"))
        #expect(await runner.finish(change.planID).failure == nil)
        #expect(try size() - before < 8000)
        #expect(!String(decoding: try Files.read(cluster.journal.path), as: UTF8.self).contains("Yg=="))
        _ = try await undo(change)
        #expect(try await cluster.get(path("Secret", "large"))["data"] == ["old": .string(value), "more": "YQ=="])
    }

    @Test func aLargeObjectThatIsMadeOrDeletedIsKeptOnce() async throws {
        let yaml =
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made, namespace: shop}\ndata:\n  text: |\n"
            + Self.text.split(separator: "\n").prefix(4000).map { "    \($0)\n" }.joined()
        let before = try size()
        let runner = try cluster.runner()
        let change = try await runner.plan(.apply(yaml: yaml, defaultNamespace: "shop"))
        #expect(await runner.finish(change.planID).failure == nil)
        #expect(try size() - before < yaml.utf8.count * 3 / 2)
        #expect(change.kubectl.utf8.count < 600, "\(change.kubectl.utf8.count)")
        _ = try await undo(change)
        #expect(try await !cluster.exists(path("ConfigMap", "made")))
    }
}
