// A connection that libcurl opens (TLS, proxy, certificates and all) and then hands over as a plain byte stream.

package import Base
internal import CCurl
internal import CLinux

/// Blocking; used on a thread of its own only.
package final class RawConnection {
    private let handle: UnsafeMutableRawPointer
    private let connectTo: UnsafeMutablePointer<curl_slist>?
    private let deadline: Timestamp
    private var socket: Int32 = -1

    package init(url: String, connection: ConnectionSettings, deadline: Timestamp) throws(MeshTopError) {
        guard let handle = curl_easy_init() else {
            throw MeshTopError(.network, "cannot connect", why: "out of memory")
        }
        self.handle = handle
        self.deadline = deadline
        connectTo = CurlConnection.apply(connection, url: url, to: handle)
        _ = mt_setopt_long(handle, CURLOPT_CONNECT_ONLY, 1)
        _ = mt_setopt_long(handle, CURLOPT_NOSIGNAL, 1)
        _ = mt_setopt_long(handle, CURLOPT_SSL_ENABLE_ALPN, 0)  // a WebSocket needs HTTP/1.1
        _ = mt_setopt_long(handle, CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(clamping: (deadline - .now()) * 1000)))
        let status = curl_easy_perform(handle)
        guard status == CURLE_OK else {
            throw MeshTopError(
                .network, "cannot reach \(URLParts(url)?.origin ?? url)",
                why: String(cString: curl_easy_strerror(status)))
        }
        var number = 0
        _ = mt_getinfo_long(handle, CURLINFO_LASTSOCKET, &number)
        socket = Int32(truncatingIfNeeded: number)
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(connectTo)
    }

    package func send(_ bytes: [UInt8]) throws(MeshTopError) {
        var offset = 0
        while offset < bytes.count {
            var sent = 0
            let status = bytes[offset...].withUnsafeBytes { curl_easy_send(handle, $0.baseAddress, $0.count, &sent) }
            if status == CURLE_AGAIN {
                try wait(for: Int16(POLLOUT))
            } else if status != CURLE_OK {
                throw MeshTopError(.network, "sending", why: String(cString: curl_easy_strerror(status)))
            }
            offset += sent
        }
    }

    /// The next bytes; empty when the peer closed.
    package func receive() throws(MeshTopError) -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            var received = 0
            let status = chunk.withUnsafeMutableBytes { curl_easy_recv(handle, $0.baseAddress, $0.count, &received) }
            switch status {
            case CURLE_OK: return Array(chunk[0..<received])
            case CURLE_AGAIN: try wait(for: Int16(POLLIN))
            case CURLE_GOT_NOTHING: return []
            default: throw MeshTopError(.network, "receiving", why: String(cString: curl_easy_strerror(status)))
            }
        }
    }

    private func wait(for events: Int16) throws(MeshTopError) {
        let left = deadline - .now()
        var descriptor = pollfd(fd: socket, events: events, revents: 0)
        guard left > 0, poll(&descriptor, 1, Int32(clamping: left * 1000)) > 0 else {
            throw MeshTopError(.network, "waiting for the server", why: "no answer in time")
        }
    }
}
