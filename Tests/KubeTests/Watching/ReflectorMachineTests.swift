import Base
import Kube
import Testing

@Suite struct ReflectorMachineTests {
    private func listed(_ version: String = "10") -> ReflectorMachine {
        var machine = ReflectorMachine()
        _ = machine.handle(.start, jitter: 0)
        _ = machine.handle(.page(resourceVersion: version, continueToken: nil), jitter: 0)
        return machine
    }

    @Test func aListIsPagedThenWatchedFromItsVersion() {
        var machine = ReflectorMachine()
        #expect(machine.handle(.start, jitter: 0) == .list(resourceVersion: "0", continueToken: nil))
        #expect(
            machine.handle(.page(resourceVersion: "5", continueToken: "t"), jitter: 0)
                == .list(resourceVersion: "", continueToken: "t"))
        #expect(
            machine.handle(.page(resourceVersion: "5", continueToken: nil), jitter: 0)
                == .replaceAndWatch(resourceVersion: "5"))
        #expect(machine.health == .ok)
    }

    @Test func aWatchResumesWhereItStopped() {
        var machine = listed()
        _ = machine.handle(.progressed(resourceVersion: "17"), jitter: 0)
        #expect(machine.handle(.watchEnded, jitter: 0) == .watch(resourceVersion: "17"))
    }

    @Test func aWatchThatEndsAtOnceIsNotHammered() {
        var machine = listed()
        #expect(machine.handle(.watchEnded, jitter: 0) == .wait(seconds: 0.8))
        #expect(machine.handle(.waited, jitter: 0) == .watch(resourceVersion: "10"))
    }

    @Test func anExpiredVersionMeansAConsistentRelist() {
        for error in [
            StatusError(code: 410, reason: "Gone", message: "gone"),
            StatusError(code: 410, reason: "Expired", message: "old"),
        ] {
            var machine = listed()
            #expect(machine.handle(.watchFailed(error), jitter: 0) == .list(resourceVersion: "", continueToken: nil))
        }
    }

    @Test func anExpiredContinueTokenStartsOver() {
        var machine = ReflectorMachine()
        _ = machine.handle(.start, jitter: 0)
        _ = machine.handle(.page(resourceVersion: "5", continueToken: "t"), jitter: 0)
        #expect(
            machine.handle(.listFailed(StatusError(code: 410, reason: "Expired", message: "")), jitter: 0)
                == .listWhole)
    }

    /// A server whose version is old at once after each list is asked less and less often.
    @Test func aLoopOfExpiredVersionsBacksOff() {
        var machine = listed()
        let expired = StatusError(code: 410, reason: "Expired", message: "old")
        var pauses: [Double] = []
        var action = machine.handle(.watchFailed(expired), jitter: 0)
        for _ in 0..<6 {
            if case .wait(let seconds) = action {
                pauses.append(seconds)
                action = machine.handle(.waited, jitter: 0)
            }
            #expect(action == .list(resourceVersion: "", continueToken: nil))
            _ = machine.handle(.page(resourceVersion: "9", continueToken: nil), jitter: 0)
            action = machine.handle(.watchFailed(expired), jitter: 0)
        }
        #expect(pauses == [0.8, 1.6, 3.2, 6.4, 12.8], "\(pauses)")
        // An event shows that it is over.
        _ = machine.handle(.waited, jitter: 0)
        _ = machine.handle(.page(resourceVersion: "9", continueToken: nil), jitter: 0)
        _ = machine.handle(.progressed(resourceVersion: "10"), jitter: 0)
        #expect(machine.handle(.watchFailed(expired), jitter: 0) == .list(resourceVersion: "", continueToken: nil))
    }

    /// An API server on an older etcd answers 200 and then an error of code 500.
    @Test(arguments: [500, 400, 401, 403, 404, 405, 422, 429, 501, 503, 504])
    func aStreamThatFailsFallsBackToAList(code: Int) {
        var machine = ReflectorMachine(offersStreams: true)
        #expect(machine.handle(.start, jitter: 0) == .streamList(resourceVersion: "0"))
        let failed = StatusError(code: code, reason: "InternalError", message: "etcd does not support it")
        #expect(machine.handle(.listFailed(failed), jitter: 0) == .list(resourceVersion: "0", continueToken: nil))
        // The list's own failure is one, and is tried again as a list.
        #expect(
            machine.handle(.listFailed(StatusError(code: 500, reason: "", message: "x")), jitter: 0)
                == .wait(seconds: 0.8))
        #expect(machine.handle(.waited, jitter: 0) == .list(resourceVersion: "0", continueToken: nil))
        #expect(
            machine.handle(.page(resourceVersion: "5", continueToken: nil), jitter: 0)
                == .replaceAndWatch(resourceVersion: "5"))
    }

    @Test(arguments: [ReflectorMachine.Event.unreachable("cut"), .unreadable("a page")])
    func aStreamThatIsCutFallsBackToAList(event: ReflectorMachine.Event) {
        var machine = ReflectorMachine(offersStreams: true)
        _ = machine.handle(.start, jitter: 0)
        #expect(machine.handle(event, jitter: 0) == .list(resourceVersion: "0", continueToken: nil))
        // What happens to the list is its own affair.
        #expect(machine.handle(event, jitter: 0) == .wait(seconds: 0.8))
        #expect(machine.handle(.waited, jitter: 0) == .list(resourceVersion: "0", continueToken: nil))
        // A right to list that is refused to the list itself is none.
        var forbidden = ReflectorMachine(offersStreams: true)
        _ = forbidden.handle(.start, jitter: 0)
        let refusal = StatusError(code: 403, reason: "Forbidden", message: "no")
        _ = forbidden.handle(.listFailed(refusal), jitter: 0)
        #expect(forbidden.handle(.listFailed(refusal), jitter: 0) == .park(.forbidden, "no"))
    }

    /// A version that the stream calls too old is not asked of the list either.
    @Test func aStreamWhoseVersionIsOldIsFollowedByAConsistentList() {
        var machine = ReflectorMachine(offersStreams: true)
        _ = machine.handle(.start, jitter: 0)
        let expired = StatusError(code: 410, reason: "Expired", message: "old")
        #expect(machine.handle(.listFailed(expired), jitter: 0) == .list(resourceVersion: "", continueToken: nil))
        #expect(
            machine.handle(.page(resourceVersion: "5", continueToken: nil), jitter: 0)
                == .replaceAndWatch(resourceVersion: "5"))
    }

    @Test func aConsistentListThatExpiresIsNotHammered() {
        var machine = listed()
        let expired = StatusError(code: 410, reason: "Expired", message: "old")
        #expect(machine.handle(.watchFailed(expired), jitter: 0) == .list(resourceVersion: "", continueToken: nil))
        #expect(machine.handle(.listFailed(expired), jitter: 0) == .wait(seconds: 0.8))
        #expect(machine.handle(.waited, jitter: 0) == .list(resourceVersion: "", continueToken: nil))
    }

    /// Each of them alone is no loop: a quiet kind may have its version compacted away every few minutes.
    @Test func anExpiredVersionLongAfterAnotherIsListedAnewAtOnce() {
        var machine = listed()
        let expired = StatusError(code: 410, reason: "Expired", message: "old")
        for turn in 0..<4 {
            let now = Moment(seconds: Double(turn) * 300)
            #expect(
                machine.handle(.watchFailed(expired), now: now, jitter: 0.5)
                    == .list(resourceVersion: "", continueToken: nil), "\(turn)")
            _ = machine.handle(.page(resourceVersion: "9", continueToken: nil), now: now, jitter: 0)
        }
    }

    /// A server that says that a version is old answers again: what comes next does not wait as if it did not.
    @Test func anExpiredVersionEndsTheBackoffOfAnOutage() {
        var machine = listed()
        for _ in 0..<8 {
            _ = machine.handle(.unreachable("no"), jitter: 0)
            _ = machine.handle(.waited, jitter: 0)
        }
        let expired = StatusError(code: 410, reason: "Expired", message: "old")
        #expect(machine.handle(.watchFailed(expired), jitter: 0) == .list(resourceVersion: "", continueToken: nil))
        #expect(machine.handle(.unreachable("cut"), jitter: 0) == .wait(seconds: 0.8))
    }

    /// As client-go: two minutes after the last failure the backoff starts anew.
    @Test func aFailureLongAgoIsForgotten() {
        var machine = listed()
        for second in 0..<8 {
            _ = machine.handle(.unreachable("no"), now: Moment(seconds: Double(second)), jitter: 0)
            _ = machine.handle(.waited, now: Moment(seconds: Double(second)), jitter: 0)
        }
        #expect(machine.handle(.unreachable("no"), now: Moment(seconds: 60), jitter: 0) == .wait(seconds: 30))
        _ = machine.handle(.waited, now: Moment(seconds: 90), jitter: 0)
        _ = machine.handle(.watchOpened, now: Moment(seconds: 90), jitter: 0)
        #expect(machine.handle(.unreachable("no"), now: Moment(seconds: 181), jitter: 0) == .wait(seconds: 0.8))
    }

    @Test func aServerThatAnswersAgainEndsThePauseOfALostConnection() {
        var machine = listed()
        for _ in 0..<8 {
            _ = machine.handle(.unreachable("connection refused"), jitter: 0)
            _ = machine.handle(.waited, jitter: 0)
        }
        #expect(machine.handle(.unreachable("connection refused"), jitter: 0.9) == .wait(seconds: 57))
        #expect(machine.serverAnswers(jitter: 0.5) == 0.4)
        // Once a pause is enough.
        #expect(machine.serverAnswers(jitter: 0.5) == nil)
        #expect(machine.handle(.waited, jitter: 0) == .watch(resourceVersion: "10"))
        #expect(machine.serverAnswers(jitter: 0.5) == nil)
    }

    /// A kind whose connections fail while others' do not is not asked at each of their answers.
    @Test func wakingInVainBacksOff() {
        var machine = listed()
        var spreads: [Double?] = []
        for _ in 0..<8 {
            _ = machine.handle(.unreachable("reset"), jitter: 0)
            spreads.append(machine.serverAnswers(jitter: 1))
            _ = machine.handle(.waited, jitter: 0)
        }
        #expect(spreads == [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30])
        _ = machine.handle(.progressed(resourceVersion: "11"), jitter: 0)
        _ = machine.handle(.unreachable("reset"), jitter: 0)
        #expect(machine.serverAnswers(jitter: 1) == 0.8)
    }

    @Test(arguments: [
        ReflectorMachine.Event.watchFailed(StatusError(code: 500, reason: "InternalError", message: "etcd")),
        .watchFailed(StatusError(code: 429, reason: "TooManyRequests", message: "slow down")),
        .watchFailed(StatusError(code: 503, reason: "ServiceUnavailable", message: "starting")),
        .unreadable("the answer cannot be read"), .watchEnded,
    ]) func aPauseThatTheServerAskedForIsKept(event: ReflectorMachine.Event) {
        var machine = listed()
        _ = machine.handle(.unreachable("no"), jitter: 0)
        _ = machine.handle(.waited, jitter: 0)
        _ = machine.handle(event, jitter: 0)
        #expect(machine.serverAnswers(jitter: 0.5) == nil)
    }

    @Test func aLaterListIsNotOlderThanWhatWasSeen() {
        var machine = listed()
        _ = machine.handle(.progressed(resourceVersion: "17"), jitter: 0)
        let gone = StatusError(code: 404, reason: "NotFound", message: "none")
        #expect(machine.handle(.watchFailed(gone), jitter: 0) == .wait(seconds: 0.8))
        #expect(machine.handle(.waited, jitter: 0) == .list(resourceVersion: "17", continueToken: nil))
        var tooLarge = StatusError(code: 504, reason: "Timeout", message: "Too large resource version")
        tooLarge.retryAfterSeconds = 1
        #expect(machine.handle(.listFailed(tooLarge), jitter: 0) == .wait(seconds: 1.6))
        #expect(machine.handle(.waited, jitter: 0) == .list(resourceVersion: "", continueToken: nil))
    }

    @Test func aServerThatRefusesStreamingListsIsAskedForPages() {
        var machine = ReflectorMachine(offersStreams: true)
        #expect(machine.handle(.start, jitter: 0) == .streamList(resourceVersion: "0"))
        let refusal = StatusError(code: 422, reason: "Invalid", message: "sendInitialEvents is forbidden for watch")
        #expect(machine.handle(.listFailed(refusal), jitter: 0) == .list(resourceVersion: "0", continueToken: nil))
    }

    @Test func tooManyRequestsWaitsAsToldAndDoesNotRelist() {
        var machine = listed()
        var error = StatusError(code: 429, reason: "TooManyRequests", message: "slow down")
        error.retryAfterSeconds = 7
        #expect(machine.handle(.watchFailed(error), jitter: 0) == .wait(seconds: 7))
        #expect(machine.handle(.waited, jitter: 0) == .watch(resourceVersion: "10"))
    }

    @Test func pausesGrowToThirtySecondsWithJitter() {
        var machine = ReflectorMachine()
        _ = machine.handle(.start, jitter: 0)
        var pauses: [Double] = []
        for _ in 0..<8 {
            if case .wait(let seconds) = machine.handle(.unreachable("no"), jitter: 0) { pauses.append(seconds) }
            _ = machine.handle(.waited, jitter: 0)
        }
        #expect(pauses == [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30])
        if case .wait(let seconds) = machine.handle(.unreachable("no"), jitter: 0.5) { #expect(seconds == 45) }
    }

    @Test func anUnreachableServerKeepsTheVersionAndSaysStale() {
        var machine = listed()
        _ = machine.handle(.unreachable("connection refused"), jitter: 0)
        #expect(machine.health == .stale)
        #expect(machine.detail == "connection refused")
        #expect(machine.handle(.waited, jitter: 0) == .watch(resourceVersion: "10"))
        // A second failure of the same watch must not fall back to a list.
        _ = machine.handle(.unreachable("again"), jitter: 0)
        #expect(machine.handle(.waited, jitter: 0) == .watch(resourceVersion: "10"))
    }

    @Test func forbiddenAndAbsentKindsPark() {
        var machine = ReflectorMachine()
        _ = machine.handle(.start, jitter: 0)
        #expect(
            machine.handle(.listFailed(StatusError(code: 403, reason: "Forbidden", message: "no")), jitter: 0)
                == .park(.forbidden, "no"))
        machine = ReflectorMachine()
        _ = machine.handle(.start, jitter: 0)
        #expect(
            machine.handle(.listFailed(StatusError(code: 404, reason: "NotFound", message: "none")), jitter: 0)
                == .park(.absent, "none"))
    }
}

extension ReflectorMachine {
    /// Where time does not matter.
    fileprivate mutating func handle(_ event: Event, jitter: Double) -> Action {
        handle(event, now: Moment(seconds: 0), jitter: jitter)
    }
}
