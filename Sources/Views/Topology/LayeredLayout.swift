// Places a directed graph in layers from left to right (Sugiyama, Tagawa and Toda 1981): cycles broken, longest
// paths for layers, dummy nodes for long edges, barycentre sweeps against crossings.

/// Where everything goes, in cells. Rows and columns count from the graph's upper left corner.
struct LayeredLayout: Sendable, Equatable {
    struct Box: Sendable, Equatable {
        var node: Int
        var layer: Int
        var row: Int
        var column: Int
        var rows: Int
        var columns: Int
    }

    /// A line of an edge from a point right of one box to a point left of another, bent once between layers.
    struct Segment: Sendable, Equatable {
        var edge: Int
        var fromRow: Int
        var fromColumn: Int
        /// The column where it bends.
        var bend: Int
        var toRow: Int
        var toColumn: Int
        /// The arrow is at the right end; a reversed edge has it at its left end.
        var arrowRight: Bool
        var arrowLeft: Bool
        /// The last stretch of an edge carries its label.
        var hasLabel: Bool
    }

    var boxes: [Box] = []
    var segments: [Segment] = []
    var rows = 0
    var columns = 0
    var layers = 0

    static let labelWidth = 12

    /// One place in a layer: a node, or the way of a long edge through it.
    private struct Place {
        var node: Int?
        var edge: Int?
        var layer: Int
        var order = 0
        var top = 0
        var height = 1
        var before: [Int] = []
        var after: [Int] = []
    }

    /// A stretch of an edge between two neighbouring layers.
    private struct Stretch {
        var edge: Int
        var from: Int
        var to: Int
        var reversed: Bool
        var first: Bool
        var last: Bool
    }

    init() {}

    init(nodes count: Int, edges: [(from: Int, to: Int)], boxWidth: Int) {
        guard count > 0 else { return }
        let reversed = Self.reversedEdges(count, edges)
        let directed = edges.enumerated().map { index, edge in
            reversed[index] ? (from: edge.to, to: edge.from) : edge
        }
        let layer = Self.layers(count, directed)
        layers = (layer.max() ?? 0) + 1
        var places = (0..<count).map { Place(node: $0, edge: nil, layer: layer[$0]) }
        var stretches: [Stretch] = []
        for (index, edge) in directed.enumerated() where edge.from != edge.to {
            var at = edge.from
            for next in (layer[edge.from] + 1)...layer[edge.to] {
                var target = edge.to
                if next < layer[edge.to] {
                    target = places.count
                    places.append(Place(node: nil, edge: index, layer: next))
                }
                places[at].after.append(target)
                places[target].before.append(at)
                stretches.append(
                    Stretch(
                        edge: index, from: at, to: target, reversed: reversed[index], first: at == edge.from,
                        last: target == edge.to))
                at = target
            }
        }
        var order = Self.ordered(&places, layers: layers)
        Self.placeRows(&places, &order)
        draw(places, order, stretches, boxWidth: boxWidth)
    }

