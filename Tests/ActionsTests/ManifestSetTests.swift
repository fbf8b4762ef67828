import Base
import DemoMesh
import Kube
import TestSupport
import Testing

@testable import Actions

/// Many files at once: in the order of dependency, tried before sent, and stopped at the first refusal.
@Suite(.serialized) struct ManifestSetTests {
    private let cluster: DemoCluster

    init() throws { cluster = try DemoCluster() }

    private func request(_ files: (String, String)...) -> PlanRequest {
        .manifests(
            Manifests(files: files.map { .init(name: $0.0, text: $0.1) }, arguments: ["-f", "dir"]),
            defaultNamespace: "shop")
    }

    private func configMap(_ name: String, _ namespace: String? = nil, data: String = "{a: b}") -> String {
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: \(name)\(namespace.map { ", namespace: \($0)" } ?? "")}, data: \(data)}\n"
    }

    @Test func aFolderIsReadAsKubectlReadsIt() throws {
        let folder = try TemporaryFolder()
        for name in ["b.yml", "a.yaml", "c.json", "notes.txt", "deep/d.yaml"] {
            try folder.write("m/\(name)", configMap(String(name.prefix(1))))
        }
        let path = "\(folder.path)/m"
        #expect(
            try Manifests.read([path], recursive: false).files.map(\.name)
                == ["a.yaml", "b.yml", "c.json"].map { "\(path)/\($0)" })
        let deep = try Manifests.read([path], recursive: true)
        #expect(deep.files.count == 4 && deep.arguments == ["-f", path, "-R"])
        // A file that is named is read whatever its name.
        #expect(try Manifests.read(["\(path)/notes.txt"], recursive: false).files.count == 1)
        try folder.write("empty/deep/x.yaml", "")
        let error = #expect(throws: MeshTopError.self) {
            try Manifests.read(["\(folder.path)/empty"], recursive: false)
        }
        #expect(error?.advice?.contains("-R") == true)
    }

    @Test func whatOthersNeedComesFirstAcrossFiles() async throws {
        let preview = try await cluster.runner().plan(
            request(
                ("a.yaml", configMap("late", "fresh")),
                ("b.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: fresh}}")))
        #expect(preview.objects.map(\.kind) == ["Namespace", "ConfigMap"])
        #expect(preview.refusal == nil)
        #expect(
            preview.warnings.contains {
                $0.contains("ConfigMap late: not dry-run, namespace fresh is created by this change")
            })
        let runner = try cluster.runner()
        let again = try await runner.plan(
            request(
                ("a.yaml", configMap("late", "fresh")),
                ("b.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: fresh}}")))
        #expect(await runner.finish(again.planID).wasApplied)
        #expect(try await cluster.exists("/api/v1/namespaces/fresh/configmaps/late"))
    }

    @Test func webhooksComeLastAndCustomObjectsAfterTheirDefinition() {
        func step(_ kind: String) -> PlanStep {
            PlanStep(
                object: ObjectReference(kind: kind, namespace: "", name: "x"), path: kind, write: .create([:]),
                before: nil, after: nil, inverse: nil)
        }
        let kinds = [
            "ValidatingWebhookConfiguration", "Widget", "VirtualService", "CustomResourceDefinition", "Secret",
        ]
        #expect(
            ManifestOrder.sorted(kinds.map(step)).map(\.object.kind) == [
                "CustomResourceDefinition", "Secret", "VirtualService", "Widget", "ValidatingWebhookConfiguration",
            ])
    }

    @Test func anObjectOfAKindThatTheSetBringsIsPlannedAndSaidSo() async throws {
        let definition = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: widgets.example.com}
            spec:
              group: example.com
              scope: Namespaced
              names: {plural: widgets, kind: Widget}
              versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
            """
        let widget = "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}, spec: {}}"
        let client = try cluster.client()
        var discovery = try await client.discovery()
        discovery.resources.append(
            ResourceInfo(
                group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions",
                kind: "CustomResourceDefinition", isNamespaced: false, verbs: [], subresources: []))
        let world = PlanWorld(client: client, discovery: discovery, snapshot: nil)
        let draft = try await request(("w.yaml", widget), ("crd.yaml", definition)).draft(world)
        #expect(draft.steps.map(\.object.kind) == ["CustomResourceDefinition", "Widget"])
        #expect(draft.steps[1].path == "/apis/example.com/v1/namespaces/shop/widgets/w")
        #expect(draft.steps[1].awaits == "CustomResourceDefinition of Widget" && draft.steps[0].awaits == nil)
    }

    @Test(arguments: [
        ("a: b: c\n", "routes.yaml: line 1, column 5"),
        ("{}\n---\nkind: X\n", "routes.yaml, document 1, line 1"),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n{apiVersion: v9, kind: Nope, metadata: {name: a}}\n",
            "routes.yaml, document 2, line 3"
        ),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}",
            "routes.yaml, document 1, line 1: ConfigMap one is there already, in good.yaml, document 1, line 1"
        ),
    ]) func everyMistakeNamesItsFileAndLine(_ text: String, _ words: String) async throws {
        let error = await #expect(throws: MeshTopError.self) {
            try await cluster.runner().plan(request(("good.yaml", configMap("one")), ("routes.yaml", text)))
        }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test func whatTheServerRefusesNamesItsFileAndNothingIsSent() async throws {
        let runner = try cluster.runner()
        let preview = try await runner.plan(
            request(
                ("good.yaml", configMap("one")), ("bad.yaml", "\n" + configMap("two", data: "{a: 1}")),
                ("bad2.yaml", configMap("three", data: "[]"))))
        #expect(preview.refusal?.contains("(bad.yaml, document 1, line 2)") == true, "\(preview.refusal ?? "")")
        #expect(preview.refusal?.contains("2 of 3 objects are refused") == true)
        #expect(preview.warnings.contains { $0.contains("bad2.yaml") })
        #expect(await !runner.finish(preview.planID).wasApplied)
        #expect(try await !cluster.exists("/api/v1/namespaces/shop/configmaps/one"))
    }

    @Test func aRefusalOnTheWaySaysWhatBecameOfEachAndOnlyWhatWasAppliedIsUndone() async throws {
        let runner = try cluster.runner()
        for name in ["two", "three"] {
            _ = await runner.finish(
                try await runner.plan(.apply(yaml: configMap(name), defaultNamespace: "shop")).planID)
        }
        let preview = try await runner.plan(
            request(
                ("1.yaml", configMap("one")), ("2.yaml", configMap("two", data: "{a: mine}")),
                ("3.yaml", configMap("three", data: "{a: mine}"))))
        #expect(preview.refusal == nil)
        // Somebody else is faster.
        try await cluster.mergePatch("/api/v1/namespaces/shop/configmaps/two", ["data": ["a": "theirs"]])
        let progress = await runner.finish(preview.planID)
        let stopped = progress.compactMap { if case .stopped(let change) = $0 { change } else { nil } }
        #expect(
            stopped == [
                StoppedChange(
                    journalID: preview.planID, applied: ["ConfigMap shop/one"], refused: "ConfigMap shop/two",
                    notSent: ["ConfigMap shop/three"])
            ])
        #expect(progress.failure?.description.contains("(2.yaml, document 1, line 1)") == true)
        #expect(progress.failure?.advice?.contains("meshtop undo \(preview.planID)") == true)
        let back = try await runner.plan(.undo(preview.planID))
        #expect(back.objects.map(\.name) == ["one"])
        #expect(await runner.finish(back.planID).wasApplied)
        #expect(try await !cluster.exists("/api/v1/namespaces/shop/configmaps/one"))
        #expect(try await cluster.get("/api/v1/namespaces/shop/configmaps/two")["data"] == ["a": "theirs"])
        #expect(try await cluster.get("/api/v1/namespaces/shop/configmaps/three")["data"] == ["a": "b"])
    }
}
