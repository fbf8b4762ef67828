import Base
import DemoMesh
import Kube
import MeshModel
import TestSupport
import Testing

@testable import Actions

/// A change is taken back out of an object that others changed since.
@Suite struct UndoOverDriftTests {
    private let cluster: DemoCluster
    private let reviews = ObjectReference(kind: "VirtualService", namespace: "shop", name: "reviews")
    private let path = Paths.virtualService("reviews")

    init() throws { cluster = try DemoCluster() }

    private func patch(_ operations: JSONValue) async throws {
        try await cluster.client().send(
            KubeClient.Call(
                "PATCH", path, contentType: "application/json-patch+json", body: Array(operations.compactText.utf8)))
    }

    private func shifted() async throws -> (ChangeRunner, String, [Int?]) {
        let runner = try cluster.runner()
        let before = try await weights()
        let preview = try await runner.plan(.shift(route: reviews, section: .http, index: 1, weights: [50, 30, 20]))
        #expect(await runner.finish(preview.planID).wasApplied)
        return (runner, preview.planID, before)
    }

    private func weights(_ rule: Int = 1) async throws -> [Int?] {
        try await cluster.get(path).at("spec", "http")?[rule]?.list("route").map { $0["weight"]?.int } ?? []
    }

    @Test func theSamePlaceIsShownInItsThreeStatesAndGoesBackWhenToldTo() async throws {
        let (runner, id, before) = try await shifted()
        try await patch([
            ["op": "replace", "path": "/spec/http/1/route/0/weight", "value": 61],
            ["op": "add", "path": "/spec/exportTo", "value": ["*"]],
        ])
        let error = await #expect(throws: MeshTopError.self) { try await runner.plan(.undo(id)) }
        #expect(error?.advice?.contains("--over-drift") == true)

        let preview = try await runner.plan(.undo(id, overDrift: true))
        #expect(preview.hasConflicts && preview.typedConfirmation == "reviews" && !preview.isDeletion)
        let first = String(try #require(before[0]))
        #expect(
            preview.drift.first { $0.kind == .conflict }
                == DriftItem(
                    kind: .conflict, path: "VirtualService reviews spec.http.1.route.0.weight", before: first,
                    made: "50",
                    now: "61"))
        #expect(preview.drift.filter { $0.kind == .goesBack }.count == 2)
        #expect(preview.drift.contains { $0.kind == .kept && $0.path.hasSuffix("spec.exportTo") })
        #expect(preview.driftLines.first?.kind == .conflict)
        #expect(await runner.finish(preview.planID).wasApplied)
        #expect(try await weights() == before)
        #expect(try await cluster.get(path).at("spec", "exportTo") == ["*"])
    }

    /// By its index the weight would go to somebody else's rule.
    @Test func aRuleThatWasPutInFrontIsNotMistakenForOurs() async throws {
        let (runner, id, before) = try await shifted()
        let rule: JSONValue = [
            "match": [["uri": ["prefix": "/new"]]],
            "route": [["destination": ["host": "reviews", "subset": "v1"], "weight": 100]],
        ]
        try await patch([["op": "add", "path": "/spec/http/0", "value": rule]])
        let preview = try await runner.plan(.undo(id))
        #expect(!preview.hasConflicts && preview.typedConfirmation == nil)
        #expect(await runner.finish(preview.planID).wasApplied)
        #expect(try await weights(2) == before)
        #expect(try await cluster.get(path).at("spec", "http")?[0] == rule)
    }

    @Test func whatIsDriftElsewhereStaysWithoutAQuestion() async throws {
        let (runner, id, before) = try await shifted()
        try await patch([["op": "add", "path": "/spec/exportTo", "value": ["*"]]])
        let preview = try await runner.plan(.undo(id))
        #expect(!preview.hasConflicts && preview.warnings.joined().contains("changed"))
        #expect(await runner.finish(preview.planID).wasApplied)
        #expect(try await weights() == before)
        #expect(try await cluster.get(path).at("spec", "exportTo") == ["*"])
    }

    @Test func aCreatedObjectThatOthersChangedIsDeletedOnlyWhenToldTo() async throws {
        let runner = try cluster.runner()
        let made = try await runner.plan(
            .apply(
                yaml: "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: \"1\"}}",
                defaultNamespace: "shop"))
        #expect(await runner.finish(made.planID).wasApplied)
        try await cluster.mergePatch("/api/v1/namespaces/shop/configmaps/a", ["data": ["k": "2"]])
        await #expect(throws: MeshTopError.self) { try await runner.plan(.undo(made.planID)) }
        let back = try await runner.plan(.undo(made.planID, overDrift: true))
        #expect(back.hasConflicts)
        #expect(await runner.finish(back.planID).wasApplied)
        #expect(try await !cluster.exists("/api/v1/namespaces/shop/configmaps/a"))
    }

    struct Merge: Sendable {
        var was: JSONValue?
        var made: JSONValue?
        var now: JSONValue?
        var result: JSONValue?
        var kinds: [DriftItem.Kind]
    }

    static let merges = [
        Merge(
            was: ["a": 1], made: ["a": 2], now: ["a": 2, "b": 3], result: ["a": 1, "b": 3], kinds: [.goesBack, .kept]),
        Merge(was: ["a": 1], made: ["a": 2], now: ["a": 3], result: ["a": 1], kinds: [.conflict]),
        Merge(was: ["a": 1], made: ["a": 2], now: ["a": 1], result: ["a": 1], kinds: [.asBefore]),
        Merge(was: [:], made: ["a": 2], now: ["a": 3], result: [:], kinds: [.conflict]),
        Merge(was: ["a": 1], made: [:], now: ["b": 2], result: ["b": 2, "a": 1], kinds: [.kept, .goesBack]),
        Merge(was: [1, 2], made: [1, 2, 3], now: [0, 1, 2, 3], result: [0, 1, 2], kinds: [.goesBack, .kept]),
        Merge(was: [1, 2, 3], made: [1, 3], now: [1, 3, 4], result: [1, 2, 3, 4], kinds: [.kept, .goesBack]),
        Merge(
            was: [["name": "a", "x": 1]], made: [["name": "a", "x": 2]],
            now: [["name": "b", "x": 9], ["name": "a", "x": 2]],
            result: [["name": "b", "x": 9], ["name": "a", "x": 1]], kinds: [.goesBack, .kept]),
        Merge(was: [["name": "a", "x": 1]], made: [["name": "a", "x": 2]], now: [], result: [], kinds: [.conflict]),
    ]

    @Test(arguments: merges.indices) func onlyTheChangeIsTakenOut(_ index: Int) {
        let merge = Self.merges[index]
        var ways = ThreeWay("X")
        #expect(ways.merge(merge.was, merge.made, merge.now) == merge.result)
        #expect(ways.items.map(\.kind) == merge.kinds)
    }
}
