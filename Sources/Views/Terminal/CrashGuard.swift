// Gives the terminal back when the process crashes, with calls that are allowed in a signal handler alone.

internal import Base
internal import CLinux

private nonisolated(unsafe) var savedTermios = termios()
private nonisolated(unsafe) var savedDescriptor: Int32 = -1
private nonisolated(unsafe) var restoreBytes: UnsafeMutablePointer<UInt8>?
private nonisolated(unsafe) var restoreCount = 0
private nonisolated(unsafe) var alternateStack: UnsafeMutableRawPointer?

private func restoreAndRaise(_ signal: Int32) {
    if savedDescriptor >= 0 {
        if let bytes = restoreBytes { _ = write(savedDescriptor, bytes, restoreCount) }
        _ = tcsetattr(savedDescriptor, TCSANOW, &savedTermios)
    }
    var action = sigaction()
    sigemptyset(&action.sa_mask)
    action.__sigaction_handler.sa_handler = nil
    sigaction(signal, &action, nil)
    raise(signal)
}

package enum CrashGuard {
    /// Installs the handlers; the terminal is touched only while `Terminal` has armed the guard.
    package static func install() {
        if alternateStack == nil {
            let size = 64 * 1024
            let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
            alternateStack = memory
            var stack = stack_t()
            stack.ss_sp = memory
            stack.ss_size = size
            sigaltstack(&stack, nil)
        }
        for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE] {
            var action = sigaction()
            sigemptyset(&action.sa_mask)
            action.sa_flags = Int32(bitPattern: UInt32(SA_ONSTACK)) | Int32(bitPattern: UInt32(SA_NODEFER))
            action.__sigaction_handler.sa_handler = restoreAndRaise
            sigaction(signal, &action, nil)
        }
    }

    /// Remembers what to restore: called by `Terminal` before it changes anything.
    static func arm(descriptor: Int32, termios saved: termios, bytes: [UInt8]) {
        savedDescriptor = -1
        savedTermios = saved
        restoreBytes?.deallocate()
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
        for (place, byte) in bytes.enumerated() { copy[place] = byte }
        restoreBytes = copy
        restoreCount = bytes.count
        savedDescriptor = descriptor
    }

    static func disarm() { savedDescriptor = -1 }
}
