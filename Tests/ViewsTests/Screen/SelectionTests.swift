import Actions
import Kube
import MeshModel
import Testing

@testable import Base
@testable import Views

/// What the verbs act on is what the operator's cursor went to, wherever the focus is and whatever comes in.
@Suite struct SelectionTests {
    /// The case of the issue: a service without a route, and a route of another one in the pane that is looked at.
    @Test func aPaneWithoutARowForTheSelectionLeavesIt() {
        var screen = Screen()
        #expect(screen.model.selection == .service(ServiceID(namespace: "shop", name: "ratings")))
        screen.type("3")
        #expect(screen.model.selection == .service(ServiceID(namespace: "shop", name: "ratings")))
        #expect(screen.text.contains("ratings has no route; E makes one"), "\(screen.text)")
        screen.type("S")
        #expect(screen.text.contains("shop/ratings-v1"), "\(screen.text)")
        screen.press(.escape)
        screen.type("W")
        #expect(screen.text.contains("Shift weights: nothing selected that it applies to"))
        // The first movement takes the row that the cursor was left on; W is then for that route.
        screen.press(.escape)
        screen.type("jW")
        #expect(screen.text.contains("reviews v1"), "\(screen.text)")
    }

    /// A row that belongs to the selection is marked, and the edge of the pane says what the verbs are for.
    @Test func aPaneWithARowOfTheSelectionsServiceNamesTheSelection() {
        var screen = Screen()
        screen.type("j3")
        #expect(screen.text.contains("selected: Service shop/reviews"), "\(screen.text)")
        screen.type("j")
        #expect(!screen.text.contains("selected:"), "\(screen.text)")
    }

    @Test func aFilterThatHidesTheSelectionSaysSo() {
        var screen = Screen()
        screen.type("/revi")
        screen.press(.enter)
        #expect(screen.model.selection == .service(ServiceID(namespace: "shop", name: "ratings")))
        #expect(screen.text.contains("ratings is not among /revi"), "\(screen.text)")
    }

    @Test func whatIsGoneIsNotExchangedForWhatIsThere() {
        var screen = Screen()
        screen.type("6G")
        let before = MeshSnapshot.shop()
        var after = before
        after.workloads.removeAll { $0.name == "reviews-v1" }
        screen.send(.snapshot(after))
        #expect(screen.model.selection == .none)
        screen.type("R")
        #expect(screen.effects.isEmpty)
        #expect(screen.text.contains("Deployment shop/reviews-v1 is not there any more"), "\(screen.text)")
        screen.send(.snapshot(before))
        #expect(screen.model.selection == .workload(namespace: "shop", kind: "Deployment", name: "reviews-v1"))
    }

    /// Of a namespace that is not looked at, or of a kind that is not read, nothing is known to be gone.
    @Test func whatIsOutOfSightIsNotCalledGone() {
        var screen = Screen()
        screen.type("6G")
        var other = MeshSnapshot.shop()
        other.workloads.removeAll { $0.name == "reviews-v1" }
        other.scope = .some(["prod"])
        screen.send(.snapshot(other))
        screen.type("R")
        let title = "Deployment shop/reviews-v1"
        #expect(screen.text.contains("\(title) is outside of the namespaces shown"), "\(screen.text)")
        other.scope = .all
        other.kinds = [KindStatus(kind: "Deployment", group: "apps", state: .forbidden, count: 0)]
        other.kinds[0].reason = "not for you"
        screen.send(.snapshot(other))
        screen.type("R")
        #expect(screen.text.contains("\(title) is not known; Deployment not read: not for you"), "\(screen.text)")
    }

    /// Of several workloads behind a service none is taken for the one that is meant.
    @Test func aServiceWithSeveralWorkloadsAsksWhichOne() {
        var snapshot = MeshSnapshot.shop(services: [.busy("reviews")])
        snapshot.services[0].workloads = ["reviews-v1", "reviews-v2"]
        snapshot.workloads.append(
            WorkloadSummary(namespace: "shop", kind: "Deployment", name: "reviews-v2", desired: 1, ready: 1))
        var screen = Screen(snapshot: snapshot)
        screen.type("R")
        #expect(screen.effects.isEmpty)
        #expect(screen.text.contains("Restart: which one?"), "\(screen.text)")
        screen.press(.down, .enter)
        let target = ObjectReference(kind: "Deployment", namespace: "shop", name: "reviews-v2")
        #expect(screen.effects == [.plan(.restart(target))])
    }

