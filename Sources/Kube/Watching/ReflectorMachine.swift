// The watch engine's decisions, as a state machine without clock, I/O or randomness: list, watch, resume, relist.
// Follows client-go's reflector, and the rules of
// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
// https://github.com/kubernetes/client-go/blob/v0.36.0/tools/cache/reflector.go

package import Base

/// Decides what one reflector does next. The runner does it and reports back.
package struct ReflectorMachine: Sendable {
    package enum State: Sendable, Hashable {
        case idle
        case listing(continueToken: String?)
        case watching(resourceVersion: String)
        /// Waiting before `then`.
        case backingOff(then: Next)
        case stopped
    }

    /// What follows a pause.
    package enum Next: Sendable, Hashable {
        case list
        case watch(resourceVersion: String)
    }

    package enum Event: Sendable, Hashable {
        case start
        /// A page of a list arrived; a continue token means there is more.
        case page(resourceVersion: String, continueToken: String?)
        case listFailed(StatusError)
        /// The connection failed: nothing came, or not all of it.
        case unreachable(String)
        /// What came cannot be read.
        case unreadable(String)
        /// A watch event or bookmark moved the version forward.
        case progressed(resourceVersion: String)
        /// The server took the watch: what was known is current again, though nothing has changed since.
        case watchOpened
        case watchEnded
        case watchFailed(StatusError)
        case waited
    }

    package enum Action: Sendable, Hashable {
        /// Ask for a page. `resourceVersion` is for the first page only: "0" from the cache, "" for a quorum read.
        case list(resourceVersion: String, continueToken: String?)
        /// Ask for everything in one answer: pages have expired before their end was reached.
        case listWhole
        /// Ask for a watch that begins with what there is, and goes on.
        case streamList(resourceVersion: String)
        case watch(resourceVersion: String)
        /// The list is whole: put it in place of what was known, then watch.
        case replaceAndWatch(resourceVersion: String)
        case wait(seconds: Double)
        /// Nothing to do until something outside changes (the kind is forbidden or absent).
        case park(SourceState, String)
    }

    package private(set) var state = State.idle
    /// What a person should know: the state of this kind and why.
    package private(set) var health = SourceState.starting
    package private(set) var detail = ""
    private var lastVersion: String?
    private var failures = 0
    private var progressed = false
    private var listVersion = "0"
    private var isStreaming: Bool
    private var pagesExpired = false
    /// The stream of a list has failed: the next attempt is a plain list.
    private var listsNext = false
    /// How often in a row a version had expired, without an event in between.
    private var expired = 0
    /// When anything failed last: what failed long ago is forgotten.
    private var failedAt: Moment?
    /// The pause is due to a connection that failed, and nobody has heard from the server since.
    package private(set) var awaitsAnswer = false
    /// How often a pause was cut short without success.
    private var wakes = 0

    /// First pause, growth and ceiling of the backoff, in seconds, as client-go has them.
    private static let firstPause = 0.8
    private static let growth = 2.0
    private static let longestPause = 30.0
    /// After so long without a failure the backoff starts anew.
    private static let memory = 120.0

    /// `offersStreams`: the server is of a version that knows streaming lists; one that refuses is not asked again.
    package init(offersStreams: Bool = false) { isStreaming = offersStreams }

    /// Others heard from the server during a pause. Where it is due to a failed connection, gives the seconds after
    /// which it ends at the latest: spread, so that all kinds do not ask in one moment, and growing while that is in
    /// vain.
    package mutating func serverAnswers(jitter: Double) -> Double? {
        guard case .backingOff = state, awaitsAnswer else { return nil }
        awaitsAnswer = false
        defer { wakes += 1 }
        return Self.pause(after: wakes) * jitter
    }

    /// `jitter` is uniform in 0..<1, drawn by the caller.
    package mutating func handle(_ event: Event, now: Moment, jitter: Double) -> Action {
        switch event {
        case .listFailed, .unreachable, .unreadable, .watchFailed: noteFailure(now)
        default: break
        }
        switch event {
        case .start:
            return list()
        case .page(let version, let token):
            if let token, !token.isEmpty {
                state = .listing(continueToken: token)
                return .list(resourceVersion: "", continueToken: token)
            }
            succeeded()
            (lastVersion, listVersion) = (version, version)
            state = .watching(resourceVersion: version)
            return .replaceAndWatch(resourceVersion: version)
        case .listFailed(let error): return listFailed(error, jitter: jitter)
        case .unreachable(let reason):
            let action = broken(reason, jitter: jitter)
            if case .wait = action { awaitsAnswer = true }
            return action
        case .unreadable(let reason): return broken(reason, jitter: jitter)
        case .progressed(let version):
            guard case .watching = state else { return .watch(resourceVersion: version) }
            succeeded()
            expired = 0
            progressed = true
            // A list after this must not go back behind it.
            (lastVersion, listVersion) = (version, version)
            state = .watching(resourceVersion: version)
            return .watch(resourceVersion: version)
        case .watchOpened:
            guard case .watching(let version) = state else { return list() }
            // The backoff goes on until something arrives: a server that takes watches and cuts them is not well.
            health = .ok
            detail = ""
            return .watch(resourceVersion: version)
        case .watchEnded:
            guard case .watching(let version) = state else { return list() }
            // A watch may end at any time without error. One that ended without telling anything is not asked
            // again at once, or a server that ends them all immediately would be hammered.
            guard !progressed else {
                progressed = false
                return .watch(resourceVersion: version)
            }
            state = .backingOff(then: .watch(resourceVersion: version))
            return .wait(seconds: Self.firstPause * (1 + jitter))
        case .watchFailed(let error): return watchFailed(error, jitter: jitter)
        case .waited:
            guard case .backingOff(let next) = state else { return list() }
            awaitsAnswer = false
            switch next {
            case .list: return list()
            case .watch(let version):
                state = .watching(resourceVersion: version)
                return .watch(resourceVersion: version)
            }
        }
    }

    private mutating func list() -> Action {
        state = .listing(continueToken: nil)
        if isStreaming, !listsNext { return .streamList(resourceVersion: listVersion) }
        return pagesExpired ? .listWhole : .list(resourceVersion: listVersion, continueToken: nil)
    }

    private mutating func noteFailure(_ now: Moment) {
        if let failedAt, now - failedAt > Self.memory { (failures, expired, wakes) = (0, 0, 0) }
        failedAt = now
    }

    /// No answer, or none of use.
    private mutating func broken(_ reason: String, jitter: Double) -> Action {
        if let action = plainList(after: reason) { return action }
        health = lastVersion == nil ? .down : .stale
        detail = reason
        if case .watching(let version) = state {
            return pause(then: .watch(resourceVersion: version), jitter: jitter)
        }
        if case .backingOff(let next) = state { return pause(then: next, jitter: jitter) }
        return pause(then: .list, jitter: jitter)
    }

    /// Whatever became of the stream of a list, a plain list is the next try, at once; its own failure is one. A server
    /// that cannot stream may well be able to list: one on an older etcd, one behind a proxy that keeps streams back, a
    /// user who may list and not watch. Nil where no stream was asked for.
    private mutating func plainList(after reason: String) -> Action? {
        guard isStreaming, !listsNext, case .listing = state else { return nil }
        listsNext = true
        detail = reason
        return list()
    }

    private mutating func succeeded() {
        (failures, wakes) = (0, 0)
        health = .ok
        detail = ""
        (pagesExpired, listsNext) = (false, false)
    }

    private mutating func listFailed(_ error: StatusError, jitter: Double) -> Action {
        if let action = plainList(after: error.message) {
            // Its version does not know them.
            if [400, 422].contains(error.code) { isStreaming = false }
            guard error.isExpired else { return action }
            listVersion = ""
            return list()
        }
        detail = error.message
        switch error.code {
        case 403 where !error.isFromBetween:
            state = .stopped
            health = .forbidden
            return .park(.forbidden, error.message)
        case 404,
            405 where !error.isFromBetween:
            state = .stopped
            health = .absent
            return .park(.absent, error.message)
        case 401: health = .unauthorized
        case 410:
            // The list's version or the continue token expired: start over with a consistent read, and where pages
            // were too slow, in one. Whoever is told so again waits before the next.
            if case .listing(.some) = state { pagesExpired = true }
            let isFirst = !listVersion.isEmpty && expired == 0
            listVersion = ""
            expired += 1
            if isFirst || pagesExpired && expired <= 2 { return list() }
            health = lastVersion == nil ? .down : .stale
            failures = max(failures, expired - 2)
        case 504 where error.reason == "Timeout": listVersion = ""
        default: health = lastVersion == nil ? .down : .stale
        }
        return pause(then: .list, after: error.retryAfterSeconds, jitter: jitter)
    }

    private mutating func watchFailed(_ error: StatusError, jitter: Double) -> Action {
        guard case .watching(let version) = state else { return list() }
        if error.isExpired {
            // The objects stay on screen until the new list is whole. A server that says so right after each list is
            // asked less and less often, as client-go does.
            listVersion = ""
            expired += 1
            if expired == 1 {
                // The server is well: what failed before it said so does not make the list wait.
                failures = 0
                return list()
            }
            detail = error.message
            health = .stale
            failures = max(failures, expired - 2)
            return pause(then: .list, after: error.retryAfterSeconds, jitter: jitter)
        }
        detail = error.message
        switch error.code {
        case 403 where !error.isFromBetween:
            state = .stopped
            health = .forbidden
            return .park(.forbidden, error.message)
        case 401: health = .unauthorized
        case 404:
            health = .stale
            return pause(then: .list, jitter: jitter)
        default: health = .stale
        }
        return pause(then: .watch(resourceVersion: version), after: error.retryAfterSeconds, jitter: jitter)
    }

    private mutating func pause(then next: Next, after: Double? = nil, jitter: Double) -> Action {
        let backoff = Self.pause(after: failures) * (1 + jitter)
        failures += 1
        state = .backingOff(then: next)
        awaitsAnswer = false
        return .wait(seconds: max(backoff, after ?? 0))
    }

    private static func pause(after failures: Int) -> Double {
        var seconds = firstPause
        for _ in 0..<min(failures, 10) { seconds *= growth }
        return min(seconds, longestPause)
    }
}
