// Where other threads leave messages for the main loop: a list and one wake-up.

internal import Base
internal import CLinux
internal import Kube
internal import Views

/// Something for the main loop. Messages of a session that was left are told by their generation.
enum Message: Sendable {
    case event(Event, generation: Int)
    case workplace(Result<Workplace, MeshTopError>)
    /// A program wants the terminal for a while.
    case borrowTerminal(Borrower)
    case terminalReturned
}

final class Mailbox: Sendable {
    private let messages = Lock<[Message]>([])
    let descriptor = mt_eventfd()
    let tenant = Tenant()

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

/// A program that needs the terminal, and who waits for what it gives.
struct Borrower: Sendable {
    let run: @Sendable () throws -> SubprocessResult
    let continuation: CheckedContinuation<SubprocessResult, any Error>

    /// Runs the program on a thread of its own, then tells the main loop.
    func start(_ mailbox: Mailbox) {
        let borrower = self
        Task.detached {
            let result: Result<SubprocessResult, any Error>
            do { result = .success(try await Subprocess.onThread(borrower.run)) } catch { result = .failure(error) }
            mailbox.post(.terminalReturned)
            borrower.continuation.resume(with: result)
        }
    }
}

extension Mailbox {
    /// Gives an editor the terminal, by way of the main loop; its exit code.
    func open(_ file: EditFile) async throws -> Int32 {
        let tenant = tenant
        return try await prompt {
            SubprocessResult(exitCode: try file.open { tenant.note($0) })
        }.exitCode
    }

    /// Gives a credential plugin the terminal, by way of the main loop that owns it.
    var prompt: CredentialPrompt {
        { [self] body in
            try await withCheckedThrowingContinuation { continuation in
                post(.borrowTerminal(Borrower(run: body, continuation: continuation)))
            }
        }
    }
}
