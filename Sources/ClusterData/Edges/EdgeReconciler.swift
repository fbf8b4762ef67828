// Turns Istio's samples into edges. Both proxies of a request report it: nothing may be counted twice, what only one
// side saw must not be lost, and where the two disagree that is said.
// The label `reporter`: https://istio.io/latest/docs/reference/config/metrics/#labels

internal import Base
internal import Kube
package import MeshModel

package struct EdgeReconciler: Sendable {
    package private(set) var latencies: LatencyBook
    package private(set) var edges: [MeshEdge] = []
    private(set) var index = EdgeIndex()
    /// Workloads that only clients report, as they have no proxy: their latency is asked of the clients.
    package private(set) var silentWorkloads: [String] = []
    /// Some ends are not among the identities: the labels that were left out are needed.
    private(set) var hasStrangers = false

    /// `latencies` are those that earlier ticks have asked; without them the reading's own are all there are.
    package init(_ reading: MetricsReading, latencies: LatencyBook? = nil) {
        self.latencies = latencies ?? LatencyBook(reading.buckets)
        let table = requestSides(reading)
        let maker = EdgeMaker(latencies: self.latencies)
        edges = Parts.map(table.keys.count) { maker.edge(table.keys[$0], table.sides[$0]) }
        addTCP(reading)
        addBytes(reading)
        foldTunnels()
        sort()
        let silent = edges.filter { $0.meshProtocol != .tcp && $0.reporter == .source }.map(\.destination.workload)
        silentWorkloads = Set(silent).subtracting(["unknown"]).sorted()
    }

    /// By service, then by its callers. Edges are large: their places are sorted, and each is moved once.
    private mutating func sort() {
        let ofServices = Dictionary(grouping: edges.indices) { edges[$0].service }
        let places = ofServices.sorted { $0.key < $1.key }.flatMap { _, places in
            places.sorted { Self.comes(edges[$0], before: edges[$1]) }
        }
        edges = places.map { edges[$0] }
        index = EdgeIndex(edges)
    }

    private static func comes(_ left: MeshEdge, before right: MeshEdge) -> Bool {
        guard left.source.namespace == right.source.namespace, left.source.workload == right.source.workload else {
            return (left.source.namespace, left.source.workload) < (right.source.namespace, right.source.workload)
        }
        return (left.destination.workload, left.meshProtocol.rawValue, left.source.cluster ?? "") < (
            right.destination.workload, right.meshProtocol.rawValue, right.source.cluster ?? ""
        )
    }

    /// Puts the past beside each edge.
    mutating func attach(_ series: SeriesStore) {
        for place in edges.indices {
            edges[place].requestHistory = series.edge(edges[place], .requests)
            edges[place].p99History = series.edge(edges[place], .p99)
        }
    }

    // MARK: Requests

    private mutating func requestSides(_ reading: MetricsReading) -> EdgeTable {
        var table = EdgeTable()
        table.reserve(reading.requests.count / 2)
        let columns = EdgeColumns(TrafficColumns.requests)
        for sample in reading.requests where sample.value.isFinite && sample.value > 0 {
            var names = columns.names(sample)
            reading.identities?.place(&names)
            table.add(names, columns.request(sample), sample.labels[columns.reporter]) { names in
                // The first sample of an edge says all that the labels left out do.
                if reading.identities?.describe(&names) == false { hasStrangers = true }
            }
        }
        table.joinPartials()
        return table
    }

    // MARK: TCP and bytes

    /// TCP edges: bytes and connections. The destination's word is taken where there is one.
    private mutating func addTCP(_ reading: MetricsReading) {
        struct Value {
            var source: Double?
            var destination: Double?
            var chosen: Double? { destination ?? source }
        }
        struct Edge {
            var sides = EdgeSides()
            var sent = Value()
            var received = Value()
            var connections = Value()
            var flags: [String: Value] = [:]
            var mutual = 0.0
            var judged = 0.0
        }
        var found: [EdgeKey: Edge] = [:]
        func collect(
            _ samples: [MetricSample], _ schema: LabelSchema, _ into: WritableKeyPath<Edge, Value>, flags: Bool = false
        ) {
            let columns = EdgeColumns(schema)
            let flagColumn = flags ? schema.index("response_flags") : nil
            for sample in samples where sample.value.isFinite && sample.value > 0 {
                var names = columns.names(sample)
                names.key.meshProtocol = .tcp
                var edge = found[names.key] ?? Edge()
                edge.sides.describe(names)
                func add(_ value: inout Value) {
                    if sample.labels[columns.reporter] == "source" {
                        value.source = (value.source ?? 0) + sample.value
                    } else {
                        value.destination = (value.destination ?? 0) + sample.value
                    }
                }
                add(&edge[keyPath: into])
                if let flagColumn {
                    for flag in sample.labels[flagColumn].split(separator: ",") where flag != "-" {
                        add(&edge.flags[String(flag), default: Value()])
                    }
                } else if sample.labels[columns.reporter] != "source" {
                    edge.judged += sample.value
                    if sample.labels[columns.security] == "mutual_tls" { edge.mutual += sample.value }
                }
                found[names.key] = edge
            }
        }
        collect(reading.tcpSent, TrafficColumns.tcp, \.sent)
        collect(reading.tcpReceived, TrafficColumns.tcp, \.received)
        collect(reading.tcpConnections, TrafficColumns.connections, \.connections, flags: true)
        for (key, tcp) in found {
            let isSeenThere = [tcp.sent, tcp.received, tcp.connections].contains { $0.destination != nil }
            var edge = MeshEdge(
                source: EdgeMaker.node(key.sourceCluster, key.source, tcp.sides.sourceApp, tcp.sides.sourceVersion),
                destination: EdgeMaker.node(
                    key.destinationCluster, key.destination, tcp.sides.destinationApp, tcp.sides.destinationVersion),
                service: key.service, host: tcp.sides.host, meshProtocol: .tcp,
                // Istio names bytes from the server's side: what it received was sent.
                bytesSentPerSecond: tcp.received.chosen, bytesReceivedPerSecond: tcp.sent.chosen,
                flags: tcp.flags.compactMapValues(\.chosen),
                mtlsRatio: tcp.judged > 0 ? tcp.mutual / tcp.judged : nil,
                reporter: isSeenThere ? .destination : .source)
            edge.connectionsPerSecond = tcp.connections.chosen
            edge.missingLabels = tcp.sides.missing.sorted()
            edges.append(edge)
        }
    }

    private mutating func addBytes(_ reading: MetricsReading) {
        let schema = TrafficColumns.bytes
        func collect(_ samples: [MetricSample]) -> [LatencyKey: Double] {
            var sums: [LatencyKey: (source: Double, destination: Double)] = [:]
            for sample in samples where sample.value.isFinite {
                let labels = sample.labels
                guard labels.count == schema.names.count else { continue }
                let key = LatencyKey(
                    source: ObjectKey(labels[1], labels[2]), service: ServiceID(namespace: labels[3], name: labels[4]),
                    destination: ObjectKey(labels[5], labels[6]))
                var sum = sums[key] ?? (0, 0)
                if labels[0] == "source" { sum.source += sample.value } else { sum.destination += sample.value }
                sums[key] = sum
            }
            return sums.mapValues { $0.destination > 0 ? $0.destination : $0.source }
        }
        let sent = collect(reading.requestBytes)
        let received = collect(reading.responseBytes)
        if sent.isEmpty, received.isEmpty { return }
        for index in edges.indices where edges[index].meshProtocol != .tcp {
            let edge = edges[index]
            let key = LatencyKey(
                source: ObjectKey(edge.source.namespace, edge.source.workload), service: edge.service,
                destination: ObjectKey(edge.destination.namespace, edge.destination.workload))
            edges[index].bytesSentPerSecond = sent[key]
            edges[index].bytesReceivedPerSecond = received[key]
        }
    }

    // MARK: Ambient

    /// In ambient mode ztunnel reports as TCP what a waypoint reports as HTTP: the requests are the waypoint's, and the
    /// tunnel adds how many were encrypted and, where they went one way, how many bytes and connections they were.
    private mutating func foldTunnels() {
        struct Way: Hashable {
            var source: MeshNode
            var service: ServiceID
        }
        func way(_ edge: MeshEdge) -> Way {
            var source = edge.source
            (source.app, source.version) = (nil, nil)
            return Way(source: source, service: edge.service)
        }
        let ofWaypoints = edges.indices.filter { edges[$0].reporter == .waypoint }
        guard !ofWaypoints.isEmpty else { return }
        let places = Dictionary(grouping: ofWaypoints) { way(edges[$0]) }
        var folded: Set<Int> = []
        /// By the waypoint's edge, the tunnel whose bytes it carries.
        var tunnels: [Int: Int] = [:]
        for index in edges.indices where edges[index].meshProtocol == .tcp {
            guard let targets = places[way(edges[index])] else { continue }
            folded.insert(index)
            let tunnel = edges[index]
            for target in targets where edges[target].mtlsRatio == nil { edges[target].mtlsRatio = tunnel.mtlsRatio }
            guard let target = targets.first, targets.count == 1, tunnels[target, default: index] == index else {
                continue
            }
            tunnels[target] = index
            edges[target].bytesSentPerSecond = edges[target].bytesSentPerSecond ?? tunnel.bytesSentPerSecond
            edges[target].bytesReceivedPerSecond = edges[target].bytesReceivedPerSecond ?? tunnel.bytesReceivedPerSecond
            edges[target].connectionsPerSecond = edges[target].connectionsPerSecond ?? tunnel.connectionsPerSecond
        }
        edges = edges.indices.filter { !folded.contains($0) }.map { edges[$0] }
    }
}
