// GET requests to a sidecar's admin page, through a WebSocket port-forward of the API server to port 15000.
// The sub-protocol is v4.channel.k8s.io: the first byte of each message is the channel (0 data, 1 error), and the first
// message on each channel repeats the port.
// https://github.com/kubernetes/kubernetes/blob/v1.32.0/staging/src/k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go

internal import Base
package import Kube

package enum EnvoyAdmin {
    private static let port = 15000

    /// The body of an admin page; the page listens on the pod's loopback only, hence the port-forward.
    package static func get(
        _ path: String, pod: ObjectKey, client: KubeClient, timeoutSeconds: Double = 5
    ) async throws -> [UInt8] {
        let (connection, credentials) = try await client.authorised()
        let target =
            client.access.server
            + "/api/v1/namespaces/\(percentEncoded(pod.namespace))/pods/\(percentEncoded(pod.name))/portforward?ports=\(port)"
        return try await Subprocess.onThread {
            let deadline = Timestamp.now() + timeoutSeconds
            let raw = try RawConnection(url: target, connection: connection, deadline: deadline)
            var forward = PortForward(raw: raw)
            try forward.open(url: target, headers: credentials)
            try forward.send(Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8))
            return try forward.receiveBody()
        }
    }
}

/// Where the body begins: after the first empty line.
private func headEnd(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    for index in 3..<bytes.count
    where bytes[index] == 10 && bytes[index - 1] == 13 && bytes[index - 2] == 10 && bytes[index - 3] == 13 {
        return index + 1
    }
    return nil
}

/// One forwarded TCP stream.
private struct PortForward {
    let raw: RawConnection
    var decoder = WebSocketFrames.Decoder()
    var early: [UInt8] = []
    var portSeen: Set<UInt8> = []

    init(raw: RawConnection) { self.raw = raw }

    mutating func open(url: String, headers: [(name: String, value: String)]) throws(MeshTopError) {
        guard let parts = URLParts(url) else { throw MeshTopError(.usage, url, why: "not a URL") }
        var lines = [
            "GET \(parts.rest) HTTP/1.1", "Host: \(parts.hostForCurl):\(parts.port)", "Connection: Upgrade",
            "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: bWVzaHRvcC1tZXNodG9wIQ==",
            "Sec-WebSocket-Protocol: v4.channel.k8s.io",
        ]
        lines += headers.map { "\($0.name): \($0.value)" }
        try raw.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
        var head: [UInt8] = []
        var end: Int?
        while end == nil {
            let bytes = try raw.receive()
            guard !bytes.isEmpty, head.count < 64 << 10 else {
                throw MeshTopError(
                    .network, "port-forward",
                    why: bytes.isEmpty ? "the server closed the connection" : "the server's answer has no end")
            }
            head += bytes
            end = headEnd(head)
        }
        let text = String(decoding: head[..<(end ?? head.count)], as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 101") else {
            let body = Array(head[(end ?? head.count)...])
            let status = Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0
            var refusal = StatusError(status: status, body: body)
            // Its body may not be whole yet: what looks like no Status may be the beginning of one.
            refusal.isFromBetween = false
            refusal.path = "Envoy's admin page through \(String(parts.rest.prefix { $0 != "?" }))"
            throw refusal.error(server: parts.origin)
        }
        early = Array(head[(end ?? head.count)...])
    }

    func send(_ bytes: [UInt8]) throws(MeshTopError) {
        var generator = SystemRandomNumberGenerator()
        let mask = (0..<4).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try raw.send(WebSocketFrames.client([0] + bytes, mask: mask))
    }

    /// Reads until the forwarded HTTP answer is whole.
    mutating func receiveBody() throws(MeshTopError) -> [UInt8] {
        var answer = ForwardedAnswer(limit: Self.mostBytes)
        var pending = early
        while true {
            var closed = false
            for message in try decoder.feed(pending) {
                switch message {
                case .close: closed = true
                case .ping: break  // one short exchange: the server does not wait for a pong
                case .data(let payload):
                    guard let channel = payload.first else { continue }
                    // The first message on each channel repeats the port.
                    guard portSeen.contains(channel) else {
                        portSeen.insert(channel)
                        continue
                    }
                    if channel == 1 {
                        throw MeshTopError(
                            .network, "port-forward",
                            why: SafeText.line(String(decoding: payload.dropFirst().prefix(400), as: UTF8.self)))
                    }
                    if channel == 0 { try answer.feed(payload.dropFirst()) }
                }
            }
            if answer.isWhole { return answer.body }
            if !closed {
                pending = try raw.receive()
                if !pending.isEmpty { continue }
            }
            if let body = answer.bodyAtEnd() { return body }
            throw MeshTopError(.network, "port-forward", why: "the stream ended early")
        }
    }

    /// What one admin page may have: that of a proxy that knows a thousand services of ten pods each. Several are read
    /// at a time.
    private static let mostBytes = 16 << 20
}
