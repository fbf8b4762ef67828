import Actions
import Base
import Kube
import TestSupport
import Testing

/// What goes with an apply: the server's merge, the namespace that was asked for, lists, and what stays.
@Suite(.serialized) struct ApplyOptionsTests {
    static let cluster = Result { try DemoCluster(Demo.withoutHistory()) }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    private func manifests(_ text: String) -> Manifests {
        Manifests(files: [.init(name: "x.yaml", text: text)], arguments: ["-f", "x.yaml"])
    }

    private func configuration(_ name: String, _ data: String, namespace: String = "shop") -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name), namespace: \(namespace)}\ndata: {\(data)}\n"
    }

    private func path(_ name: String) -> String { "/api/v1/namespaces/shop/configmaps/\(name)" }

    @discardableResult
    private func apply(_ wanted: Manifests, _ namespace: String = "shop") async throws -> ChangePreview {
        let runner = try cluster.runner()
        let preview = try await runner.plan(.manifests(wanted, defaultNamespace: namespace))
        #expect(preview.refusal == nil)
        #expect(await runner.finish(preview.planID).failure == nil)
        return preview
    }

    @Test func theServerMergesAndNamesWhoHasTheField() async throws {
        var mine = manifests(configuration("ssa", "k: mine, m: mine"))
        mine.serverSide = ServerSideApply(fieldManager: "team-a", forcesConflicts: false)
        let made = try await apply(mine)
        #expect(made.kubectl.contains("apply -f x.yaml --server-side --field-manager=team-a"))
        var theirs = manifests(configuration("ssa", "k: theirs"))
        theirs.serverSide = ServerSideApply(fieldManager: "team-b", forcesConflicts: false)
        let runner = try cluster.runner()
        let refused = try await runner.plan(.manifests(theirs, defaultNamespace: "shop"))
        let words = try #require(refused.refusal)
        #expect(words.contains("\"team-a\"") && words.contains(".data.k") && words.contains("--force-conflicts"))
        theirs.serverSide?.forcesConflicts = true
        let forced = try await apply(theirs)
        let now = try await cluster.get(path("ssa"))
        #expect(now["data"] == ["k": "theirs", "m": "mine"])
        #expect(now.at("metadata", "annotations") == nil)
        let owners = now.at("metadata", "managedFields")?.array?.compactMap { $0["manager"]?.string }
        #expect(owners.map(Set.init) == ["team-a", "team-b"])
        let undo = try await runner.plan(.undo(forced.planID))
        #expect(await runner.finish(undo.planID).failure == nil)
        #expect(try await cluster.get(path("ssa"))["data"] == ["k": "mine", "m": "mine"])
    }

    /// Charts write a namespace everywhere; the server clears it of what has none.
    @Test func aNamespaceOfAKindWithoutOneIsNothing() async throws {
        for namespace in ["shop", "default"] {
            let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: tenant, namespace: \(namespace)}\n"
            let made = try await cluster.runner().plan(.apply(yaml: text, defaultNamespace: "shop"))
            #expect(made.refusal == nil && made.losses == [] && made.objects.map(\.namespace) == [""])
        }
        var wanted = manifests(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: chart, namespace: shop}\nspec: {controllerName: a.b/c}\n"
        )
        wanted.enforcesNamespace = true
        try await apply(wanted, "default")
        #expect(
            try await cluster.get("/apis/gateway.networking.k8s.io/v1/gatewayclasses/chart").at("metadata", "name")
                == "chart")
    }

    /// What `kubectl get -o yaml` gives, edited and applied once more.
    @Test func aFileWithTheRecordInItIsApplied() async throws {
        try await apply(manifests(configuration("round", "a: b")))
        var object = try await cluster.get(path("round"))
        object.set(["data", "a"], to: "changed")
        try await apply(manifests(YAML.text(object)))
        let now = try await cluster.get(path("round"))
        #expect(now["data"] == ["a": "changed"])
        #expect(
            now.at("metadata", "annotations", ObjectMeta.lastApplied)?.string?.contains("\"a\":\"changed\"") == true)
    }

    @Test func whatASecretKeepsIsNamedByItsKey() async throws {
        func secret(_ text: String) -> Manifests {
            manifests("apiVersion: v1\nkind: Secret\nmetadata: {name: keys, namespace: shop}\n\(text)\n")
        }
        let present: JSONValue = [
            "kind": "Secret", "apiVersion": "v1", "metadata": ["name": "keys"],
            "data": ["other": "YQ==", "pw": "YQ=="],
        ]
        _ = try await cluster.client().json(
            KubeClient.Call(
                "POST", "/api/v1/namespaces/shop/secrets", contentType: "application/json",
                body: Array(present.compactText.utf8)))
        let preview = try await cluster.runner().plan(
            .manifests(secret("stringData: {pw: b}"), defaultNamespace: "shop"))
        #expect(preview.effects.contains { $0.contains("keeps data.other: ***") }, "\(preview.effects)")
        #expect(!preview.effects.contains { $0.contains("data.pw") }, "\(preview.effects)")
    }

    /// A field that two managers applied goes when both let it go.
    @Test func whoOwnsAFieldIsWorthAnApplyByItself() async throws {
        func file(_ data: String, _ manager: String) -> Manifests {
            var wanted = manifests(configuration("shared", data))
            wanted.serverSide = ServerSideApply(fieldManager: manager, forcesConflicts: false)
            return wanted
        }
        try await apply(file("a: b, c: d", "team-a"))
        let joined = try await apply(file("a: b, c: d", "team-b"))
        #expect(!joined.isEmpty)
        #expect(joined.diff.contains { $0.text.contains("team-b comes to own data.a, data.c") }, "\(joined.diff)")
        let owners = try await cluster.get(path("shared")).at("metadata", "managedFields")?.array ?? []
        #expect(Set(owners.compactMap { $0["manager"]?.string }) == ["team-a", "team-b"])
        let again = try await cluster.runner().plan(
            .manifests(file("a: b, c: d", "team-b"), defaultNamespace: "shop"))
        #expect(again.isEmpty)
        let left = try await apply(file("a: b", "team-a"))
        #expect(left.diff.contains { $0.text.contains("team-a lets go of data.c") }, "\(left.diff)")
        #expect(try await cluster.get(path("shared"))["data"] == ["a": "b", "c": "d"])
        try await apply(file("a: b", "team-b"))
        #expect(try await cluster.get(path("shared"))["data"] == ["a": "b"])
    }

    /// Lists of metadata go back as a whole.
    @Test func aFinalizerThatAFileNoLongerNamesComesBack() async throws {
        func file(_ finalizers: String) -> Manifests {
            manifests(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held, namespace: shop, finalizers: [\(finalizers)]}\n"
            )
        }
        try await apply(file("a.b/c, a.b/d"))
        let change = try await apply(file("a.b/d"))
        #expect(try await cluster.get(path("held"))["metadata"]?.texts("finalizers") == ["a.b/d"])
        let runner = try cluster.runner()
        let undo = try await runner.plan(.undo(change.planID))
        #expect(undo.refusal == nil && !undo.drift.contains { $0.kind == .conflict }, "\(undo.drift)")
        #expect(await runner.finish(undo.planID).failure == nil)
        #expect(try await cluster.get(path("held"))["metadata"]?.texts("finalizers") == ["a.b/c", "a.b/d"])
    }

    @Test func anotherNamespaceThanTheOneAskedForIsRefused() async throws {
        var wanted = manifests(configuration("elsewhere", "k: v", namespace: "prod"))
        wanted.enforcesNamespace = true
        let runner = try cluster.runner()
        await #expect {
            try await runner.plan(.manifests(wanted, defaultNamespace: "shop"))
        } throws: { error in
            let words = "\(error)"
            return words.contains(
                "the namespace from the provided object \"prod\" does not match the namespace \"shop\"")
                && words.contains("--namespace=prod")
        }
    }

    /// As kubectl takes it: it refuses a namespace that the file contradicts.
    @Test func kubectlsLineNamesNoNamespaceThatTheFileContradicts() async throws {
        func line(_ namespace: String) async throws -> String {
            try await cluster.runner().plan(
                .manifests(manifests(configuration("lined", "k: v", namespace: namespace)), defaultNamespace: "shop")
            ).kubectl
        }
        #expect(try await line("shop").contains(" -n shop apply -f x.yaml"))
        let elsewhere = try await line("istio-system")
        #expect(elsewhere.contains(" apply -f x.yaml") && !elsewhere.contains(" -n "), "\(elsewhere)")
    }

    @Test func listsAreTheirItems() async throws {
        try await apply(
            manifests(
                """
                apiVersion: v1
                kind: List
                items:
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: l1}, data: {a: b}}
                - apiVersion: v1
                  kind: ConfigMapList
                  items:
                  - {metadata: {name: l2}, data: {c: d}}
                """))
        for name in ["l1", "l2"] {
            let made = try await cluster.get(path(name))
            let record = made.at(
                "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")?.string
            #expect(record?.hasPrefix("{\"apiVersion\":\"v1\",\"data\":") == true)
        }
    }

    @Test func whatTheFileDoesNotMentionAndStaysIsNamed() async throws {
        let text = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: stays, namespace: shop, labels: {app: stays}}
            spec:
              selector: {matchLabels: {app: stays}}
              template:
                metadata: {labels: {app: stays}}
                spec: {containers: [{name: a, image: "r/a:1"}]}
            """
        try await apply(manifests(text))
        let answer = try await cluster.demo.ask(
            "PATCH", Paths.deployment("stays") + "?fieldManager=scaler",
            [
                "metadata": ["labels": ["team": "x"]],
                "spec": [
                    "replicas": 3, "template": ["spec": ["containers": [["name": "side", "image": "s:1"]]]],
                ],
            ], type: "application/strategic-merge-patch+json")
        #expect(answer.status == 200)
        let runner = try cluster.runner()
        let preview = try await runner.plan(
            .manifests(manifests(text.replacing("r/a:1", with: "r/a:2")), defaultNamespace: "shop"))
        let kept = preview.effects.filter {
            // The controller notes its revision when it gets to it.
            $0.contains(" keeps ") && !$0.contains("deployment.kubernetes.io/revision")
        }
        #expect(kept.count == 3, "\(kept)")
        #expect(kept.contains { $0.contains("spec.replicas: 3 (scaler)") })
        #expect(kept.contains { $0.contains("metadata.labels.team: x (scaler)") })
        #expect(kept.contains { $0.contains("spec.template.spec.containers[side]") })
    }

    @Test func aVersionInTheFileIsAPrecondition() async throws {
        try await apply(manifests(configuration("versioned", "k: v")))
        let stale = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: versioned, namespace: shop, resourceVersion: "1"}
            data: {k: w}
            """
        let preview = try await cluster.runner().plan(.manifests(manifests(stale), defaultNamespace: "shop"))
        #expect(preview.refusal?.contains("modified") == true, "\(preview.refusal ?? "")")
    }

    @Test func anObjectWithoutARecordGetsOneAndAWord() async throws {
        _ = try await cluster.demo.ask(
            "POST", "/api/v1/namespaces/shop/configmaps",
            ["metadata": ["name": "bare"], "data": ["k": "v", "m": "n"]])
        let preview = try await apply(manifests(configuration("bare", "k: v")))
        #expect(preview.warnings.contains { $0.contains("last-applied-configuration") })
        #expect(!preview.isEmpty)
        #expect(try await cluster.get(path("bare"))["data"] == ["k": "v", "m": "n"])
        let again = try await cluster.runner().plan(
            .manifests(manifests(configuration("bare", "k: v")), defaultNamespace: "shop"))
        #expect(again.isEmpty && again.warnings.isEmpty)
    }
}
