import Base
import DemoMesh
import TestSupport
import Testing

/// The program is killed at each step of a change. Whatever the moment, cluster and journal agree afterwards, and what
/// was made can be taken back.
@Suite struct KillTests {
    enum Moment: String, CaseIterable, Sendable {
        case reading, trying, sending, answerLost, checking
        /// Whether the change reaches the cluster.
        var isMade: Bool { self == .answerLost || self == .checking }
    }

    @Test(arguments: KilledChange.all)
    func clusterAndJournalAgree(_ change: KilledChange) async throws {
        let demo = try Demo.withoutHistory()
        try await change.prepare?(demo)
        for moment in Moment.allCases {
            try await KilledRun(change, demo).check(moment)
        }
    }

    /// A rollout whose program was killed stands, and the next one takes it over at once.
    @Test func aRolloutOfAKilledProgramIsTakenOver() async throws {
        let demo = try Demo()
        let home = try TemporaryFolder()
        try Files.write(Array(demo.server.kubeconfig.utf8), to: "\(home.path)/kubeconfig")
        let path = Paths.virtualService("recommendation")
        @Sendable func weights() async throws -> [Int?] {
            try await demo.get(path).at("spec", "http")?[0]?.list("route").map { $0["weight"]?.int } ?? []
        }
        let program = try BackgroundProcess(
            Tool.meshtop,
            ["shift", "recommendation", "v2", "--guard", "--steps", "12,100", "--look", "1", "--yes", "-n", "shop"],
            log: "\(home.path)/log", environment: Program.environment(home))
        #expect(try await eventually { try await weights() == [88, 12] ? true : nil } == true)
        #expect(home.read("log").contains("at 10 % now"), "\(home.read("log"))")
        program.signal(9)
        program.stop()
        #expect(try await weights() == [88, 12])
        let refused = try await Program.run(
            ["shift", "recommendation", "v2", "--guard", "--yes", "-n", "shop"], home: home)
        #expect(refused.code == 4 && refused.errors.contains("stands at 12 %"), "\(refused.errors)")
        let back = try await Program.run(["shift", "--roll-back", "--yes", "-n", "shop"], home: home)
        #expect(back.code == 0 && back.output.contains("verified"), "\(back.output) \(back.errors)")
        #expect(try await weights() == [100, 0])
    }
}
