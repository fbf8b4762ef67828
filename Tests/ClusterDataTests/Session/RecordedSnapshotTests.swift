import Base
import ClusterData
import DemoMesh
import Foundation
import MeshModel
import TestSupport
import Testing

/// A snapshot that was written down is the same when it is read: what a recorder keeps is what a replay shows.
@Suite struct RecordedSnapshotTests {
    @Test func aMeshWrittenDownReadsBackEqual() async throws {
        let demo = try Demo()
        let session = MeshSession(client: try demo.client(), options: SessionOptions(refreshSeconds: 1))
        await session.start()
        let isThere = try await eventually { () -> Bool? in
            let isLoaded = await session.isLoaded
            return await session.hasMetricsAnswer && isLoaded ? true : nil
        }
        #expect(isThere == true)
        let snapshot = await session.snapshot()
        await session.stop()
        // Nothing of it is left out: rows, rates, the past with its gaps, histograms without end, findings with fixes.
        #expect(!snapshot.services.isEmpty && !snapshot.edges.isEmpty && !snapshot.routes.isEmpty)
        #expect(!snapshot.breakers.isEmpty && !snapshot.policies.isEmpty && !snapshot.findings.isEmpty)
        #expect(snapshot.edges.contains { $0.histogram?.bounds.last == .infinity })
        let written = try JSONEncoder().encode(snapshot)
        let read = try JSONDecoder().decode(MeshSnapshot.self, from: written)
        #expect(same(read.edges, snapshot.edges) && same(read.services, snapshot.services))
        #expect(read.sources == snapshot.sources && read.kinds == snapshot.kinds && read.scope == snapshot.scope)
        #expect(read.workloads == snapshot.workloads && read.routes == snapshot.routes)
        #expect(read.breakers == snapshot.breakers && read.policies == snapshot.policies)
        #expect(read.findings == snapshot.findings && read.time == snapshot.time)
        #expect(try JSONEncoder.sorted.encode(read) == JSONEncoder.sorted.encode(snapshot))
    }

    /// What a script reads is written piece by piece, and is the whole all the same.
    @Test func theOutputInPiecesIsTheWhole() async throws {
        let demo = try Demo()
        let session = MeshSession(client: try demo.client(), options: SessionOptions(asksMetrics: false))
        await session.start()
        #expect(try await eventually { await session.isLoaded ? true : nil } == true)
        let snapshot = await session.snapshot()
        await session.stop()
        var json = ""
        var pieces = 0
        snapshot.writeJSON {
            json += $0
            pieces += 1
        }
        #expect(json == snapshot.json.prettyText + "\n")
        #expect(pieces > 1)
        #expect(snapshot.insights.isEmpty && json.contains("\"insights\": [],"))
        var yaml = ""
        snapshot.writeYAML { yaml += $0 }
        #expect(yaml == YAML.text(snapshot.json))
        var routes = ""
        snapshot.writeJSON(keeping: ["routes"]) { routes += $0 }
        let read = try JSONValue(parsing: Array(routes.utf8))
        #expect(read["routes"]?.prettyText == snapshot.json["routes"]?.prettyText)
        #expect(read.object?.members.map(\.0).contains("edges") == false && !read.list("sources").isEmpty)
    }

    /// A gap is not equal to itself, so pasts are compared without.
    private func same(_ left: [MeshEdge], _ right: [MeshEdge]) -> Bool {
        func bare(_ edge: MeshEdge) -> MeshEdge {
            var edge = edge
            (edge.requestHistory, edge.p99History) = (History(samples: []), History(samples: []))
            return edge
        }
        return left.map(bare) == right.map(bare)
            && left.map(\.requestHistory.values) == right.map(\.requestHistory.values)
            && left.map(\.p99History.values) == right.map(\.p99History.values)
    }

    private func same(_ left: [ServiceSummary], _ right: [ServiceSummary]) -> Bool {
        left.map(\.id) == right.map(\.id) && left.map(\.latencyMs) == right.map(\.latencyMs)
            && left.map(\.requestHistory.values) == right.map(\.requestHistory.values)
    }
}

extension JSONEncoder {
    fileprivate static var sorted: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return encoder
    }
}
