// A small mesh whose every number is an input's: what a preview, a snapshot and a history make of it.

@testable import Base
@testable import ClusterData
@testable import Istio
@testable import Kube
@testable import MeshModel

/// Numbers as a metric may say them, drawn from an input: those that trap where they are not expected, or any bits.
struct OddNumbers {
    private var rest: ArraySlice<UInt8>

    private static let known: [Double] = [
        0, -0.0, 1, -1, 0.5, 5, 100, 1e6, 1e15, 1e18, 9.3e18, -9.3e18, 1.8e19, 1e30, -1e30, 1e300, -1e300, .infinity,
        -.infinity, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1e-300, 1_700_000_000, -1_700_000_000,
    ]

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isOver: Bool { rest.isEmpty }

    mutating func byte() -> Int { rest.popFirst().map { Int($0) } ?? 0 }

    mutating func next() -> Double {
        let first = byte()
        if first < Self.known.count { return Self.known[first] }
        // A plain count or ratio, most of the time; any eight bytes else.
        if first < 200 { return Double(first) * Double(byte()) / 64 }
        var bits: UInt64 = 0
        for _ in 0..<8 { bits = bits << 8 | UInt64(byte()) }
        return Double(bitPattern: bits)
    }
}

enum SeriesMesh {
    static let service = ServiceID(namespace: "shop", name: "web")

    private static func decoded<Object: ClusterObject>(_ value: JSONValue) -> Object? {
        let bytes = Array(value.compactText.utf8)
        var scanner = JSONScanner(bytes.span)
        return try? Object(&scanner)
    }

    /// A service of two versions with a split, limits, an autoscaler and a caller.
    static let objects: ClusterObjects = {
        var objects = ClusterObjects()
        for kind in WatchedKind.all { objects.states[kind] = (.ok, "") }
        func meta(_ name: String, _ labels: JSONValue = [:]) -> JSONValue {
            ["name": .string(name), "namespace": "shop", "resourceVersion": "1", "labels": labels]
        }
        for app in ["web", "front"] {
            let made: Service? = decoded([
                "metadata": meta(app), "spec": ["selector": ["app": .string(app)], "ports": [["port": 80]]],
            ])
            if let made { objects.services[made.meta.key] = made }
        }
        for (app, version) in [("web", "v1"), ("web", "v2"), ("front", "v1")] {
            let labels: JSONValue = ["app": .string(app), "version": .string(version)]
            let workload: Workload? = decoded([
                "metadata": meta("\(app)-\(version)"),
                "spec": ["replicas": 2, "template": ["metadata": ["labels": labels]]], "status": ["readyReplicas": 2],
            ])
            if let workload { objects.deployments[workload.meta.key] = workload }
            var pod: JSONValue = [
                "metadata": meta("\(app)-\(version)-abc-1", labels),
                "spec": ["containers": [["name": "istio-proxy"]]],
                "status": ["conditions": [["type": "Ready", "status": "True"]]],
            ]
            pod.set(
                ["metadata", "ownerReferences"],
                to: [["kind": "ReplicaSet", "name": .string("\(app)-\(version)-abc"), "controller": true]])
            let made: Pod? = decoded(pod)
            if let made { objects.pods[made.meta.key] = made }
        }
        func config(_ kind: WatchedKind, _ spec: JSONValue) {
            let made: ConfigObject? = decoded(["metadata": meta("web"), "spec": spec])
            if let made { objects.configs[kind, default: [:]][made.meta.key] = made }
        }
        config(
            .virtualservices,
            [
                "hosts": ["web"],
                "http": [
                    [
                        "route": [
                            ["destination": ["host": "web", "subset": "v1"], "weight": 90],
                            ["destination": ["host": "web", "subset": "v2"], "weight": 10],
                        ]
                    ]
                ],
            ])
        config(
            .destinationrules,
            [
                "host": "web",
                "trafficPolicy": ["connectionPool": ["tcp": ["maxConnections": 10]], "outlierDetection": [:]],
                "subsets": [
                    ["name": "v1", "labels": ["version": "v1"]], ["name": "v2", "labels": ["version": "v2"]],
                ],
            ])
        return objects
    }()

