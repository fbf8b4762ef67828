// The verbs of workloads.

internal import Base
internal import Kube
internal import MeshModel

extension VerbTable {
    package static let scale = Verb(
        id: "scale", key: "S", title: "Scale", help: "set the replicas of a deployment or statefulset",
        form: VerbForm("scaling", [replicas, movesBounds], in: .replicas) { (object, values) throws(MeshTopError) in
            guard let count = try values.number(replicas.key) else {
                throw MeshTopError(.usage, "scale", why: "no count was given", advice: "give the replicas")
            }
            return .scale(object, replicas: count, movesBounds: values.isOn(movesBounds.key))
        },
        target: workload(of: scaledKinds), needsTarget: true, candidates: workloads,
        permissions: { object in
            [Permission("update", "apps", "\(object.kind.lowercased())s/scale", name: object.name)]
        }, command: VerbCommandWords(ScaleVerb.self, "scale", "Set the replicas of a workload."))

    package static let replicas = FormField(
        "replicas", "Replicas", kind: .number(ScalePlanner.counts), option: .init("How many.", isRequired: true))
    package static let movesBounds = FormField(
        "move-hpa", "Move the autoscaler's bound", FormField.off, kind: .toggle,
        option: .init("Move the autoscaler's bound too, where the count is outside: one change, one undo."))

    package static let restart = Verb(
        id: "restart", key: "R", title: "Restart", help: "roll the pods of a workload",
        form: VerbForm("restart") { .restart($0) },
        target: workload(of: rolledKinds), needsTarget: true, candidates: workloads, permissions: { [patch($0)] },
        command: VerbCommandWords(RestartVerb.self, "restart", "Roll the pods of a workload."))

    package static let stats = Verb(
        id: "stats", key: "P", title: "Tell breakers",
        help: "annotate a client so that its proxies tell of their breakers",
        form: VerbForm("an annotation") { .exposeStats($0) },
        target: { selection, context in
            guard case .breaker(let breaker) = selection, let client = breaker.silentClient else { return nil }
            let kind = context.snapshot?.workloads.first { $0.namespace == client.namespace && $0.name == client.name }?
                .kind
            return kind.map { ObjectReference(kind: $0, namespace: client.namespace, name: client.name) }
        }, needsTarget: true, permissions: { [patch($0)] },
        command: VerbCommandWords(
            StatsVerb.self, "expose-stats",
            "Annotate a client so that its proxies tell of their breakers, which a default install keeps silent.",
            "KIND/NAME of the client, e.g. deployment/checkout."))

    package static let autoscaler = Verb(
        id: "hpa", key: "H", title: "Autoscaler", help: "make an HPA for a workload, or move the bounds of its own",
        form: VerbForm("Autoscaler", AutoscalerPlanner.fields) { (object, values) throws(MeshTopError) in
            .autoscaler(
                object, min: try values.number("min"), max: try values.number("max"), cpu: try values.number("cpu"))
        } present: { object, snapshot in
            let found = snapshot?.workload(object)?.autoscaler
            return ["min": found?.minimum, "max": found?.maximum].compactMapValues { $0.map(String.init) }
        },
        target: workload(of: scaledKinds), needsTarget: true, candidates: workloads,
        permissions: { _ in
            ["create", "patch"].map { Permission($0, "autoscaling", "horizontalpodautoscalers") }
        }, isFrequent: false,
        command: VerbCommandWords(
            AutoscalerVerb.self, "hpa", "Make an autoscaler for a workload, or move the bounds of the one it has."))

    package static let pauseRollout = Verb(
        id: "pause-rollout", key: "O", title: "Hold rollout", help: "pause the rollout of a deployment, or resume it",
        form: VerbForm("Pause or resume the rollout") { .pauseRollout($0) },
        target: workload(of: ["Deployment"]), needsTarget: true, candidates: workloads,
        permissions: { [patch($0)] }, isFrequent: false)

    package static let rollback = Verb(
        id: "rollback", key: "B", title: "Roll back", help: "bring a workload back to an earlier revision",
        form: VerbForm("Roll back", [RevisionHistory.field]) { (object, values) throws(MeshTopError) in
            .rollback(object, revision: try values.number(RevisionHistory.field.key))
        },
        target: workload(of: rolledKinds), needsTarget: true, candidates: workloads,
        permissions: { [patch($0)] }, isFrequent: false,
        command: VerbCommandWords(
            RollbackVerb.self, "rollback", "Bring a deployment, statefulset or daemonset back to an earlier revision.",
            "KIND/NAME, e.g. statefulset/orders-db."))

    package static let evict = Verb(
        id: "evict", key: "X", title: "Evict a pod", help: "have one pod of a workload made anew",
        form: VerbForm(
            "Evict a pod", [FormField("pod", "Pod (empty: one that is not ready, else the oldest)")]
        ) { .evict($0, pod: $1.text("pod")) },
        target: workload, needsTarget: true, candidates: workloads,
        permissions: { _ in [Permission("create", "", "pods/eviction")] }, isFrequent: false,
        command: VerbCommandWords(
            EvictVerb.self, "evict", "Have a pod made anew, as its disruption budget allows.",
            discussion: "Of a workload, a pod that is not ready is chosen, or the oldest.", object: "target",
            "pod/NAME, or KIND/NAME of a workload."))
}

package enum ScaleVerb: CommandVerb { package static var verb: Verb { VerbTable.scale } }
package enum RestartVerb: CommandVerb { package static var verb: Verb { VerbTable.restart } }
package enum StatsVerb: CommandVerb { package static var verb: Verb { VerbTable.stats } }
package enum AutoscalerVerb: CommandVerb { package static var verb: Verb { VerbTable.autoscaler } }
package enum RollbackVerb: CommandVerb { package static var verb: Verb { VerbTable.rollback } }
package enum EvictVerb: CommandVerb { package static var verb: Verb { VerbTable.evict } }
