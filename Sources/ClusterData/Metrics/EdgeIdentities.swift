// What the labels of an edge say besides its ends: cluster, host, app and version hardly ever change. They make up half
// of an answer, so most ticks are asked without them.

internal import Base
internal import Kube
internal import MeshModel

package struct EdgeIdentities: Sendable {
    struct App: Sendable {
        var name: String?
        var version: String?
    }

    let asOf: Timestamp
    private(set) var cluster: String?
    private var apps: [ObjectKey: App] = [:]
    private var hosts: [ServiceID: String] = [:]

    /// Nil where edges cross clusters: there the labels are part of what an edge is.
    init?(_ samples: [MetricSample], at time: Timestamp) {
        asOf = time
        var clusters: Set<String> = []
        let columns = EdgeColumns(TrafficColumns.requests)
        for sample in samples {
            let names = columns.names(sample)
            if let from = names.key.sourceCluster { clusters.insert(from) }
            if let to = names.key.destinationCluster { clusters.insert(to) }
            guard clusters.count < 2 else { return nil }
            add(names.key.source, names.sourceApp, names.sourceVersion)
            add(names.key.destination, names.destinationApp, names.destinationVersion)
            if hosts[names.key.service]?.isEmpty ?? true { hosts[names.key.service] = names.host }
        }
        cluster = clusters.first
    }

    private mutating func add(_ key: ObjectKey, _ name: String?, _ version: String?) {
        if let known = apps[key], known.name != nil || name == nil, known.version != nil || version == nil { return }
        let known = apps[key]
        apps[key] = App(name: known?.name ?? name, version: known?.version ?? version)
    }

    /// Puts both ends into the one cluster there is.
    func place(_ names: inout EdgeColumns.Names) {
        names.key.sourceCluster = cluster
        names.key.destinationCluster = cluster
    }

    /// Fills in what describes an edge; false when an end or the service is new.
    func describe(_ names: inout EdgeColumns.Names) -> Bool {
        guard let source = apps[names.key.source], let destination = apps[names.key.destination],
            let host = hosts[names.key.service]
        else { return false }
        (names.sourceApp, names.sourceVersion) = (source.name, source.version)
        (names.destinationApp, names.destinationVersion) = (destination.name, destination.version)
        names.host = host
        return true
    }
}
