// The root command: the dashboard, or one plain snapshot where there is no terminal.

import ArgumentParser
internal import CLinux
internal import ClusterData

struct MeshTopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meshtop", abstract: "A terminal dashboard for service meshes.",
        discussion: "Without a subcommand it opens the dashboard; without a terminal it prints one snapshot.",
        version: meshtopVersion,
        subcommands: [
            SnapshotCommand.self, ShiftCommand.self, ScaleCommand.self, RestartCommand.self, PolicyCommand.self,
            ApplyCommand.self, UndoCommand.self, JournalCommand.self, DoctorCommand.self, DemoServerCommand.self,
        ])

    @OptionGroup var global: GlobalOptions
    @Flag(help: "Incident screen: read-only, cycles through the panes.") var wall = false

    func run() throws {
        let place = try global.workplace()
        guard isatty(1) == 1 else {
            return try SnapshotCommand.printSnapshot(place, output: .text, pane: nil, wait: 10)
        }
        try Dashboard.run(place, global: global, wall: wall)
    }
}
