// The graph of who calls whom: boxes and arrows, or a tree where boxes find no room.

internal import Kube
internal import MeshModel

extension ActionID {
    static let graphFocus = ActionID("graph-focus")
    static let graphForm = ActionID("graph-form")
}

extension PaneName {
    static let topology = PaneName("topology")
}

struct TopologyPane: Pane {
    let name = PaneName.topology
    let title = "Topology"
    let shortName = "topo"
    let schemaParts: Set = ["edges"]
    let kinds = ["Service"]
    let sorts = ["name"]
    let takesTurns = false
    let hints: [(id: ActionID, title: String)] = [(.graphFocus, "near/all"), (.graphForm, "boxes/tree")]
    let drawsWithoutRows = true

    var actions: [ViewAction] {
        [
            .local(.graphFocus, ["f"], "topology: neighbours or all", .panes) {
                $0.graph.focused.toggle()
                $0.setFocus(.topology)
            },
            .local(.graphForm, ["v"], "topology: boxes or tree", .panes) {
                $0.graph.wanted = $0.graph.wanted == .boxes ? .tree : .boxes
                $0.setFocus(.topology)
            },
            .local(ActionID("graph-level"), ["V"], "topology: workloads, apps, versions or services", .panes) {
                let all = GraphLevel.allCases
                $0.graph.level = all[((all.firstIndex(of: $0.graph.level) ?? 0) + 1) % all.count]
                $0.whole = nil
                $0.setFocus(.topology)
            },
        ]
    }

    func rows(_ snapshot: MeshSnapshot, _ state: PaneState) -> (rows: [Row], total: Int) { ([], 0) }
    func isSame(_ old: MeshSnapshot, _ new: MeshSnapshot) -> Bool { true }
    func listRows(_ inside: Area) -> Int { inside.rows }
    func isOnSelection(_ model: Model) -> Bool { model.isGraphOnSelection }
    func absence(of chosen: Chosen, _ policyKey: String?) -> String { "\(chosen.name) is not in the graph" }
    func drill(_ model: inout Model) { model.setFocus(.traffic) }

    func titleNote(_ model: Model) -> String {
        let graph = model.graph
        guard graph.total > 0 else { return "" }
        var text = " \(graph.graph.nodes.count)/\(graph.total)"
        if graph.level != .workload { text += " \(graph.level.title)" }
        if graph.drawn == .tree { text += graph.wanted == .tree ? " tree" : " tree: too wide for boxes" }
        if let steps = graph.steps { text += " within \(steps) of the selection" }
        let filter = model[.topology].filter
        return text + (filter.isEmpty ? "" : " /\(filter)")
    }

    // MARK: Moving

    func move(_ model: inout Model, rows: Int) {
        model.graph.move(rows: rows, layers: 0)
        model.followGraph()
    }

    func moveSideways(_ model: inout Model, _ by: Int) -> Bool {
        guard model.graph.drawn == .boxes else { return false }
        model.graph.move(rows: 0, layers: by)
        model.followGraph()
        return true
    }

    func moveToEnd(_ model: inout Model, last: Bool) {
        model.graph.end(last: last)
        model.followGraph()
    }

    func click(_ model: inout Model, _ mouse: MouseEvent, _ inside: Area) {
        guard let node = node(at: mouse, inside, model) else { return }
        model.graph.selected = node
        model.followGraph()
    }

    /// Lays the graph out for the room that it has.
    func refresh(_ model: inout Model, _ snapshot: MeshSnapshot, _ inside: Area) {
        let all = model.whole ?? MeshGraph(snapshot, level: model.graph.level)
        model.whole = all
        model.graph.refresh(
            all, service: model.service, node: model.chosen?.node, filter: model[.topology].filter,
            size: Size(rows: inside.rows, columns: inside.columns))
    }

    // MARK: Drawing

    func draw(_ frame: inout Frame, _ inside: Area, _ model: Model, _ snapshot: MeshSnapshot, _ isFocused: Bool) {
        let state = model.graph
        guard !state.graph.nodes.isEmpty else {
            let why = snapshot.source(.metrics).map {
                $0.state == .ok ? "no traffic in this window" : "metrics \($0.state.rawValue): \($0.detail)"
            }
            frame.put(
                (why ?? "no metrics").fitted(inside.columns - 1), row: inside.row, column: inside.column + 1,
                style: Style(.muted))
            return
        }
        let view = GraphView(
            state: state, snapshot: snapshot, service: model.service,
            isFocused: isFocused && model.isGraphOnSelection)
        if state.drawn == .tree { view.drawTree(&frame, inside) } else { view.drawBoxes(&frame, inside) }
    }

    func text(_ snapshot: MeshSnapshot, _ rows: [Row]) -> [String] {
        let graph = MeshGraph(snapshot)
        if graph.nodes.isEmpty { return ["(no traffic seen)"] }
        return TreeLine.lines(graph).map { line in
            let indent = String(repeating: "  ", count: line.branches.count)
            let node = graph.nodes[line.node].id
            guard let index = line.edge else { return "\(indent)\(node.namespace)/\(node.workload)" }
            let edge = graph.edges[index]
            let rate =
                edge.requestsPerSecond != nil
                ? "\(Numbers.rate(edge.requestsPerSecond))/s, errors \(Numbers.percent(edge.errorRatio))"
                : "\(Numbers.bytes(edge.bytesPerSecond))/s"
            return "\(indent)→ \(node.namespace)/\(node.workload)  \(rate)\(line.isRepeated ? "  (opened above)" : "")"
        }
    }

    /// The node under the mouse.
    private func node(at mouse: MouseEvent, _ inside: Area, _ model: Model) -> NodeID? {
        let state = model.graph
        let origin = GraphView.origin(state, inside)
        if state.drawn == .tree {
            let line = mouse.row - inside.row + origin.row
            return state.tree.indices.contains(line) ? state.graph.nodes[state.tree[line].node].id : nil
        }
        let (row, column) = (mouse.row - inside.row + origin.row, mouse.column - inside.column + origin.column)
        let hit = state.layout.boxes.first {
            row >= $0.row && row < $0.row + $0.rows && column >= $0.column && column < $0.column + $0.columns
        }
        return hit.map { state.graph.nodes[$0.node].id }
    }
}
