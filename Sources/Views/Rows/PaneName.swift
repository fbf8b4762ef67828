// The panes by their names.

internal import Istio
internal import MeshModel

package enum PaneName: String, CaseIterable, Sendable {
    case services, topology, traffic, latency, breakers, workloads, findings, policies

    var title: String {
        switch self {
        case .services: "Services"
        case .topology: "Topology"
        case .traffic: "Traffic"
        case .latency: "Latency"
        case .breakers: "Breakers"
        case .workloads: "Workloads"
        case .findings: "Findings"
        case .policies: "Policies"
        }
    }

    /// The members of the snapshot's schema that this pane shows.
    package var schemaParts: Set<String> {
        switch self {
        case .services: ["services"]
        case .topology: ["edges"]
        case .traffic: ["routes"]
        case .latency: ["services", "edges"]
        case .breakers: ["breakers"]
        case .workloads: ["workloads"]
        case .findings: ["findings"]
        case .policies: ["policies"]
        }
    }

    /// The kinds whose objects the pane is made of.
    package var kinds: [String] {
        switch self {
        case .services: ["Service", "Pod", "EndpointSlice", "Namespace"]
        case .topology, .latency: ["Service"]
        case .workloads:
            MeshSnapshot.templateKinds + ["Pod", "HorizontalPodAutoscaler", "CronJob", "Namespace"]
        case .traffic: MeshSnapshot.routeKinds + ["DestinationRule", "Service", "Pod"] + MeshSnapshot.templateKinds
        case .breakers: ["DestinationRule", "Service", "ServiceEntry", "Pod", "ConfigMap"]
        case .policies:
            MeshSnapshot.templateKinds + [
                "PeerAuthentication", "AuthorizationPolicy", "RequestAuthentication", "DestinationRule", "EnvoyFilter",
                "NetworkPolicy", "ConfigMap", "Sidecar", "Telemetry", "Service", "Pod", "Namespace",
            ]
        case .findings: Analyzer.kinds.map(\.kind).sorted()
        }
    }

    /// Those that take turns in the lower right place of the overview.
    static let cornered: [PaneName] = [.latency, .breakers, .workloads, .findings, .policies]

    var number: Int { (PaneName.allCases.firstIndex(of: self) ?? 0) + 1 }
}
