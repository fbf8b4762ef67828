import MeshModel
import Testing

@testable import Views

@Suite struct LayeredLayoutTests {
    static func random(_ count: Int, _ edges: Int, seed: UInt64) -> [(from: Int, to: Int)] {
        var dice = Dice(seed: seed)
        var seen: Set<Int> = []
        return (0..<edges).compactMap { _ in
            let (from, to) = (Int.random(in: 0..<count, using: &dice), Int.random(in: 0..<count, using: &dice))
            return seen.insert(from * count + to).inserted ? (from, to) : nil
        }
    }

    @Test(arguments: [1, 2, 5, 20, 60]) func boxesNeverOverlap(count: Int) {
        let layout = LayeredLayout(nodes: count, edges: Self.random(count, count * 2, seed: 3), boxWidth: 16)
        #expect(layout.boxes.count == count)
        for (index, box) in layout.boxes.enumerated() {
            for other in layout.boxes[(index + 1)...] where other.layer == box.layer {
                #expect(other.row >= box.row + box.rows || box.row >= other.row + other.rows)
            }
            #expect(box.row >= 0 && box.row + box.rows <= layout.rows)
            #expect(box.column >= 0 && box.column + box.columns <= layout.columns)
        }
    }

    @Test func everyEdgeHasOneArrowAlsoInACycle() {
        let edges = Self.random(30, 70, seed: 9)
        let layout = LayeredLayout(nodes: 30, edges: edges, boxWidth: 16)
        for (index, edge) in edges.enumerated() where edge.from != edge.to {
            let arrows = layout.segments.filter { $0.edge == index && ($0.arrowLeft || $0.arrowRight) }
            #expect(arrows.count == 1)
        }
    }

    @Test func callersStandLeftOfWhatTheyCall() {
        let layout = LayeredLayout(nodes: 3, edges: [(0, 1), (1, 2), (0, 2)], boxWidth: 16)
        let layers = layout.boxes.sorted { $0.node < $1.node }.map(\.layer)
        #expect(layers == [0, 1, 2])
    }

    @Test func aPlanarTreeIsDrawnWithoutACrossing() {
        // Given in an order that crosses: the sweeps have to mend it.
        let edges = [(from: 0, to: 2), (from: 1, to: 3), (from: 0, to: 4), (from: 1, to: 5)]
        let layout = LayeredLayout(nodes: 6, edges: edges, boxWidth: 16)
        let order = layout.boxes.filter { $0.layer == 1 }.sorted { $0.row < $1.row }.map(\.node)
        #expect(order == [2, 4, 3, 5] || order == [4, 2, 3, 5] || order == [2, 4, 5, 3] || order == [3, 5, 2, 4])
    }
}

@Suite struct TopologyPaneTests {
    @Test func theGraphHasBoxesArrowsAndRates() {
        var screen = Screen(rows: 30, columns: 110)
        screen.type("2")
        for part in ["frontend-v1", "reviews-v1", "ratings-v1", "▶", "60.0/s", "20.0/s"] {
            #expect(screen.text.contains(part), "\(part)\n\(screen.text)")
        }
    }

    @Test func whereBoxesFindNoRoomThereIsATree() {
        var screen = Screen(rows: 20, columns: 44)
        screen.type("2")
        screen.type("v")
        #expect(screen.text.contains("└─"))
        let narrow = Screen(rows: 20, columns: 24)
        var tree = narrow
        tree.type("2")
        #expect(tree.model.graph.drawn == .tree)
    }

    @Test func theSelectionMovesAlongTheArrows() {
        var screen = Screen(rows: 30, columns: 110)
        screen.type("2g")
        #expect(screen.model.graph.selected?.workload == "frontend-v1")
        screen.press(.right)
        #expect(screen.model.graph.selected?.workload == "reviews-v1")
        #expect(screen.model.service?.name == "reviews")
        screen.press(.right)
        #expect(screen.model.service?.name == "ratings")
    }

    @Test func aTreeOfACycleEnds() {
        var graph = MeshGraph()
        graph.nodes = ["a", "b"].map { .init(id: NodeID(namespace: "n", workload: $0)) }
        graph.edges = [.init(from: 0, to: 1), .init(from: 1, to: 0)]
        #expect(TreeLine.lines(graph).count == 3)
    }
}
