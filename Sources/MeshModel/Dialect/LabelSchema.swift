// Which labels a question's answer has, and what they stand for.

/// The labels a query groups by, in a fixed order, so that a sample holds plain values and no dictionary.
package struct LabelSchema: Sendable, Hashable {
    package var names: [String]
    /// The labels of a series before its answer is read: empty, but for what the query itself says.
    package private(set) var blank: [String]

    package init(_ names: [String]) {
        self.names = names
        blank = [String](repeating: "", count: names.count)
    }

    /// The same for a query that lets one value of a label pass and does not ask for it again.
    package func knowing(_ name: String, _ value: String) -> LabelSchema {
        var schema = self
        if let index = index(name) { schema.blank[index] = value }
        return schema
    }

    package func index(_ name: String) -> Int? { names.firstIndex(of: name) }

    /// As a query groups by them.
    package var list: String { names.joined(separator: ",") }
}

/// The columns of samples, in the order in which the rest of MeshTop reads them. They are called as Istio's labels; an
/// answer of another mesh has its own labels in the same places.
package enum TrafficColumns {
    /// Both ends of an edge.
    package static let ends = [
        "source_cluster", "source_workload_namespace", "source_workload", "source_canonical_service",
        "source_canonical_revision", "destination_cluster", "destination_service_namespace", "destination_service",
        "destination_service_name", "destination_workload_namespace", "destination_workload",
        "destination_canonical_service", "destination_canonical_revision",
    ]
    package static let requests = LabelSchema(
        ends + [
            "reporter", "request_protocol", "response_code", "grpc_response_status", "response_flags",
            "connection_security_policy",
        ])
    package static let buckets = LabelSchema([
        "le", "reporter", "source_workload_namespace", "source_workload", "destination_service_namespace",
        "destination_service_name", "destination_workload_namespace", "destination_workload",
    ])
    package static let tcp = LabelSchema(ends + ["reporter", "connection_security_policy"])
    package static let connections = LabelSchema(ends + ["reporter", "connection_security_policy", "response_flags"])
    package static let bytes = LabelSchema([
        "reporter", "source_workload_namespace", "source_workload", "destination_service_namespace",
        "destination_service_name", "destination_workload_namespace", "destination_workload",
    ])
    package static let service = LabelSchema(["destination_service_namespace", "destination_service_name"])
    package static let serviceBuckets = LabelSchema(service.names + ["le"])
    package static let edge = LabelSchema([
        "source_workload_namespace", "source_workload", "destination_service_namespace", "destination_service_name",
        "destination_workload_namespace", "destination_workload",
    ])
    /// A series of one proxy: counters start anew with it.
    package static let proxy = [
        "pod", "kubernetes_pod_name", "pod_name", "instance", "source_workload_namespace", "source_workload",
        "destination_workload_namespace", "destination_workload",
    ]
    package static let proxyRequests = LabelSchema(
        proxy + [
            "request_protocol", "response_code", "grpc_response_status", "response_flags",
            "connection_security_policy",
        ])
    package static let proxyBuckets = LabelSchema(proxy + ["le"])
    package static let workloadBuckets = LabelSchema([
        "le", "destination_workload_namespace", "destination_workload",
    ])
    /// A metric's name, the proxy as scrape configurations call it, and the upstream by Istio's tag or by Envoy's own.
    package static let proxyStats = LabelSchema([
        "__name__", "namespace", "pod", "kubernetes_namespace", "kubernetes_pod_name", "pod_name", "instance",
        "cluster_name", "envoy_cluster_name",
    ])
    package static let overflows = LabelSchema(Array(proxyStats.names.dropFirst()))
}
