// A server on loopback that says what a test tells it to, whatever a real one would never say.

package import Base
internal import CLinux

package final class CannedServer: Sendable {
    package struct Answer: Sendable {
        package var status: Int
        package var headers: [(name: String, value: String)]
        package var body: [UInt8]
        /// The connection stays open afterwards, as a watch does.
        package var staysOpen: Bool

        package init(
            _ status: Int = 200, _ body: [UInt8], type: String = "application/json",
            headers: [(name: String, value: String)] = [], staysOpen: Bool = false
        ) {
            self.status = status
            self.headers = [("Content-Type", type)] + headers
            self.body = body
            self.staysOpen = staysOpen
        }

        package init(_ status: Int = 200, _ value: JSONValue, headers: [(name: String, value: String)] = []) {
            self.init(status, Array(value.compactText.utf8), headers: headers)
        }
    }

    package let port: Int
    package var url: String { "http://127.0.0.1:\(port)" }
    private let listener: Int32
    private let answer: @Sendable (String, [UInt8]) -> Answer

    /// `answer` is asked with "METHOD path?query".
    package convenience init(_ answer: @escaping @Sendable (String) -> Answer) throws(MeshTopError) {
        try self.init { line, _ in answer(line) }
    }

    /// `answer` is asked with "METHOD path?query" and the request's bytes.
    package init(_ answer: @escaping @Sendable (String, [UInt8]) -> Answer) throws(MeshTopError) {
        self.answer = answer
        (listener, port) = try Sockets.listen()
        let (listener, answer) = (listener, answer)
        // Threads, not tasks: a pool that is busy with other tests must not make a server silent.
        let started = Threads.start {
            while true {
                let socket = accept(listener, nil, nil)
                if socket >= 0 {
                    if !Threads.start({ Self.serve(socket, answer) }) { close(socket) }
                } else if mt_errno() != EINTR {
                    close(listener)
                    return
                }
            }
        }
        precondition(started, "no thread for a server")
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func serve(_ socket: Int32, _ answer: @Sendable (String, [UInt8]) -> Answer) {
        defer { close(socket) }
        guard let (line, bytes) = Sockets.readRequest(socket) else { return }
        let made = answer(line, bytes)
        var head = "HTTP/1.1 \(made.status) Canned\r\nConnection: close\r\n"
        for header in made.headers { head += "\(header.name): \(header.value)\r\n" }
        if !made.staysOpen { head += "Content-Length: \(made.body.count)\r\n" }
        guard Files.writeAll(Array((head + "\r\n").utf8) + made.body, to: socket) else { return }
        while made.staysOpen, !Sockets.isClosed(socket) { Sockets.pause(60, unless: socket) }
    }
}
