// What the labels of a sample say of an edge.

internal import Kube
internal import MeshModel

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
