// Where other threads leave messages for the main loop: a list and one wake-up.

internal import CLinux
internal import ClusterData
internal import Views

/// Something for the main loop. Messages of a session that was left are told by their generation.
enum Message: Sendable {
    case event(Event, generation: Int)
    case workplace(Result<Workplace, MeshTopError>)
}

final class Mailbox: Sendable {
    private let messages = Lock<[Message]>([])
    let descriptor = mt_eventfd()

    deinit { close(descriptor) }

    func post(_ message: Message) {
        messages.withLock { list in
            // Only the newest picture of the mesh counts.
            if case .event(.snapshot, let generation) = message {
                list.removeAll { if case .event(.snapshot, generation) = $0 { true } else { false } }
            }
            list.append(message)
        }
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    func take() -> [Message] {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
        return messages.withLock { list in
            defer { list = [] }
            return list
        }
    }
}
