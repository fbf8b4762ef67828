// What the program did, for the file of --log-file: requests, sources, verbs and errors, a line each. Never credentials,
// bodies or values of Secrets.

internal import Base
package import Logging

/// The one log of this program; without --log-file nothing is kept. It is shared because the network's thread, the
/// engine and the commands write it alike.
package enum ActivityLog {
    private static let logger = Lock(Logger(label: "meshtop") { _ in SwiftLogNoOpLogHandler() })

    package static func start(_ handler: some LogHandler) {
        let made = Logger(label: "meshtop") { _ in handler }
        logger.withLock { $0 = made }
    }

    package enum Level: String, Sendable { case debug, info, warning, error }

    package static func note(_ level: Level, _ text: @autoclosure () -> String) { note(level, text: text) }

    private static func note(_ level: Level, text: () -> String) {
        let logger = logger.withLock { $0 }
        let level: Logger.Level =
            switch level {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        guard logger.logLevel <= level else { return }
        logger.log(level: level, "\(text())")
    }

    /// A request that has ended, or a stream that was opened.
    package static func note(_ call: APICall, ended: Bool) {
        // A watch that was let go is no trouble.
        let isBad = call.error.map { $0 != "cancelled" } ?? false || (call.status ?? 0) >= 400
        note(
            ended ? (isBad ? .warning : .info) : .debug,
            text: {
                var text = "request \(call.method) \(call.isKubernetes ? "" : call.server)\(path(call))"
                text += " \(call.status.map(String.init) ?? "no answer")"
                if let seconds = call.seconds { text += " \(Int(clamping: (seconds * 1000).rounded())) ms" }
                text += ended ? " \(call.bytes) bytes" : " answered"
                return call.error.map { "\(text): \($0)" } ?? text
            })
    }

    /// Without the words of a query that may be credentials. The prefix of the server's address, which may be one too,
    /// is no part of a call's path.
    private static func path(_ call: APICall) -> String {
        let parts = call.path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return call.path }
        let query = parts[1].split(separator: "&").map { word -> String in
            let name = word.prefix { $0 != "=" }
            let isSecret = ["token", "secret", "password", "key", "auth", "continue", "signature"].contains {
                name.lowercased().contains($0)
            }
            return isSecret ? "\(name)=***" : String(word)
        }
        return "\(parts[0])?\(query.joined(separator: "&"))"
    }
}
