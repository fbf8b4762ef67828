// A proxy on loopback that does to an API server's answers what networks and servers do: delay, cut, corrupt, refuse.

package import Base
internal import CLinux

/// What happens to an answer.
package enum Fault: Sendable {
    /// Answered here, the server never asked.
    case answer(Int, headers: [String: String] = [:], body: String = "", type: String = "application/json")
    /// Answered here with a status and a JSON body that are made of the request's bytes.
    case reply(@Sendable ([UInt8]) -> (Int, String))
    case delay(seconds: Double)
    /// Held back until the test says so; the request has not reached the server before.
    case hold(until: @Sendable () -> Bool)
    /// The connection ends after so many bytes: in order, or with a reset.
    case cut(afterBytes: Int)
    case reset(afterBytes: Int)
    /// One byte in so many is another one.
    case corrupt(every: Int)
    /// The head arrives, then nothing for so long.
    case stall(seconds: Double)
    /// Taken and never answered.
    case silence(seconds: Double)
    /// Events twice, or each pair of them the wrong way round.
    case duplicateEvents
    case swapEvents
    /// Every piece a while after the one before.
    case drip(seconds: Double)
}

package final class FaultProxy: Sendable {
    private struct Rule: Sendable {
        var matches: @Sendable (String) -> Bool
        var fault: Fault
        var left: Int
    }
    private struct State: Sendable {
        var rules: [Rule] = []
        var open: Set<Int32> = []
        var isDown = false
        var isFrozen = false
        /// Connections that lead nowhere any more.
        var vanished: Set<Int32> = []
        var isStopped = false
        /// Connections that were taken, and those that were turned away.
        var taken = 0
        var refused = 0
    }

    package let port: Int
    private let upstream: Int
    private let listener: Int32
    private let state = Lock(State())

    package init(to upstream: Int) throws(MeshTopError) {
        self.upstream = upstream
        (listener, port) = try Sockets.listen()
        let acceptor = Acceptor(proxy: self, listener: listener)
        precondition(Threads.start { acceptor.run() }, "no thread for a proxy")
    }

    deinit { stop() }

    /// Once only: afterwards the listener's number may be another socket's.
    package func stop() {
        let isFirst = state.withLock { state in
            defer { state.isStopped = true }
            return !state.isStopped
        }
        guard isFirst else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        dropConnections()
    }

    /// The next `times` requests whose "METHOD path?query" fits get the fault.
    package func add(_ fault: Fault, times: Int = 1, where matches: @escaping @Sendable (String) -> Bool) {
        state.withLock { $0.rules.append(Rule(matches: matches, fault: fault, left: times)) }
    }

    package func clear() { state.withLock { $0.rules = [] } }
    /// How many connections were taken so far, and how many were turned away: signs that somebody tries.
    package var taken: Int { state.withLock { $0.taken } }
    package var refused: Int { state.withLock { $0.refused } }
    package var faultsLeft: Int { state.withLock { $0.rules.reduce(0) { $0 + $1.left } } }

    /// Ends every connection, as a restart of the server does.
    package func dropConnections() {
        // Under the lock, so that none of them is closed and its number given to another meanwhile.
        state.withLock { for socket in $0.open { Sockets.reset(socket) } }
    }

    /// New connections are closed at once, as on a server that is being started.
    package func setDown(_ down: Bool) { state.withLock { $0.isDown = down } }
    /// Nothing passes any more, though nothing is closed: a path that lost its far end.
    package func setFrozen(_ frozen: Bool) { state.withLock { $0.isFrozen = frozen } }

    /// The peer of the connections of now is gone without a word: nothing passes, and nothing that the client sends is
    /// acknowledged. New connections work.
    package func vanish() {
        state.withLock { state in
            state.vanished = state.open
            for socket in state.open { Sockets.dropEverything(socket) }
        }
    }

    private final class Acceptor: Sendable {
        // Unowned would outlive the proxy by a moment: the accept loop ends when the proxy closes the listener.
        let handle: @Sendable (Int32) -> Void
        let listener: Int32

        init(proxy: FaultProxy, listener: Int32) {
            self.listener = listener
            weak let weakProxy = proxy
            handle = { socket in
                if let proxy = weakProxy { proxy.serve(socket) } else { close(socket) }
            }
        }

        func run() {
            while true {
                let socket = accept(listener, nil, nil)
                if socket < 0 {
                    if mt_errno() == EINTR { continue }
                    break
                }
                let handle = handle
                if !Threads.start({ handle(socket) }) { close(socket) }
            }
            close(listener)
        }
    }

    // MARK: One connection

    private func serve(_ socket: Int32) {
        defer {
            state.withLock { state in
                state.open.remove(socket)
                state.vanished.remove(socket)
            }
            close(socket)
        }
        let isDown = state.withLock { state in
            if state.isDown { state.refused += 1 } else { state.taken += 1 }
            if !state.isDown { state.open.insert(socket) }
            return state.isDown
        }
        guard !isDown else { return Sockets.reset(socket) }
        guard let (whole, request) = Sockets.readRequest(socket) else { return }
        let line = Self.withoutUser(whole)
        let fault = state.withLock { state -> Fault? in
            guard let place = state.rules.firstIndex(where: { $0.left > 0 && $0.matches(line) }) else { return nil }
            state.rules[place].left -= 1
            return state.rules[place].fault
        }
        waitWhileFrozen(socket)
        switch fault {
        case .answer(let status, let headers, let body, let type):
            Self.answer(socket, status, headers, body, type)
        case .reply(let make):
            let (status, body) = make(request)
            Self.answer(socket, status, [:], body, "application/json")
        case .silence(let seconds): Sockets.pause(seconds, unless: socket)
        case .delay(let seconds):
            Sockets.pause(seconds, unless: socket)
            forward(request, socket, nil)
        case .hold(let isOver):
            while !isOver(), !state.withLock({ $0.isStopped }) {
                if Sockets.isClosed(socket) { return }
                Sockets.rest()
            }
            forward(request, socket, nil)
        default: forward(request, socket, fault)
        }
    }

    private static func answer(
        _ socket: Int32, _ status: Int, _ headers: [String: String], _ body: String, _ type: String
    ) {
        let more = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
        let head =
            "HTTP/1.1 \(status) Fault\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\(more)Connection: close\r\n\r\n"
        _ = Files.writeAll(Array((head + body).utf8), to: socket)
    }

    private func waitWhileFrozen(_ socket: Int32) {
        while state.withLock({ ($0.isFrozen || $0.vanished.contains(socket)) && !$0.isStopped }) {
            // The other side may give up.
            if Sockets.isClosed(socket) { return }
            usleep(50_000)
        }
    }

    /// The demo mesh knows its users by the first part of their addresses, which no rule is about.
    private static func withoutUser(_ line: String) -> String {
        guard let start = line.firstRange(of: " /as-") else { return line }
        let rest = line[start.upperBound...]
        return line[..<start.lowerBound] + " " + (rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/")
    }

    /// Both ways, for as long as both like: a connection that became a WebSocket.
    private func relay(_ client: Int32, _ server: Int32) {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while !state.withLock({ $0.isStopped }) {
            for (from, to) in Sockets.readable(client, server) {
                let count = chunk.withUnsafeMutableBytes { read(from, $0.baseAddress, $0.count) }
                guard count > 0 else { return }
                waitWhileFrozen(client)
                guard Files.writeAll(Array(chunk[0..<count]), to: to) else { return }
            }
        }
    }

    private func forward(_ request: [UInt8], _ client: Int32, _ fault: Fault?) {
        let server = Sockets.connect(upstream)
        guard server >= 0 else { return Sockets.reset(client) }
        defer { close(server) }
        guard Files.writeAll(request, to: server) else { return }
        if Sockets.isUpgrade(request) { return relay(client, server) }
        var shaper = AnswerShaper(fault)
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while Sockets.isReadable(server, unlessClosed: client) {
            let count = chunk.withUnsafeMutableBytes { read(server, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            waitWhileFrozen(client)
            let step = shaper.take(Array(chunk[0..<count]))
            if step.pauseSeconds > 0 { Sockets.pause(step.pauseSeconds, unless: client) }
            guard Files.writeAll(step.bytes, to: client) else { return }
            switch step.ending {
            case .none: break
            case .close: return
            case .reset: return Sockets.reset(client)
            }
        }
        _ = Files.writeAll(shaper.rest(), to: client)
    }
}

/// Turns what a server sends into what a client gets, by one fault.
struct AnswerShaper {
    enum Ending { case none, close, reset }

    private let fault: Fault?
    private var passed = 0
    private var head: [UInt8] = []
    private var isHeadDone = false
    private var held: [UInt8] = []
    private var partial: [UInt8] = []
    private var hasStalled = false

    init(_ fault: Fault?) { self.fault = fault }

    mutating func take(_ bytes: [UInt8]) -> (bytes: [UInt8], pauseSeconds: Double, ending: Ending) {
        switch fault {
        case .cut(let limit), .reset(let limit):
            let room = max(0, limit - passed)
            passed += bytes.count
            guard bytes.count >= room else { return (bytes, 0, .none) }
            if case .reset = fault { return (Array(bytes.prefix(room)), 0, .reset) }
            return (Array(bytes.prefix(room)), 0, .close)
        case .corrupt(let every):
            var bytes = bytes
            for index in bytes.indices where isBody(index, bytes) && (passed + index) % every == every - 1 {
                bytes[index] ^= 0x15
            }
            passed += bytes.count
            return (bytes, 0, .none)
        case .stall(let seconds):
            let pause = hasStalled ? 0 : seconds
            hasStalled = true
            return (bytes, pause, .none)
        case .drip(let seconds): return (bytes, seconds, .none)
        case .duplicateEvents, .swapEvents: return (events(bytes), 0, .none)
        default: return (bytes, 0, .none)
        }
    }

    /// Bytes of the head are left alone.
    private mutating func isBody(_ index: Int, _ bytes: [UInt8]) -> Bool {
        if isHeadDone { return true }
        head.append(bytes[index])
        isHeadDone = head.suffix(4) == [13, 10, 13, 10]
        return false
    }

    /// Whole chunks of a chunked answer: each is an event.
    private mutating func events(_ bytes: [UInt8]) -> [UInt8] {
        partial += bytes
        var out: [UInt8] = []
        if !isHeadDone {
            guard let end = Sockets.headEnd(partial) else { return [] }
            out += partial[..<end]
            partial.removeFirst(end)
            isHeadDone = true
        }
        while let line = partial.firstIndex(of: 10) {
            let text = String(decoding: partial[..<line].filter { $0 != 13 }, as: UTF8.self)
            guard let size = Int(text, radix: 16), partial.count >= line + 1 + size + 2 else { break }
            let chunk = Array(partial[..<(line + 1 + size + 2)])
            partial.removeFirst(chunk.count)
            if case .duplicateEvents = fault {
                out += chunk + (size > 0 ? chunk : [])
            } else if held.isEmpty, size > 0 {
                held = chunk
            } else {
                out += chunk + held
                held = []
            }
        }
        return out
    }

    mutating func rest() -> [UInt8] { held + partial }
}
