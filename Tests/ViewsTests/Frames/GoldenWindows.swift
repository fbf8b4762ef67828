// The kept screens with a window over the panes: menus, forms, previews, documents, the log and rollouts.

import Base
import Kube
import MeshModel

@testable import Actions
@testable import Views

extension GoldenScreens {
    static let menus: [GoldenScreen] = [
        GoldenScreen("menu-actions", on: reviews) { $0.type(".") },
        GoldenScreen("menu-actions-refused", on: reviews, .narrow) {
            let reading = NamespaceRights.Rule(verbs: ["get", "list", "watch"], groups: ["*"], resources: ["*"])
            $0.send(.rights(NamespaceRights(namespace: "shop", rules: [reading])))
            $0.type(".jj")
        },
        GoldenScreen("menu-actions-read-only", on: reviews, .narrow) {
            $0.model.options.readOnly = "started with --read-only"
            $0.type(".")
        },
        GoldenScreen("menu-which-workload", on: reviews) { $0.type("R") },
        GoldenScreen("menu-namespaces", on: services) { $0.type("n") },
        GoldenScreen("menu-namespaces-filtered", on: services, .narrow) { $0.type("nsh") },
        GoldenScreen("menu-namespaces-none", on: services, .narrow) { $0.type("nzzz") },
        GoldenScreen("menu-contexts", on: services) { $0.type("x") },
        GoldenScreen("menu-window", on: services) { $0.type("T") },
        GoldenScreen("menu-sort", on: services) { $0.type("sj") },
    ]

    // MARK: Forms

    static let weights = GoldenScreen("weights", on: reviews) { $0.type("W") }
    static let guardForm = GoldenScreen("guard-form", on: weights, other: reviews) {
        $0.press(.down)
        $0.type("G")
    }
    static let scale = GoldenScreen("scale", on: services) { $0.type("S") }
    static let policy = GoldenScreen("policy", on: reviews) { $0.type("E") }
    static let policyPresent = GoldenScreen("policy-present", on: policy) {
        $0.answer {
            .data(.policies(GoldenChanges.policies), of: $0)
        }
        $0.press(.right, .down)
    }

    /// What each policy asks for.
    static let policyForms: [GoldenScreen] = PolicyTemplate.allCases.enumerated().map { place, template in
        GoldenScreen("policy-\(template.rawValue)", on: policy, .narrow, other: reviews) { screen in
            for _ in 0..<place { screen.press(.right) }
        }
    }

    static let forms: [GoldenScreen] =
        policyForms + [
            weights,
            GoldenScreen("weights-changed", on: weights, .narrow) {
                $0.press(.down)
                $0.type(">>")
            },
            GoldenScreen("weights-typed", on: weights, .narrow) { $0.type("4") },
            GoldenScreen("weights-of-flagger", on: reviews) {
                $0.send(.rollouts([GoldenRollouts.flaggerOnReviews], notes: []))
                $0.type("W")
            },
            guardForm,
            GoldenScreen("guard-form-wrong", on: guardForm, .narrow) {
                $0.type("50,10")
                $0.press(.enter)
            },
            GoldenScreen("guard-form-planning", on: guardForm, .narrow, other: reviews) { $0.press(.enter) },
            scale,
            GoldenScreen("scale-over-the-bound", on: scale, .narrow) { $0.type("9") },
            GoldenScreen("scale-moving-the-bound", on: scale, .narrow) { $0.type("9m") },
            GoldenScreen("scale-wrong", on: scale, .narrow) {
                $0.type("four")
                $0.press(.enter)
            },
            policy, policyPresent,
            GoldenScreen("policy-proposal", on: policyPresent, .narrow) { $0.press(.down, .down) },
            GoldenScreen("policy-switched-on", on: policyPresent, .narrow) {
                $0.press(.down, .down)
                $0.type(" ")
            },
            GoldenScreen("policy-untouched", on: policyPresent, .narrow) { $0.press(.enter) },
            GoldenScreen("autoscaler", on: services) { $0.type("H") },
            GoldenScreen("rollback", on: services, .narrow) { $0.type("B") },
            GoldenScreen("evict", on: services, .narrow) { $0.type("X") },
            GoldenScreen("apply-file", on: services) { $0.type("A") },
            GoldenScreen("apply-file-typed", on: services, .narrow) { $0.type("A/home/ada/manifests/検索 -R") },
            GoldenScreen("apply-file-reading", on: services, .narrow) {
                $0.type("Amesh.yaml")
                $0.press(.enter)
            },
            GoldenScreen("quit", on: services) { $0.type("q") },
            GoldenScreen("quit-while-driving", on: services, .narrow) {
                $0.send(.rollouts([GoldenRollouts.driven], notes: []))
                $0.type("q")
            },
            GoldenScreen("edit-again", on: workloads, .narrow, .usual) {
                $0.type("je")
                $0.answer { .data(.edit(.success(GoldenChanges.edit)), of: $0) }
                $0.answer {
                    let why = "line 3, column 1: found character '\\t' that cannot start any token"
                    let error = MeshTopError(.usage, "the edit", why: why, advice: "mend that line")
                    return .edited(.unreadable(GoldenChanges.edit, error), of: $0)
                }
            },
        ]

