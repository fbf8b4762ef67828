// The built program, run as a person runs it.

import Base
import TestSupport

enum Program {
    /// Runs `meshtop` with a home of its own, so that no configuration of this machine is read or written.
    static func run(
        _ arguments: [String], home: TemporaryFolder, environment: [String: String] = [:], input: String = "",
        timeoutSeconds: Double = 120
    ) async throws -> ToolResult {
        try await Tool.run(
            Tool.meshtop, arguments, environment: self.environment(home).merging(environment) { $1 }, input: input,
            timeoutSeconds: timeoutSeconds)
    }

    /// A check compares errors over a window of metrics: the shortest, so that it ends soon.
    static let shortWindow = "window: 15\nrefresh: 1\n"

    static func environment(_ home: TemporaryFolder) -> [String: String] {
        [
            "HOME": home.path, "XDG_CONFIG_HOME": "\(home.path)/config", "XDG_STATE_HOME": "\(home.path)/state",
            "KUBECONFIG": "\(home.path)/kubeconfig", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "NO_COLOR": "",
        ]
    }

    /// What `meshtop snapshot -o json` says of a demo mesh.
    static func snapshot(_ demo: Demo, _ arguments: [String] = []) async throws -> JSONValue {
        let result = try await run(
            ["snapshot", "-o", "json", "--kubeconfig", demo.kubeconfigFile] + arguments, home: demo.folder)
        guard result.code == 0 else { throw MeshTopError(.environment, "meshtop snapshot", why: result.errors) }
        return try JSONValue(parsing: result.output)
    }
}
