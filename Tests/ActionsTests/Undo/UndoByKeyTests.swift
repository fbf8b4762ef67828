import Actions
import Base
import TestSupport
import Testing

/// A map that a change made is taken back by its keys: what others put into it meanwhile stays.
@Suite(.serialized) struct UndoByKeyTests {
    static let cluster = Result { try DemoCluster(Demo.withoutHistory()) }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    private func path(_ resource: String, _ name: String) -> String { "/api/v1/namespaces/shop/\(resource)/\(name)" }

    private func make(_ resource: String, _ object: JSONValue) async throws {
        let answer = try await cluster.demo.ask("POST", "/api/v1/namespaces/shop/\(resource)", object)
        #expect(answer.status == 201, "\(answer.json.compactText)")
    }

    private func apply(_ text: String) async throws -> ChangePreview {
        let runner = try cluster.runner()
        let preview = try await runner.plan(.apply(yaml: text, defaultNamespace: "shop"))
        #expect(preview.refusal == nil)
        #expect(await runner.finish(preview.planID).failure == nil)
        return preview
    }

    private func undo(_ change: ChangePreview) async throws -> ChangePreview {
        let runner = try cluster.runner()
        let undo = try await runner.plan(.undo(change.planID))
        #expect(undo.refusal == nil && !undo.hasConflicts, "\(undo.driftLines)")
        #expect(await runner.finish(undo.planID).failure == nil)
        return undo
    }

    @Test func othersKeysInNewMapsStay() async throws {
        try await make("configmaps", ["metadata": ["name": "maps"]])
        let change = try await apply(
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: maps, labels: {mine: a}, annotations: {mine: b}}
            data: {mine: c}
            """)
        try await cluster.mergePatch(
            path("configmaps", "maps"),
            [
                "metadata": ["labels": ["theirs": "x"], "annotations": ["theirs": "y"]], "data": ["theirs": "z"],
            ])
        _ = try await undo(change)
        let now = try await cluster.get(path("configmaps", "maps"))
        #expect(now.at("metadata", "labels") == ["theirs": "x"])
        #expect(now.at("metadata", "annotations") == ["theirs": "y"])
        #expect(now["data"] == ["theirs": "z"])
    }

    /// Who names a namespace does not mean a change in another one.
    @Test func anUndoKeepsToTheNamespacesThatAreNamed() async throws {
        let change = try await apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: here}, data: {a: b}}")
        let runner = try cluster.runner()
        for id in [change.planID, nil] {
            let error = await #expect(throws: MeshTopError.self) {
                try await runner.plan(.undo(id, in: ["manager-agent-ai-dev"]))
            }
            #expect(
                error?.code == .usage && error?.why.contains("ConfigMap shop/here") == true
                    && error?.advice?.contains("-n shop") == true, "\(error?.description ?? "")")
        }
        #expect(try await runner.plan(.undo(nil, in: ["shop"])).objects.map(\.name) == ["here"])
        _ = try await undo(change)
    }

    @Test func newMapsGoAsAWholeWhenTheyAreNobodyElses() async throws {
        try await make("configmaps", ["metadata": ["name": "own"]])
        let change = try await apply(
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: own, labels: {mine: a}}, data: {mine: c}}")
        _ = try await undo(change)
        let now = try await cluster.get(path("configmaps", "own"))
        #expect(now.at("metadata", "labels") == nil && now.at("metadata", "annotations") == nil && now["data"] == nil)
    }

    /// What others wrote into it would go with it.
    @Test func anObjectThatWasMadeIsNotTakenAwayFromUnderOthers() async throws {
        let change = try await apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\ndata: {mine: c}")
        try await cluster.mergePatch(path("configmaps", "shared"), ["data": ["theirs": "z"]])
        let undo = try await cluster.runner().plan(.undo(change.planID, overDrift: true))
        #expect(undo.hasConflicts)
    }

    @Test func aSecretAppliedAsTextIsTakenBackInItsData() async throws {
        try await make("secrets", ["metadata": ["name": "text"], "data": ["old": "b2xk"]])
        let change = try await apply(
            "{apiVersion: v1, kind: Secret, metadata: {name: text}, stringData: {old: new, more: stuff}}")
        let made = try await cluster.get(path("secrets", "text"))
        #expect(made["data"] == ["old": "bmV3", "more": "c3R1ZmY="])
        #expect(made["stringData"] == nil)
        let taken = try await undo(change)
        #expect(try await cluster.get(path("secrets", "text"))["data"] == ["old": "b2xk"])
        #expect(!taken.diff.contains { $0.text.contains("bmV3") })
    }
}
