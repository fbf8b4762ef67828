import Base
import TestSupport
import Testing

@testable import Actions

/// What a person or a log reads of Secrets: no values.
@Suite(.serialized) struct SecretMaskTests {
    static let cluster = Result { try DemoCluster(Demo.withoutHistory()) }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    /// As text and as bytes.
    private static let hidden = [
        "hunter2", "aHVudGVyMg==", "opensesame", "b3BlbnNlc2FtZQ==", "unchanged", "dW5jaGFuZ2Vk", "qwertz99",
        "cXdlcnR6OTk=",
    ]

    private func shows(_ texts: [String]) -> [String] {
        texts.filter { text in Self.hidden.contains { text.contains($0) } }
    }

    private func everything(_ preview: ChangePreview) -> [String] {
        preview.diff.map(\.text) + preview.effects + preview.warnings + preview.managers + preview.losses
            + preview.driftLines.map(\.text) + [preview.kubectl, preview.title, preview.refusal ?? ""]
    }

    private func manifest(_ name: String, _ data: String) -> String {
        "apiVersion: v1\nkind: Secret\nmetadata: {name: \(name), namespace: shop}\n\(data)\n"
    }

    @Test func theMaskIsKubectlDiffs() {
        let (old, new) = SecretMask.masked(
            ["kind": "Secret", "data": ["same": "YQ==", "other": "YQ==", "gone": "YQ=="]],
            ["kind": "Secret", "data": ["same": "YQ==", "other": "Yg==", "new": "Yg=="]])
        #expect(old?["data"] == ["same": "***", "other": "*** (before)", "gone": "***"])
        #expect(new?["data"] == ["same": "***", "other": "*** (after)", "new": "***"])
        // A value under a mistyped name is one all the same.
        let typo = SecretMask.masked(nil, ["kind": "Secret", "type": "Opaque", "stringdata": ["pw": "x"], "foo": "y"]).1
        #expect(typo == ["kind": "Secret", "type": "Opaque", "stringdata": ["pw": "***"], "foo": "***"])
        let map: JSONValue = ["kind": "ConfigMap", "data": ["k": "v"]]
        #expect(SecretMask.masked(map, map).0 == map)
    }

    @Test(arguments: ["stringdata: {pw: hunter2}", "foo: hunter2", "datas: {pw: aHVudGVyMg==}", "spec: {a: [hunter2]}"])
    func aMistypedSecretIsRefusedWithoutItsValues(_ text: String) async throws {
        let preview = try await cluster.runner().plan(.apply(yaml: manifest("typo", text), defaultNamespace: "shop"))
        #expect(preview.refusal?.contains("unknown field") == true)
        #expect(shows(everything(preview)) == [])
    }

    @Test func noPreviewShowsAValue() async throws {
        let runner = try cluster.runner()
        let reference = ObjectReference(kind: "Secret", namespace: "shop", name: "quiet")
        let first = try await runner.plan(
            .apply(
                yaml: manifest("quiet", "stringData: {password: hunter2, kept: unchanged}"), defaultNamespace: "shop"))
        #expect(shows(everything(first)) == [])
        #expect(await runner.finish(first.planID).failure == nil)
        let second = try await runner.plan(
            .apply(
                yaml: manifest("quiet", "stringData: {password: opensesame, kept: unchanged}"), defaultNamespace: "shop"
            ))
        #expect(shows(everything(second)) == [])
        #expect(
            second.diff.contains {
                $0.kind == .removed && $0.text.contains("password: ") && $0.text.contains("*** (before)")
            })
        #expect(second.diff.contains { $0.kind == .added && $0.text.contains("*** (after)") })
        #expect(!second.diff.contains { $0.kind != .context && $0.text.contains("kept") })
        #expect(await runner.finish(second.planID).failure == nil)
        #expect(shows([try await runner.yaml(of: reference)]) == [])
        // Somebody else writes it: the way back names the place and not the values.
        try await cluster.mergePatch(
            "/api/v1/namespaces/shop/secrets/quiet", ["stringData": ["password": "qwertz99", "more": "opensesame"]])
        let undo = try await runner.plan(.undo(second.planID, overDrift: true))
        #expect(undo.hasConflicts && undo.driftLines.contains { $0.text.contains("data.password") })
        #expect(shows(everything(undo)) == [])
        await #expect {
            _ = try await runner.plan(.undo(second.planID))
        } throws: { shows(["\($0)"]) == [] }
        let edit = try await runner.edit(reference)
        #expect(!shows([edit.text]).isEmpty)
        var changed = edit
        changed.text = edit.text.replacing("cXdlcnR6OTk=", with: "aHVudGVyMg==")
        let edited = try await runner.plan(.edit(changed))
        #expect(shows(everything(edited)) == [])
        #expect(edited.kubectl.contains("***"))
        let deletion = try await runner.plan(.delete(reference))
        #expect(shows(everything(deletion)) == [])
    }

    @Test func theJournalKeepsValuesApartAndForgetsThem() async throws {
        let runner = try cluster.runner()
        let made = try await runner.plan(
            .apply(yaml: manifest("sealed", "stringData: {password: hunter2}"), defaultNamespace: "shop"))
        _ = await runner.finish(made.planID)
        let changed = try await runner.plan(
            .apply(yaml: manifest("sealed", "stringData: {password: opensesame}"), defaultNamespace: "shop"))
        _ = await runner.finish(changed.planID)
        let journal = try cluster.journal
        let open = String(decoding: try Files.read(journal.path), as: UTF8.self)
        #expect(open.contains(changed.planID) && shows([open]) == [])
        let entries = try journal.read().entries
        #expect(shows(entries.map { $0.json.compactText }) == [])
        let sealed = journal.sealed.path
        #expect(!shows([String(decoding: try Files.read(sealed), as: UTF8.self)]).isEmpty)
        let mode = try await Tool.run("stat", ["-c", "%a", sealed])
        #expect(mode.output == "600\n")
        // An undo works as long as they are there.
        let undo = try await runner.plan(.undo(changed.planID))
        #expect(await runner.finish(undo.planID).failure == nil)
        #expect(
            try await cluster.get("/api/v1/namespaces/shop/secrets/sealed")["data"] == ["password": "aHVudGVyMg=="])
        try journal.forgetSecrets()
        #expect(try Files.read(sealed).isEmpty)
        await #expect {
            _ = try await runner.plan(.undo(made.planID))
        } throws: { "\($0)".contains("forgotten") }
    }

    @Test func aRefusalDoesNotQuoteValues() {
        let secret: JSONValue = ["kind": "Secret", "data": ["k": "aHVudGVyMg=="], "stringData": ["l": "opensesame"]]
        let words = "Invalid value: {\"k\":\"aHVudGVyMg==\",\"l\":\"opensesame\"} hunter2 b3BlbnNlc2FtZQ=="
        #expect(shows([SecretMask.scrubbed(words, of: [secret])]) == [])
    }
}
