import Base
import TestSupport
import Testing

@testable import Actions

/// What goes with a deleted definition or namespace comes back with the undo, or the undo says what does not.
@Suite struct KeptContentsTests {
    private let definition = ObjectReference(
        kind: "CustomResourceDefinition", namespace: "", name: "tunnels.mesh.example")
    private static let tunnels = "/apis/mesh.example/v1/namespaces/shop/tunnels"
    private static let definitionPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/tunnels.mesh.example"

    private func delete(_ object: ObjectReference, _ runner: ChangeRunner) async throws -> ChangePreview {
        let preview = try await runner.plan(.delete(object))
        let progress = await runner.finish(preview.planID)
        #expect(progress.wasApplied && progress.failure == nil, "\(progress)")
        return preview
    }

    @Test func theObjectsOfADefinitionComeBackWithIt() async throws {
        let cluster = try SmallCluster()
        cluster.putTunnels(["a", "b", "c"])
        let preview = try await delete(definition, cluster.runner())
        #expect(preview.typedConfirmation == "3")
        #expect(preview.warnings.contains { $0.contains("3 of them anew") }, "\(preview.warnings)")
        #expect(cluster.paths("/apis/mesh.example").isEmpty)
        // The kind is served a little after its definition is there.
        cluster.serveNewKindsAfter(2)
        let runner = try cluster.runner()
        let undo = try await runner.plan(.undo(nil))
        #expect(undo.refusal == nil && undo.objects.count == 4)
        let progress = await runner.finish(undo.planID)
        #expect(
            progress.last?.verifiedWords?.contains("3 of 3 objects that went with it are back") == true, "\(progress)")
        #expect(cluster.paths(Self.tunnels).count == 3)
        let back = try #require(cluster.object("\(Self.tunnels)/b"))
        #expect(back["spec"] == ["to": "b"] && back.at("metadata", "labels") == ["a": "b"])
        #expect(back["kind"] == "Tunnel" && back["status"] == nil)
    }

    @Test func oneThatIsRefusedKeepsNoOtherFromComingBack() async throws {
        let cluster = try SmallCluster()
        cluster.putTunnels(["a", "b", "c"])
        _ = try await delete(definition, cluster.runner())
        cluster.refuse("POST", "/tunnels/b", "quota exceeded")
        let runner = try cluster.runner()
        let progress = await runner.finish(try await runner.plan(.undo(nil)).planID)
        let words = try #require(progress.last?.unverifiedWords, "\(progress)")
        #expect(words.contains("2 of 3") && words.contains("Tunnel shop/b") && words.contains("quota exceeded"))
        #expect(cluster.paths(Self.tunnels).map { $0.suffix(1) } == ["a", "c"])
        #expect(try cluster.journal.read().entries.last?.outcome == .unverified)
    }

    @Test func whatSomebodyMadeMeanwhileStays() async throws {
        let cluster = try SmallCluster()
        cluster.putTunnels(["a", "b"])
        _ = try await delete(definition, cluster.runner())
        cluster.putTunnels([])
        cluster.put("\(Self.tunnels)/a", ["kind": "Tunnel", "metadata": ["name": "a"], "spec": ["to": "elsewhere"]])
        let runner = try cluster.runner()
        let undo = try await runner.plan(.undo(nil))
        #expect(undo.warnings.contains { $0.contains("made anew by someone else: it stays") }, "\(undo.warnings)")
        let progress = await runner.finish(undo.planID)
        #expect(progress.last?.verifiedWords?.contains("there already, and left as they are: Tunnel shop/a") == true)
        #expect(cluster.object("\(Self.tunnels)/a")?["spec"] == ["to": "elsewhere"])
        #expect(cluster.object("\(Self.tunnels)/b")?["spec"] == ["to": "b"])
    }

    @Test func moreThanIsKeptIsSaidBeforeAndAfter() async throws {
        let cluster = try SmallCluster()
        cluster.putTunnels((0...KeptContents.most).map { "t\($0)" })
        let preview = try await delete(definition, cluster.runner())
        #expect(preview.typedConfirmation == "301")
        #expect(
            preview.warnings.contains {
                $0.contains("an undo brings back the CustomResourceDefinition alone") && $0.contains("301")
            }, "\(preview.warnings)")
        let runner = try cluster.runner()
        let undo = try await runner.plan(.undo(nil))
        #expect(undo.warnings.contains { $0.contains("it comes back without: 301 objects") }, "\(undo.warnings)")
        let words = await runner.finish(undo.planID).last?.unverifiedWords
        #expect(words?.contains("not kept: 301 objects") == true)
        #expect(cluster.object(Self.definitionPath) != nil && cluster.paths(Self.tunnels).isEmpty)
    }

    @Test func whatIsTooLargeIsNotKept() async throws {
        let cluster = try SmallCluster()
        cluster.putTunnels(["a"])
        cluster.put(
            "\(Self.tunnels)/b",
            [
                "metadata": ["name": "b", "namespace": "shop"],
                "spec": ["to": .string(String(repeating: "x", count: KeptContents.mostBytes))],
            ])
        let preview = try await cluster.runner().plan(.delete(definition))
        #expect(preview.warnings.contains { $0.contains("larger than the 1 MB") }, "\(preview.warnings)")
    }

    /// Their controllers make them again, and would be in the way of an undo that does.
    @Test func whatAControllerMadeIsLeftToIt() async throws {
        let cluster = try SmallCluster()
        cluster.putTunnels(["a"])
        cluster.put(
            "\(Self.tunnels)/made",
            [
                "metadata": [
                    "name": "made", "namespace": "shop",
                    "ownerReferences": [["kind": "Gate", "name": "g", "uid": "1", "controller": true]],
                ]
            ])
        let preview = try await delete(definition, cluster.runner())
        #expect(preview.typedConfirmation == "2")
        #expect(preview.warnings.contains { $0.contains("1 that were made by a controller") }, "\(preview.warnings)")
        let runner = try cluster.runner()
        let progress = await runner.finish(try await runner.plan(.undo(nil)).planID)
        #expect(progress.last?.verifiedWords?.contains("1 of 1") == true, "\(progress)")
        #expect(cluster.paths(Self.tunnels) == ["\(Self.tunnels)/a"])
    }

    /// Of a change that was made before contents were kept.
    @Test func anOldEntryDoesNotClaimToBeWhole() async throws {
        let cluster = try SmallCluster()
        cluster.putTunnels(["a"])
        _ = try await delete(definition, cluster.runner())
        var text = String(decoding: try Files.read(cluster.journal.path), as: UTF8.self)
        text = text.swapping("\"contents\"", "\"then\"")
        try Files.write(Array(text.utf8), to: cluster.journal.path)
        let runner = try cluster.runner()
        let progress = await runner.finish(try await runner.plan(.undo(nil)).planID)
        #expect(progress.last?.unverifiedWords?.contains("not kept: what was in it") == true, "\(progress)")
    }

    /// The way back of a creation deletes: what came in there since goes too.
    @Test func anUndoThatDeletesADefinitionCountsWhatIsInThere() async throws {
        let cluster = try SmallCluster()
        let runner = try cluster.runner()
        let text = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: tunnels.mesh.example}
            spec: {group: mesh.example, names: {plural: tunnels, kind: Tunnel}, scope: Namespaced, versions: [{name: v1, served: true, storage: true}]}
            """
        let apply = try await runner.plan(.apply(yaml: text, defaultNamespace: "shop"))
        #expect(await runner.finish(apply.planID).wasApplied)
        for name in ["x", "y"] {
            cluster.put("\(Self.tunnels)/\(name)", ["metadata": ["name": .string(name), "namespace": "shop"]])
        }
        let undo = try await runner.plan(.undo(nil))
        #expect(undo.typedConfirmation == "2" && undo.isDeletion, "\(undo)")
        #expect(undo.warnings.contains { $0.contains("goes with all that is in it by now: 2 Tunnel") })
    }

    // MARK: A namespace

    @Test func aNamespaceComesBackWithWhatWasInIt() async throws {
        let cluster = try DemoCluster(Demo.withoutHistory())
        func make(_ path: String, _ body: JSONValue) async throws {
            let answer = try await cluster.demo.ask("POST", path, body)
            #expect(answer.status == 201, "\(answer)")
        }
        try await make("/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "old"]])
        let meta: JSONValue = ["name": "a", "namespace": "old", "labels": ["x": "y"]]
        try await make(
            "/api/v1/namespaces/old/configmaps",
            ["apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": ["k": "v"]])
        try await make(
            "/api/v1/namespaces/old/secrets",
            ["apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": ["password": "aHVudGVyMg=="]])
        try await make(
            "/api/v1/namespaces/old/services",
            [
                "apiVersion": "v1", "kind": "Service", "metadata": meta,
                "spec": ["selector": ["app": "a"], "ports": [["port": 80]]],
            ])
        // The first is its controller's, who knows it by the service; the second is somebody's own.
        for name in ["a", "by-hand"] {
            _ = try await cluster.demo.ask(
                "POST", "/api/v1/namespaces/old/endpoints",
                ["apiVersion": "v1", "kind": "Endpoints", "metadata": ["name": .string(name), "namespace": "old"]])
        }
        let namespace = ObjectReference(kind: "Namespace", namespace: "", name: "old")
        let preview = try await delete(namespace, cluster.runner())
        #expect(Int(preview.typedConfirmation ?? "") != nil)
        #expect(!(try await cluster.exists("/api/v1/namespaces/old/configmaps/a")))
        // Values of Secrets are in a file of their own.
        let open = String(decoding: try Files.read(cluster.journal.path), as: UTF8.self)
        #expect(!open.contains("aHVudGVyMg"))
        let runner = try cluster.runner()
        let undo = try await runner.plan(.undo(nil))
        #expect(!undo.diff.contains { $0.text.contains("aHVudGVyMg") })
        #expect(undo.objects.contains { $0.kind == "Endpoints" && $0.name == "by-hand" })
        #expect(!undo.objects.contains { $0.kind == "Endpoints" && $0.name == "a" })
        let progress = await runner.finish(undo.planID)
        #expect(progress.last?.verifiedWords != nil, "\(progress)")
        #expect(try await cluster.get("/api/v1/namespaces/old/configmaps/a")["data"] == ["k": "v"])
        #expect(try await cluster.get("/api/v1/namespaces/old/secrets/a")["data"] == ["password": "aHVudGVyMg=="])
        let service = try await cluster.get("/api/v1/namespaces/old/services/a")
        #expect(service.at("metadata", "labels") == ["x": "y"] && service.at("spec", "selector") == ["app": "a"])
    }

    @Test func forgottenSecretsAreNamed() async throws {
        let cluster = try DemoCluster(Demo.withoutHistory())
        let meta: JSONValue = ["name": "a", "namespace": "old"]
        _ = try await cluster.demo.ask(
            "POST", "/api/v1/namespaces",
            ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "old"]])
        for (kind, resource) in [("Secret", "secrets"), ("ConfigMap", "configmaps")] {
            _ = try await cluster.demo.ask(
                "POST", "/api/v1/namespaces/old/\(resource)",
                ["apiVersion": "v1", "kind": .string(kind), "metadata": meta])
        }
        _ = try await delete(ObjectReference(kind: "Namespace", namespace: "", name: "old"), cluster.runner())
        try cluster.journal.forgetSecrets()
        let runner = try cluster.runner()
        let progress = await runner.finish(try await runner.plan(.undo(nil)).planID)
        #expect(progress.last?.unverifiedWords?.contains("Secret a: its values were forgotten") == true, "\(progress)")
        #expect(try await cluster.exists("/api/v1/namespaces/old/configmaps/a"))
    }

    // MARK: As it is made anew

    @Test func whatAServerSetIsNotSentAgain() {
        let job: JSONValue = [
            "kind": "Job", "metadata": ["name": "j", "uid": "1", "labels": ["controller-uid": "1", "a": "b"]],
            "spec": [
                "selector": ["matchLabels": ["controller-uid": "1"]],
                "template": ["metadata": ["labels": ["batch.kubernetes.io/controller-uid": "1", "job-name": "j"]]],
            ],
        ]
        #expect(
            ObjectText.creatable(job) == [
                "kind": "Job", "metadata": ["name": "j", "labels": ["a": "b"]],
                "spec": ["template": ["metadata": ["labels": ["job-name": "j"]]]],
            ])
        let claim: JSONValue = [
            "kind": "PersistentVolumeClaim",
            "metadata": ["name": "c", "annotations": ["pv.kubernetes.io/bind-completed": "yes", "a": "b"]],
            "spec": ["volumeName": "pv-1", "resources": ["requests": ["storage": "1Gi"]]],
        ]
        let made = ObjectText.creatable(claim)
        #expect(made.at("spec", "volumeName") == nil && made.at("metadata", "annotations") == ["a": "b"])
        #expect(
            ObjectText.creatable(["kind": "Pod", "spec": ["nodeName": "n", "a": 1]]) == [
                "kind": "Pod", "spec": ["a": 1],
            ])
    }
}