    private static func sample(_ schema: LabelSchema, _ values: [String: String], _ value: Double) -> MetricSample {
        let common = [
            "source_workload_namespace": "shop", "source_workload": "front-v1",
            "destination_service_namespace": "shop", "destination_service": "web.shop.svc.cluster.local",
            "destination_service_name": "web", "destination_workload_namespace": "shop", "reporter": "destination",
            "request_protocol": "http", "response_flags": "-", "connection_security_policy": "mutual_tls",
            "cluster_name": "outbound|80||web.shop.svc.cluster.local", "namespace": "shop", "pod": "front-v1-abc-1",
            "envoy_cluster_name": "outbound|80||web.shop.svc.cluster.local",
        ]
        return MetricSample(labels: schema.names.map { values[$0] ?? common[$0] ?? "" }, value: value)
    }

    /// What every query of one tick answers.
    static func reading(_ numbers: inout OddNumbers, at time: Timestamp) -> MetricsReading {
        var reading = MetricsReading(asOf: time, windowSeconds: 60)
        for version in ["v1", "v2"] {
            let to = ["destination_workload": "web-\(version)"]
            for (code, flags) in [("200", "-"), ("503", "UO"), ("0", "DC")] {
                for reporter in ["source", "destination"] {
                    let labels = to.merging(["response_code": code, "response_flags": flags, "reporter": reporter]) {
                        $1
                    }
                    reading.requests.append(sample(TrafficColumns.requests, labels, numbers.next()))
                }
            }
            for bound in ["5", "100", "2500", "1e300", "-1", "NaN", "+Inf"] {
                let labels = to.merging(["le": bound]) { $1 }
                reading.buckets.append(sample(TrafficColumns.buckets, labels, numbers.next()))
            }
            reading.tcpSent.append(sample(TrafficColumns.tcp, to, numbers.next()))
            reading.tcpReceived.append(sample(TrafficColumns.tcp, to, numbers.next()))
            reading.tcpConnections.append(sample(TrafficColumns.connections, to, numbers.next()))
            reading.requestBytes.append(sample(TrafficColumns.bytes, to, numbers.next()))
            reading.responseBytes.append(sample(TrafficColumns.bytes, to, numbers.next()))
        }
        for stat in EnvoyStatNames.clusterStats {
            let named = sample(TrafficColumns.proxyStats, ["__name__": "envoy_cluster_\(stat)"], numbers.next())
            reading.breakerStats.append(named)
            reading.breakerRates.append(MetricSample(labels: named.labels, value: numbers.next()))
        }
        reading.overflows = [sample(TrafficColumns.overflows, [:], numbers.next())]
        return reading
    }

    /// Some ticks one after the other, each kept as history, with the past that range queries gave before.
    static func snapshots(_ numbers: inout OddNumbers) -> [MeshSnapshot] {
        var series = SeriesStore(stepSeconds: 5)
        var past = SeriesPast(resolution: 0, end: numbers.next(), count: 20)
        past.services = SeriesMeasure.allCases.map { measure in
            let points = (0..<4).map { _ in (time: numbers.next(), value: numbers.next()) }
            return (measure, [MetricSeries(labels: ["shop", "web"], points: points)])
        }
        series.fill(past)
        var made: [MeshSnapshot] = []
        repeat {
            let time = Timestamp(seconds: made.count.isMultiple(of: 2) ? 1_700_000_000 : numbers.next())
            let reading = reading(&numbers, at: time)
            var edges = EdgeReconciler(reading)
            var inputs = SnapshotInputs(
                time: time, context: "fuzz",
                sources: [
                    SourceStatus(name: .kubernetes, state: .ok, asOf: time),
                    SourceStatus(name: .metrics, state: .ok, asOf: time),
                ],
                objects: objects, metrics: reading.withoutSamplesOfEdges, reconciled: edges, series: series)
            let first = SnapshotBuilder.build(inputs)
            series.append(at: time, services: first.services, workloads: first.workloads, edges: first.edges)
            edges.attach(series)
            (inputs.reconciled, inputs.series) = (edges, series)
            made.append(SnapshotBuilder.build(inputs))
        } while !numbers.isOver && made.count < 4
        return made
    }
}