    // MARK: Previews

    /// A changed split whose plan is awaited.
    static let planning = GoldenScreen("planning", on: weights, other: reviews) {
        $0.press(.down)
        $0.type(">>")
        $0.press(.enter)
    }
    static let preview = previewed("preview", GoldenChanges.shift)
    static let plainPreview = narrowly("preview-plain", GoldenChanges.changed { _ in })
    static let sent = GoldenScreen("sent", on: plainPreview, .narrow, other: reviews) { $0.type("y") }
    static let deletion = previewed("preview-deletion", GoldenChanges.deletion)
    static let drifted = narrowly("preview-drift", GoldenChanges.drifted)
    static let losing = narrowly("preview-losses", GoldenChanges.losing)

    private static func previewed(_ name: String, _ preview: ChangePreview) -> GoldenScreen {
        GoldenScreen(name, on: planning, other: reviews) { $0.answer { .preview(.success(preview), of: $0) } }
    }

    /// What the same window says of another plan.
    private static func narrowly(_ name: String, _ preview: ChangePreview) -> GoldenScreen {
        GoldenScreen(name, on: planning, .narrow, other: reviews) { $0.answer { .preview(.success(preview), of: $0) } }
    }

    private static func sent(_ name: String, _ progress: ChangeProgress...) -> GoldenScreen {
        sent(name, progress)
    }

    private static func sent(_ name: String, _ progress: [ChangeProgress]) -> GoldenScreen {
        GoldenScreen(name, on: sent, .narrow) { screen in
            for one in progress { screen.send(.progress(planID: "plan-1", one)) }
        }
    }

    static let previews: [GoldenScreen] = [
        planning, preview,
        GoldenScreen("preview-scrolled", on: preview, .narrow) { $0.press(.pageDown) },
        plainPreview,
        narrowly("preview-refused", GoldenChanges.refused), narrowly("preview-nothing", GoldenChanges.nothing),
        narrowly("preview-production", GoldenChanges.production),
        GoldenScreen("preview-wrong-name", on: narrowly("preview-production", GoldenChanges.production), .narrow) {
            $0.type("ratings")
            $0.press(.enter)
        },
        deletion,
        GoldenScreen("preview-deletion-unfolded", on: deletion, .narrow, .usual) { $0.press(.tab) },
        drifted,
        GoldenScreen("preview-drift-acknowledged", on: drifted, .narrow) { $0.type("y") },
        losing,
        GoldenScreen("preview-losses-acknowledged", on: losing, .narrow) { $0.type("y") },
        GoldenScreen("preview-answered-too-fast", on: plainPreview, .narrow) {
            $0.secondsBetweenEvents = 0.01
            $0.type("yy")
        },
        GoldenScreen("plan-failed", on: planning, .narrow, .usual, other: reviews) {
            $0.answer {
                .preview(.failure(MeshTopError(.server, "the plan", why: "timed out after 30 s")), of: $0)
            }
        },
        sent,
        sent("sent-applied", .applied(journalID: "20260101-7f3a")),
        sent("sent-applied-for-good", .applied(journalID: "20260101-7f3a", undo: .none)),
        sent(
            "sent-verifying", .applied(journalID: "20260101-7f3a"), .verifying("observed 44 % of v2, wanted 50 %"),
            .verifying("observed 48 % of v2, wanted 50 %")),
        sent("sent-verified", .applied(journalID: "20260101-7f3a"), .verified("observed 50 % of v2")),
        sent(
            "sent-not-verified", .applied(journalID: "20260101-7f3a", undo: .onceGone),
            .unverified(
                "after 60 s the observed share of v2 is still 31 %, and 2 of 5 proxies have not taken the route")),
        sent("sent-failed", .failed(MeshTopError(.conflict, "the change", why: "somebody else wrote it meanwhile"))),
        sent("sent-stopped", GoldenChanges.stopped),
    ]

