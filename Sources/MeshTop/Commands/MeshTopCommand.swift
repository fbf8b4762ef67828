// The root command: the dashboard, or one plain snapshot where there is no terminal.

import ArgumentParser
internal import Base
internal import CLinux

struct MeshTopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meshtop", abstract: "A terminal dashboard for service meshes.",
        discussion: "Without a subcommand it opens the dashboard; without a terminal it prints one snapshot.",
        version: meshtopVersion,
        subcommands: [
            SnapshotCommand.self, AnalyzeCommand.self, PrecheckCommand.self, CanCommand.self, ShiftCommand.self,
            PromoteCommand.self, AbortCommand.self, RetryCommand.self, RolloutsCommand.self,
        ] + VerbCommands.all + [
            PauseCommand.self, ResumeCommand.self, EditCommand.self, PolicyCommand.self,
            FixCommand.self, ApplyCommand.self, UndoCommand.self, JournalCommand.self, DoctorCommand.self,
            DemoServerCommand.self, FiguresCommand.self,
        ])

    @OptionGroup var global: GlobalOptions
    @Flag(help: "Incident screen: read-only, cycles through the panes.") var wall = false

    func run() throws {
        guard isatty(1) == 1, environmentVariable("TERM") != "dumb" else {
            return try SnapshotCommand.printSnapshot(global.workplace(), output: .text, pane: nil, wait: 30)
        }
        // Ended by a signal: the shell sees it as for any other program.
        if let signal = try Dashboard.run(global, wall: wall) { throw EndedBySignal(number: signal) }
    }
}

/// The exit code of a program that was ended by a signal.
struct EndedBySignal: Error {
    var number: Int32
}
