// The graph at one level as the snapshot's schema has it; nodes are referred to by their place in the list.

internal import Base

extension TrafficGraph {
    var json: JSONValue {
        [
            "nodes": .array(nodes.map(\.json)), "edges": .array(edges.map(\.json)),
            "namespaces": .array(boxes(.namespace).map(\.json)), "apps": .array(boxes(.app).map(\.json)),
        ]
    }
}

extension GraphNode {
    fileprivate var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "cluster": .optional(id.cluster), "namespace": .string(id.namespace),
            "name": .string(id.name), "app": .optional(app), "version": .optional(version),
            "service": service.map { .string("\($0.namespace)/\($0.name)") } ?? .null,
            "health": .string(health.rawValue),
            "scaledToZero": .bool(isScaledToZero), "idle": .bool(isIdle), "outOfMesh": .bool(isOutOfMesh),
            "outside": .bool(isOutside), "root": .bool(isRoot), "inbound": traffic.json,
        ]
    }
}

extension GraphEdge {
    fileprivate var json: JSONValue {
        var value = traffic.json
        value["from"] = .int(Int64(from))
        value["to"] = .int(Int64(to))
        value["protocol"] = .string(meshProtocol.rawValue)
        value["services"] = .strings(services.sorted().map { "\($0.namespace)/\($0.name)" })
        value["disagrees"] = .bool(disagrees)
        value["missingLabels"] = .strings(missingLabels.sorted())
        return value
    }
}

extension GraphBox {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "namespace": .string(namespace), "nodes": .array(nodes.map { .int(Int64($0)) }),
            "inbound": inbound.json, "outbound": outbound.json, "inside": inside.json,
        ]
    }
}

extension GraphTraffic {
    fileprivate var json: JSONValue {
        [
            "requestsPerSecond": .optional(requestsPerSecond), "errorRatio": .optional(errorRatio),
            "bytesPerSecond": .optional(bytesPerSecond), "connectionsPerSecond": .optional(connectionsPerSecond),
            "responses": .rates(responses), "grpcStatuses": .rates(grpcStatuses), "flags": .rates(flags),
            "latencyMs": latencyMs.json, "mtlsRatio": .optional(mtlsRatio),
        ]
    }
}
