// All screens that are kept as files. A new one is one line in the list of its subject; `make golden` writes its file.

import Kube
import MeshModel

@testable import Base
@testable import Views

enum GoldenScreens {
    static let all: [GoldenScreen] =
        panes + moves + states + small + ascii + menus + forms + previews + documents + rollouts

    /// The program with the whole mesh, as it starts: what most screens follow on.
    static let services = GoldenScreen("services", mesh: GoldenMesh.shop)

    /// With the cursor on a service that has everything.
    static let reviews = GoldenScreen("services-selected", on: services) { $0.moveTo("reviews") }

    // MARK: Panes

    /// A pane, as its digit shows it.
    static func pane(_ name: PaneName) -> GoldenScreen {
        name == .services ? services : GoldenScreen(name.rawValue, on: services) { $0.go(to: name) }
    }

    static let topology = pane(.topology)
    static let traffic = pane(.traffic)
    static let latency = pane(.latency)
    static let breakers = pane(.breakers)
    static let workloads = pane(.workloads)
    static let findings = pane(.findings)
    static let policies = pane(.policies)

    /// Every pane that there is, alone and zoomed.
    static let panes: [GoldenScreen] =
        PaneName.allCases.map(pane)
        + PaneName.allCases.map(pane).map { pane in
            GoldenScreen("\(pane.name)-zoomed", on: pane, .usual) { $0.type("+") }
        }

    // MARK: What the cursor, filters and orders do

    static let moves: [GoldenScreen] = [
        reviews,
        GoldenScreen("topology-selected", on: reviews, .narrow, .usual) { $0.type("2") },
        GoldenScreen("topology-neighbours", on: reviews, .usual) { $0.type("2f") },
        GoldenScreen("topology-tree", on: reviews, .narrow, .usual) { $0.type("2v") },
        GoldenScreen("topology-of-services", on: reviews, .usual) { $0.type("2VVV") },
        GoldenScreen("traffic-selected", on: reviews, .usual) { $0.type("3j") },
        GoldenScreen("traffic-absent", on: services, .narrow) { $0.type("3") },
        GoldenScreen("latency-of-an-edge", on: latency, .usual) { $0.type("jj") },
        GoldenScreen("breakers-ejecting", on: breakers, .narrow, .usual) { $0.moveTo("reviews") },
        GoldenScreen("breakers-ejecting-later", on: breakers, .narrow) {
            $0.moveTo("reviews")
            $0.send(.tick(.noon + 10))
        },
        GoldenScreen("breakers-near-a-limit", on: breakers, .narrow) { $0.moveTo("search") },
        GoldenScreen("breakers-unknown", on: breakers, .narrow) { $0.moveTo("ledger") },
        GoldenScreen("workloads-last", on: workloads, .narrow) { $0.type("G") },
        GoldenScreen("findings-last", on: findings, .narrow) { $0.type("G") },
        GoldenScreen("policies-with-conflicts", on: policies, .narrow) { $0.type("jjj") },
        GoldenScreen("policies-last", on: policies, .narrow) { $0.type("G") },
        GoldenScreen("filter-typed", on: services, .narrow) { $0.type("/sho") },
        GoldenScreen("filter", on: services, .narrow, .usual) {
            $0.type("/sho")
            $0.press(.enter)
        },
        GoldenScreen("filter-without-a-match", on: services, .narrow) {
            $0.type("/zzz")
            $0.press(.enter)
        },
        GoldenScreen("sorted-by-errors", on: services, .usual) {
            $0.type(":sort errors")
            $0.press(.enter)
        },
        GoldenScreen("sorted-the-other-way", on: services, .usual) { $0.type("I") },
        GoldenScreen("command-typed", on: services, .narrow) { $0.type(":wi") },
        GoldenScreen("command-unknown", on: services, .narrow) {
            $0.type(":reboot")
            $0.press(.enter)
        },
        GoldenScreen("many-rows", mesh: GoldenMesh.crowd, other: services, sizes: [.narrow]) {
            $0.press(.pageDown, .pageDown)
        },
        GoldenScreen("many-rows-last", mesh: GoldenMesh.crowd, other: services, sizes: [.narrow]) { $0.type("G") },
    ]

    // MARK: The program's own state

    static let starting = GoldenScreen("starting", mesh: nil, other: services, sizes: [.narrow, .usual])
    static let empty = GoldenScreen(
        "empty-services", mesh: GoldenMesh.empty, other: starting, sizes: [.narrow, .usual])
    static let partlyRead = GoldenScreen("partly-read-services", on: services) {
        $0.send(.snapshot(GoldenMesh.partlyRead))
    }

