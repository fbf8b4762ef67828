// Programs that tests use beside ours: kubectl, openssl, tmux, and the built meshtop itself.

package import Base
internal import CLinux

package struct ToolResult: Sendable {
    package var code: Int32
    package var output: String
    package var errors: String
}

package enum Tool {
    /// Servers live in folders that are not on every user's PATH.
    package static func path(_ command: String) -> String {
        if command.contains("/") { return command }
        let folders =
            (environmentVariable("PATH") ?? "").split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        for folder in folders where Files.isExecutable("\(folder)/\(command)") { return "\(folder)/\(command)" }
        return command
    }

    /// The program as built beside the test bundle.
    package static let meshtop: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(decoding: buffer[0..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "/" + path.split(separator: "/").dropLast().joined(separator: "/") + "/meshtop"
    }()

    /// A Python that has RE2: the one that `make test` makes, or the system's; nil without.
    package static func pythonWithRE2() async throws -> String? {
        let clone = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        for python in ["\(clone)/.build/re2/bin/python3", path("python3")] where Files.isExecutable(python) {
            if try await run(python, ["-c", "import re2"]).code == 0 { return python }
        }
        return nil
    }

    package static var environment: [String: String] { Subprocess.currentEnvironment() }

    package static func run(
        _ command: String, _ arguments: [String], environment: [String: String] = [:], input: String = "",
        timeoutSeconds: Double = 120
    ) async throws -> ToolResult {
        let result = try await Subprocess.run(
            path(command), arguments, environment: environment, input: Array(input.utf8), timeoutSeconds: timeoutSeconds
        )
        return ToolResult(
            code: result.exitCode, output: String(decoding: result.output, as: UTF8.self),
            errors: String(decoding: result.errorOutput, as: UTF8.self))
    }

    private static let given = Lock<Set<Int>>([])

    /// A port on loopback that nobody listens on now. It is below those that the system gives to connections and to
    /// whoever asks for any port, and it is given once: until it is used nobody else takes it.
    package static func freePort() throws(MeshTopError) -> Int {
        for _ in 0..<1000 {
            let port = Int.random(in: 20_000..<32_000)
            guard given.withLock({ $0.insert(port).inserted }), isFree(port) else { continue }
            return port
        }
        throw MeshTopError(.environment, "no free port", why: "a thousand were tried")
    }

    private static func isFree(_ port: Int) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// Asks until the answer is there; nil when it never came. A machine that stood still meanwhile, as a virtual one may, has
/// not waited: no look counts for more than two seconds.
package func eventually<Value: Sendable>(
    within seconds: Double = 60, every pause: Double = 0.05, _ body: @Sendable () async throws -> Value?
) async throws -> Value? {
    var left = seconds
    while true {
        let began = Timestamp.now()
        if let value = try await body() { return value }
        guard left > 0 else { return nil }
        try await SystemClock().sleep(seconds: pause)
        left -= min(2, Timestamp.now() - began)
    }
}
