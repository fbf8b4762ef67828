// Runs asynchronous work to its end from a synchronous main, which must own the main thread (reference/swift.md).

internal import CLinux
internal import ClusterData

/// Waits for `body` on another thread's executor; signals keep their default actions meanwhile.
func runBlocking<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) throws -> Result {
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
    var descriptor = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
    while true {
        poll(&descriptor, 1, -1)
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
