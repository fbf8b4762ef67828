// Autoscalers, rollouts, pods and deletions from the command line.

internal import Actions
import ArgumentParser
internal import Base
internal import ClusterData
internal import Kube

/// What the commands for workloads share.
enum WorkloadChange {
    static func run(
        _ global: GlobalOptions, _ change: ChangeOptions, _ template: WorkloadTemplate, _ workload: ObjectArgument,
        _ values: [String: String?]
    ) throws {
        let given = values.compactMapValues { $0 }
        try HeadlessChange.run(global, change) { _, place in
            .workload(template, workload.reference(place), values: given)
        }
    }
}

extension WorkloadChange {
    /// A Deployment's own rollout, or one that shifts a route.
    static func pause(
        _ global: GlobalOptions, _ change: ChangeOptions, _ name: String, _ state: String, _ action: RolloutAction
    ) throws {
        try HeadlessChange.run(global, change) { session, _, place in
            if let object = ObjectArgument(argument: name), await session.kind(of: object.word)?.kind == "Deployment" {
                return .workload(.pause, object.reference(place), values: ["state": state])
            }
            return try await RolloutChange.request(name, session, place) { _ in action }
        }
    }
}

struct AutoscalerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hpa", abstract: "Make an autoscaler for a workload, or move the bounds of the one it has.")
    @Argument(help: "KIND/NAME, e.g. deployment/orders.") var workload: ObjectArgument
    @Option(help: "The fewest replicas.") var min: Int?
    @Option(help: "The most replicas.") var max: Int?
    @Option(help: ArgumentHelp("Target share of the CPU requested.", valueName: "percent")) var cpu: Int?
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let values = ["min": min, "max": max, "cpu": cpu].mapValues { $0.map { String($0) } }
        try WorkloadChange.run(global, change, .hpa, workload, values)
    }
}

struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pause a rollout: of a deployment, or by the name that 'meshtop rollouts' shows.")
    @Argument(help: "deployment/NAME, or a rollout's NAME.") var name: String
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws { try WorkloadChange.pause(global, change, name, "paused", .hold) }
}

struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Resume a rollout: of a deployment, or by the name that 'meshtop rollouts' shows.")
    @Argument(help: "deployment/NAME, or a rollout's NAME.") var name: String
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws { try WorkloadChange.pause(global, change, name, "running", .release) }
}

struct RollbackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Bring a deployment, statefulset or daemonset back to an earlier revision.")
    @Argument(help: "KIND/NAME, e.g. statefulset/orders-db.") var workload: ObjectArgument
    @Option(help: ArgumentHelp("The revision; the one before this without it.", valueName: "n")) var revision: Int?
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try WorkloadChange.run(global, change, .rollback, workload, ["revision": revision.map { String($0) }])
    }
}

struct EvictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evict", abstract: "Have a pod made anew, as its disruption budget allows.",
        discussion: "Of a workload, a pod that is not ready is chosen, or the oldest.")
    @Argument(help: "pod/NAME, or KIND/NAME of a workload.") var target: ObjectArgument
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let target = target
        try HeadlessChange.run(global, change) { _, place in .workload(.evict, target.reference(place)) }
    }
}

struct DeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete an object; its name must be given once more with --confirm.",
        discussion: "'meshtop undo' makes it anew from what it was.")
    @Argument(help: "KIND/NAME, e.g. virtualservice/reviews.") var object: ObjectArgument
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let object = object
        // What holds other objects asks for their number in place of the name.
        let isNumber = change.confirm.flatMap { Int($0) } != nil
        if change.yes, change.confirm != object.word.name, !isNumber {
            throw MeshTopError(
                .notConfirmed, "delete \(object.word.type) \(object.word.name)",
                why: change.confirm == nil ? "its name was not confirmed" : "--confirm names another object",
                advice: "add --confirm \(object.word.name)")
        }
        try HeadlessChange.run(global, change) { _, place in .delete(object.reference(place)) }
    }
}
