import Base
import Kube
import TestSupport
import Testing

@testable import Actions

/// What a server says in other words, and what it drops.
@Suite struct FieldLossTests {
    private func losses(_ sent: JSONValue, _ answered: JSONValue) -> [String] {
        let step = PlanStep(
            object: ObjectReference(kind: "X", namespace: "n", name: "x"), path: "/x", write: .create(sent),
            before: nil, after: nil, inverse: nil)
        return FieldLosses.found(step, answered: answered, file: nil).map(\.text)
    }

    @Test(
        arguments: [
            ("1000m", "1"), ("0.5", "500m"), ("1024Mi", "1Gi"), ("1e3", "1k"), ("60s", "1m0s"), ("1m", "60s"),
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"), ("8080", "8080"),
        ] as [(String, String)])
    func theSameInOtherWordsIsNoLoss(_ sent: String, _ answered: String) {
        #expect(losses(["spec": ["a": .string(sent)]], ["spec": ["a": .string(answered)]]) == [])
    }

    @Test func whatTheServerKeepsForItselfIsNoLoss() {
        let sent: JSONValue = [
            "apiVersion": "v1", "kind": "X", "metadata": ["name": "x", "creationTimestamp": .null, "labels": [:]],
            "spec": ["port": "80", "count": 3.0, "empty": [], "off": false, "list": [["name": "b"], ["name": "a"]]],
            "status": ["a": 1], "stringData": ["k": "text"],
        ]
        let answered: JSONValue = [
            "apiVersion": "v2", "kind": "X", "metadata": ["name": "x", "uid": "1"],
            "spec": [
                "port": 80, "count": 3, "default": true,
                "list": [["name": "a", "more": 1], ["name": "b"], ["name": "injected"]],
            ], "data": ["k": "dGV4dA=="],
        ]
        #expect(losses(sent, answered) == [])
    }

    private func builtIn(_ sent: JSONValue, _ answered: JSONValue) -> [String] {
        let step = PlanStep(
            object: ObjectReference(kind: "Deployment", namespace: "n", name: "x"),
            path: "/apis/apps/v1/namespaces/n/deployments/x", write: .create(sent), before: nil, after: nil,
            inverse: nil)
        return FieldLosses.found(step, answered: answered, file: nil).map(\.text)
    }

