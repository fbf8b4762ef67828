// Autoscalers, rollouts, pods and deletions from the command line.

internal import Actions
import ArgumentParser
internal import ClusterData

/// What the commands for workloads share.
enum WorkloadChange {
    static func run(
        _ global: GlobalOptions, _ change: ChangeOptions, _ template: WorkloadTemplate, _ workload: WorkloadName,
        _ values: [String: String?]
    ) throws {
        let given = values.compactMapValues { $0 }
        let (kind, name) = (workload.kind, workload.name)
        try HeadlessChange.run(global, change) { _, place in
            .workload(
                template, ObjectReference(kind: kind, namespace: place.namespace, name: name), values: given)
        }
    }
}

extension WorkloadChange {
    /// A Deployment's own rollout, or one that shifts a route.
    static func pause(
        _ global: GlobalOptions, _ change: ChangeOptions, _ name: String, _ state: String, _ action: RolloutAction
    ) throws {
        guard let workload = WorkloadName(argument: name) else {
            return try RolloutChange.run(name, global, change) { _ in action }
        }
        try run(global, change, .pause, workload, ["state": state])
    }
}

struct AutoscalerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hpa", abstract: "Make an autoscaler for a workload, or move the bounds of the one it has.")
    @Argument(help: "KIND/NAME, e.g. deployment/orders.") var workload: WorkloadName
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
    @Argument(help: "KIND/NAME, e.g. statefulset/orders-db.") var workload: WorkloadName
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
    @Argument(help: "pod/NAME, or KIND/NAME of a workload.") var target: String
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if ObjectName(argument: target) == nil { throw ValidationError("\(target): write pod/NAME or deployment/NAME") }
    }

    func run() throws {
        guard let name = ObjectName(argument: target) else { return }
        try HeadlessChange.run(global, change) { _, place in
            .workload(.evict, ObjectReference(kind: name.kind, namespace: place.namespace, name: name.name))
        }
    }
}

struct DeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete an object; its name must be given once more with --confirm.",
        discussion: "'meshtop undo' makes it anew from what it was.")
    @Argument(help: "KIND/NAME, e.g. virtualservice/reviews.") var object: ObjectName
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let object = object
        if change.yes, change.confirm != object.name {
            throw MeshTopError(
                .notConfirmed, "delete \(object.kind) \(object.name)",
                why: change.confirm == nil ? "its name was not confirmed" : "--confirm names another object",
                advice: "add --confirm \(object.name)")
        }
        try HeadlessChange.run(global, change) { _, place in
            .delete(
                ObjectReference(
                    kind: object.kind, namespace: object.isNamespaced ? place.namespace : "", name: object.name))
        }
    }
}

/// `KIND/NAME` of any object that MeshTop knows, the kind as kubectl takes it.
struct ObjectName: ExpressibleByArgument {
    var kind: String
    var name: String
    var isNamespaced: Bool

    private static let shortNames: [String: WatchedKind] = [
        "vs": .virtualservices, "dr": .destinationrules, "deploy": .deployments, "sts": .statefulsets,
        "ds": .daemonsets, "svc": .services, "hpa": .horizontalpodautoscalers, "po": .pods, "ns": .namespaces,
        "se": .serviceentries, "pa": .peerauthentications, "ap": .authorizationpolicies,
        "ra": .requestauthentications, "netpol": .networkpolicies, "cm": .configmaps,
    ]

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        let word = parts[0].lowercased()
        name = parts[1]
        let found =
            Self.shortNames[word]
            ?? WatchedKind.allCases.first { $0.kind.lowercased() == word || $0.resource == word }
        // Other kinds are looked for on the server, by the kind as written.
        kind = found?.kind ?? parts[0]
        isNamespaced = found?.isNamespaced ?? true
    }
}
