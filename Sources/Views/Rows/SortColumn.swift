// The columns that each pane can be sorted by; the first is the order it starts with.

enum SortColumn {
    static func columns(of pane: PaneName) -> [String] {
        switch pane {
        case .services: ["name", "namespace", "health", "pods", "rps", "errors", "p50", "p95", "p99", "mtls"]
        case .topology: ["name"]
        case .traffic: ["name", "namespace"]
        case .latency: ["p99", "p95", "p50", "name", "rps"]
        case .breakers: ["state", "name", "namespace"]
        case .findings: ["severity", "object", "code", "namespace"]
        case .policies: ["name", "namespace", "mtls"]
        case .workloads: ["name", "namespace", "kind", "ready", "health", "rps"]
        }
    }
}
