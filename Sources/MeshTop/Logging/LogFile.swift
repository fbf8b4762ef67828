// The file of --log-file: one line an entry, mode 0600, turned over by its size.

internal import Base
internal import CLinux
internal import Logging

/// Lines appended to a file. What cannot be written later, because a disk is full, is left out: a log is never a reason
/// to stop.
final class LogFile: Sendable {
    private struct State {
        var descriptor: Int32
        var bytes: Int
    }

    /// Two old ones of this size are kept.
    static let standardLimit = 10 << 20
    private static let kept = 2
    private let path: String
    private let limit: Int
    private let state: Lock<State>

    init(_ path: String, limit: Int = standardLimit) throws(MeshTopError) {
        self.path = path
        self.limit = limit
        let opened = try Self.open(path)
        state = Lock(State(descriptor: opened.descriptor, bytes: opened.bytes))
    }

    deinit { state.withLock { _ = close($0.descriptor) } }

    private static func open(_ path: String) throws(MeshTopError) -> (descriptor: Int32, bytes: Int) {
        var status = stat()
        guard let descriptor = try PrivateFile.open(path, O_WRONLY | O_APPEND | O_CREAT, to: "write the log"),
            fstat(descriptor, &status) == 0
        else {
            throw MeshTopError(
                .environment, "cannot write the log \(SafeText.line(path, limit: 500))", why: "it cannot be made",
                advice: "name another file with --log-file")
        }
        // What stands in a log is for its owner.
        _ = fchmod(descriptor, 0o600)
        return (descriptor, Int(status.st_size))
    }

    func write(_ line: String) {
        let bytes = Array(line.utf8)
        state.withLock { state in
            if state.bytes > 0, state.bytes + bytes.count > limit { turnOver(&state) }
            if Files.writeAll(bytes, to: state.descriptor) { state.bytes += bytes.count }
        }
    }

    /// Where a new file cannot be opened, the old one goes on at its new name; the next try comes after as many bytes.
    private func turnOver(_ state: inout State) {
        for number in stride(from: Self.kept, to: 1, by: -1) { rename("\(path).\(number - 1)", "\(path).\(number)") }
        rename(path, "\(path).1")
        guard let fresh = try? Self.open(path) else {  // said nowhere: the log itself is what fails
            state.bytes = 0
            return
        }
        close(state.descriptor)
        (state.descriptor, state.bytes) = (fresh.descriptor, fresh.bytes)
    }
}

/// Entries of swift-log as lines: time, level, text.
struct LogFileHandler: LogHandler {
    let file: LogFile
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    init(_ file: LogFile, level: Logger.Level) {
        self.file = file
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let level = event.level.rawValue
        let padding = String(repeating: " ", count: max(0, 7 - level.count))
        let text = SafeText.line(event.message.description, limit: 2000)
        file.write("\(Timestamp.wall().rfc3339) \(level)\(padding) \(text)\n")
    }
}