    /// A node of the graph is the workload that it shows, not the first one of its service.
    @Test func aNodeOfTheGraphIsItsOwnWorkload() {
        var snapshot = MeshSnapshot.shop(services: [.busy("reviews")])
        snapshot.services[0].workloads = ["reviews-v1", "reviews-v2"]
        snapshot.workloads.append(
            WorkloadSummary(namespace: "shop", kind: "Deployment", name: "reviews-v2", desired: 1, ready: 1))
        var edge = MeshEdge.call("frontend", "reviews", rate: 10)
        edge.destination.workload = "reviews-v2"
        snapshot.edges = [.call("frontend", "reviews", rate: 60), edge]
        var screen = Screen(snapshot: snapshot)
        screen.type("2")
        screen.press(.end)
        guard let node = screen.model.graph.selected else {
            Issue.record("no node")
            return
        }
        #expect(
            screen.model.selection == .workload(namespace: "shop", kind: "Deployment", name: node.workload),
            "\(screen.text)")
    }

    /// Keys that move no cursor, in any order, with snapshots, ticks and sizes in between.
    @Test(arguments: 0..<40) func onlyTheCursorMovesTheSelection(seed: Int) {
        var dice = Dice(seed: UInt64(seed))
        var services = ["ads", "cart", "reviews", "ratings", "users"].map(ServiceSummary.busy)
        var snapshot = MeshSnapshot.shop(services: services)
        snapshot.routes.append(.split("users", [("v1", 50, 0.5), ("v2", 50, 0.5)]))
        var screen = Screen(snapshot: snapshot)
        for _ in 0..<Int.random(in: 0...4, using: &dice) { screen.press(.down) }
        let chosen = screen.model.chosen
        let target = VerbTable.scale.target(screen.model.selection, screen.model.verbContext)
        for _ in 0..<120 {
            let turn = Int.random(in: 0..<14, using: &dice)
            switch turn {
            case 0: screen.type(String(Int.random(in: 1...8, using: &dice)))
            case 1: screen.press(Bool.random(using: &dice) ? .tab : .backTab)
            case 2: screen.type(["+", "_", "I", "f", "v", "V"].randomElement(using: &dice) ?? "+")
            case 3:
                screen.type("s")
                screen.press(.down, .enter)
            case 4:
                screen.type("/" + (["a", "revi", "x", "!s"].randomElement(using: &dice) ?? "a"))
                screen.press(Bool.random(using: &dice) ? .enter : .escape)
            case 5: screen.press(.escape)
            case 6: screen.send(.tick(.noon + Double.random(in: 0...100, using: &dice)))
            case 7, 8:
                services.shuffle(using: &dice)
                var fresh = snapshot
                fresh.services = services
                fresh.services[0].requestsPerSecond = .random(in: 0...100, using: &dice)
                fresh.routes.shuffle(using: &dice)
                fresh.edges.shuffle(using: &dice)
                screen.send(.snapshot(fresh))
            case 9:
                screen.size = Size(rows: .random(in: 0...60, using: &dice), columns: .random(in: 0...200, using: &dice))
                screen.send(.resize(screen.size))
            case 10: screen.press(.enter)
            case 11: screen.press(Bool.random(using: &dice) ? .left : .right)
            case 12:
                screen.type(["?", ".", "n", "!", "x", "t"].randomElement(using: &dice) ?? "?")
                screen.press(.escape)
            default: screen.type("@")
            }
            // In the graph the arrows that lie across move its cursor.
            if turn == 11, screen.model.chosen != chosen, screen.model.focus == .topology { return }
            #expect(screen.model.chosen == chosen)
            #expect(VerbTable.scale.target(screen.model.selection, screen.model.verbContext) == target)
        }
    }
}
