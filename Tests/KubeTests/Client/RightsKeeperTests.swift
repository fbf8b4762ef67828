import Base
import TestSupport
import Testing

@testable import Kube

/// Rules that the server does not say are asked for again after minutes, or when a person wants it.
@Suite struct RightsKeeperTests {
    private final class Stage: Sendable {
        let clock = TestClock()
        let asked = Lock(0)
        let answer: Lock<CannedServer.Answer>
        let server: CannedServer
        let keeper: RightsKeeper

        init(_ first: CannedServer.Answer) throws {
            let (asked, answer) = (asked, Lock(first))
            self.answer = answer
            server = try CannedServer { _ in
                asked.withLock { $0 += 1 }
                return answer.withLock { $0 }
            }
            keeper = RightsKeeper(try server.client(clock: clock))
        }

        /// Asks every two seconds, as those do who look where a kind may be read; gives how often the server was asked.
        func requests(seconds: Double) async -> Int {
            let before = asked.withLock { $0 }
            var left = seconds
            while left > 0 {
                _ = await keeper.rights("shop")
                clock.advance(by: 2)
                left -= 2
            }
            return asked.withLock { $0 } - before
        }
    }

    private static let forbidden = CannedServer.Answer(403, ["kind": "Status", "message": "kept from you"])
    private static let whole = CannedServer.Answer(
        201,
        ["status": ["resourceRules": [["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]], "incomplete": false]])
    private static let part = CannedServer.Answer(
        201, ["status": ["resourceRules": [], "incomplete": true, "evaluationError": "webhook"]])

    /// At 0, 2, 6, 14 and 29 minutes, then every 15.
    @Test(arguments: [forbidden, part]) func whatIsNotSaidIsAskedAgainAfterMinutes(_ answer: CannedServer.Answer)
        async throws
    {
        let stage = try Stage(answer)
        #expect(await stage.requests(seconds: 100) == 1)
        #expect(await stage.requests(seconds: 3500) == 6)
        #expect(await stage.keeper.rights("shop").gap != nil)
        stage.answer.withLock { $0 = Self.whole }
        #expect(await stage.requests(seconds: 1000) == 1)
        #expect(await stage.keeper.rights("shop").gap == nil)
    }

    @Test func aServerThatFailsIsAskedAgainSoonerAndLessAndLess() async throws {
        let stage = try Stage(.init(500, ["message": "etcd"]))
        #expect(await stage.requests(seconds: 20) == 3)
        #expect(await stage.requests(seconds: 580) <= 6)
    }

    @Test func aPersonMayAskAtOnce() async throws {
        let stage = try Stage(Self.forbidden)
        #expect(await stage.keeper.rights("shop").gap?.contains("kept from you") == true)
        stage.answer.withLock { $0 = Self.whole }
        #expect(await stage.keeper.rights("shop").gap != nil)
        #expect(await stage.keeper.askAgain().map(\.gap) == [nil])
        #expect(stage.asked.withLock { $0 } == 2)
    }

    /// A list that was refused says that known rules were wrong, and nothing of rules that are not known.
    @Test func aRefusalElsewhereIsNoReasonToAskForWhatIsNotSaid() async throws {
        let stage = try Stage(Self.forbidden)
        for _ in 0..<5 {
            _ = await stage.keeper.rights("shop")
            await stage.keeper.forget("shop")
        }
        #expect(stage.asked.withLock { $0 } == 1)
        stage.answer.withLock { $0 = Self.whole }
        _ = await stage.keeper.askAgain()
        await stage.keeper.forget("shop")
        _ = await stage.keeper.rights("shop")
        #expect(stage.asked.withLock { $0 } == 3)
    }
}
