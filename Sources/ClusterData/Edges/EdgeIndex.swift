// Where the edges of a service or a workload are among all: an edge is large, its place is not.

internal import Kube
internal import MeshModel

struct EdgeIndex: Sendable {
    private(set) var byService: [ServiceID: Range<Int>] = [:]
    private(set) var bySource: [ObjectKey: [Int]] = [:]
    private(set) var byDestination: [ObjectKey: [Int]] = [:]

    init() {}

    /// Of edges that are sorted by service.
    init(_ edges: [MeshEdge]) {
        var start = 0
        for place in edges.indices {
            let service = edges[place].service
            if place + 1 == edges.count || edges[place + 1].service != service {
                byService[service] = start..<place + 1
                start = place + 1
            }
            bySource[ObjectKey(edges[place].source.namespace, edges[place].source.workload), default: []].append(place)
            byDestination[
                ObjectKey(edges[place].destination.namespace, edges[place].destination.workload), default: []
            ].append(place)
        }
    }
}
