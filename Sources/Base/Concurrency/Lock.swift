// A mutex around a value. Not Synchronization.Mutex: ThreadSanitizer reports false races for it on Linux.

internal import CLinux

/// A value that several threads share. Never call out while holding it.
package final class Lock<State>: @unchecked Sendable {  // the pthread mutex guards every access to `state`
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var state: State

    package init(_ state: consuming sending State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    package func withLock<Result: Sendable, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }
}
