// Stands in until the panes land.
package import ClusterData
package enum PaneName: String, CaseIterable, Sendable { case services, topology, traffic, latency, breakers, workloads }
package enum PlainText {
    package static func pane(_ name: PaneName, _ snapshot: MeshSnapshot, width: Int) -> String { "" }
    package static func summary(_ snapshot: MeshSnapshot, width: Int) -> String {
        snapshot.services.map { "\($0.id.name) \($0.requestsPerSecond ?? -1) \($0.errorRatio ?? -1) \($0.latencyMs.p99 ?? -1) \($0.health)" }.joined(separator: "\n") + "\n"
    }
}
