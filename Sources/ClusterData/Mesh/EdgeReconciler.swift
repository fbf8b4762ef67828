// Turns Istio's samples into edges. Both proxies of a request report it; nothing may be counted twice, and what
// only one side saw must not be lost (../shared/reference/kiali-istio.md section 1.5).

/// The metrics of one tick.
package struct MetricsReading: Sendable {
    package var asOf: Timestamp
    package var windowSeconds: Int
    package var requests: [MetricSample] = []
    package var buckets: [MetricSample] = []
    package var tcpSent: [MetricSample] = []
    package var tcpReceived: [MetricSample] = []
    package var requestBytes: [MetricSample] = []
    package var responseBytes: [MetricSample] = []
    package var breakerGauges: [MetricSample] = []
    package var overflows: [MetricSample] = []
    package var warnings: [String] = []

    package init(asOf: Timestamp, windowSeconds: Int) {
        self.asOf = asOf
        self.windowSeconds = windowSeconds
    }

    /// The reading without what `EdgeReconciler` has turned into edges and histograms.
    package var withoutSamplesOfEdges: MetricsReading {
        var small = self
        (small.requests, small.buckets, small.tcpSent, small.tcpReceived) = ([], [], [], [])
        (small.requestBytes, small.responseBytes) = ([], [])
        return small
    }
}

