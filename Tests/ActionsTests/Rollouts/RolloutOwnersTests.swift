import Base
import DemoMesh
import Kube
import MeshModel
import TestSupport
import Testing

@testable import Actions

/// Flagger and Argo Rollouts at work in the demo mesh, driven through their own objects.
@Suite(.serialized) struct RolloutOwnersTests {
    static let cluster = Result { try DemoCluster(.rollouts, speed: 3) }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }
    private static let canary = ObjectReference(kind: "Canary", namespace: "shop", name: "quotes")
    private static let rollout = ObjectReference(kind: "Rollout", namespace: "shop", name: "prices")
    private static let canaryPath = "/apis/flagger.app/v1beta1/namespaces/shop/canaries/quotes"
    private static let rolloutPath = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/prices"

    /// The journal's id of the change.
    @discardableResult
    private func order(_ object: ObjectReference, _ action: RolloutAction) async throws -> String {
        let runner = try cluster.runner()
        let preview = try await runner.plan(.rollout(RolloutOrder(object: object, action: action)))
        #expect(preview.refusal == nil && !preview.isEmpty, "\(action) \(preview)")
        let progress = await runner.finish(preview.planID)
        #expect(progress.wasApplied, "\(action) \(progress)")
        return preview.planID
    }

    private func undo(_ id: String) async throws {
        let runner = try cluster.runner()
        let preview = try await runner.plan(.undo(id))
        #expect(await runner.finish(preview.planID).wasApplied)
    }

    private func weights(_ route: String) async throws -> [Int?] {
        try await cluster.get(Paths.virtualService(route)).at("spec", "http")?[0]?.list("route").map {
            $0["weight"]?.int
        } ?? []
    }

    private func eventuallyTrue(_ what: String, _ check: @escaping @Sendable () async throws -> Bool) async throws {
        #expect(try await eventually { try await check() ? true : nil } == true, "never: \(what)")
    }

    private func argo() async throws -> RolloutView {
        try #require(ArgoRollout.view(try await cluster.get(Self.rolloutPath)))
    }
    private func flagger() async throws -> RolloutView {
        try #require(FlaggerCanary.view(try await cluster.get(Self.canaryPath)))
    }

    // MARK: Argo Rollouts

    @Test func argoIsLetGoOnPausedAbortedAndRetriedByItsOwnObject() async throws {
        let before = try await argo()
        #expect(before.verdict == "PAUSED" && before.weight == 20)
        #expect(before.route == ObjectReference(kind: "VirtualService", namespace: "shop", name: "prices"))
        #expect(before.steps.map(\.state).prefix(3) == [.done, .now, .ahead])
        try await order(Self.rollout, .next)
        try await eventuallyTrue("the next weight") { try await weights("prices") != [80, 20] }
        try await order(Self.rollout, .hold)
        #expect(try await cluster.get(Self.rolloutPath).at("spec", "paused") == true)
        try await order(Self.rollout, .release)
        #expect(try await cluster.get(Self.rolloutPath).at("spec", "paused") != true)
        let aborted = try await order(Self.rollout, .rollBack)
        try await eventuallyTrue("all back at stable") { try await weights("prices") == [100, 0] }
        let view = try await argo()
        #expect(view.verdict == "ABORTED" && view.refusal(of: .retry) == nil && view.refusal(of: .next) != nil)
        // An abort is taken back by a retry.
        try await undo(aborted)
        try await eventuallyTrue("it begins again") { try await weights("prices") == [80, 20] }
        let promoted = try await order(Self.rollout, .promote)
        try await eventuallyTrue("it is full") { try await argo().verdict == "HEALTHY" }
        #expect(try await argo().isOver)
        #expect(try cluster.journal.read().entries.contains { $0.id == promoted && $0.verb == "rollout" })
        await #expect(throws: MeshTopError.self) { try await order(Self.rollout, .rollBack) }
    }

    /// The patches of its own plugin, each with a lock and a way back.
    @Test func whatIsSentToArgoIsWhatItsPluginSends() async throws {
        func sent(_ action: RolloutAction, _ status: JSONValue, paused: Bool = false) async throws -> [String] {
            let rollout: JSONValue = [
                "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
                "metadata": ["name": "prices", "namespace": "shop", "resourceVersion": "7", "generation": 2],
                "spec": [
                    "paused": .bool(paused),
                    "strategy": [
                        "canary": [
                            "trafficRouting": ["istio": ["virtualService": ["name": "prices"]]],
                            "steps": [["setWeight": 20], ["pause": [:]], ["setWeight": 60]],
                        ]
                    ],
                ], "status": status,
            ]
            let server = try CannedServer { _ in CannedServer.Answer(200, rollout) }
            defer { withExtendedLifetime(server) {} }
            let world = PlanWorld(
                client: try CannedServer.client(of: server.url),
                discovery: Discovery(
                    serverVersion: "v1.34.0",
                    resources: Discovery.aggregatedResources([
                        "items": [
                            [
                                "metadata": ["name": "argoproj.io"],
                                "versions": [
                                    [
                                        "version": "v1alpha1",
                                        "resources": [
                                            [
                                                "resource": "rollouts", "responseKind": ["kind": "Rollout"],
                                                "scope": "Namespaced", "subresources": [["subresource": "status"]],
                                            ]
                                        ],
                                    ]
                                ],
                            ]
                        ]
                    ])), snapshot: nil)
            return try await ArgoRollout.draft(RolloutOrder(object: Self.rollout, action: action), world).steps.map {
                step in
                switch step.write {
                case .statusPatch(let body): "status \(body.compactText)"
                case .mergePatch(let body): "spec \(body.compactText)"
                default: "\(step.write)"
                }
            }
        }
        let pausedStatus: JSONValue = [
            "stableRS": "a", "currentPodHash": "b", "currentStepIndex": 1,
            "pauseConditions": [["reason": "CanaryPauseStep"]],
        ]
        let moving: JSONValue = ["stableRS": "a", "currentPodHash": "b", "currentStepIndex": 1]
        let clear = #"status {"status":{"pauseConditions":null}}"#
        #expect(try await sent(.next, pausedStatus) == [clear])
        #expect(try await sent(.next, pausedStatus, paused: true) == [clear, #"spec {"spec":{"paused":false}}"#])
        #expect(
            try await sent(.next, moving) == [#"status {"status":{"pauseConditions":null,"currentStepIndex":2}}"#])
        #expect(try await sent(.promote, moving) == [#"status {"status":{"promoteFull":true}}"#])
        #expect(try await sent(.hold, moving) == [#"spec {"spec":{"paused":true}}"#])
        #expect(try await sent(.rollBack, moving) == [#"status {"status":{"abort":true}}"#])
        let aborted: JSONValue = ["stableRS": "a", "currentPodHash": "b", "abort": true]
        #expect(try await sent(.retry, aborted) == [#"status {"status":{"abort":false}}"#])
        await #expect(throws: MeshTopError.self) { try await sent(.next, aborted) }
    }

    // MARK: Flagger

    @Test func flaggerIsSuspendedLetGoOnAndToldToSkipTheRest() async throws {
        // Suspended, it stays as it is put.
        func begin() async throws {
            try await cluster.mergePatch(Self.canaryPath, ["spec": ["suspend": true]])
            try await cluster.mergePatch(
                Self.canaryPath + "/status", ["status": ["phase": "Progressing", "canaryWeight": 20]])
        }
        try await begin()
        let before = try await flagger()
        #expect(before.verdict == "SUSPENDED" && before.weight == 20)
        #expect(before.steps.map(\.label) == ["10 %", "20 %", "30 %", "40 %", "50 %"])
        #expect(before.steps.map(\.state) == [.done, .now, .ahead, .ahead, .ahead])
        #expect(before.refusal(of: .next)?.contains("webhook") == true && before.refusal(of: .hold) != nil)
        try await order(Self.canary, .release)
        #expect(try await cluster.get(Self.canaryPath).at("spec", "suspend") == false)
        let held = try await order(Self.canary, .hold)
        #expect(try await cluster.get(Self.canaryPath).at("spec", "suspend") == true)
        try await undo(held)
        #expect(try await cluster.get(Self.canaryPath).at("spec", "suspend") == false)
        try await begin()
        let promoted = try await order(Self.canary, .promote)
        try await eventuallyTrue("promoted") { try await flagger().verdict == "SUCCEEDED" }
        #expect(try await self.weights("quotes") == [100, 0])
        try await undo(promoted)
        #expect(try await cluster.get(Self.canaryPath).at("spec", "skipAnalysis") == nil)
        await #expect(throws: MeshTopError.self) { try await order(Self.canary, .promote) }
    }

    /// Its spec has no abort: the target's template goes back to the revision before.
    @Test func flaggerIsRolledBackByItsTargetsTemplate() async throws {
        let target = "/apis/apps/v1/namespaces/shop/deployments/quotes"
        let image: JSONValue = ["spec": ["containers": [["name": "quotes", "image": "registry.example/quotes:2.0"]]]]
        func images() async throws -> [String?] {
            try await cluster.get(target).at("spec", "template", "spec")?.list("containers").map { $0["image"]?.string }
                ?? []
        }
        let old = try await images()
        try await cluster.mergePatch(target, ["spec": ["template": image]])
        try await eventuallyTrue("the new revision") {
            try await cluster.get(target).at("metadata", "annotations", "deployment.kubernetes.io/revision") == "2"
        }
        try await cluster.mergePatch(Self.canaryPath, ["spec": ["suspend": true]])
        try await cluster.mergePatch(
            Self.canaryPath + "/status", ["status": ["phase": "Progressing", "canaryWeight": 20]])
        try await order(Self.canary, .rollBack)
        #expect(try await images() == old)
    }

    @Test func aCanaryThatSaidNothingIsUnknown() {
        let view = FlaggerCanary.view([
            "metadata": ["name": "quotes", "namespace": "shop"], "spec": ["targetRef": ["name": "quotes"]],
        ])
        #expect(view?.weight == nil && view?.tone == .unknown && view?.verdict.hasPrefix("UNKNOWN") == true)
        let rollout = ArgoRollout.view(["metadata": ["name": "a", "namespace": "b"], "spec": [:]])
        #expect(rollout?.weight == nil && rollout?.tone == .unknown && rollout?.verdict.hasPrefix("UNKNOWN") == true)
    }

    /// Text of a cluster is anybody's text.
    @Test func whatTheySayIsSafeForATerminal() {
        let view = FlaggerCanary.view([
            "metadata": ["name": "quotes", "namespace": "shop"], "spec": ["analysis": ["stepWeight": 10]],
            "status": [
                "phase": "Progress\u{1B}[31ming", "conditions": [["message": "boom\u{1B}]0;x\u{7}\nnext"]],
            ],
        ])
        let text = (view?.facts ?? []).joined() + (view?.verdict ?? "")
        #expect(!text.contains("\u{1B}") && !text.contains("\n") && text.contains("boom"))
    }

    // MARK: Their routes

    @Test(arguments: [("quotes", "Flagger", 90), ("prices", "Argo Rollouts", 80)])
    func weightsSetAgainstAnOwnerSayWhoOverwritesThem(_ route: String, _ owner: String, _ weight: Int) async throws {
        let preview = try await cluster.runner().plan(
            .shift(
                route: ObjectReference(kind: "VirtualService", namespace: "shop", name: route), section: .http,
                index: 0, weights: [55, 45]))
        #expect(
            preview.managers.contains {
                $0.contains(owner) && $0.contains("overwrite this change") && $0.contains("meshtop rollouts")
            }, "\(preview.managers)")
    }
}
