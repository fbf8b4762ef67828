// What the two proxies of an edge counted, kept apart until it is clear whose word holds.

/// Both ends, the service and the protocol. Apps and versions are not part of it: the two proxies may name them
/// differently, and an edge split by that would be counted twice.
struct EdgeKey: Hashable, Sendable {
    var sourceCluster: String?
    var source: ObjectKey
    var destinationCluster: String?
    var destination: ObjectKey
    var service: ServiceID
    var meshProtocol: MeshEdge.MeshProtocol

    /// Keys that differ in the rest alone are few: those that can are told apart by ==.
    func hash(into hasher: inout Hasher) {
        hasher.combine(source.name)
        hasher.combine(destination)
        hasher.combine(service.name)
    }
}

/// What one proxy counted.
struct EdgeSide: Sendable {
    struct Sum: Sendable {
        var total = 0.0
        var errors = 0.0
        var responses: [String: Double] = [:]
        var statuses: [String: Double] = [:]
        var flags: [String: Double] = [:]

        mutating func add(_ sample: EdgeColumns.Request) {
            total += sample.value
            if sample.isError { errors += sample.value }
            if !sample.code.isEmpty { responses[sample.code, default: 0] += sample.value }
            if !sample.status.isEmpty { statuses[sample.status, default: 0] += sample.value }
            for flag in sample.flags { flags[flag, default: 0] += sample.value }
        }

        mutating func add(_ other: Sum) {
            total += other.total
            errors += other.errors
            responses.merge(other.responses, uniquingKeysWith: +)
            statuses.merge(other.statuses, uniquingKeysWith: +)
            flags.merge(other.flags, uniquingKeysWith: +)
        }

        var errorRatio: Double? { total > 0 ? errors / total : nil }
    }

    /// Requests of which a proxy at the destination could know.
    var reached = Sum()
    /// Requests that ended before: overflow, no healthy host, no route, no connection. The client's word is the only one.
    var unreached = Sum()
    var mutual = 0.0
    var judged = 0.0

    var all: Sum {
        var sum = reached
        sum.add(unreached)
        return sum
    }

    mutating func add(_ sample: EdgeColumns.Request) {
        if !sample.flags.isEmpty, sample.flags.contains(where: Self.unreachedFlags.contains) {
            unreached.add(sample)
        } else {
            reached.add(sample)
        }
        switch sample.security {
        case "mutual_tls":
            mutual += sample.value
            judged += sample.value
        case "none": judged += sample.value
        default: break
        }
    }

    /// https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#response-flags
    private static let unreachedFlags: Set<String> = ["UO", "UH", "NR", "NC", "UF", "LR", "DF"]
}

/// Both sides with what describes the edge.
struct EdgeSides: Sendable {
    var source: EdgeSide?
    var destination: EdgeSide?
    var isWaypoint = false
    var host = ""
    var sourceApp: String?
    var sourceVersion: String?
    var destinationApp: String?
    var destinationVersion: String?
    /// Labels that the series lack: somebody removed them with the Telemetry API.
    var missing: Set<String> = []

    mutating func add(_ names: EdgeColumns.Names, _ request: EdgeColumns.Request, _ reporter: String) {
        describe(names)
        if reporter == "source" {
            if source == nil { source = EdgeSide() }
            source?.add(request)
        } else {
            if destination == nil { destination = EdgeSide() }
            destination?.add(request)
            if reporter == "waypoint" { isWaypoint = true }
        }
    }

    mutating func describe(_ names: EdgeColumns.Names) {
        if host.isEmpty { host = names.host }
        sourceApp = sourceApp ?? names.sourceApp
        sourceVersion = sourceVersion ?? names.sourceVersion
        destinationApp = destinationApp ?? names.destinationApp
        destinationVersion = destinationVersion ?? names.destinationVersion
        if !names.missing.isEmpty { missing.formUnion(names.missing) }
    }
}

/// The sides of all edges. They are large: what is looked up are their places.
struct EdgeTable: Sendable {
    private(set) var keys: [EdgeKey] = []
    private(set) var sides: [EdgeSides] = []
    private var places: [EdgeKey: Int] = [:]

    mutating func reserve(_ count: Int) {
        keys.reserveCapacity(count)
        sides.reserveCapacity(count)
        places.reserveCapacity(count)
    }

    /// Adds a sample; `describe` fills in what the labels of an edge's first sample left out.
    mutating func add(
        _ names: consuming EdgeColumns.Names, _ request: EdgeColumns.Request, _ reporter: String,
        describe: (inout EdgeColumns.Names) -> Void
    ) {
        var place = places[names.key]
        if place == nil {
            describe(&names)
            place = sides.count
            places[names.key] = sides.count
            keys.append(names.key)
            sides.append(EdgeSides())
        }
        if let place { sides[place].add(names, request, reporter) }
    }

    /// A series that lacks a label describes requests that the other proxy may report in full: then it is that edge's
    /// other side, not an edge of its own. Where nobody else reports them the partial edge stays.
    mutating func joinPartials() {
        let partial = Set(sides.indices.filter { !sides[$0].missing.isDisjoint(with: EdgeKey.labels) })
        guard !partial.isEmpty else { return }
        var dropped: Set<Int> = []
        for place in partial.sorted() {
            let part = sides[place]
            let isSource = part.source != nil
            // Reported by both sides alike: an edge between ends that nobody names.
            guard part.source == nil || part.destination == nil else { continue }
            let whole = sides.indices.filter { other in
                !partial.contains(other)
                    && (isSource ? sides[other].source == nil : sides[other].destination == nil)
                    && keys[place].agrees(with: keys[other])
            }
            guard !whole.isEmpty else { continue }
            for other in whole { sides[other].missing.formUnion(part.missing) }
            // Whatever never arrived was seen by this side alone.
            if let lost = part.source?.unreached, lost.total > 0 {
                sides[place].source = EdgeSide(unreached: lost)
            } else {
                dropped.insert(place)
            }
        }
        guard !dropped.isEmpty else { return }
        let kept = sides.indices.filter { !dropped.contains($0) }
        (keys, sides) = (kept.map { keys[$0] }, kept.map { sides[$0] })
        places = Dictionary(keys.enumerated().map { ($1, $0) }) { first, _ in first }
    }
}

