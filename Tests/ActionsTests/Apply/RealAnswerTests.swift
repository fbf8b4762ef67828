import Base
import Kube
import TestSupport
import Testing

@testable import Actions

/// What a server makes may be another thing than its dry run said: addresses, ports, generated names.
@Suite struct RealAnswerTests {
    private static let path = "/apis/mesh.example/v1/namespaces/shop/tunnels/t"

    private func apply(_ cluster: SmallCluster) async throws -> [ChangeProgress] {
        let text = """
            apiVersion: mesh.example/v1
            kind: Tunnel
            metadata: {name: t, namespace: shop}
            spec: {to: b}
            """
        let runner = try cluster.runner()
        let manifests = Manifests(files: [.init(name: "t.yaml", text: text)], arguments: ["-f", "t.yaml"])
        let preview = try await runner.plan(.manifests(manifests, defaultNamespace: "shop"))
        #expect(preview.refusal == nil, "\(preview.refusal ?? "")")
        return await runner.finish(preview.planID)
    }

    @Test func anAddressThatTheServerGivesIsAsMade() async throws {
        let cluster = try SmallCluster()
        cluster.putTunnels([])
        cluster.giveAddresses()
        let made = try await apply(cluster)
        #expect(made.last?.verifiedWords != nil, "\(made)")
        let address = try #require(cluster.object(Self.path)?.at("spec", "address"))
        #expect(address != "10.0.0.0")
        let entry = try #require(try cluster.journal.read().entries.last)
        #expect(entry.outcome == .verified && entry.steps.first?.after?.at("spec", "address") == address)

        let runner = try cluster.runner()
        let undo = try await runner.plan(.undo(nil))
        #expect(undo.drift.isEmpty && undo.refusal == nil, "\(undo.drift)")
        #expect(await runner.finish(undo.planID).last?.verifiedWords != nil)
        #expect(cluster.object(Self.path) == nil)
    }

    /// What was asked for is another thing now, whatever the preview showed.
    @Test func whatARealWriteChangesIsNotVerified() async throws {
        let cluster = try SmallCluster()
        cluster.putTunnels([])
        cluster.rewriteWhenReal("elsewhere")
        let words = try #require(try await apply(cluster).last?.unverifiedWords)
        #expect(words.contains("Tunnel t: spec.to becomes elsewhere in place of b"), "\(words)")
        let entry = try #require(try cluster.journal.read().entries.last)
        #expect(entry.outcome == .unverified && entry.steps.first?.after?.at("spec", "to") == "elsewhere")
        let runner = try cluster.runner()
        #expect(await runner.finish(try await runner.plan(.undo(nil)).planID).failure == nil)
        #expect(cluster.object(Self.path) == nil)
    }

    /// A controller numbers a Deployment's revision between the dry run and the real one: nobody asked for the old one.
    @Test func whatAPatchLeavesAloneMayBeAnother() {
        func deployment(_ image: String, _ revision: String) -> JSONValue {
            [
                "kind": "Deployment", "metadata": ["name": "x", "annotations": ["revision": .string(revision)]],
                "spec": ["image": .string(image)],
            ]
        }
        func surprises(_ made: JSONValue) -> [String] {
            var step = PlanStep(
                object: ObjectReference(kind: "Deployment", namespace: "n", name: "x"), path: "/x",
                write: .mergePatch(["spec": ["image": "b"]]), before: deployment("a", "1"),
                after: deployment("b", "1"), inverse: nil)
            var real = RealAnswer()
            real.take(made, of: &step, at: 0)
            #expect(step.after == made)
            return real.surprises
        }
        #expect(surprises(deployment("b", "2")) == [])
        #expect(surprises(deployment("c", "2")) == ["Deployment x: spec.image becomes c in place of b"])
    }

    /// A pod's node is the scheduler's to set; what a person changed stands in an undo's way.
    @Test func aPodsNodeIsNoDrift() {
        let made: JSONValue = ["kind": "Pod", "spec": ["containers": [["name": "a", "image": "a:1"]]]]
        let entry = JournalEntry.Step(
            object: ObjectReference(kind: "Pod", namespace: "shop", name: "p"), path: "/p", write: .create(made),
            inverse: .delete, after: ObjectText.content(made))
        var now = made
        now.set(["spec", "nodeName"], to: "n1")
        #expect(Overlaid(entry, .delete, now) == nil)
        now.set(["spec", "containers"], to: [["name": "a", "image": "b:1"]])
        #expect(Overlaid(entry, .delete, now)?.ways.firstConflict != nil)
    }

    enum Meanwhile: CaseIterable { case added, changed }

    /// What a controller adds to a new object is no disagreement. Of one that was written anew as a whole it is, and
    /// what is another value is always one.
    @Test(arguments: Meanwhile.allCases, [true, false])
    func whatAControllerAddsIsLeftToIt(_ meanwhile: Meanwhile, isNew: Bool) async throws {
        let cluster = try SmallCluster()
        cluster.putTunnels([])
        let made: JSONValue = [
            "apiVersion": "mesh.example/v1", "kind": "Tunnel", "metadata": ["name": "t", "namespace": "shop"],
            "spec": ["to": "b"],
        ]
        let step = PlanStep(
            object: ObjectReference(kind: "Tunnel", namespace: "shop", name: "t"), path: Self.path,
            write: isNew ? .create(made) : .replace(made), before: nil, after: made, inverse: .delete)
        var now = made
        now.set(["spec", meanwhile == .changed ? "to" : "node"], to: "n1")
        cluster.put(Self.path, now)
        let verifier = Verifier(client: try cluster.client(), snapshot: { nil }, limitSeconds: 0)
        let plan = Plan(
            id: "p", verb: "apply", title: "Apply", context: "c", server: "s", steps: [step], verification: .accepted,
            preview: ChangePreview(
                planID: "p", title: "Apply", context: "c", objects: [step.object], diff: [], effects: [], managers: [],
                warnings: [], kubectl: "", refusal: nil, typedConfirmation: nil))
        let (agrees, words) = await verifier.verify(plan, errors: nil) { _ in }
        #expect(agrees == (isNew && meanwhile == .added), "\(words)")
    }

    /// A test in a JSON patch compares what Go wrote: `&` as six characters, small numbers with a short exponent.
    @Test func whatAPatchTestsIsWrittenAsGoWritesIt() throws {
        let step = PlanStep(
            object: ObjectReference(kind: "Tunnel", namespace: "shop", name: "t"), path: Self.path,
            write: .jsonPatch([
                ["op": "test", "path": "/spec/a", "value": "<a&b>\u{8}\u{C}\u{7F}é/"],
                ["op": "test", "path": "/spec/b", "value": 1e-7],
                ["op": "test", "path": "/spec/c", "value": 12345678901234567000.0],
            ]), before: nil, after: nil, inverse: nil)
        let call = try ChangeSender(client: try SmallCluster().client()).call(step, dryRun: false)
        let text = String(decoding: try #require(call.body), as: UTF8.self)
        #expect(text.contains(#"\u003ca\u0026b\u003e\b\f"# + "\u{7F}é/\""), "\(text)")
        #expect(text.contains(#""value":1e-7}"#) && text.contains(#""value":12345678901234567000}"#), "\(text)")
    }
}
