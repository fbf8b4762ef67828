// The few socket calls that a proxy on loopback needs, blocking.

internal import Base
internal import CLinux

enum Sockets {
    /// POLLRDHUP, which the header hides without _GNU_SOURCE: https://man7.org/linux/man-pages/man2/poll.2.html
    private static let hangUp: Int16 = 0x2000

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    static func listen() throws(MeshTopError) -> (socket: Int32, port: Int) {
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(made, $0, length) == 0 && CLinux.listen(made, 128) == 0 && getsockname(made, $0, &length) == 0
            }
        }
        guard bound else { throw MeshTopError(.environment, "listen", why: "no port") }
        return (made, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// Negative when nobody listens.
    static func connect(_ port: Int) -> Int32 {
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = address(port)
        let done = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                CLinux.connect(made, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if done { return made }
        close(made)
        return -1
    }

    /// Ends a connection with a reset instead of in order.
    static func reset(_ socket: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        shutdown(socket, Int32(SHUT_RDWR))
    }

    static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (4...bytes.count).first { Array(bytes[($0 - 4)..<$0]) == [13, 10, 13, 10] }
    }

    /// A request's "METHOD path" and its bytes with `Connection: close`, so that its answer ends with the connection.
    static func readRequest(_ socket: Int32) -> (line: String, bytes: [UInt8])? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        func more() -> Bool {
            let count = chunk.withUnsafeMutableBytes { read(socket, $0.baseAddress, $0.count) }
            if count > 0 { bytes += chunk[0..<count] }
            return count > 0
        }
        var end = headEnd(bytes)
        while end == nil {
            guard more() else { return nil }
            end = headEnd(bytes)
        }
        guard let end else { return nil }
        var lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n").map(String.init)
        let length =
            lines.first { $0.lowercased().hasPrefix("content-length:") }.flatMap {
                Int($0.dropFirst(15).trimmingSpace())
            } ?? 0
        while bytes.count < end + length { guard more() else { return nil } }
        if !isUpgrade(bytes) {
            lines.removeAll { $0.lowercased().hasPrefix("connection:") }
            lines.append("Connection: close")
        }
        let line = lines[0].split(separator: " ").prefix(2).joined(separator: " ")
        return (line, Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + bytes[end...])
    }

    static func isUpgrade(_ request: [UInt8]) -> Bool {
        let head = request[..<(headEnd(request) ?? request.endIndex)]
        return String(decoding: head, as: UTF8.self).split(separator: "\r\n").contains {
            $0.lowercased().hasPrefix("upgrade:")
        }
    }

    /// Waits until one of them has something, a second at most; which, each with the other.
    static func readable(_ first: Int32, _ second: Int32) -> [(from: Int32, to: Int32)] {
        var descriptors = [
            pollfd(fd: first, events: Int16(POLLIN), revents: 0), pollfd(fd: second, events: Int16(POLLIN), revents: 0),
        ]
        poll(&descriptors, 2, 1000)
        var found: [(from: Int32, to: Int32)] = []
        if descriptors[0].revents != 0 { found.append((first, second)) }
        if descriptors[1].revents != 0 { found.append((second, first)) }
        return found
    }

    /// Waits until the server has something; false when the client has gone.
    static func isReadable(_ server: Int32, unlessClosed client: Int32) -> Bool {
        while true {
            var descriptors = [
                pollfd(fd: server, events: Int16(POLLIN), revents: 0), pollfd(fd: client, events: hangUp, revents: 0),
            ]
            poll(&descriptors, 2, 1000)
            if descriptors[0].revents != 0 { return true }
            if descriptors[1].revents != 0 { return false }
        }
    }

    /// What arrives at this socket is dropped before TCP sees it, so nothing is acknowledged any more: to the peer the
    /// host has vanished. A filter of one instruction, "keep 0 bytes" (man 7 socket, SO_ATTACH_FILTER).
    static func dropEverything(_ socket: Int32) {
        struct Instruction {
            var code: UInt16 = 0x06
            var jumps: UInt16 = 0
            var value: UInt32 = 0
        }
        struct Program {
            var length: UInt16
            var instructions: UnsafeMutablePointer<Instruction>
        }
        var instruction = Instruction()
        withUnsafeMutablePointer(to: &instruction) { pointer in
            var program = Program(length: 1, instructions: pointer)
            let status = setsockopt(
                socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, socklen_t(MemoryLayout<Program>.size))
            precondition(status == 0, "no filter on a socket: \(String(cString: strerror(mt_errno())))")
        }
    }

    /// The peer has gone.
    static func isClosed(_ peer: Int32) -> Bool {
        var descriptor = pollfd(fd: peer, events: hangUp, revents: 0)
        return poll(&descriptor, 1, 0) > 0 && descriptor.revents & (hangUp | Int16(POLLERR) | Int16(POLLHUP)) != 0
    }

    /// Waits, or less when the peer goes.
    static func pause(_ seconds: Double, unless peer: Int32) {
        var descriptor = pollfd(fd: peer, events: hangUp, revents: 0)
        poll(&descriptor, 1, Int32(clamping: seconds * 1000))
    }
}

extension Sockets {
    /// A short rest of a thread that waits for a test's word.
    static func rest() { usleep(20_000) }
}
