import Base
import DemoMesh
import Kube
import MeshModel
import TestSupport
import Testing

@testable import Actions

/// An object in an editor: what comes back becomes the smallest patch, locked to what was read.
@Suite(.serialized) struct EditTests {
    static let cluster = Result { try DemoCluster() }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }
    private let reviews = ObjectReference(kind: "VirtualService", namespace: "shop", name: "reviews")
    private let path = Paths.virtualService("reviews")

    private func edited(_ part: String, _ other: String) async throws -> ObjectEdit {
        var edit = try await cluster.runner().edit(reviews)
        #expect(edit.text.contains(part), "\(edit.text)")
        edit.text = edit.text.replacing(part, with: other)
        return edit
    }

    @Test func theTextIsTheWholeObjectWithoutManagedFields() async throws {
        let edit = try await cluster.runner().edit(reviews)
        let object = try await cluster.get(path)
        #expect(try YAML.document(Array(edit.text.utf8)) == ObjectText.withoutManagedFields(object))
        #expect(object.at("metadata", "managedFields") != nil && !edit.text.contains("managedFields"))
    }

    @Test func onlyWhatWasChangedIsSentAndAnUndoTakesItBack() async throws {
        let runner = try cluster.runner()
        let before = try await cluster.get(path)["spec"]
        let edit = try await edited("  hosts:\n", "  exportTo:\n  - .\n  hosts:\n")
        guard case .changed = EditResult(edit) else {
            Issue.record("\(EditResult(edit))")
            return
        }
        let preview = try await runner.plan(.edit(edit))
        #expect(preview.refusal == nil)
        #expect(
            preview.kubectl.contains(#"[{"op":"add","path":"/spec/exportTo","value":["."]}]"#), "\(preview.kubectl)")
        #expect(await runner.finish(preview.planID).wasApplied)
        #expect(try await cluster.get(path).at("spec", "exportTo") == ["."])
        let entry = try #require(try cluster.journal.read().entries.last)
        #expect(
            entry.verb == "edit" && entry.steps[0].inverse == .jsonPatch([["op": "remove", "path": "/spec/exportTo"]]))
        _ = await runner.finish(try await runner.plan(.undo(nil)).planID)
        #expect(try await cluster.get(path)["spec"] == before)
    }

    /// Weights are weights, whoever writes them: they are told in numbers, and checked afterwards.
    @Test func newWeightsAreToldAsAShiftIs() async throws {
        func destination(_ subset: String, _ rate: Double) -> RouteSummary.Destination {
            RouteSummary.Destination(
                host: "reviews", subset: subset, observedShare: rate / 200, requestsPerSecond: rate)
        }
        var snapshot = MeshSnapshot(time: .now(), context: "meshtop-demo")
        snapshot.sources = [SourceStatus(name: .metrics, state: .ok, asOf: .now())]
        snapshot.routes = [
            RouteSummary(
                kind: .virtualService, namespace: "shop", name: "reviews", host: "reviews", index: 1,
                destinations: [destination("v1", 120), destination("v2", 60), destination("v3", 20)])
        ]
        let runner = try cluster.runner(snapshot: snapshot)
        var edit = try await edited("weight: 70", "weight: 60")
        edit.text = edit.text.replacing("weight: 20", with: "weight: 30")
        let preview = try await runner.plan(.edit(edit))
        #expect(
            preview.effects == [
                "v1 gets 120 of 200 requests per second (now 120)", "v2 gets 60 of 200 requests per second (now 60)",
                "v3 gets 20 of 200 requests per second (now 20)",
            ])
        let words = await runner.finish(preview.planID).last?.verifiedWords
        #expect(words?.contains("v2 30 % (30 % configured)") == true, "\(words ?? "-")")
        let back = try await runner.plan(.undo(preview.planID))
        #expect(back.effects.contains { $0.hasPrefix("v1 gets 140 of 200") }, "\(back.effects)")
        _ = await runner.finish(back.planID)
    }

    @Test func aFieldThatWasTakenOutIsRemoved() async throws {
        let runner = try cluster.runner()
        try await cluster.mergePatch(path, ["metadata": ["annotations": ["note": "x"]], "spec": ["exportTo": ["*"]]])
        let edit = try await edited("  exportTo:\n  - \"*\"\n", "")
        let preview = try await runner.plan(.edit(edit))
        #expect(await runner.finish(preview.planID).wasApplied)
        let now = try await cluster.get(path)
        #expect(now.at("spec", "exportTo") == nil && now.at("metadata", "annotations", "note") == "x")
    }

    @Test func whatChangesNothingSaysSo() async throws {
        var edit = try await cluster.runner().edit(reviews)
        #expect(EditResult(edit) == .unchanged)
        edit.text = "# another comment\n" + edit.text
        #expect(EditResult(edit) == .unchanged)
        let preview = try await cluster.runner().plan(.edit(edit))
        #expect(preview.isEmpty && preview.objects.isEmpty)
    }

    @Test(arguments: [
        ("  hosts:\n", "  hosts: [\n", "line "), ("  hosts:\n", "\thosts:\n", "a tab where only spaces may indent"),
        ("  name: reviews\n", "  name: ratings\n", "metadata.name was changed from reviews to ratings"),
        ("  namespace: shop\n", "  namespace: web\n", "metadata.namespace was changed from shop to web"),
        ("kind: VirtualService\n", "kind: Gateway\n", "kind was changed from VirtualService to Gateway"),
        ("spec:\n", "---\nspec:\n", "a second document"),
    ]) func whatCannotBeTakenIsSaidInOneLineAndKept(_ part: String, _ other: String, _ words: String) async throws {
        let edit = try await edited(part, other)
        guard case .unreadable(let kept, let error) = EditResult(edit) else {
            Issue.record("\(EditResult(edit))")
            return
        }
        #expect(kept.text == edit.text)
        #expect(error.description.contains(words) && !error.description.contains("\n"), "\(error)")
        await #expect(throws: MeshTopError.self) { try await cluster.runner().plan(.edit(edit)) }
    }

    @Test func whatTheServerWritesItselfIsLeftOutAndSaid() async throws {
        let runner = try cluster.runner()
        let generation = try #require(try await cluster.get(path).at("metadata", "generation")?.int)
        var edit = try await edited("  generation: \(generation)\n", "  generation: 99\n")
        #expect(EditResult(edit) == .unchanged)
        edit.text = edit.text.replacing("  hosts:\n", with: "  exportTo:\n  - .\n  hosts:\n")
        let preview = try await runner.plan(.edit(edit))
        #expect(preview.refusal == nil)
        #expect(preview.warnings.contains { $0.contains("metadata.generation is the server's own") })
        await runner.discard(preview.planID)
    }

    @Test func anObjectThatChangedWhileTheEditorWasOpenIsAConflict() async throws {
        let runner = try cluster.runner()
        let edit = try await edited("  hosts:\n", "  exportTo:\n  - .\n  hosts:\n")
        let patch: JSONValue = [["op": "replace", "path": "/spec/http/1/route/0/weight", "value": 33]]
        try await cluster.client().send(
            KubeClient.Call(
                "PATCH", path, contentType: "application/json-patch+json", body: Array(patch.compactText.utf8)))
        let before = try await cluster.get(path)["spec"]
        let preview = try await runner.plan(.edit(edit))
        #expect(preview.refusal?.contains("changed by someone else meanwhile") == true, "\(preview.refusal ?? "")")
        #expect(await !runner.finish(preview.planID).wasApplied)
        #expect(try await cluster.get(path)["spec"] == before)

        // Another try stands on the object as it is now, with both changes in it.
        let again = try await runner.renewed(edit)
        let second = try await runner.plan(.edit(again))
        #expect(second.refusal == nil)
        #expect(await runner.finish(second.planID).wasApplied)
        let now = try await cluster.get(path)
        #expect(now.at("spec", "exportTo") == ["."])
        #expect(now.at("spec", "http")?[1]?.list("route").first?["weight"] == 33)
    }

    @Test func anEditOfWhatSomebodyElseEditedIsNotRenewed() async throws {
        let runner = try cluster.runner()
        try await cluster.mergePatch(path, ["spec": ["exportTo": ["*"]]])
        let edit = try await edited("  exportTo:\n  - \"*\"\n", "  exportTo:\n  - .\n")
        try await cluster.mergePatch(path, ["spec": ["exportTo": ["web"]]])
        let error = await #expect(throws: MeshTopError.self) { try await runner.renewed(edit) }
        #expect(error?.code == .conflict)
    }

    @Test func anUnknownFieldIsRefusedByTheDryRun() async throws {
        let edit = try await edited("  hosts:\n", "  nonsense: 1\n  hosts:\n")
        let preview = try await cluster.runner().plan(.edit(edit))
        #expect(preview.refusal?.contains("nonsense") == true, "\(preview.refusal ?? "")")
    }

    @Test func kindsThatMeshTopDoesNotWatchAreEditedToo() async throws {
        let runner = try cluster.runner()
        let created = try await runner.plan(
            .apply(
                yaml: "{apiVersion: v1, kind: ConfigMap, metadata: {name: edited}, data: {a: \"1\", b: \"x\\ny\"}}",
                defaultNamespace: "shop"))
        #expect(await runner.finish(created.planID).wasApplied)
        var edit = try await runner.edit(ObjectReference(kind: "configmaps", namespace: "shop", name: "edited"))
        #expect(edit.object.kind == "ConfigMap")
        edit.text = edit.text.replacing("a: \"1\"", with: "a: \"2\"")
        let preview = try await runner.plan(.edit(edit))
        #expect(await runner.finish(preview.planID).wasApplied)
        #expect(try await cluster.get("/api/v1/namespaces/shop/configmaps/edited")["data"] == ["a": "2", "b": "x\ny"])
    }

    /// libyaml takes U+2028 for the end of a line: such a text is given to the editor as JSON.
    @Test(arguments: [
        "a\u{2028}b", "\u{202E}evil", "a\u{85}b", "tab\there", "- x", "yes", "0x1F", "1e3", "  lead", "x\n\n",
    ])
    func anyTextComesBackAsItWas(_ text: String) throws {
        let object: JSONValue = ["kind": "ConfigMap", "metadata": ["name": "a"], "data": ["k": .string(text)]]
        var edit = ObjectEdit(
            ObjectReference(kind: "ConfigMap", namespace: "shop", name: "a"), path: "/", before: object, context: "c")
        #expect(try YAML.document(Array(edit.text.utf8)) == object)
        edit.text += "\n"
        #expect(EditResult(edit) == .unchanged)
    }

    @Test func aFileNameHoldsNothingSpecial() {
        let edit = ObjectEdit(
            ObjectReference(kind: "Role", namespace: "../x", name: "system:a b$(c)/d"), path: "/", before: [:],
            context: "c")
        #expect(edit.fileName == "role-..-x-system-a-b--c--d.yaml")
    }
}
