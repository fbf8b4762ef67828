// Turns Istio's samples into edges. Both proxies of a request report it: nothing may be counted twice, what only one
// side saw must not be lost, and where the two disagree that is said (../shared/reference/kiali-istio.md section 1.5).

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
        let sides = Self.withPartialsJoined(requestSides(reading))
        edges.reserveCapacity(sides.count)
        for (key, found) in sides {
            if let edge = edge(key, found) { edges.append(edge) }
        }
        addTCP(reading)
        addBytes(reading)
        foldTunnels()
        sort()
        let silent = edges.filter { $0.meshProtocol != .tcp && $0.reporter == .source }.map(\.destination.workload)
        silentWorkloads = Set(silent).subtracting(["unknown"]).sorted()
    }

    /// By service, then by its callers. Edges are large: their places are sorted, and each is moved once.
    private mutating func sort() {
        // Zero sorts before any letter of a name.
        let keys = edges.indices.map { place -> (key: String, place: Int) in
            let (source, destination) = (edges[place].source, edges[place].destination)
            let service = edges[place].service
            return (
                "\(service.namespace)\0\(service.name)\0\(source.namespace)\0\(source.workload)\0\(destination.workload)\0\(edges[place].meshProtocol.rawValue)\0\(source.cluster ?? "")",
                place
            )
        }
        edges = keys.sorted { $0.key < $1.key }.map { edges[$0.place] }
        index = EdgeIndex(edges)
    }

    /// Puts the past beside each edge.
    mutating func attach(_ history: MetricsHistory) {
        for place in edges.indices {
            (edges[place].requestHistory, edges[place].p99History) = history.edge(edges[place])
        }
    }

    // MARK: Requests

    private mutating func requestSides(_ reading: MetricsReading) -> [EdgeKey: EdgeSides] {
        var sides: [EdgeKey: EdgeSides] = [:]
        let columns = EdgeColumns(IstioQueries.requestLabels)
        for sample in reading.requests where sample.value.isFinite && sample.value > 0 {
            var names = columns.names(sample)
            if let identities = reading.identities {
                // The first sample of an edge says all that the labels left out do.
                identities.place(&names)
                if sides[names.key] == nil, !identities.describe(&names) { hasStrangers = true }
            }
            let reporter = sample.labels[columns.reporter]
            sides[names.key, default: EdgeSides()].add(names, columns.request(sample), reporter)
        }
        return sides
    }

    /// A series that lacks a label describes requests that the other proxy may report in full: then it is that edge's
    /// other side, not an edge of its own. Where nobody else reports them the partial edge stays.
    static func withPartialsJoined(_ sides: [EdgeKey: EdgeSides]) -> [EdgeKey: EdgeSides] {
        let partial = sides.filter { !$0.value.missing.isDisjoint(with: endLabels) }
        guard !partial.isEmpty else { return sides }
        var joined = sides
        for (key, part) in partial {
            let isSource = part.source != nil
            // Reported by both sides alike: an edge between ends that nobody names.
            guard part.source == nil || part.destination == nil else { continue }
            let whole = joined.keys.filter { other in
                guard let found = joined[other], found.missing.isDisjoint(with: endLabels) else { return false }
                return (isSource ? found.source == nil : found.destination == nil) && agrees(key, other)
            }
            guard !whole.isEmpty else { continue }
            joined[key] = nil
            for other in whole { joined[other]?.missing.formUnion(part.missing) }
            // Whatever never arrived was seen by this side alone.
            if let lost = part.source?.unreached, lost.total > 0 {
                var rest = part
                rest.source = EdgeSide(unreached: lost)
                joined[key] = rest
            }
        }
        return joined
    }

    private static let endLabels: Set<String> = [
        "source_workload_namespace", "source_workload", "destination_workload_namespace", "destination_workload",
        "destination_service_namespace", "destination_service_name",
    ]

    /// Whether all that the partial key names is the same in the other.
    private static func agrees(_ partial: EdgeKey, _ whole: EdgeKey) -> Bool {
        func fits(_ left: String, _ right: String) -> Bool { left.isEmpty || left == right }
        return partial.meshProtocol == whole.meshProtocol && fits(partial.source.namespace, whole.source.namespace)
            && fits(partial.source.name, whole.source.name)
            && fits(partial.destination.namespace, whole.destination.namespace)
            && fits(partial.destination.name, whole.destination.name)
            && fits(partial.service.namespace, whole.service.namespace)
            && fits(partial.service.name, whole.service.name)
    }

    /// The destination's word where there is one, and what never reached it from the source. Where the source sent
    /// clearly more than arrived, some of the pods have no proxy: then the source's word is the whole of it.
    private func edge(_ key: EdgeKey, _ sides: EdgeSides) -> MeshEdge? {
        let reached = sides.source?.reached.total ?? 0
        let arrived = sides.destination?.all.total ?? 0
        let isPartial = sides.destination != nil && reached > arrived * 1.25 + 0.2
        var chosen: EdgeSide.Sum
        var reporter = MeshEdge.Reporter.source
        if let destination = sides.destination, !isPartial {
            chosen = destination.all
            if let lost = sides.source?.unreached { chosen.add(lost) }
            reporter = sides.isWaypoint ? .waypoint : .destination
        } else if let source = sides.source {
            chosen = source.all
        } else {
            return nil
        }
        let judged = sides.destination.map { (on: $0.mutual, all: $0.judged) } ?? (on: 0, all: 0)
        var edge = MeshEdge(
            source: node(key.sourceCluster, key.source, sides.sourceApp, sides.sourceVersion),
            destination: node(key.destinationCluster, key.destination, sides.destinationApp, sides.destinationVersion),
            service: key.service, host: sides.host, meshProtocol: key.meshProtocol,
            requestsPerSecond: chosen.total, errorRatio: chosen.errorRatio, responses: chosen.responses,
            flags: chosen.flags, mtlsRatio: judged.all > 0 ? judged.on / judged.all : nil, reporter: reporter)
        edge.grpcStatuses = chosen.statuses
        edge.missingLabels = sides.missing.sorted()
        if let found = latencies.entry(
            LatencyKey(source: key.source, service: key.service, destination: key.destination))
        {
            (edge.histogram, edge.latencyMs) = (found.histogram, found.latency)
        }
        if isPartial { edge.reportedShare = arrived / reached }
        edge.clientView = Self.disagreement(sides)
        return edge
    }

    private func node(_ cluster: String?, _ key: ObjectKey, _ app: String?, _ version: String?) -> MeshNode {
        MeshNode(
            cluster: cluster, namespace: key.namespace.isEmpty ? "unknown" : key.namespace,
            workload: key.name.isEmpty ? "unknown" : key.name, app: app, version: version)
    }

    /// What the client saw of requests that arrived, where the server tells another story of them: a timeout or a reset
    /// that the server counts as answered.
    private static func disagreement(_ sides: EdgeSides) -> MeshEdge.ClientView? {
        guard let client = sides.source?.reached, let server = sides.destination?.all, client.total > 0,
            server.total > 0
        else { return nil }
        let codes = Set(client.responses.keys).union(server.responses.keys)
        let distance =
            codes.reduce(0.0) { sum, code in
                sum + abs((client.responses[code] ?? 0) / client.total - (server.responses[code] ?? 0) / server.total)
            } / 2
        guard distance > 0.02 else { return nil }
        return MeshEdge.ClientView(
            requestsPerSecond: client.total, errorRatio: client.errorRatio, responses: client.responses,
            flags: client.flags)
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
        collect(reading.tcpSent, IstioQueries.tcpLabels, \.sent)
        collect(reading.tcpReceived, IstioQueries.tcpLabels, \.received)
        collect(reading.tcpConnections, IstioQueries.connectionLabels, \.connections, flags: true)
        for (key, tcp) in found {
            let isSeenThere = [tcp.sent, tcp.received, tcp.connections].contains { $0.destination != nil }
            var edge = MeshEdge(
                source: node(key.sourceCluster, key.source, tcp.sides.sourceApp, tcp.sides.sourceVersion),
                destination: node(
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
        let schema = IstioQueries.byteLabels
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
    /// tunnel adds how many were encrypted.
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
        for index in edges.indices where edges[index].meshProtocol == .tcp {
            guard let targets = places[way(edges[index])] else { continue }
            folded.insert(index)
            for target in targets where edges[target].mtlsRatio == nil {
                edges[target].mtlsRatio = edges[index].mtlsRatio
            }
        }
        edges = edges.indices.filter { !folded.contains($0) }.map { edges[$0] }
    }
}

extension EdgeSide {
    init(unreached: Sum) { self.unreached = unreached }
}
