// `meshtop promote` and `meshtop abort`: of a rollout by its name, through whoever owns it; of a plain route with the
// destination's name, by its weights.

internal import Actions
import ArgumentParser

struct DestinationOptions: ParsableArguments {
    @Argument(help: "A rollout's name; with a subset the host, or the route object's name.") var host: String
    @Argument(help: "The destination's subset or host; without it a rollout is meant.") var subset: String?
    @Option(help: ArgumentHelp("The rule's index, when several have a choice.", valueName: "n")) var route: Int?

    /// Nil without a subset: then it is a rollout.
    func shift(to weight: Int, _ change: ChangeOptions, _ global: GlobalOptions) throws -> Void? {
        guard let subset else { return nil }
        let (host, index) = (host, route)
        return try HeadlessChange.run(global, change, needsRates: true) { session, snapshot, place in
            try await ShiftCommand.request(host, index, [(subset, weight)], session, snapshot, place)
        }
    }
}

struct PromoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Promote a rollout, or give all traffic of a route to one destination.",
        discussion:
            "A guarded shift ends with all traffic at its canary; Flagger skips the rest of its analysis; a Rollout of Argo goes to its next step, and with --full to its end."
    )
    @OptionGroup var destination: DestinationOptions
    @Flag(help: "Of a Rollout of Argo: skip all steps, pauses and analysis.") var full = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        if try destination.shift(to: 100, change, global) != nil { return }
        let full = full
        try RolloutChange.run(destination.host, global, change) { $0.owner == .argo && !full ? .next : .promote }
    }
}

struct AbortCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "Roll a rollout back, or take a destination out of a route; the others share its traffic.")
    @OptionGroup var destination: DestinationOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        if try destination.shift(to: 0, change, global) != nil { return }
        try RolloutChange.run(destination.host, global, change) { _ in .rollBack }
    }
}
