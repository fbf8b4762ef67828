import ClusterData
import DemoMesh
import TestSupport
import Testing

/// The program is killed at each step of a change. Whatever the moment, cluster and journal agree afterwards, and what
/// was made can be taken back.
@Suite(.serialized) struct KillTests {
    enum Moment: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case reading, trying, sending, answerLost, checking
        var testDescription: String { rawValue }
        /// Whether the change reaches the cluster.
        var isMade: Bool { self == .answerLost || self == .checking }
    }

    struct Change: Sendable, CustomTestStringConvertible {
        var testDescription: String { arguments[0] }
        var arguments: [String]
        var path: String
        var method: String
        /// What the change is about, in the object.
        var field: [String]

        static let all = [
            Change(
                arguments: ["scale", "deployment/cart-v1", "--replicas", "5"], path: Paths.deployment("cart-v1"),
                method: "PUT", field: ["spec", "replicas"]),
            Change(
                arguments: ["shift", "users-split", "users=60"],
                path: "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/users-split", method: "PATCH",
                field: ["spec", "rules"]),
        ]
    }

    static let demo = Result { try Demo(.storefront) }

    @Test(arguments: Change.all, Moment.allCases)
    func clusterAndJournalAgree(_ change: Change, _ moment: Moment) async throws {
        let demo = try Self.demo.get()
        let proxy = try FaultProxy(to: demo.server.port)
        let home = try TemporaryFolder()
        let text = demo.server.kubeconfig.replacing("127.0.0.1:\(demo.server.port)", with: "127.0.0.1:\(proxy.port)")
        try Files.write(Array(text.utf8), to: "\(home.path)/kubeconfig")
        // Only what the change is about goes through the proxy.
        let common = ["-n", "shop", "--prometheus", "\(demo.server.url)/prometheus"]
        let before = try await demo.get(change.path)
        arm(proxy, change, moment)

        let program = try BackgroundProcess(
            Tool.meshtop, change.arguments + common + ["--yes", "--verify-timeout", "60"],
            log: "\(home.path)/log", environment: Program.environment(home))
        let reached = try await eventually { proxy.faultsLeft == 0 ? true : nil }
        let log = String(decoding: try Files.read("\(home.path)/log"), as: UTF8.self)
        #expect(reached == true, "\(log)")
        if moment.isMade {
            let changed = try await eventually {
                Patching.value(at: change.field, in: try await demo.get(change.path))
                    != Patching.value(at: change.field, in: before) ? true : nil
            }
            #expect(changed == true)
        }
        program.signal(9)
        program.stop()
        proxy.clear()

        let result = try await Program.run(["journal", "--resolve", "-o", "json"], home: home)
        #expect(result.code == 0, "\(result.errors)")
        let entry = try JSONValue(parsing: result.output).list("changes").last
        let now = try await demo.get(change.path)
        let isChanged =
            Patching.value(at: change.field, in: now) != Patching.value(at: change.field, in: before)
        #expect(isChanged == moment.isMade)
        switch moment {
        case .reading, .trying: #expect(entry == nil)
        case .sending: #expect(entry?["outcome"]?.string == "failed")
        case .answerLost, .checking: #expect(entry?["outcome"]?.string == "applied")
        }
        guard moment.isMade else { return }
        let undo = try await Program.run(["undo", "--yes", "--verify-timeout", "5"] + common, home: home)
        #expect(undo.code == 0 || undo.code == 5, "\(undo.output) \(undo.errors)")
        #expect(
            Patching.value(at: change.field, in: try await demo.get(change.path))
                == Patching.value(at: change.field, in: before))
    }

    /// A rollout whose program was killed stands, and the next one takes it over at once.
    @Test func aRolloutOfAKilledProgramIsTakenOver() async throws {
        let demo = try Self.demo.get()
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
        program.signal(9)
        program.stop()
        #expect(try await weights() == [88, 12])
        let refused = try await Program.run(
            ["shift", "recommendation", "v2", "--guard", "--yes", "-n", "shop"], home: home)
        #expect(refused.code == 4 && refused.errors.contains("stands at 12 %"), "\(refused.errors)")
        let back = try await Program.run(["shift", "--roll-back", "--yes", "-n", "shop"], home: home)
        #expect(back.code == 0 && back.output.contains("rolled back: asked for"), "\(back.output) \(back.errors)")
        #expect(try await weights() == [100, 0])
    }

    private func arm(_ proxy: FaultProxy, _ change: Change, _ moment: Moment) {
        let (path, method) = (change.path, change.method)
        let wasSent = Lock(false)
        @Sendable func isWrite(_ line: String) -> Bool { line.hasPrefix("\(method) \(path)") }
        switch moment {
        case .reading: proxy.add(.silence(seconds: 60)) { $0.hasPrefix("GET \(path)") }
        case .trying: proxy.add(.silence(seconds: 60)) { isWrite($0) && $0.contains("dryRun=All") }
        case .sending: proxy.add(.silence(seconds: 60)) { isWrite($0) && !$0.contains("dryRun=All") }
        case .answerLost: proxy.add(.stall(seconds: 60)) { isWrite($0) && !$0.contains("dryRun=All") }
        case .checking:
            proxy.add(.silence(seconds: 60)) { line in
                if isWrite(line), !line.contains("dryRun=All") { wasSent.withLock { $0 = true } }
                return line.hasPrefix("GET \(path)") && wasSent.withLock { $0 }
            }
        }
    }
}
