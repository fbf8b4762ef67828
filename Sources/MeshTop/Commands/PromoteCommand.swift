// `meshtop promote HOST SUBSET` and `meshtop abort HOST SUBSET`: all traffic to a version, or none.

internal import Actions
import ArgumentParser
internal import ClusterData

struct DestinationOptions: ParsableArguments {
    @Argument(help: "The host, or the route object's name.") var host: String
    @Argument(help: "The destination's subset or host.") var subset: String
    @Option(help: ArgumentHelp("The rule's index, when several have a choice.", valueName: "n")) var route: Int?

    func shift(to weight: Int, _ change: ChangeOptions, _ global: GlobalOptions) throws {
        let (host, subset, index) = (host, subset, route)
        try HeadlessChange.run(global, change) { snapshot, place in
            try ShiftCommand.request(host, index, [(subset, weight)], snapshot, place)
        }
    }
}

struct PromoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Give all traffic of a route to one destination.")
    @OptionGroup var destination: DestinationOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws { try destination.shift(to: 100, change, global) }
}

struct AbortCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: "Take a destination out of a route; the others share its traffic.")
    @OptionGroup var destination: DestinationOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws { try destination.shift(to: 0, change, global) }
}
