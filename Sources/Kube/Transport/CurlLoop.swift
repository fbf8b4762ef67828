// One thread that runs libcurl's multi interface for every connection of the program.

package import Base
internal import CCurl
internal import CLinux

/// The program's HTTP client: one event loop, HTTP/2 where offered, no thread per request. Other threads hand it
/// commands; only its own thread touches curl handles.
package final class CurlLoop: Sendable {
    package struct TransferID: Hashable, Sendable { fileprivate var number: UInt64 }

    private enum Command: Sendable {
        case start(TransferID, HTTPRequest, any TransferSink)
        case cancel(TransferID)
        case resume(TransferID)
        case restart(group: String, since: Moment)
        case stop
    }
    private struct Inbox {
        var commands: [Command] = []
        var nextNumber: UInt64 = 1
    }

    /// What was asked lately.
    package let calls = CallLog()
    private let inbox = Lock(Inbox())
    // The handle itself never changes; curl_multi_wakeup is the one call made on it from other threads.
    private nonisolated(unsafe) let multi: UnsafeMutableRawPointer?

    package init() {
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        multi = curl_multi_init()
        _ = mt_multi_setopt_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        let started = Threads.start {
            pthread_setname_np(pthread_self(), "meshtop-net")
            self.run()
        }
        precondition(started, "no thread for the network")
    }

    /// Ends the loop; transfers under way end with an error.
    package func stop() { post(.stop) }

    /// Starts a transfer.
    package func start(_ request: HTTPRequest, _ sink: any TransferSink) -> TransferID {
        let id = inbox.withLock { inbox in
            defer { inbox.nextNumber += 1 }
            return TransferID(number: inbox.nextNumber)
        }
        if let why = request.unsendable {
            sink.end(
                MeshTopError(.usage, "cannot send a request", why: why, advice: "mend the token or the name in it"))
            return id
        }
        sink.started(
            TransferControl(resume: { [self] in post(.resume(id)) }, cancel: { [self] in post(.cancel(id)) }))
        post(.start(id, request, sink))
        return id
    }

    package func cancel(_ id: TransferID) { post(.cancel(id)) }

    /// Ends every stream of a server that no longer answers, with an error, and opens new connections to it for a
    /// while: what is kept in libcurl's pool may lead nowhere. What something arrived on since is well.
    package func restartStreams(_ group: String, silentSince moment: Moment) {
        post(.restart(group: group, since: moment))
    }

    private func post(_ command: Command) {
        inbox.withLock { $0.commands.append(command) }
        curl_multi_wakeup(multi)
    }

    private func run() {
        var transfers: [TransferID: CurlTransfer] = [:]
        var byHandle: [UnsafeMutableRawPointer: TransferID] = [:]
        /// Servers to which connections are opened anew, until when.
        var fresh: [String: Timestamp] = [:]
        let connections = SharedConnections()
        func finish(_ id: TransferID, _ error: MeshTopError?) {
            guard let transfer = transfers.removeValue(forKey: id) else { return }
            curl_multi_remove_handle(multi, transfer.handle)
            byHandle[transfer.handle] = nil
            transfer.finish(error)
        }
        while true {
            let commands = inbox.withLock { inbox in
                defer { inbox.commands = [] }
                return inbox.commands
            }
            for command in commands {
                switch command {
                case .start(let id, let request, let sink):
                    guard let transfer = CurlTransfer(request, sink: sink, log: calls, connections: connections) else {
                        sink.end(MeshTopError(.network, "cannot send a request", why: "out of memory"))
                        continue
                    }
                    if let until = fresh[request.group] {
                        if until > .now() { transfer.useNewConnection() } else { fresh[request.group] = nil }
                    }
                    transfers[id] = transfer
                    byHandle[transfer.handle] = id
                    curl_multi_add_handle(multi, transfer.handle)
                case .cancel(let id):
                    finish(id, MeshTopError(.network, "request", why: "cancelled"))
                case .resume(let id): transfers[id]?.resume()
                case .restart(let group, let moment):
                    fresh[group] = .now() + 15
                    for (id, transfer) in transfers
                    where transfer.isStream && transfer.group == group && !transfer.hasHeard(since: moment) {
                        finish(id, MeshTopError(.network, "watch", why: "the server stopped answering"))
                    }
                case .stop:
                    for id in Array(transfers.keys) {
                        finish(id, MeshTopError(.network, "request", why: "MeshTop is ending"))
                    }
                    curl_multi_cleanup(multi)
                    return
                }
            }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            var left: Int32 = 0
            while let message = curl_multi_info_read(multi, &left) {
                guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                    let id = byHandle[handle], let transfer = transfers[id]
                else { continue }
                finish(id, transfer.error(for: message.pointee.data.result))
            }
            curl_multi_poll(multi, nil, 0, 1000, nil)
        }
    }
}

extension CurlLoop {
    /// Sends a request and gives the whole answer, whatever its status.
    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let started = Lock<TransferID?>(nil)
        let (head, body) = try await withTaskCancellationHandler {
            try Task.checkCancellation()
            return try await withCheckedThrowingContinuation { continuation in
                let id = start(request, CollectingSink(continuation))
                started.withLock { $0 = id }
            }
        } onCancel: {
            if let id = started.withLock({ $0 }) { cancel(id) }
        }
        // Here, beside the network's thread.
        return HTTPResponse(head: head, body: body.joined())
    }
}
