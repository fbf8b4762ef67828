// Runs asynchronous work to its end from a synchronous main, which must own the main thread (reference/swift.md).

internal import Base
internal import CLinux

/// Waits for `body` on another thread's executor. Signals keep their default actions meanwhile, except where `onSignal`
/// takes those that `Signals.block` has put off.
func runBlocking<Result: Sendable>(
    onSignal: ((Int32) -> Void)? = nil, _ body: @escaping @Sendable () async throws -> Result
) throws -> Result {
    let signals = Signals(isNeeded: onSignal != nil)
    let outcome = Lock<Swift.Result<Result, any Error>?>(nil)
    let wake = mt_eventfd()
    defer { close(wake) }
    Task.detached {
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        outcome.withLock { $0 = result }
        var one: UInt64 = 1
        _ = write(wake, &one, 8)
    }
    var descriptors = [
        pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    while true {
        poll(&descriptors, 2, -1)
        if descriptors[1].revents != 0 {
            for number in signals.take() where number != SIGWINCH { onSignal?(number) }
        }
        if let result = outcome.withLock({ $0 }) { return try result.get() }
    }
}

/// Text on standard output; a reader that went away ends the program quietly, as it does any filter.
func printOut(_ text: String) throws(MeshTopError) {
    guard !Files.writeAll(Array(text.utf8), to: 1) else { return }
    let number = mt_errno()
    if number == EPIPE { leave(128 + SIGPIPE) }
    throw MeshTopError(
        .environment, "standard output", why: String(cString: strerror(number)),
        advice: "redirect it to a file or a terminal with room")
}

/// One line on standard error.
func printError(_ text: String) {
    _ = Files.writeAll(Array((text + "\n").utf8), to: 2)
}
