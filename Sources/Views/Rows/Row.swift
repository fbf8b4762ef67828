// A row of a pane, and what it stands for.

internal import MeshModel

/// A row of a pane by what it stands for, so that a selection survives a new order.
enum RowKey: Sendable, Hashable {
    case service(ServiceID)
    case edge(source: String, destination: String, service: ServiceID)
    case route(kind: String, namespace: String, name: String, section: String, index: Int, part: Int)
    case breaker(namespace: String, rule: String, host: String, subset: String?, port: Int?)
    case workload(namespace: String, kind: String, name: String)
    case finding(code: String, object: FindingObject, path: String)
    /// Something that no verb acts on: a node of the graph that is no workload, a namespace. Its kind is empty where
    /// the name says enough.
    case other(kind: String, namespace: String?, name: String)

    init(_ route: RouteSummary, part: Int) {
        self = .route(
            kind: route.kind.rawValue, namespace: route.namespace, name: route.name, section: route.section.rawValue,
            index: route.index, part: part)
    }

    init(_ edge: MeshEdge) {
        self = .edge(
            source: "\(edge.source.namespace)/\(edge.source.workload)",
            destination: "\(edge.destination.namespace)/\(edge.destination.workload)", service: edge.service)
    }
}

/// One row: its key, the place of its object in the snapshot and the service it belongs to.
struct Row: Sendable {
    var key: RowKey
    var index: Int
    var part: Int = 0
    var service: ServiceID?
}