extension EdgeKey {
    /// Labels without which an end or the service is not known.
    static let labels: Set<String> = [
        "source_workload_namespace", "source_workload", "destination_workload_namespace", "destination_workload",
        "destination_service_namespace", "destination_service_name",
    ]

    /// Whether all that this partial key names is the same in the other.
    func agrees(with whole: EdgeKey) -> Bool {
        func fits(_ left: String, _ right: String) -> Bool { left.isEmpty || left == right }
        return meshProtocol == whole.meshProtocol && fits(source.namespace, whole.source.namespace)
            && fits(source.name, whole.source.name) && fits(destination.namespace, whole.destination.namespace)
            && fits(destination.name, whole.destination.name) && fits(service.namespace, whole.service.namespace)
            && fits(service.name, whole.service.name)
    }
}

extension EdgeSide {
    init(unreached: Sum) { self.unreached = unreached }
}

/// Where each label stands in a sample of a schema.
struct EdgeColumns: Sendable {
    struct Names: Sendable {
        var key: EdgeKey
        var host: String
        var sourceApp: String?
        var sourceVersion: String?
        var destinationApp: String?
        var destinationVersion: String?
        var missing: Set<String>
    }

    struct Request: Sendable {
        var value: Double
        var code: String
        var status: String
        var flags: [String]
        var security: String
        var isError: Bool
    }

    let reporter: Int
    let security: Int
    private let host: Int
    private let code: Int?
    private let grpc: Int?
    private let flags: Int?
    private let requestProtocol: Int?
    private let sourceCluster, sourceNamespace, source, sourceApp, sourceVersion: Int
    private let destinationCluster, destinationNamespace, destination, destinationApp, destinationVersion: Int
    private let serviceNamespace, serviceName: Int
    /// Labels without which an end or the service of an edge is not known.
    private let needed: [(name: String, column: Int)]

    init(_ schema: LabelSchema) {
        func at(_ name: String) -> Int { schema.index(name) ?? 0 }
        host = at("destination_service")
        reporter = at("reporter")
        security = at("connection_security_policy")
        code = schema.index("response_code")
        grpc = schema.index("grpc_response_status")
        flags = schema.index("response_flags")
        requestProtocol = schema.index("request_protocol")
        sourceCluster = at("source_cluster")
        sourceNamespace = at("source_workload_namespace")
        source = at("source_workload")
        sourceApp = at("source_canonical_service")
        sourceVersion = at("source_canonical_revision")
        destinationCluster = at("destination_cluster")
        destinationNamespace = at("destination_workload_namespace")
        destination = at("destination_workload")
        destinationApp = at("destination_canonical_service")
        destinationVersion = at("destination_canonical_revision")
        serviceNamespace = at("destination_service_namespace")
        serviceName = at("destination_service_name")
        needed = [
            "source_workload_namespace", "source_workload", "destination_workload_namespace", "destination_workload",
            "destination_service_namespace", "destination_service_name", "reporter",
        ].map { ($0, at($0)) }
    }

    func names(_ sample: MetricSample) -> Names {
        let label = sample.labels
        func known(_ text: String) -> String? { text.isEmpty || text == "unknown" ? nil : text }
        func version(_ text: String) -> String? { text == "latest" ? nil : known(text) }
        // istio/istio#29373: a proxy that reached nobody does not know the destination's cluster; it is its own.
        let (from, to) = (known(label[sourceCluster]), known(label[destinationCluster]))
        let meshProtocol: MeshEdge.MeshProtocol =
            switch requestProtocol.map({ label[$0] }) {
            case "grpc": .grpc
            case nil, "tcp": .tcp
            default: .http
            }
        let isComplete = needed.allSatisfy { !label[$0.column].isEmpty }
        return Names(
            key: EdgeKey(
                sourceCluster: from ?? to, source: ObjectKey(label[sourceNamespace], label[source]),
                destinationCluster: to ?? from,
                destination: ObjectKey(label[destinationNamespace], label[destination]),
                service: ServiceID(namespace: label[serviceNamespace], name: label[serviceName]),
                meshProtocol: meshProtocol),
            host: label[host], sourceApp: known(label[sourceApp]), sourceVersion: version(label[sourceVersion]),
            destinationApp: known(label[destinationApp]), destinationVersion: version(label[destinationVersion]),
            missing: isComplete ? [] : Set(needed.filter { label[$0.column].isEmpty }.map(\.name)))
    }

    func request(_ sample: MetricSample) -> Request {
        let code = code.map { sample.labels[$0] } ?? ""
        let status = grpc.map { sample.labels[$0] } ?? ""
        let isGRPC = requestProtocol.map { sample.labels[$0] } == "grpc"
        let flags = flags.map { sample.labels[$0] } ?? ""
        // Kiali's rule: a gRPC status other than 0 is an error; without one the HTTP code decides; no code is no answer.
        let isError =
            isGRPC && !status.isEmpty ? status != "0" : code.hasPrefix("5") || code == "0" || code.isEmpty
        return Request(
            value: sample.value, code: code, status: isGRPC ? status : "",
            flags: flags.isEmpty || flags == "-" ? [] : flags.split(separator: ",").map(String.init),
            security: sample.labels[security], isError: isError)
    }
}
