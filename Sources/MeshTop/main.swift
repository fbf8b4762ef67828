// The program's entry: arguments to a command, errors to one line and an exit code.

import ArgumentParser
internal import Base
internal import CLinux
internal import DemoMesh
internal import Kube

mt_ignore_sigpipe()
Memory.shareArenas()

/// `--demo` alone means its first scene; the parser knows options with values only.
let arguments = withoutArrows(withDemoScene(Array(CommandLine.arguments.dropFirst())))

/// The arrow of `meshtop can A -> B` would be taken for an option.
func withoutArrows(_ arguments: [String]) -> [String] {
    arguments.contains("can") ? arguments.filter { $0 != "->" && $0 != "→" } : arguments
}

func withDemoScene(_ arguments: [String]) -> [String] {
    let scenes = DemoScene.allCases.map(\.rawValue)
    return arguments.enumerated().map { place, argument in
        guard argument == "--demo" else { return argument }
        let isNamed = place + 1 < arguments.count && scenes.contains(arguments[place + 1])
        return isNamed ? argument : "--demo=storefront"
    }
}

/// Ends at once: exit handlers of libraries would run beside threads that still use them.
func leave(_ code: Int32) -> Never { _exit(code) }

do {
    try RepeatedOptions.check(arguments)
    var command = try MeshTopCommand.parseAsRoot(arguments)
    // Every command has the shared options as a group of its own.
    let groups = Mirror(reflecting: command).children.map(\.value)
    if let global = groups.lazy.compactMap({ $0 as? OptionGroup<GlobalOptions> }).first {
        try global.wrappedValue.startLog()
    }
    try command.run()
} catch let error as MeshTopError {
    ActivityLog.note(.error, "\(error)")
    printError("meshtop: \(error)")
    leave(error.exitCode)
} catch let end as EndedBySignal {
    leave(128 + end.number)
} catch let code as ExitCode {
    // A verdict that was printed.
    leave(code.rawValue)
} catch {
    let code = MeshTopCommand.exitCode(for: error)
    if code == .success {
        _ = Files.writeAll(Array((MeshTopCommand.fullMessage(for: error) + "\n").utf8), to: 1)
        leave(0)
    }
    let message = MeshTopCommand.message(for: error).split(separator: "\n").joined(separator: " ")
    printError("meshtop: \(message.isEmpty ? "\(error)" : message); see 'meshtop --help'")
    leave(2)
}
leave(0)
