import Base
import TestSupport
import Testing

@testable import Actions

/// A change whose answer nobody saw is settled when its program can no longer be waiting for it.
@Suite struct OutcomeTests {
    /// A journal with one open entry, and the mesh that it is about.
    private func stage() async throws -> DrillStage {
        let stage = try DrillStage()
        let runner = stage.runner()
        let preview = try await runner.plan(
            .scale(ObjectReference(kind: "Deployment", namespace: "shop", name: "cart-v1"), replicas: 4))
        stage.proxy.add(.reset(afterBytes: 0), where: DrillStage.isRealWrite)
        #expect(await !runner.finish(preview.planID).wasApplied)
        #expect(try stage.journal.read().entries.map(\.outcome) == [.sent])
        return stage
    }

    /// Looks at some moments, in seconds from now; gives those at which something was settled.
    private func settled(_ stage: DrillStage, at moments: [Double]) async throws -> [Double] {
        let clock = TestClock(at: .wall())
        let runner = ChangeRunner(
            client: try stage.demo.client(through: stage.proxy, clock: clock), journal: stage.journal
        ) { nil }
        var found: [Double] = []
        var passed = 0.0
        for moment in moments {
            clock.advance(by: moment - passed)
            passed = moment
            if try await !runner.resolveOutcomes().isEmpty { found.append(moment) }
        }
        return found
    }

    @Test func thisProgramMayWaitForAMinute() async throws {
        let stage = try await stage()
        #expect(try await settled(stage, at: [0, 50, 70, 80]) == [70])
        #expect(try stage.journal.read().entries.map(\.outcome) == [.applied])
    }

    /// Whether it still runs there cannot be seen from here.
    @Test func aProgramOfAnotherHostMayWaitForTenMinutes() async throws {
        let stage = try await stage()
        let text = String(decoding: try Files.read(stage.journal.path), as: UTF8.self)
        let other = text.replacing("\"host\":\"\(hostName())\"", with: "\"host\":\"elsewhere\"")
        #expect(other != text)
        try Files.write(Array(other.utf8), to: stage.journal.path)
        #expect(try await settled(stage, at: [0, 70, 590, 610]) == [610])
    }
}