    /// A false, a 0 and an empty text are values too, where the API tells them from an absent field.
    @Test func whatIsZeroIsLostToo() {
        let pod: JSONValue = [
            "automountServiceAccountToken": false, "hostNetwork": false, "priority": 0, "hostPID": false,
            "containers": [
                [
                    "name": "a", "env": [["name": "A", "value": ""], ["name": "B", "value": ""]],
                    "securityContext": ["privileged": false, "runAsUser": 0], "tty": false,
                    "livenessProbe": ["timeoutSeconds": 0, "initialDelaySeconds": 0],
                    "ports": [["containerPort": 80, "protocol": "", "hostPort": 0]], "imagePullPolicy": "",
                ]
            ], "restartPolicy": "", "terminationGracePeriodSeconds": 0,
        ]
        let sent: JSONValue = ["spec": ["replicas": 0, "paused": false, "template": ["spec": pod]]]
        let defaulted: JSONValue = [
            "automountServiceAccountToken": false, "priority": 0,
            "containers": [
                [
                    "name": "a", "env": [["name": "A"], ["name": "B"]],
                    "securityContext": ["privileged": false, "runAsUser": 0],
                    "livenessProbe": ["timeoutSeconds": 1, "periodSeconds": 10],
                    "ports": [["containerPort": 80, "protocol": "TCP"]], "imagePullPolicy": "IfNotPresent",
                ]
            ], "restartPolicy": "Always", "terminationGracePeriodSeconds": 0, "dnsPolicy": "ClusterFirst",
        ]
        #expect(builtIn(sent, ["spec": ["replicas": 0, "template": ["spec": defaulted]]]) == [])
        let changed: JSONValue = [
            "hostNetwork": true,
            "containers": [
                [
                    "name": "a", "env": [["name": "A", "value": "evil"], ["name": "B"]],
                    "securityContext": ["runAsUser": 1000], "livenessProbe": ["initialDelaySeconds": 7],
                    "ports": [["containerPort": 80]],
                ]
            ], "restartPolicy": "Never", "terminationGracePeriodSeconds": 30,
        ]
        #expect(
            builtIn(sent, ["spec": ["replicas": 1, "template": ["spec": changed]]]).sorted() == [
                "spec.replicas becomes 1 in place of 0",
                "spec.template.spec.automountServiceAccountToken is dropped: nothing of it takes effect",
                "spec.template.spec.containers.0.env.0.value becomes evil in place of ",
                "spec.template.spec.containers.0.livenessProbe.initialDelaySeconds becomes 7 in place of 0",
                "spec.template.spec.containers.0.securityContext.privileged is dropped: nothing of it takes effect",
                "spec.template.spec.containers.0.securityContext.runAsUser becomes 1000 in place of 0",
                "spec.template.spec.hostNetwork becomes true in place of false",
                "spec.template.spec.priority is dropped: nothing of it takes effect",
                "spec.template.spec.restartPolicy becomes Never in place of ",
                "spec.template.spec.terminationGracePeriodSeconds becomes 30 in place of 0",
            ])
        #expect(
            builtIn(["metadata": ["labels": ["a": ""]]], ["metadata": ["uid": "1"]])
                == ["metadata.labels is dropped: nothing of it takes effect"])
        #expect(
            builtIn(["metadata": ["labels": ["a": "", "b": "1"]]], ["metadata": ["labels": ["b": "1"]]])
                == ["metadata.labels.a is dropped: nothing of it takes effect"])
        #expect(
            losses(["spec": ["on": false, "n": 0]], ["spec": ["on": true]]) == [
                "spec.on becomes true in place of false"
            ])
    }

    /// kubectl's record is written anew by every apply, and what a merge is told is no field.
    @Test func theRecordAndTheWordsOfAMergeAreNoContent() {
        let record = ["annotations": [AppliedConfiguration.annotation: "old", "mine": "1"]] as JSONValue
        let now = ["annotations": [AppliedConfiguration.annotation: "new", "mine": "1"]] as JSONValue
        #expect(builtIn(["metadata": record], ["metadata": now]) == [])
        let file: JSONValue = [
            "spec": [
                "strategy": ["$retainKeys": ["type"], "type": "Recreate"],
                "containers": [["name": "a"], ["name": "b", "$patch": "delete"]],
            ]
        ]
        let answer: JSONValue = ["spec": ["strategy": ["type": "Recreate"], "containers": [["name": "a"]]]]
        let step = PlanStep(
            object: ObjectReference(kind: "Deployment", namespace: "n", name: "x"),
            path: "/apis/apps/v1/namespaces/n/deployments/x", write: .strategicMergePatch(file), before: answer,
            after: nil, inverse: nil)
        #expect(FieldLosses.found(step, answered: answer, file: file) == [])
        // One that is to be made is sent as it stands: there such a word is a field nobody knows.
        #expect(builtIn(file, answer).count == 2)
    }

    /// A controller writes between the reading and the dry run; a patch that says nothing of that place lost nothing.
    @Test func whatAControllerWroteMeanwhileIsNoLossOfAPatch() {
        func workload(_ revision: String, _ extra: JSONValue = [:]) -> JSONValue {
            [
                "metadata": ["annotations": ["deployment.kubernetes.io/revision": .string(revision)]],
                "spec": ["template": extra],
            ]
        }
        func found(_ write: PlanStep.Write, _ answer: JSONValue) -> [String] {
            let step = PlanStep(
                object: ObjectReference(kind: "Deployment", namespace: "n", name: "x"),
                path: "/apis/apps/v1/namespaces/n/deployments/x", write: write, before: workload("1"), after: nil,
                inverse: nil)
            return FieldLosses.found(step, answered: answer, file: nil).map(\.text)
        }
        let patch: JSONValue = ["spec": ["template": ["image": "b"]]]
        #expect(found(.strategicMergePatch(patch), workload("2", ["image": "b"])) == [])
        let operation: JSONValue = ["op": "add", "path": "/spec/template/image", "value": "b"]
        #expect(found(.jsonPatch([operation]), workload("2", ["image": "b"])) == [])
        #expect(
            found(.mergePatch(patch), workload("2", ["image": "c"])) == ["spec.template.image becomes c in place of b"])
        #expect(
            found(.jsonPatch([operation]), workload("2")) == [
                "spec.template.image is dropped: nothing of it takes effect"
            ])
    }

    /// The server counts the templates by itself, and counts on when a change is taken back.
    @Test func aDaemonSetsCountOfItsTemplatesIsTheServers() {
        func daemons(_ image: String, _ count: String) -> JSONValue {
            [
                "kind": "DaemonSet",
                "metadata": ["name": "x", "annotations": ["deprecated.daemonset.template.generation": .string(count)]],
                "spec": ["image": .string(image)],
            ]
        }
        let patch: JSONValue = ["spec": ["image": "b"]]
        var step = PlanStep(
            object: ObjectReference(kind: "DaemonSet", namespace: "n", name: "x"), path: "/x",
            write: .mergePatch(patch), before: daemons("a", "1"), after: daemons("b", "2"), inverse: nil)
        #expect(FieldLosses.found(step, answered: daemons("b", "2"), file: nil).map(\.text) == [])
        step.isApplied = true
        ServerAnswer.settleInverse(&step)
        #expect(step.inverse == .jsonPatch([["op": "replace", "path": "/spec/image", "value": "a"]]))
    }

    @Test func whatIsDroppedOrChangedIsNamedByItsPath() {
        let sent: JSONValue = [
            "metadata": ["labels": ["a": "1"]],
            "spec": [
                "gone": ["x": 1], "image": "a:1", "list": [["name": "a", "gone": "x"], ["name": "b"]],
                "words": ["x", "y"],
            ],
        ]
        let answered: JSONValue = [
            "metadata": ["uid": "1"], "spec": ["image": "mirror/a:1", "list": [["name": "a"]], "words": ["y"]],
        ]
        #expect(
            losses(sent, answered) == [
                "metadata.labels is dropped: nothing of it takes effect",
                "spec.gone is dropped: nothing of it takes effect",
                "spec.image becomes mirror/a:1 in place of a:1",
                "spec.list.0.gone is dropped: nothing of it takes effect",
                "spec.list.1 is dropped: nothing of it takes effect",
                "spec.words.0 is dropped: nothing of it takes effect",
            ])
    }

    private let mission = """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: old-server, namespace: shop}
        spec:
          host: ads
          trafficPolicy:
            circuitBreaker: {consecutiveErrors: 3, interval: 30s}
        """

    /// A server that ignores strict validation, as those before 1.25 do: it prunes without a word.
    private func oldServer() throws -> (server: CannedServer, writes: Lock<[String]>) {
        let writes = Lock<[String]>([])
        let discovery = CannedServer.discovery
        let server = try CannedServer { line, bytes in
            if line.hasPrefix("GET /version") { return .init(200, ["gitVersion": "v1.20.15"]) }
            if line.hasPrefix("GET /apis?") || line == "GET /apis" || line.hasPrefix("GET /api?") || line == "GET /api"
            {
                return .init(200, discovery)
            }
            guard line.hasPrefix("POST ") else {
                return .init(404, ["kind": "Status", "code": 404, "reason": "NotFound", "message": "not found"])
            }
            writes.withLock { $0.append(line) }
            let text = String(decoding: bytes, as: UTF8.self)
            let body = text.firstRange(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? "{}"
            var object = (try? JSONValue(parsing: body)) ?? [:]  // an empty answer shows in the test
            object.set(["spec", "trafficPolicy", "circuitBreaker"], to: nil)
            object.set(["metadata", "uid"], to: "1")
            return .init(201, object)
        }
        return (server, writes)
    }

    @Test func anOldServersSilenceIsARefusalUntilItIsConfirmed() async throws {
        let folder = try TemporaryFolder()
        let (server, writes) = try oldServer()
        let runner = ChangeRunner(
            client: try server.client(), journal: Journal(path: "\(folder.path)/journal"), verifySeconds: 1
        ) { nil }
        let preview = try await runner.plan(.apply(yaml: mission, defaultNamespace: "shop"))
        #expect(preview.refusal == nil && preview.needsAcknowledgement)
        #expect(preview.losses.count == 1 && preview.losses[0].contains("spec.trafficPolicy.circuitBreaker"))
        let refused = await runner.finish(preview.planID)
        #expect(refused.failure?.why.contains("circuitBreaker") == true)
        #expect(writes.withLock { $0.allSatisfy { $0.contains("dryRun=All") } })
        // The mending that an analysis knows, as a request of its own.
        let mend = try #require(preview.mend)
        let mended = try await runner.plan(mend.request)
        #expect(mended.losses.isEmpty && mended.mend == nil)
        #expect(mended.diff.contains { $0.text.contains("consecutive5xxErrors: 3") })
        #expect(!mended.diff.contains { $0.text.contains("circuitBreaker") })
        withExtendedLifetime(server) {}
    }

    @Test func aStrictServersRefusalOffersTheMendingToo() async throws {
        let cluster = try DemoCluster(Demo.withoutHistory())
        let preview = try await cluster.runner().plan(.apply(yaml: mission, defaultNamespace: "shop"))
        #expect(preview.refusal?.contains("circuitBreaker") == true)
        let mend = try #require(preview.mend)
        #expect(try await cluster.runner().plan(mend.request).refusal == nil)
    }

    @Test func anEvictionTakesTheFormThatTheServerKnows() async throws {
        let cluster = try DemoCluster(Demo.withoutHistory())
        var world = try await cluster.runner().readingWorld()
        let pod = try #require(try await cluster.get("/api/v1/namespaces/shop/pods").list("items").first)
        let reference = ObjectReference(
            kind: "Pod", namespace: "shop", name: pod.at("metadata", "name")?.string ?? "")
        for (version, form) in [("v1.20.0", "policy/v1beta1"), ("v1.21.9", "policy/v1beta1"), ("v1.22.1", "policy/v1")]
        {
            world.discovery.serverVersion = version
            let draft = try await PlanRequest.evict(reference).draft(world)
            let step = try #require(draft.steps.first)
            #expect(step.eviction(dryRun: false)["apiVersion"]?.string == form)
        }
    }
}