package struct EdgeReconciler: Sendable {
    struct Key: Hashable, Sendable {
        var source: MeshNode
        var destination: MeshNode
        var service: ServiceID
        var meshProtocol: MeshEdge.MeshProtocol
    }
    /// Quantiles do not know versions or apps; their key is the part of the edge that buckets are grouped by.
    package struct LatencyKey: Hashable, Sendable {
        var sourceNamespace: String
        var source: String
        var service: ServiceID
        var destinationNamespace: String
        var destination: String
    }
    private struct Side {
        var total = 0.0
        var errors = 0.0
        var responses: [String: Double] = [:]
        var flags: [String: Double] = [:]
        var mutual = 0.0
        var judged = 0.0
        /// Requests that ended before any destination proxy could see them.
        var unreached = Unreached()
    }
    private struct Unreached {
        var total = 0.0
        var errors = 0.0
        var responses: [String: Double] = [:]
        var flags: [String: Double] = [:]
    }
    private struct Sides {
        var host = ""
        var source = Side()
        var destination = Side()
        var hasDestination = false
        var waypoint = false
    }

    /// Flags of requests that never reached a destination proxy (overflow, no healthy host, no route, no
    /// connection): the source's word is the only one.
    private static let unreachedFlags: Set<String> = ["UO", "UH", "NR", "NC", "UF", "LR", "DF"]

    private var buckets: [LatencyKey: HistogramBuckets] = [:]
    /// Buckets by service and destination workload, for shares and workloads.
    package private(set) var byService: [ServiceID: HistogramBuckets] = [:]
    package private(set) var byWorkload: [ObjectKey: HistogramBuckets] = [:]
    package private(set) var byServiceWorkload: [ServiceID: [ObjectKey: HistogramBuckets]] = [:]
    package private(set) var edges: [MeshEdge] = []

    package init(_ reading: MetricsReading) {
        readBuckets(reading.buckets)
        var sides: [Key: Sides] = [:]
        let column = Columns(IstioQueries.requestLabels)
        for sample in reading.requests where sample.value.isFinite && sample.value > 0 {
            let key = column.key(sample)
            var pair = sides[key] ?? Sides()
            if pair.host.isEmpty { pair.host = sample.labels[column.host] }
            let reporter = sample.labels[column.reporter]
            if reporter == "source" {
                Self.add(sample, column, to: &pair.source)
            } else {
                pair.hasDestination = true
                pair.waypoint = pair.waypoint || reporter == "waypoint"
                Self.add(sample, column, to: &pair.destination)
            }
            sides[key] = pair
        }
        edges = sides.map { edge($0.key, $0.value) }
        addTCP(reading)
        addBytes(reading)
        edges.sort { Self.order($0) < Self.order($1) }
    }

    private static func order(_ edge: MeshEdge) -> String {
        "\(edge.service.namespace)/\(edge.service.name)/\(edge.source.namespace)/\(edge.source.workload)/\(edge.destination.workload)/\(edge.meshProtocol.rawValue)"
    }

    private static func add(_ sample: MetricSample, _ column: Columns, to side: inout Side) {
        let code = sample.labels[column.code]
        let flagText = sample.labels[column.flags]
        let flags = flagText.split(separator: ",").map(String.init).filter { $0 != "-" }
        let grpc = sample.labels[column.grpc]
        let isError =
            column.isGRPC(sample) && !grpc.isEmpty
            ? grpc != "0" : code.hasPrefix("5") || code == "0" || code.isEmpty
        side.total += sample.value
        if isError { side.errors += sample.value }
        side.responses[code, default: 0] += sample.value
        for flag in flags { side.flags[flag, default: 0] += sample.value }
        if flags.contains(where: unreachedFlags.contains) {
            side.unreached.total += sample.value
            if isError { side.unreached.errors += sample.value }
            side.unreached.responses[code, default: 0] += sample.value
            for flag in flags { side.unreached.flags[flag, default: 0] += sample.value }
        }
        switch sample.labels[column.security] {
        case "mutual_tls":
            side.mutual += sample.value
            side.judged += sample.value
        case "none": side.judged += sample.value
        default: break
        }
    }

    private func edge(_ key: Key, _ sides: Sides) -> MeshEdge {
        var chosen = sides.hasDestination ? sides.destination : sides.source
        if sides.hasDestination {
            let lost = sides.source.unreached
            chosen.total += lost.total
            chosen.errors += lost.errors
            chosen.responses.merge(lost.responses, uniquingKeysWith: +)
            chosen.flags.merge(lost.flags, uniquingKeysWith: +)
        }
        let latencyKey = LatencyKey(
            sourceNamespace: key.source.namespace, source: key.source.workload, service: key.service,
            destinationNamespace: key.destination.namespace, destination: key.destination.workload)
        return MeshEdge(
            source: key.source, destination: key.destination, service: key.service, host: sides.host,
            meshProtocol: key.meshProtocol, requestsPerSecond: chosen.total,
            errorRatio: chosen.total > 0 ? chosen.errors / chosen.total : nil, responses: chosen.responses,
            flags: chosen.flags, latencyMs: buckets[latencyKey]?.latency ?? Latency(),
            mtlsRatio: chosen.judged > 0 ? chosen.mutual / chosen.judged : nil,
            reporter: sides.hasDestination ? (sides.waypoint ? .waypoint : .destination) : .source)
    }

    private mutating func readBuckets(_ samples: [MetricSample]) {
        let schema = IstioQueries.bucketLabels
        guard let le = schema.index("le"), let sourceNamespace = schema.index("source_workload_namespace"),
            let source = schema.index("source_workload"),
            let serviceNamespace = schema.index("destination_service_namespace"),
            let serviceName = schema.index("destination_service_name"),
            let namespace = schema.index("destination_workload_namespace"),
            let workload = schema.index("destination_workload")
        else { return }
        for sample in samples where sample.value.isFinite {
            guard let bound = PrometheusAnswer.number(sample.labels[le]) else { continue }
            let service = ServiceID(namespace: sample.labels[serviceNamespace], name: sample.labels[serviceName])
            let target = ObjectKey(sample.labels[namespace], sample.labels[workload])
            let key = LatencyKey(
                sourceNamespace: sample.labels[sourceNamespace], source: sample.labels[source], service: service,
                destinationNamespace: target.namespace, destination: target.name)
            buckets[key, default: HistogramBuckets()].add(upperBound: bound, value: sample.value)
        }
        for (key, histogram) in buckets {
            let target = ObjectKey(key.destinationNamespace, key.destination)
            byService[key.service, default: HistogramBuckets()].merge(histogram)
            byWorkload[target, default: HistogramBuckets()].merge(histogram)
            byServiceWorkload[key.service, default: [:]][target, default: HistogramBuckets()].merge(histogram)
        }
    }

    /// TCP edges: bytes only. The destination's word is taken where there is one.
    private mutating func addTCP(_ reading: MetricsReading) {
        struct Bytes {
            var source: Double?
            var destination: Double?
            var value: Double? { destination ?? source }
        }
        let column = Columns(IstioQueries.tcpLabels)
        var hosts: [Key: String] = [:]
        var mutual: [Key: (Double, Double)] = [:]
        func collect(_ samples: [MetricSample]) -> [Key: Bytes] {
            var collected: [Key: Bytes] = [:]
            for sample in samples where sample.value.isFinite && sample.value > 0 {
                var key = column.key(sample)
                key.meshProtocol = .tcp
                hosts[key] = sample.labels[column.host]
                if sample.labels[column.reporter] == "source" {
                    collected[key, default: Bytes()].source = (collected[key]?.source ?? 0) + sample.value
                } else {
                    collected[key, default: Bytes()].destination = (collected[key]?.destination ?? 0) + sample.value
                    let (on, all) = mutual[key] ?? (0, 0)
                    let isMutual = sample.labels[column.security] == "mutual_tls"
                    mutual[key] = (on + (isMutual ? sample.value : 0), all + sample.value)
                }
            }
            return collected
        }
        let sent = collect(reading.tcpSent)
        let received = collect(reading.tcpReceived)
        for key in Set(sent.keys).union(received.keys) {
            edges.append(
                MeshEdge(
                    source: key.source, destination: key.destination, service: key.service, host: hosts[key] ?? "",
                    meshProtocol: .tcp, bytesSentPerSecond: received[key]?.value,
                    bytesReceivedPerSecond: sent[key]?.value,
                    mtlsRatio: mutual[key].map { $0.0 / $0.1 },
                    reporter: (sent[key] ?? received[key])?.destination == nil ? .source : .destination))
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
                    sourceNamespace: labels[1], source: labels[2],
                    service: ServiceID(namespace: labels[3], name: labels[4]), destinationNamespace: labels[5],
                    destination: labels[6])
                var sum = sums[key] ?? (0, 0)
                if labels[0] == "source" { sum.source += sample.value } else { sum.destination += sample.value }
                sums[key] = sum
            }
            return sums.mapValues { $0.destination > 0 ? $0.destination : $0.source }
        }
        let sent = collect(reading.requestBytes)
        let received = collect(reading.responseBytes)
        for index in edges.indices where edges[index].meshProtocol != .tcp {
            let edge = edges[index]
            let key = LatencyKey(
                sourceNamespace: edge.source.namespace, source: edge.source.workload, service: edge.service,
                destinationNamespace: edge.destination.namespace, destination: edge.destination.workload)
            edges[index].bytesSentPerSecond = sent[key]
            edges[index].bytesReceivedPerSecond = received[key]
        }
    }
}

