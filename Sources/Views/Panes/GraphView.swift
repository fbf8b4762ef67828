// Draws a laid-out graph.

internal import Kube
internal import MeshModel

/// Draws a laid-out graph into a rectangle, scrolled so that the selection is visible.
struct GraphView {
    var state: GraphState
    var snapshot: MeshSnapshot
    var service: ServiceID?
    var isFocused: Bool

    /// The cell of the graph that lies in the rectangle's upper left corner.
    static func origin(_ state: GraphState, _ inside: Area) -> (row: Int, column: Int) {
        if state.drawn == .tree {
            let cursor = line(state)
            return (max(0, min(cursor - inside.rows / 2, state.tree.count - inside.rows)), 0)
        }
        let slack = (inside.columns - state.layout.columns) / 2
        let column = -max(0, slack)
        guard state.layout.rows > inside.rows else { return (-(inside.rows - state.layout.rows) / 2, column) }
        let box = state.layout.boxes.first { state.graph.nodes[$0.node].id == state.selected }
        let middle = box.map { $0.row + $0.rows / 2 } ?? 0
        return (max(0, min(middle - inside.rows / 2, state.layout.rows - inside.rows)), column)
    }

    static func line(_ state: GraphState) -> Int {
        if let cursor = state.treeCursor, state.tree.indices.contains(cursor),
            state.graph.nodes[state.tree[cursor].node].id == state.selected
        {
            return cursor
        }
        return state.tree.firstIndex { state.graph.nodes[$0.node].id == state.selected } ?? 0
    }

    private func health(_ id: NodeID) -> Health {
        state.health[id] ?? .unknown
    }

    private func edgeRole(_ edge: MeshGraph.Edge) -> Role {
        guard let ratio = edge.errorRatio else { return .edge }
        return ratio >= 0.05
            ? .failing : ratio >= 0.01 ? .degraded : (edge.requestsPerSecond ?? 0) > 0 ? .healthy : .edge
    }

    /// Rate and errors; where both find no room, the errors.
    private func label(_ edge: MeshGraph.Edge, room: Int = .max) -> String {
        guard edge.requestsPerSecond != nil else {
            return edge.bytesPerSecond == nil ? Numbers.unknown : Numbers.bytes(edge.bytesPerSecond) + "/s"
        }
        let errors = edge.errorRatio.map { $0 > 0 ? " " + Numbers.percent($0) : "" } ?? ""
        // What the client saw is not what the server counted.
        let rate = (edge.disagrees ? "≠" : "") + Numbers.rate(edge.requestsPerSecond)
        return ["\(rate)/s\(errors)", "\(rate)\(errors)", errors.isEmpty ? rate : "✖" + errors].first {
            CharacterWidth.of($0) <= room
        } ?? errors
    }

    // MARK: Boxes

    func drawBoxes(_ frame: inout Frame, _ inside: Area) {
        let origin = Self.origin(state, inside)
        var canvas = Canvas(inside, originRow: origin.row, originColumn: origin.column)
        let selectedPlace = state.graph.nodes.firstIndex { $0.id == state.selected }
        // Lines of the selection last, so that they lie on top.
        let segments = state.layout.segments.sorted { left, right in
            touches(left, selectedPlace) ? false : touches(right, selectedPlace)
        }
        for segment in segments {
            let edge = state.graph.edges[segment.edge]
            canvas.line(segment, style: Style(edgeRole(edge), touches(segment, selectedPlace) ? .bold : []))
        }
        canvas.paint(&frame)
        for segment in segments {
            let edge = state.graph.edges[segment.edge]
            let style = Style(edgeRole(edge))
            if segment.arrowRight { canvas.put("▶", segment.toRow, segment.toColumn, style, &frame) }
            if segment.arrowLeft { canvas.put("◀", segment.fromRow, segment.fromColumn, style, &frame) }
            if segment.hasLabel {
                let text = label(edge, room: LayeredLayout.labelWidth - 2).fitted(LayeredLayout.labelWidth - 2)
                canvas.put(text, segment.toRow, segment.toColumn - 1 - CharacterWidth.of(text), style, &frame)
            }
        }
        for box in state.layout.boxes { draw(box, canvas, &frame) }
    }

