import Base
import DemoMesh
import TestSupport
import Testing

/// The window of rollouts in a terminal, and the same by commands.
@Suite struct RolloutWindowTests {
    /// From the form to the outcome, and seen from everywhere in between.
    @Test func aGuardedShiftIsStartedFollowedHeldAndEndedByKeys() async throws {
        let screen = try await Screen("--demo=storefront")
        try await screen.wait("Services", "reviews")
        try await screen.keys("3")
        try await screen.waitRow("VS shop/recommendation")
        try await screen.keys("j", "W", "Down", "G")
        try await screen.wait("Guarded shift of VirtualService shop/recommendation to v2", "Steps, %")
        try await screen.type("12,100")
        try await screen.keys("Down", "Down")
        try await screen.type("600")
        try await screen.keys("Enter")
        try await screen.wait("apply?", "steps of 12, 100 %")
        try await screen.confirm()
        try await screen.wait("Rollouts 1", "driven here", "▶ 12 %", "of 20:1")
        try await screen.keys("Escape")
        try await screen.wait("1 Services", "canary recommendation v2 12 %")
        try await screen.keys("w", "H")
        try await screen.wait("Hold the guarded shift of recommendation at 12 %", "apply?")
        try await screen.confirm()
        try await screen.wait("applied")
        try await screen.wait("verified")
        try await screen.keys("Enter")
        try await screen.wait("then holds for you", "C let go on")
        try await screen.keys("A")
        try await screen.wait("Roll v2 of recommendation back", "apply?")
        try await screen.confirm()
        try await screen.wait("verified: rolled back as asked")
        try await screen.keys("Enter")
        try await screen.wait("ROLLED BACK", "rolled back: asked for")
    }

    static let demo = Result { try Demo(.rollouts) }

    @Test func commandsDriveTheOwnersOfRoutes() async throws {
        let demo = try Self.demo.get()
        let home = try TemporaryFolder()
        try Files.write(Array(demo.server.kubeconfig.utf8), to: "\(home.path)/kubeconfig")
        let listed = try await Program.run(["rollouts", "-o", "json", "-n", "shop"], home: home)
        #expect(listed.code == 0, "\(listed.errors)")
        let rollouts = try JSONValue(parsing: listed.output).list("rollouts")
        #expect(
            rollouts.map { $0["owner"]?.string }.sorted { ($0 ?? "") < ($1 ?? "") } == ["Argo Rollouts", "Flagger"])
        let asked = try await Program.run(["promote", "prices", "-n", "shop"], home: home)
        #expect(asked.code == 3 && asked.output.contains("--subresource=status"), "\(asked.output) \(asked.errors)")
        let paused = try await Program.run(["pause", "quotes", "-n", "shop", "--yes"], home: home)
        #expect(paused.code == 0, "\(paused.output) \(paused.errors)")
        let canary = "/apis/flagger.app/v1beta1/namespaces/shop/canaries/quotes"
        #expect(try await demo.get(canary).at("spec", "suspend") == true)
        let resumed = try await Program.run(["resume", "canary/quotes", "-n", "shop", "--yes"], home: home)
        #expect(resumed.code == 0, "\(resumed.output) \(resumed.errors)")
        #expect(try await demo.get(canary).at("spec", "suspend") == false)
        let aborted = try await Program.run(["abort", "prices", "-n", "shop", "--yes"], home: home)
        #expect(aborted.code == 0, "\(aborted.output) \(aborted.errors)")
        let rollout = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/prices"
        #expect(
            try await eventually { try await demo.get(rollout).at("status", "phase") == "Degraded" ? true : nil }
                == true)
        let retried = try await Program.run(["retry", "prices", "-n", "shop", "--yes"], home: home)
        #expect(retried.code == 0, "\(retried.output) \(retried.errors)")
        let unknown = try await Program.run(["pause", "nothing", "-n", "shop", "--yes"], home: home)
        #expect(unknown.code != 0 && unknown.errors.contains("known: "), "\(unknown.errors)")
        // A Flagger that goes on would set other weights between the plan and the server's try.
        let held = try await Program.run(["pause", "canary/quotes", "-n", "shop", "--yes"], home: home)
        #expect(held.code == 0, "\(held.output) \(held.errors)")
        let shift = try await Program.run(["shift", "quotes", "quotes-canary=37", "-n", "shop"], home: home)
        #expect(
            shift.code == 3 && shift.output.contains("Flagger, which will overwrite"), "\(shift.output) \(shift.errors)"
        )
    }
}