    static let states: [GoldenScreen] =
        [starting, empty, partlyRead]
        + PaneName.allCases.dropFirst().flatMap { pane in
            [
                GoldenScreen("empty-\(pane)", on: empty, .narrow) { $0.go(to: pane) },
                GoldenScreen("partly-read-\(pane)", on: partlyRead, .narrow) { $0.go(to: pane) },
            ]
        } + [
            sources("sources-stale", [(.kubernetes, .ok, 0, ""), (.metrics, .stale, 43, "connection refused")]),
            sources(
                "sources-down", [(.kubernetes, .down, 95, "no route to host"), (.metrics, .down, nil, "no route")]),
            sources(
                "sources-refused", [(.kubernetes, .unauthorized, 600, "expired"), (.metrics, .forbidden, nil, "403")]),
            sources("sources-slow", [(.kubernetes, .slow, 12, "8 s an answer"), (.metrics, .slow, 20, "timed out")]),
            sources("sources-starting", [(.kubernetes, .starting, nil, ""), (.metrics, .starting, nil, "")]),
            GoldenScreen("sources-silent", on: services, .narrow, .usual) { $0.send(.tick(.noon + 90)) },
            GoldenScreen("sampled", on: services, .usual) { $0.snapshot { $0.isSampled = true } },
            GoldenScreen("one-namespace", on: services, .narrow) { $0.snapshot { $0.scope = .some(["payments"]) } },
            GoldenScreen("production-selected", on: services, .narrow, .usual) { $0.moveTo("checkout") },
            GoldenScreen("read-only", on: services, .narrow, .usual) {
                $0.model.options.readOnly = "readOnly is true in config.yaml"
            },
            GoldenScreen("demo", on: services, .narrow, .usual) { $0.model.options.demo = true },
            GoldenScreen("paused", on: services, .narrow, .usual) { $0.type("Z") },
            GoldenScreen("clock-ahead", on: services, .narrow) { $0.send(.wallClock(ahead: 3600)) },
            GoldenScreen("notices", on: services) {
                $0.send(.notice("copied reviews", isError: false))
                $0.send(.notice("Scale: RBAC does not let you update deployments/scale.apps", isError: true))
            },
            GoldenScreen("selection-gone", on: reviews, .usual) { screen in
                screen.snapshot { mesh in mesh.services.removeAll { $0.id.name == "reviews" } }
            },
            wall,
            GoldenScreen("wall-next-page", on: wall, .usual) { $0.send(.tick(.noon + 1), .tick(.noon + 17)) },
            GoldenScreen("wall-canary", on: wall) { $0.send(.rollouts([GoldenRollouts.worse], notes: [])) },
            GoldenScreen("well", on: services, .usual) {
                $0.snapshot { mesh in
                    mesh.services.removeAll { $0.health > .healthy }
                    (mesh.breakers, mesh.findings, mesh.insights, mesh.objectives, mesh.edges) = ([], [], [], [], [])
                }
            },
        ]

    static let wall = GoldenScreen("wall", mesh: GoldenMesh.shop, options: ViewOptions(wall: true), other: services)

    private static func sources(
        _ name: String, _ states: [(SourceName, SourceStatus.State, Double?, String)]
    ) -> GoldenScreen {
        GoldenScreen(name, on: services, .narrow, .usual) { $0.send(.snapshot(GoldenMesh.sources(states))) }
    }

    // MARK: Screens without room

    static let small: [GoldenScreen] =
        [(1, 1), (2, 12), (5, 20), (10, 40), (12, 40), (12, 60), (27, 119)].map { rows, columns in
            GoldenScreen(
                "small-\(columns)x\(rows)", mesh: GoldenMesh.shop, sizes: [Size(rows: rows, columns: columns)])
        } + [
            GoldenScreen("small-weights", mesh: GoldenMesh.shop, sizes: [Size(rows: 9, columns: 60)]) {
                $0.moveTo("reviews")
                $0.type("W")
            },
            GoldenScreen(
                "small-wall", mesh: GoldenMesh.shop, options: ViewOptions(wall: true),
                sizes: [Size(rows: 4, columns: 100)]
            ) { $0.send(.rollouts([GoldenRollouts.worse], notes: [])) },
        ]

    // MARK: Terminals without UTF-8

    private static let plain = GoldenScreen(
        "ascii-services", mesh: GoldenMesh.shop, options: ViewOptions(ascii: true), sizes: [.narrow])

    static let ascii: [GoldenScreen] =
        [plain]
        + PaneName.allCases.dropFirst().map { pane in
            GoldenScreen("ascii-\(pane)", on: plain) { $0.go(to: pane) }
        } + [
            GoldenScreen("ascii-weights", on: plain) {
                $0.moveTo("reviews")
                $0.type("W")
            },
            GoldenScreen("ascii-paused", on: plain) {
                $0.snapshot { $0.isSampled = true }
                $0.type("Z")
            },
            GoldenScreen("ascii-deletion", on: plain) {
                $0.type("D")
                $0.answer { .preview(.success(GoldenChanges.deletion), of: $0) }
            },
            GoldenScreen("ascii-rollouts", on: plain) {
                $0.send(.rollouts(GoldenRollouts.all, notes: []))
                $0.type("w")
            },
        ]
}

extension Screen {
    /// Moves the cursor of the pane in focus down to the first row of this service.
    mutating func moveTo(_ service: String) {
        let rows = model[model.focus].rows
        guard let place = rows.firstIndex(where: { $0.service?.name == service }) else { return }
        press(.home)
        for _ in 0..<place { press(.down) }
    }

    /// By its digit, or by its name where it has none.
    mutating func go(to pane: PaneName) {
        let number = Panes.number(of: pane)
        if number < 10 { return type("\(number)") }
        type(":\(pane)")
        press(.enter)
    }

    /// The same snapshot with a difference.
    mutating func snapshot(_ change: (inout MeshSnapshot) -> Void) {
        guard var snapshot = model.snapshot else { return }
        change(&snapshot)
        send(.snapshot(snapshot))
    }
}
