// What the topology pane remembers, and the choice of what it draws: all, a neighbourhood, or a tree.

internal import MeshModel

struct GraphState: Sendable {
    enum Form: Sendable, Hashable { case boxes, tree }

    /// Neighbours of the selection only.
    var focused = false
    var wanted = Form.boxes
    /// What the nodes are.
    var level = GraphLevel.workload
    /// What is drawn now; the tree where boxes find no room.
    var drawn = Form.boxes
    /// How far from the selection the drawn part reaches; nil is everything.
    var steps: Int?
    var graph = MeshGraph()
    var layout = LayeredLayout()
    var tree: [TreeLine] = []
    var selected: NodeID?
    var health: [NodeID: Health] = [:]
    /// Nodes that the whole graph has.
    var total = 0
    private var made: Key?

    private struct Key: Hashable {
        var shape: Int
        var center: NodeID?
        var focused: Bool
        var wanted: Form
        var size: Size
        var width: Int
    }

    static let smallestBox = 12
    static let largestBox = 30
    /// More boxes than this say nothing on a terminal.
    private static let mostBoxes = 150

    /// Lays the graph out anew where something that matters has changed; numbers alone do not.
    mutating func refresh(
        _ all: MeshGraph, service: ServiceID?, node: NodeID? = nil, filter: String = "", size: Size
    ) {
        var whole = all
        health = all.health
        total = whole.nodes.count
        let words = RowFilter(filter)
        if !words.isEmpty {
            let found = whole.nodes.indices.filter {
                words.matches(whole.nodes[$0].id.namespace, whole.nodes[$0].id.workload)
            }
            whole = whole.near(Set(found), steps: 1)
        }
        if let node, whole.nodes.contains(where: { $0.id == node }) { selected = node }
        let center = centre(whole, service)
        let nameWidth = whole.nodes.map { CharacterWidth.of($0.id.workload) + 4 }.max() ?? 0
        let key = Key(
            shape: whole.shape, center: center.first.map { whole.nodes[$0].id },
            focused: focused, wanted: wanted, size: size, width: nameWidth)
        if let selected, !whole.nodes.contains(where: { $0.id == selected }) { self.selected = nil }
        if selected == nil || service != selectedService(whole), let first = center.first {
            selected = whole.nodes[first].id
        }
        if key == made {
            renumber(whole)
            return
        }
        made = key
        build(whole, center: Set(center), nameWidth: nameWidth, size: size)
        if drawn == .boxes, let selected, !graph.nodes.contains(where: { $0.id == selected }) {
            self.selected = graph.nodes.first?.id
        }
    }

    private func selectedService(_ graph: MeshGraph) -> ServiceID? {
        graph.nodes.first { $0.id == selected }?.service
    }

    /// The workloads of the selected service, the selected node first.
    private func centre(_ graph: MeshGraph, _ service: ServiceID?) -> [Int] {
        var found: [Int] = []
        if let service { found = graph.nodes.indices.filter { graph.nodes[$0].service == service } }
        if let selected, let place = graph.nodes.firstIndex(where: { $0.id == selected }) {
            if found.isEmpty { return [place] }
            if let at = found.firstIndex(of: place) { found.swapAt(0, at) }
        }
        return found
    }

    private mutating func build(_ whole: MeshGraph, center: Set<Int>, nameWidth: Int, size: Size) {
        drawn = .boxes
        typealias Attempt = (steps: Int, reach: MeshGraph.Reach)
        var attempts: [Attempt?] = [
            nil, (3, .any), (2, .any), (3, .callersAndCallees), (2, .callersAndCallees), (1, .any),
        ]
        if focused { attempts = [(1, .any)] }
        if center.isEmpty { attempts = [nil] }
        if wanted == .boxes {
            for attempt in attempts {
                let part = attempt.map { whole.near(center, steps: $0.steps, $0.reach) } ?? whole
                guard part.nodes.count <= Self.mostBoxes else { continue }
                let edges = part.edges.map { ($0.from, $0.to) }
                var made = LayeredLayout(nodes: part.nodes.count, edges: edges, boxWidth: Self.smallestBox)
                guard made.columns <= size.columns else { continue }
                // What is left is shared among the boxes, as far as the names need it.
                let spare = (size.columns - made.columns) / max(1, made.layers)
                let width = min(Self.smallestBox + spare, max(Self.smallestBox, min(nameWidth, Self.largestBox)))
                if width > Self.smallestBox {
                    made = LayeredLayout(nodes: part.nodes.count, edges: edges, boxWidth: width)
                }
                (graph, layout, steps, tree) = (part, made, attempt?.steps, [])
                return
            }
        }
        drawn = .tree
        steps = nil
        graph = focused && !center.isEmpty ? whole.near(center, steps: 1) : whole
        layout = LayeredLayout()
        tree = TreeLine.lines(graph)
    }