    private func touches(_ segment: LayeredLayout.Segment, _ node: Int?) -> Bool {
        guard let node else { return false }
        let edge = state.graph.edges[segment.edge]
        return edge.from == node || edge.to == node
    }

    private func draw(_ box: LayeredLayout.Box, _ canvas: Canvas, _ frame: inout Frame) {
        let node = state.graph.nodes[box.node]
        let isSelected = node.id == state.selected
        let isLinked = service != nil && node.service == service
        let health = health(node.id)
        let border =
            isSelected
            ? (isFocused ? Style(.selected, .bold) : Style(.accent, .bold))
            : isLinked
                ? Style(.accent, .bold) : Style(HealthSign.role(health) == .healthy ? .border : HealthSign.role(health))
        let across = String(repeating: isSelected ? "═" : "─", count: box.columns - 2)
        let corners = isSelected ? ("╔", "╗", "╚", "╝", "║") : ("┌", "┐", "└", "┘", "│")
        canvas.put(corners.0 + across + corners.1, box.row, box.column, border, &frame)
        canvas.put(corners.2 + across + corners.3, box.row + box.rows - 1, box.column, border, &frame)
        for row in (box.row + 1)..<(box.row + box.rows - 1) {
            canvas.put(corners.4, row, box.column, border, &frame)
            canvas.put(corners.4, row, box.column + box.columns - 1, border, &frame)
        }
        let room = box.columns - 2
        let name = node.id.workload.fittedBothEnds(room - 2)
        canvas.put("\(HealthSign.glyph(health)) ", box.row + 1, box.column + 1, Style(HealthSign.role(health)), &frame)
        canvas.put(name, box.row + 1, box.column + 3, isSelected ? Style(.title, .bold) : .text, &frame)
        canvas.put(note(node).fittedBothEnds(room), box.row + 2, box.column + 1, Style(.muted), &frame)
    }

    /// What a node is where it is no workload, else where it is.
    private func note(_ node: MeshGraph.Node) -> String {
        let place = node.id.namespace
        switch node.kind {
        case .serviceEntry: return "external \(place)"
        case .ingressGateway: return "ingress \(place)"
        case .egressGateway: return "egress \(place)"
        case .waypoint: return "waypoint \(place)"
        case .passthrough, .blackHole: return "outside the mesh"
        case .unnamed: return "label missing"
        default: return node.isScaledToZero ? "0 pods \(place)" : place
        }
    }

    // MARK: Tree

    func drawTree(_ frame: inout Frame, _ inside: Area) {
        let origin = Self.origin(state, inside)
        let cursor = Self.line(state)
        for offset in 0..<inside.rows {
            let place = origin.row + offset
            guard state.tree.indices.contains(place) else { break }
            let line = state.tree[place]
            let row = inside.row + offset
            let end = inside.column + inside.columns
            var x = inside.column + 1
            func put(_ text: String, _ style: Style) {
                x = frame.put(text.fitted(end - x), row: row, column: x, style: style)
            }
            for (level, goesOn) in line.branches.enumerated() {
                let isLast = level == line.branches.count - 1
                put(isLast ? (goesOn ? "├─" : "└─") : (goesOn ? "│ " : "  "), Style(.border))
            }
            let node = state.graph.nodes[line.node]
            let health = health(node.id)
            put(HealthSign.glyph(health), Style(HealthSign.role(health)))
            var words = [
                CellText(node.id.workload, service != nil && node.service == service ? Style(.accent, .bold) : .text),
                CellText(note(node), .muted),
            ]
            if let index = line.edge {
                let edge = state.graph.edges[index]
                words.append(CellText(label(edge), edgeRole(edge)))
            }
            if line.isRepeated { words.append(CellText("…", .muted)) }
            // What finds no room ends with `…`: a number that is cut would be another number.
            for word in words {
                x += 1
                put(word.text, word.style)
            }
            if place == cursor {
                if isFocused {
                    frame.restyle(row: row, columns: inside.column..<end) { Style(.selected, $0.attributes) }
                } else {
                    frame.put("▸", row: row, column: inside.column, style: Style(.accent, .bold))
                }
            }
        }
    }
}
