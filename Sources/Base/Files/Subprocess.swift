// Running another program with its output captured: exec credential plugins, an editor, kubectl in tests.

internal import CLinux

package struct SubprocessResult: Sendable {
    /// The exit code, or 128 + the signal that ended it.
    package var exitCode: Int32
    package var output: [UInt8]
    package var errorOutput: [UInt8]

    package init(exitCode: Int32, output: [UInt8] = [], errorOutput: [UInt8] = []) {
        self.exitCode = exitCode
        self.output = output
        self.errorOutput = errorOutput
    }
}

package enum Subprocess {
    /// Runs a program with standard input closed and both outputs captured; never touches the terminal.
    /// `command` is looked up on PATH unless it holds a slash. Ends the program after `timeoutSeconds`.
    package static func run(
        _ command: String, _ arguments: [String], environment: [String: String] = [:], input: [UInt8] = [],
        timeoutSeconds: Double = 60
    ) async throws -> SubprocessResult {
        try await onThread {
            try runBlocking(
                command, arguments, environment: environment, input: input, timeoutSeconds: timeoutSeconds)
        }
    }

    /// Runs blocking work on a thread of its own, so that the cooperative pool never waits for a process.
    package static func onThread<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let started = Threads.start { continuation.resume(with: Swift.Result(catching: body)) }
            if !started {
                continuation.resume(throwing: MeshTopError(.environment, "cannot start a thread", why: Files.reason()))
            }
        }
    }

    package static func runBlocking(
        _ command: String, _ arguments: [String], environment: [String: String], input: [UInt8],
        timeoutSeconds: Double
    ) throws(MeshTopError) -> SubprocessResult {
        let pipes = try (Pipe(), Pipe(), Pipe())
        let process = try spawn(command, arguments, environment, [pipes.0.reader, pipes.1.writer, pipes.2.writer])
        pipes.0.closeReader()
        pipes.1.closeWriter()
        pipes.2.closeWriter()
        _ = Files.writeAll(input, to: pipes.0.writer)
        pipes.0.closeWriter()
        let deadline = Timestamp.now() + timeoutSeconds
        let (output, errorOutput, timedOut) = collect(pipes.1.reader, pipes.2.reader, until: deadline)
        if timedOut { kill(process, SIGKILL) }
        let exitCode = wait(process)
        if timedOut {
            throw MeshTopError(
                .environment, "\(command) did not end", why: "no answer within \(Int(clamping: timeoutSeconds)) seconds"
            )
        }
        return SubprocessResult(exitCode: exitCode, output: output, errorOutput: errorOutput)
    }

    /// Runs a program that talks with the person at the terminal: standard input and standard error are the
    /// terminal's, standard output is captured. It may take ten minutes, as a login in a browser does.
    package static func runOnTerminal(
        _ command: String, _ arguments: [String], environment: [String: String]
    ) throws(MeshTopError) -> SubprocessResult {
        let pipe = try Pipe()
        // Its words are for the person, also when our own errors go to a file.
        let terminal = isatty(2) == 1 ? 2 : mt_open("/dev/tty", O_RDWR | O_CLOEXEC, 0)
        defer { if terminal > 2 { close(terminal) } }
        let process = try spawn(command, arguments, environment, [0, pipe.writer, terminal >= 0 ? terminal : 2])
        pipe.closeWriter()
        let (output, _, timedOut) = collect(pipe.reader, -1, until: .now() + 600)
        if timedOut { kill(process, SIGKILL) }
        let exitCode = wait(process)
        if timedOut { throw MeshTopError(.environment, "\(command) did not end", why: "no answer within 10 minutes") }
        return SubprocessResult(exitCode: exitCode, output: output, errorOutput: [])
    }

    /// Runs a program that has the whole terminal for itself, as an editor does, for as long as it likes; gives its exit
    /// code, or 128 and the signal that ended it. It stays in our process group, so that ctrl-z stops and `fg` resumes
    /// both. `started` is told its id, and 0 when it has ended.
    package static func runInForeground(
        _ command: String, _ arguments: [String], started: (Int32) -> Void = { _ in }
    ) throws(MeshTopError) -> Int32 {
        let process = try spawn(command, arguments, [:], [0, 1, 2])
        started(process)
        defer { started(0) }
        return wait(process)
    }

    /// Starts a program whose three standard streams are these.
    private static func spawn(
        _ command: String, _ arguments: [String], _ environment: [String: String], _ streams: [Int32]
    ) throws(MeshTopError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in streams.enumerated() where stream != Int32(number) {
            posix_spawn_file_actions_adddup2(&actions, stream, Int32(number))
        }
        // Connections to the cluster are no business of an exec plugin's or an editor's.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var argumentPointers = ([command] + arguments).map { strdup($0) } + [nil]
        var merged = currentEnvironment()
        merged.merge(environment) { $1 }
        var environmentPointers = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argumentPointers + environmentPointers).forEach { free($0) } }
        var process = pid_t()
        // The dashboard blocks signals to read them; a child starts with none blocked.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // Nor with those ignored that we ignore: an ignored signal stays ignored in the new program.
        var standard = sigset_t()
        sigemptyset(&standard)
        for signal in [SIGPIPE, SIGINT, SIGQUIT] { sigaddset(&standard, signal) }
        posix_spawnattr_setsigdefault(&attributes, &standard)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let status = posix_spawnp(&process, command, &actions, &attributes, &argumentPointers, &environmentPointers)
        guard status == 0 else {
            throw MeshTopError(.environment, "cannot run \(command)", why: String(cString: strerror(status)))
        }
        return process
    }

    /// The exit code of a program, or 128 and the signal that ended it.
    private static func wait(_ process: pid_t) -> Int32 {
        var code: Int32 = 0
        while waitpid(process, &code, 0) < 0, mt_errno() == EINTR {}
        return code & 0x7F == 0 ? (code >> 8) & 0xFF : 128 + (code & 0x7F)
    }

    private static func collect(
        _ first: Int32, _ second: Int32, until deadline: Timestamp
    ) -> ([UInt8], [UInt8], timedOut: Bool) {
        var collected: [[UInt8]] = [[], []]
        var open = [true, second >= 0]
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        while open[0] || open[1] {
            var descriptors = [
                pollfd(fd: open[0] ? first : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: open[1] ? second : -1, events: Int16(POLLIN), revents: 0),
            ]
            let left = deadline - Timestamp.now()
            guard left > 0 else { return (collected[0], collected[1], true) }
            poll(&descriptors, 2, Int32(clamping: min(left * 1000, 1000)))
            for index in 0..<2 where open[index] && descriptors[index].revents != 0 {
                let count = chunk.withUnsafeMutableBytes { read(descriptors[index].fd, $0.baseAddress, $0.count) }
                if count > 0, collected[index].count < 16 << 20 {
                    collected[index] += chunk[0..<count]
                } else if count <= 0 {
                    open[index] = false
                }
            }
        }
        return (collected[0], collected[1], false)
    }

    /// The variables of this process.
    package static func currentEnvironment() -> [String: String] {
        var result: [String: String] = [:]
        var pointer = mt_environ()
        while let entry = pointer?.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                result[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            pointer = pointer?.advanced(by: 1)
        }
        return result
    }
}

/// Both ends of a pipe; what is still open is closed with it.
private final class Pipe {
    private(set) var reader: Int32
    private(set) var writer: Int32

    init() throws(MeshTopError) {
        var ends: [Int32] = [0, 0]
        guard mt_pipe(&ends) == 0 else { throw MeshTopError(.environment, "cannot open a pipe", why: Files.reason()) }
        (reader, writer) = (ends[0], ends[1])
    }

    deinit {
        closeReader()
        closeWriter()
    }

    func closeReader() {
        if reader >= 0 { close(reader) }
        reader = -1
    }

    func closeWriter() {
        if writer >= 0 { close(writer) }
        writer = -1
    }
}