    /// The same picture with new numbers.
    private mutating func renumber(_ whole: MeshGraph) {
        var places: [NodeID: Int] = [:]
        for (index, node) in graph.nodes.enumerated() { places[node.id] = index }
        var numbers: [Int: MeshGraph.Edge] = [:]
        let count = graph.nodes.count
        for edge in whole.edges {
            guard let from = places[whole.nodes[edge.from].id], let to = places[whole.nodes[edge.to].id] else {
                continue
            }
            numbers[from * count + to] = edge
        }
        for index in graph.edges.indices {
            let old = graph.edges[index]
            guard let fresh = numbers[old.from * count + old.to] else { continue }
            graph.edges[index].traffic = fresh.traffic
            graph.edges[index].disagrees = fresh.disagrees
        }
    }

    // MARK: Moving

    /// Moves the selection to a neighbour: up and down within a layer or the tree, left and right along edges.
    mutating func move(rows: Int, layers: Int) {
        guard drawn == .boxes else {
            let lines = tree.map { graph.nodes[$0.node].id }
            let at = treeCursor ?? 0
            let next = min(max(0, at + rows), lines.count - 1)
            if lines.indices.contains(next) {
                selected = lines[next]
                treeCursor = next
            }
            return
        }
        guard let place = graph.nodes.firstIndex(where: { $0.id == selected }),
            let box = layout.boxes.first(where: { $0.node == place })
        else {
            selected = layout.boxes.first.map { graph.nodes[$0.node].id }
            return
        }
        if rows != 0 {
            let same = layout.boxes.filter { $0.layer == box.layer }.sorted { $0.row < $1.row }
            guard let at = same.firstIndex(of: box) else { return }
            let next = min(max(0, at + rows), same.count - 1)
            selected = graph.nodes[same[next].node].id
        }
        if layers != 0 {
            let wantedLayer = box.layer + layers
            let others = layout.boxes.filter { $0.layer == wantedLayer }
            let linked = Set(graph.edges.flatMap { $0.from == place ? [$0.to] : $0.to == place ? [$0.from] : [] })
            let pool = others.filter { linked.contains($0.node) }
            let middle = box.row * 2 + box.rows
            let nearest = (pool.isEmpty ? others : pool).min { left, right in
                abs(left.row * 2 + left.rows - middle) < abs(right.row * 2 + right.rows - middle)
            }
            if let nearest { selected = graph.nodes[nearest.node].id }
        }
    }

    /// Which line of the tree has the cursor: a node may occur on several.
    var treeCursor: Int?

    mutating func end(last: Bool) {
        if drawn == .tree {
            treeCursor = last ? tree.count - 1 : 0
            selected = tree.isEmpty ? nil : graph.nodes[tree[treeCursor ?? 0].node].id
        } else {
            let box = last ? layout.boxes.last : layout.boxes.first
            selected = box.map { graph.nodes[$0.node].id }
        }
    }
}

/// One line of the tree form; a node that was shown before is not opened again.
struct TreeLine: Sendable, Equatable {
    var node: Int
    /// The edge that leads here; nil at a root.
    var edge: Int?
    /// For every level whether its branch goes on below.
    var branches: [Bool]
    var isRepeated: Bool

    static func lines(_ graph: MeshGraph) -> [TreeLine] {
        var outgoing = [[Int]](repeating: [], count: graph.nodes.count)
        var incoming = [Int](repeating: 0, count: graph.nodes.count)
        for (index, edge) in graph.edges.enumerated() where edge.from != edge.to {
            outgoing[edge.from].append(index)
            incoming[edge.to] += 1
        }
        var lines: [TreeLine] = []
        var seen = [Bool](repeating: false, count: graph.nodes.count)
        func grow(_ root: Int) {
            var stack = [TreeLine(node: root, edge: nil, branches: [], isRepeated: false)]
            while var line = stack.popLast() {
                line.isRepeated = seen[line.node] && !outgoing[line.node].isEmpty
                lines.append(line)
                guard !seen[line.node] else { continue }
                seen[line.node] = true
                // Deep chains stay readable, and a cell always fits.
                guard line.branches.count < 24 else { continue }
                let children = outgoing[line.node].sorted {
                    graph.nodes[graph.edges[$0].to].id < graph.nodes[graph.edges[$1].to].id
                }
                for (position, edge) in children.enumerated().reversed() {
                    stack.append(
                        TreeLine(
                            node: graph.edges[edge].to, edge: edge,
                            branches: line.branches + [position < children.count - 1],
                            isRepeated: false))
                }
            }
        }
        for node in graph.nodes.indices.sorted(by: { graph.nodes[$0].id < graph.nodes[$1].id })
        where incoming[node] == 0 {
            grow(node)
        }
        for node in graph.nodes.indices where !seen[node] { grow(node) }
        return lines
    }
}
