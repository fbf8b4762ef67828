// The program with all that `make install` puts beside it, in a folder of its own.

import Base
import TestSupport

/// Once for all tests: it is only read.
final class Installation: Sendable {
    static let shared = Result { try Installation() }

    let folder: TemporaryFolder
    var prefix: String { "\(folder.path)/usr/local" }

    private init() throws {
        folder = try TemporaryFolder()
        let result = try Subprocess.runBlocking(
            "\(Readme.clone)/Scripts/install.sh", [Tool.meshtop, folder.path, "/usr/local"],
            environment: [:], input: [], timeoutSeconds: 120)
        guard result.exitCode == 0 else {
            throw MeshTopError(.environment, "install.sh", why: String(decoding: result.errorOutput, as: UTF8.self))
        }
    }

    /// Its programs before all others.
    func environment(_ home: TemporaryFolder) -> [String: String] {
        Program.environment(home).merging(["PATH": "\(prefix)/bin:\(environmentVariable("PATH") ?? "/usr/bin:/bin")"]) {
            $1
        }
    }
}

/// The command tree, as the program itself gives it.
struct CommandTree {
    struct Command {
        var name: String
        /// As they are typed: `--namespace`, `-n`.
        var options: [String]
    }

    var root: Command
    var commands: [Command]

    init() async throws {
        let dump = try await Tool.run(Tool.meshtop, ["--experimental-dump-help"])
        let value = try JSONValue(parsing: dump.output)["command"] ?? [:]
        root = Self.command(value)
        commands = value.list("subcommands").filter { $0["shouldDisplay"] == true && $0["commandName"] != "help" }
            .map(Self.command)
    }

    private static func command(_ value: JSONValue) -> Command {
        let names = value.list("arguments").filter { $0["shouldDisplay"] == true }.flatMap { $0.list("names") }
        return Command(
            name: value.text("commandName") ?? "",
            options: names.map { ($0["kind"] == "short" ? "-" : "--") + ($0.text("name") ?? "") })
    }
}
