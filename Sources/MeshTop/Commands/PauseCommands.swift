// A rollout is paused or resumed from the command line.

internal import Actions
import ArgumentParser
internal import Base
internal import ClusterData
internal import Kube

enum WorkloadChange {
    /// A Deployment's own rollout, or one that shifts a route.
    static func pause(
        _ global: GlobalOptions, _ change: ChangeOptions, _ name: String, _ pauses: Bool, _ action: RolloutAction
    ) throws {
        try HeadlessChange.run(global, change) { session, _, place in
            if let object = ObjectArgument(argument: name), await session.kind(of: object.word)?.kind == "Deployment" {
                return .pauseRollout(try object.reference(place), pauses: pauses)
            }
            return try await RolloutChange.request(name, session, place) { _ in action }
        }
    }
}

struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pause a rollout: of a deployment, or by the name that 'meshtop rollouts' shows.")
    @Argument(help: "deployment/NAME, or a rollout's NAME.") var name: String
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws { try WorkloadChange.pause(global, change, name, true, .hold) }
}

struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Resume a rollout: of a deployment, or by the name that 'meshtop rollouts' shows.")
    @Argument(help: "deployment/NAME, or a rollout's NAME.") var name: String
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws { try WorkloadChange.pause(global, change, name, false, .release) }
}
