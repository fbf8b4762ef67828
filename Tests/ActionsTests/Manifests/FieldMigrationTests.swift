import Actions
import Base
import TestSupport
import Testing

/// What was applied from the client's side and then is applied on the server's: kubectl moves the fields, so that what
/// a file no longer names goes.
@Suite(.serialized) struct FieldMigrationTests {
    static let cluster = Result { try DemoCluster(Demo.withoutHistory()) }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    private func file(
        _ name: String, _ data: String, server: String? = nil, client: String? = nil
    ) -> PlanRequest {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name), namespace: shop}\ndata: {\(data)}\n"
        var manifests = Manifests(files: [.init(name: "x.yaml", text: text)], arguments: ["-f", "x.yaml"])
        manifests.serverSide = server.map { ServerSideApply(fieldManager: $0, forcesConflicts: false) }
        manifests.fieldManager = client
        return .manifests(manifests, defaultNamespace: "shop")
    }

    private func path(_ name: String) -> String { "/api/v1/namespaces/shop/configmaps/\(name)" }

    /// Names of managers with what they do, "team-a Apply".
    private func managers(_ object: JSONValue) -> Set<String> {
        Set(
            (object.at("metadata", "managedFields")?.array ?? []).map {
                "\($0["manager"]?.string ?? "") \($0["operation"]?.string ?? "")"
            })
    }

    private func apply(_ request: PlanRequest, _ runner: ChangeRunner) async throws -> ChangePreview {
        let preview = try await runner.plan(request)
        #expect(preview.refusal == nil)
        let end = await runner.finish(preview.planID)
        #expect(end.last?.verifiedWords != nil, "\(end)")
        return preview
    }

    @Test func whatTheFileNoLongerNamesGoesAndComesBack() async throws {
        let runner = try cluster.runner()
        _ = try await apply(file("moved", "k: v, m: w"), runner)
        #expect(managers(try await cluster.get(path("moved"))) == ["meshtop-client-side-apply Update"])
        let change = try await apply(file("moved", "k: v", server: "team-a"), runner)
        #expect(change.diff.contains { $0.kind == .removed && $0.text.contains("m: w") }, "\(change.diff)")
        #expect(
            change.warnings.contains {
                $0.contains("what meshtop-client-side-apply applied from the client's side becomes team-a's")
                    && $0.hasSuffix("so that it goes: data.m")
            }, "\(change.warnings)")
        #expect(!change.effects.contains { $0.contains(" keeps ") })
        let moved = try await cluster.get(path("moved"))
        #expect(moved["data"] == ["k": "v"])
        #expect(managers(moved) == ["team-a Apply"])
        #expect(moved.at("metadata", "annotations") == nil, "another manager leaves no record to age")
        let again = try await runner.plan(file("moved", "k: v", server: "team-a"))
        #expect(again.isEmpty && again.warnings.isEmpty, "\(again.warnings)")
        let undo = try await runner.plan(.undo(change.planID))
        #expect(undo.drift.isEmpty, "\(undo.drift)")
        #expect(await runner.finish(undo.planID).failure == nil)
        let back = try await cluster.get(path("moved"))
        #expect(back["data"] == ["k": "v", "m": "w"])
        #expect(back.at("metadata", "annotations")?.object?.isEmpty == false)
    }

    @Test func whatOthersWroteStays() async throws {
        let runner = try cluster.runner()
        _ = try await apply(file("joint", "k: v, m: w"), runner)
        _ = try await apply(file("joint", "m: w", server: "team-b"), runner)
        // team-b took over all that the client's side had applied.
        #expect(try await cluster.get(path("joint"))["data"] == ["m": "w"])
        _ = try await apply(file("joint", "k: v, m: w, o: x"), runner)
        let change = try await apply(file("joint", "k: v", server: "team-a"), runner)
        #expect(try await cluster.get(path("joint"))["data"] == ["k": "v", "m": "w"])
        #expect(change.warnings.contains { $0.hasSuffix("so that it goes: data.o") }, "\(change.warnings)")
    }

    /// Its record stays, kept by a manager of its own.
    @Test func kubectlsOwnManagerKeepsItsRecord() async throws {
        let runner = try cluster.runner()
        _ = try await apply(file("record", "k: v, m: w", client: "kubectl-client-side-apply"), runner)
        _ = try await apply(file("record", "k: v", server: "kubectl"), runner)
        let now = try await cluster.get(path("record"))
        #expect(now["data"] == ["k": "v"])
        #expect(managers(now) == ["kubectl Apply", "kubectl-last-applied Apply"])
        #expect(now.at("metadata", "annotations")?.object?.isEmpty == false)
    }

    @Test func aMoveByItselfIsAChange() async throws {
        let runner = try cluster.runner()
        _ = try await apply(file("same", "k: v", server: "team-a"), runner)
        _ = try await apply(file("same", "k: v"), runner)
        let change = try await apply(file("same", "k: v", server: "team-a"), runner)
        #expect(!change.isEmpty)
        #expect(managers(try await cluster.get(path("same"))) == ["team-a Apply"])
    }
}
