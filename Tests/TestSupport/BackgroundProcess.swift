// Another program beside a test: a Prometheus, an nginx, a kubectl that watches. Ended with the value that holds it.

package import Base
internal import CLinux

package final class BackgroundProcess: Sendable {
    package let process: Int32
    private let outcome = Lock<Int32?>(nil)

    /// Both outputs go to `log`, a file. The program is looked up on PATH and in the folders of servers.
    package init(_ command: String, _ arguments: [String], log: String, environment: [String: String] = [:])
        throws(MeshTopError)
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // A server that inherits another test's sockets keeps their ports.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        let program = Tool.path(command)
        var argumentPointers = ([program] + arguments).map { strdup($0) } + [nil]
        var merged = Tool.environment
        merged.merge(environment) { $1 }
        var environmentPointers = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argumentPointers + environmentPointers).forEach { free($0) } }
        var started = pid_t()
        let status = posix_spawnp(&started, program, &actions, nil, &argumentPointers, &environmentPointers)
        guard status == 0 else {
            throw MeshTopError(.environment, "cannot run \(command)", why: String(cString: strerror(status)))
        }
        process = started
        Self.register(started)
    }

    /// Suites keep servers in statics, which are never deinitialised: what still runs is ended with the test run.
    private static let running = Lock<Set<Int32>>([])
    private static let exitHandler: Void = {
        atexit { BackgroundProcess.running.withLock { $0 }.forEach { kill($0, SIGKILL) } }
    }()

    private static func register(_ process: Int32) {
        _ = exitHandler
        running.withLock { _ = $0.insert(process) }
    }

    private func ended(_ code: Int32) -> Int32 {
        outcome.withLock { $0 = code }
        let process = process
        Self.running.withLock { _ = $0.remove(process) }
        return code
    }

    deinit { stop() }

    package func signal(_ number: Int32) { kill(process, number) }

    /// Ends the program and waits for it; gives its exit code, or 128 + the signal.
    @discardableResult
    package func stop() -> Int32 {
        if let ended = outcome.withLock({ $0 }) { return ended }
        kill(process, SIGTERM)
        for _ in 0..<100 {
            if let code = poll() { return code }
            usleep(20_000)
        }
        kill(process, SIGKILL)
        var code: Int32 = 0
        while waitpid(process, &code, 0) < 0, mt_errno() == EINTR {}
        return ended(128 + SIGKILL)
    }

    /// The exit code when it has ended by itself.
    package func poll() -> Int32? {
        if let ended = outcome.withLock({ $0 }) { return ended }
        var code: Int32 = 0
        guard waitpid(process, &code, WNOHANG) == process else { return nil }
        return ended(code & 0x7F == 0 ? (code >> 8) & 0xFF : 128 + (code & 0x7F))
    }
}