    /// Edges that close a cycle, found depth first; self-loops are not among them.
    private static func reversedEdges(_ count: Int, _ edges: [(from: Int, to: Int)]) -> [Bool] {
        var outgoing = [[Int]](repeating: [], count: count)
        var incoming = [Int](repeating: 0, count: count)
        for (index, edge) in edges.enumerated() where edge.from != edge.to {
            outgoing[edge.from].append(index)
            incoming[edge.to] += 1
        }
        var state = [UInt8](repeating: 0, count: count)
        var reversed = [Bool](repeating: false, count: edges.count)
        let starts = (0..<count).sorted { (incoming[$0], $0) < (incoming[$1], $1) }
        for start in starts where state[start] == 0 {
            var stack = [(node: start, next: 0)]
            state[start] = 1
            while let top = stack.last {
                if top.next == outgoing[top.node].count {
                    state[top.node] = 2
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let edge = outgoing[top.node][top.next]
                let to = edges[edge].to
                if state[to] == 1 {
                    reversed[edge] = true
                } else if state[to] == 0 {
                    state[to] = 1
                    stack.append((to, 0))
                }
            }
        }
        return reversed
    }

    /// Longest path from a source.
    private static func layers(_ count: Int, _ edges: [(from: Int, to: Int)]) -> [Int] {
        var outgoing = [[Int]](repeating: [], count: count)
        var waiting = [Int](repeating: 0, count: count)
        for edge in edges where edge.from != edge.to {
            outgoing[edge.from].append(edge.to)
            waiting[edge.to] += 1
        }
        var layer = [Int](repeating: 0, count: count)
        var ready = (0..<count).filter { waiting[$0] == 0 }
        var next = 0
        while next < ready.count {
            let node = ready[next]
            next += 1
            for to in outgoing[node] {
                layer[to] = max(layer[to], layer[node] + 1)
                waiting[to] -= 1
                if waiting[to] == 0 { ready.append(to) }
            }
        }
        return layer
    }

    /// The order of each layer's places after sweeps to and fro; the best by crossings is kept.
    private static func ordered(_ places: inout [Place], layers: Int) -> [[Int]] {
        var order = [[Int]](repeating: [], count: layers)
        for index in places.indices { order[places[index].layer].append(index) }
        func note() {
            for layer in order { for (position, index) in layer.enumerated() { places[index].order = position } }
        }
        note()
        var best = order
        var fewest = crossings(order, places)
        for sweep in 0..<8 where fewest > 0 {
            let forward = sweep % 2 == 0
            for layer in forward ? Array(0..<layers) : (0..<layers).reversed() {
                let keyed = order[layer].map { index -> (key: Double, index: Int) in
                    let neighbours = forward ? places[index].before : places[index].after
                    guard !neighbours.isEmpty else { return (Double(places[index].order), index) }
                    let sum = neighbours.reduce(0) { $0 + places[$1].order }
                    return (Double(sum) / Double(neighbours.count), index)
                }
                order[layer] = keyed.enumerated()
                    .sorted { ($0.element.key, $0.offset) < ($1.element.key, $1.offset) }.map(\.element.index)
                for (position, index) in order[layer].enumerated() { places[index].order = position }
            }
            let now = crossings(order, places)
            if now < fewest { (best, fewest) = (order, now) }
        }
        order = best
        note()
        return order
    }

    /// Crossings between neighbouring layers, by counting inversions with a Fenwick tree.
    private static func crossings(_ order: [[Int]], _ places: [Place]) -> Int {
        var total = 0
        for layer in order.indices.dropLast() {
            let width = order[layer + 1].count
            var tree = [Int](repeating: 0, count: width + 1)
            var seen = 0
            for index in order[layer] {
                let ends = places[index].after.map { places[$0].order }.sorted()
                for end in ends {
                    var position = end + 1
                    var notAbove = 0
                    while position > 0 {
                        notAbove += tree[position]
                        position -= position & -position
                    }
                    total += seen - notAbove
                }
                for end in ends {
                    seen += 1
                    var position = end + 1
                    while position <= width {
                        tree[position] += 1
                        position += position & -position
                    }
                }
            }
        }
        return total
    }

    /// Rows: boxes as high as they have lines on one side, layers centred on each other where their order allows.
    private static func placeRows(_ places: inout [Place], _ order: inout [[Int]]) {
        for index in places.indices where places[index].node != nil {
            places[index].height = max(2, places[index].before.count, places[index].after.count) + 2
        }
        for layer in order {
            var row = 0
            for index in layer {
                places[index].top = row
                row += places[index].height + (places[index].node == nil ? 0 : 1)
            }
        }
        for sweep in 0..<4 {
            let forward = sweep % 2 == 0
            for layer in forward ? Array(order.indices) : order.indices.reversed() {
                align(order[layer], &places, towards: forward)
            }
        }
        let least = places.map(\.top).min() ?? 0
        for index in places.indices { places[index].top -= least }
    }

    private static func align(_ layer: [Int], _ places: inout [Place], towards before: Bool) {
        var wanted: [Int] = []
        for index in layer {
            let neighbours = before ? places[index].before : places[index].after
            guard !neighbours.isEmpty else {
                wanted.append(places[index].top)
                continue
            }
            let middle = neighbours.reduce(0) { $0 + places[$1].top * 2 + places[$1].height } / neighbours.count
            wanted.append((middle - places[index].height) / 2)
        }
        // Down from the top without overlap; what that pushes down on average is taken back for the layer as a whole.
        var row = Int.min / 2
        var pushed = 0
        for (position, index) in layer.enumerated() {
            places[index].top = max(wanted[position], row)
            pushed += places[index].top - wanted[position]
            row = places[index].top + places[index].height + (places[index].node == nil ? 0 : 1)
        }
        let back = layer.isEmpty ? 0 : pushed / layer.count
        for index in layer { places[index].top -= back }
    }

    /// Turns places into boxes and lines: ports on the boxes' sides, a bend column per line between two layers.
    private mutating func draw(_ places: [Place], _ order: [[Int]], _ stretches: [Stretch], boxWidth: Int) {
        var gapStretches = [[Int]](repeating: [], count: layers)
        for (index, stretch) in stretches.enumerated() { gapStretches[places[stretch.from].layer].append(index) }
        var rightPort = [Int](repeating: 0, count: stretches.count)
        var leftPort = [Int](repeating: 0, count: stretches.count)
        var outgoing = [[Int]](repeating: [], count: places.count)
        var incoming = [[Int]](repeating: [], count: places.count)
        for (index, stretch) in stretches.enumerated() {
            outgoing[stretch.from].append(index)
            incoming[stretch.to].append(index)
        }
        for index in places.indices {
            let place = places[index]
            let out = outgoing[index].sorted { places[stretches[$0].to].order < places[stretches[$1].to].order }
            let into = incoming[index].sorted { places[stretches[$0].from].order < places[stretches[$1].from].order }
            let (start, room) = place.node == nil ? (place.top, 1) : (place.top + 1, place.height - 2)
            for (position, stretch) in out.enumerated() {
                rightPort[stretch] = start + (room - out.count) / 2 + position
            }
            for (position, stretch) in into.enumerated() {
                leftPort[stretch] = start + (room - into.count) / 2 + position
            }
        }
        var column = 0
        for layer in 0..<layers {
            for index in order[layer] {
                guard let node = places[index].node else { continue }
                boxes.append(
                    Box(
                        node: node, layer: layer, row: places[index].top, column: column, rows: places[index].height,
                        columns: boxWidth))
                rows = max(rows, places[index].top + places[index].height)
            }
            let start = column + boxWidth
            columns = max(columns, start)
            let here = gapStretches[layer]
            guard !here.isEmpty else { continue }
            let (bends, tracks) = Self.bends(here, rightPort, leftPort)
            let width = 1 + tracks + 1 + Self.labelWidth
            for (position, index) in here.enumerated() {
                let stretch = stretches[index]
                let fromDummy = places[stretch.from].node == nil
                segments.append(
                    Segment(
                        edge: stretch.edge, fromRow: rightPort[index], fromColumn: fromDummy ? start - boxWidth : start,
                        bend: start + 1 + bends[position], toRow: leftPort[index], toColumn: start + width - 1,
                        arrowRight: stretch.last && !stretch.reversed, arrowLeft: stretch.first && stretch.reversed,
                        hasLabel: stretch.last))
                rows = max(rows, max(rightPort[index], leftPort[index]) + 1)
            }
            column = start + width
        }
    }

    /// A track for every line between two layers, so that vertical pieces on one track never overlap.
    private static func bends(_ lines: [Int], _ from: [Int], _ to: [Int]) -> (tracks: [Int], count: Int) {
        var taken: [[ClosedRange<Int>]] = []
        var tracks = [Int](repeating: 0, count: lines.count)
        // Lines that go down bend the later the higher they start; lines that go up the other way round.
        let order = lines.indices.sorted { left, right in
            let (a, b) = (lines[left], lines[right])
            let (downA, downB) = (to[a] > from[a], to[b] > from[b])
            if downA != downB { return downA }
            return downA ? (from[a], to[a]) > (from[b], to[b]) : (from[a], to[a]) < (from[b], to[b])
        }
        for position in order {
            let line = lines[position]
            guard from[line] != to[line] else { continue }
            let span = min(from[line], to[line])...max(from[line], to[line])
            if let free = taken.firstIndex(where: { $0.allSatisfy { !$0.overlaps(span) } }) {
                taken[free].append(span)
                tracks[position] = free
            } else {
                tracks[position] = taken.count
                taken.append([span])
            }
        }
        return (tracks, max(1, taken.count))
    }
}
