// Signals as something to read: blocked everywhere, received by the main loop.

internal import Base
internal import CLinux

struct Signals: ~Copyable {
    /// All that end a program by default, and the one that tells of a new size.
    static let handled = [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH]
    let descriptor: Int32

    /// Blocks the signals for this thread and all that are started after it: called before any other thread exists.
    static func block() {
        var mask = set()
        pthread_sigmask(SIG_BLOCK, &mask, nil)
    }

    /// Reads nothing where nobody is told: a descriptor below 0 is left out by `poll`.
    init(isNeeded: Bool = true) {
        var mask = Self.set()
        descriptor = isNeeded ? mt_signalfd(&mask) : -1
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private static func set() -> sigset_t {
        var mask = sigset_t()
        sigemptyset(&mask)
        for signal in handled { sigaddset(&mask, signal) }
        return mask
    }

    /// Numbers of the signals that have arrived.
    func take() -> [Int32] {
        var numbers: [Int32] = []
        var information = signalfd_siginfo()
        while read(descriptor, &information, MemoryLayout<signalfd_siginfo>.size) == MemoryLayout<signalfd_siginfo>.size
        {
            numbers.append(Int32(bitPattern: information.ssi_signo))
        }
        return numbers
    }
}