    // MARK: Documents and the log

    static let log = GoldenScreen("log-calls", on: services) {
        $0.type("@")
        $0.answer {
            .data(
                .log(
                    changes: GoldenChanges.journal.reversed(), calls: GoldenChanges.calls,
                    kubectl: ["--context", "shop-dev"]), of: $0)
        }
    }
    static let logChanges = GoldenScreen("log-changes", on: log) { $0.press(.tab) }
    static let yaml = GoldenScreen("yaml", on: services) { screen in
        screen.type("y")
        let labels = (1...30).map { "    example.com/label-\($0): a value" }
        let wide = "    note: \(String(repeating: "検索 and more of it ", count: 12))"
        screen.answer {
            .data(
                .document(
                    title: "Service edge/api-gateway",
                    lines: ["kind: Service", "metadata:", "  labels:", wide] + labels), of: $0)
        }
    }

    static let documents: [GoldenScreen] = [
        GoldenScreen("help", on: services) { $0.type("?") },
        GoldenScreen("help-end", on: services, .narrow) { $0.type("?G") },
        GoldenScreen("what-is-wrong", on: services) { $0.type("!") },
        GoldenScreen("what-is-wrong-partly-read", on: partlyRead, .narrow) { $0.type("!") },
        GoldenScreen("finding", on: findings) {
            $0.press(.home)
            $0.press(.enter)
        },
        GoldenScreen("yaml-reading", on: services, .narrow) { $0.type("y") },
        yaml,
        GoldenScreen("yaml-sideways", on: yaml, .narrow) { $0.type("lll") },
        GoldenScreen("access", on: services) {
            $0.type(":can frontend -> ledger GET /")
            $0.press(.enter)
            $0.answer {
                .data(
                    .document(
                        title: "frontend -> ledger GET /",
                        lines: [
                            "DENIED", "",
                            "ALLOW payments/checkout-only names principals of payments alone, so what no rule names is refused; the request comes from cluster.local/ns/shop/sa/frontend, which no rule names.",
                        ], wraps: true), of: $0)
            }
        },
        log,
        GoldenScreen("log-calls-further-down", on: log, .narrow) { $0.type("jjjjjjjjj") },
        GoldenScreen("log-call", on: log, .narrow, other: services) {
            $0.type("jjjjj")
            $0.press(.enter)
        },
        logChanges,
        GoldenScreen("log-changes-failed", on: logChanges, .narrow) { $0.type("jjj") },
    ]

    // MARK: Rollouts

    static let driven = GoldenScreen("rollouts", on: services) {
        $0.send(.rollouts(GoldenRollouts.all, notes: []))
        $0.type("w")
    }

    private static func rollout(_ name: String, _ view: RolloutView) -> GoldenScreen {
        GoldenScreen(name, on: driven, .narrow, .usual) { $0.send(.rollouts([view], notes: [])) }
    }

    static let rollouts: [GoldenScreen] = [
        driven,
        GoldenScreen("rollouts-more", on: driven, .narrow) { $0.press(.pageDown) },
        GoldenScreen("rollouts-of-flagger", on: driven) { $0.type("j") },
        GoldenScreen("rollouts-of-argo", on: driven) { $0.type("jj") },
        GoldenScreen("rollouts-refused-key", on: driven, .narrow) { $0.type("G") },
        GoldenScreen("rollouts-planning", on: driven, .narrow, other: services) { $0.type("P") },
        rollout("rollout-worse", GoldenRollouts.worse), rollout("rollout-watched", GoldenRollouts.watched),
        rollout("rollout-abandoned", GoldenRollouts.abandoned),
        rollout("rollout-rolled-back", GoldenRollouts.rolledBack),
        GoldenScreen("rollouts-on-top", on: services) { $0.send(.rollouts(GoldenRollouts.all, notes: [])) },
        GoldenScreen("rollouts-none", on: services, .narrow) { $0.type("w") },
        GoldenScreen("rollouts-not-read", on: services, .narrow) {
            $0.send(.rollouts([], notes: ["Canary not read: RBAC does not let you list canaries.flagger.app"]))
            $0.type("w")
        },
    ]
}
