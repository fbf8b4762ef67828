import Base
import TestSupport
import Testing

@testable import Actions

/// Objects that were deleted and are still there.
@Suite struct LeavingObjectTests {
    private static let tunnels = "/apis/mesh.example/v1/namespaces/shop/tunnels"
    private let tunnel = ObjectReference(kind: "Tunnel", namespace: "shop", name: "a")
    private let definition = ObjectReference(
        kind: "CustomResourceDefinition", namespace: "", name: "tunnels.mesh.example")

    private func cluster(_ finalizers: [String], deleted: Bool = false) throws -> SmallCluster {
        let cluster = try SmallCluster()
        cluster.putTunnels(["b"])
        var meta: JSONValue = [
            "name": "a", "namespace": "shop", "finalizers": .array(finalizers.map { .string($0) }),
        ]
        if deleted { meta["deletionTimestamp"] = "2026-01-01T00:00:00Z" }
        cluster.put(
            "\(Self.tunnels)/a",
            ["apiVersion": "mesh.example/v1", "kind": "Tunnel", "metadata": meta, "spec": ["to": "x"]])
        return cluster
    }

    @Test func noUndoIsOfferedOfWhatIsStillThere() async throws {
        let cluster = try cluster(["x.example/hold"])
        let runner = try cluster.runner()
        let preview = try await runner.plan(.delete(tunnel))
        let progress = await runner.finish(preview.planID)
        #expect(progress.contains(.applied(journalID: preview.planID, undo: .onceGone)), "\(progress)")
        #expect(progress.last?.unverifiedWords?.contains("held by x.example/hold") == true, "\(progress)")
        await #expect {
            _ = try await runner.plan(.undo(nil))
        } throws: { error in
            "\(error)".contains("not gone yet: it is held by x.example/hold")
        }
        cluster.release("\(Self.tunnels)/a")
        #expect(try await runner.plan(.undo(nil)).refusal == nil)
    }

    @Test func whatGoesAtOnceCanBeTakenBackAtOnce() async throws {
        let cluster = try cluster([])
        let runner = try cluster.runner()
        let preview = try await runner.plan(.delete(tunnel))
        #expect(await runner.finish(preview.planID).contains(.applied(journalID: preview.planID, undo: .open)))
        #expect(cluster.object("\(Self.tunnels)/a") == nil)
    }

    @Test func whoChangesWhatIsBeingDeletedIsTold() async throws {
        let cluster = try cluster(["x.example/hold", "orphan"], deleted: true)
        let runner = try cluster.runner()
        let expected = "Tunnel a is being deleted since 2026-01-01T00:00:00Z, held by x.example/hold: "
        let again = try await runner.plan(.delete(tunnel))
        #expect(again.warnings.contains(expected + "nothing is left to ask for"), "\(again.warnings)")
        let text = "{apiVersion: mesh.example/v1, kind: Tunnel, metadata: {name: a, namespace: shop}, spec: {to: y}}"
        let apply = try await runner.plan(.apply(yaml: text, defaultNamespace: "shop"))
        #expect(apply.warnings.contains(expected + "what is written now goes with it"), "\(apply.warnings)")
        #expect(cluster.object("\(Self.tunnels)/a")?["spec"] == ["to": "x"])
    }

    /// A pod's time of deletion is the end of its grace.
    @Test func theTimeIsThatOfTheDeletion() {
        let pod: JSONValue = [
            "metadata": ["deletionTimestamp": "2026-01-01T00:00:30Z", "deletionGracePeriodSeconds": 30]
        ]
        #expect(LeavingObject(pod)?.since == "2026-01-01T00:00:00Z")
        #expect(LeavingObject(["metadata": ["name": "a"]]) == nil)
    }

    /// The definition's own finalizer is the server at work.
    @Test func theObjectsThatHoldADefinitionAreNamed() async throws {
        let cluster = try cluster(["x.example/hold"])
        let runner = try cluster.runner(verifySeconds: 60)
        let preview = try await runner.plan(.delete(definition))
        var said: [String] = []
        var last: ChangeProgress?
        for await progress in await runner.apply(preview.planID) {
            if case .verifying(let words) = progress {
                said.append(words)
                cluster.release("\(Self.tunnels)/a")
            }
            last = progress
        }
        #expect(
            said.first
                == "CustomResourceDefinition tunnels.mesh.example is still there: 1 Tunnel (shop/a) held by x.example/hold"
        )
        #expect(last?.verifiedWords?.contains("is gone") == true, "\(String(describing: last))")
    }

    @Test func theNamespaceControllersWordsAreShown() async throws {
        let namespace: JSONValue = [
            "kind": "Namespace", "metadata": ["name": "old", "deletionTimestamp": "2026-01-01T00:00:00Z"],
            "status": [
                "conditions": [
                    ["type": "NamespaceContentRemaining", "status": "True", "message": "Some resources are remaining"],
                    [
                        "type": "NamespaceFinalizersRemaining", "status": "True",
                        "message": "x.example/hold in 1 resource",
                    ],
                ]
            ],
        ]
        let cluster = try SmallCluster()
        let client = try cluster.client()
        #expect(await Leftovers.words(namespace, client) == "x.example/hold in 1 resource")
        #expect(await Leftovers.words(["kind": "Namespace", "metadata": ["name": "old"]], client) == nil)
    }
}