/// Where each label stands in a sample.
private struct Columns {
    let host, reporter, security: Int
    let code, grpc, flags, requestProtocol: Int
    private let ends: [Int]

    init(_ schema: LabelSchema) {
        func at(_ name: String) -> Int { schema.index(name) ?? 0 }
        host = at("destination_service")
        reporter = at("reporter")
        security = at("connection_security_policy")
        code = at("response_code")
        grpc = at("grpc_response_status")
        flags = at("response_flags")
        requestProtocol = at("request_protocol")
        ends = [
            "source_cluster", "source_workload_namespace", "source_workload", "source_canonical_service",
            "source_canonical_revision", "destination_cluster", "destination_workload_namespace",
            "destination_workload", "destination_canonical_service", "destination_canonical_revision",
            "destination_service_namespace", "destination_service_name",
        ].map(at)
    }

    func isGRPC(_ sample: MetricSample) -> Bool { sample.labels[requestProtocol] == "grpc" }

    func key(_ sample: MetricSample) -> EdgeReconciler.Key {
        let label = ends.map { sample.labels[$0] }
        func known(_ text: String) -> String? { text.isEmpty || text == "unknown" ? nil : text }
        let source = MeshNode(
            cluster: known(label[0]), namespace: label[1], workload: label[2].isEmpty ? "unknown" : label[2],
            app: known(label[3]), version: known(label[4]))
        let destination = MeshNode(
            cluster: known(label[5]), namespace: label[6], workload: label[7].isEmpty ? "unknown" : label[7],
            app: known(label[8]), version: known(label[9]))
        let meshProtocol: MeshEdge.MeshProtocol = isGRPC(sample) ? .grpc : .http
        return EdgeReconciler.Key(
            source: source, destination: destination, service: ServiceID(namespace: label[10], name: label[11]),
            meshProtocol: meshProtocol)
    }
}
