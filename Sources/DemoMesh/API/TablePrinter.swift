// Tables as `kubectl get` asks for: the columns that the real server prints for each kind.

internal import ClusterData

enum TablePrinter {
    private struct Column {
        var name: String
        var type = "string"
        var priority = 0
        var value: (JSONValue) -> JSONValue
    }

    static func table(_ objects: [JSONValue], _ type: ResourceType, _ server: APIServer, version: JSONValue?)
        -> JSONValue
    {
        let columns = columns(type, server)
        return [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": version ?? [:],
            "columnDefinitions": .array(
                columns.map { column in
                    [
                        "name": .string(column.name), "type": .string(column.type),
                        "format": column.name == "Name" ? "name" : "", "description": "",
                        "priority": .int(Int64(column.priority)),
                    ]
                }),
            "rows": .array(
                objects.map { object in
                    [
                        "cells": .array(columns.map { $0.value(object) }),
                        "object": [
                            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                            "metadata": object["metadata"] ?? [:],
                        ],
                    ]
                }),
        ]
    }

    private static func columns(_ type: ResourceType, _ server: APIServer) -> [Column] {
        let name = Column(name: "Name") { $0.at("metadata", "name") ?? "" }
        let age = Column(name: "Age") { ageText($0, server.store.clock()) }
        func number(_ title: String, _ path: String...) -> Column {
            Column(name: title, type: "integer") { object in
                var value: JSONValue? = object
                for key in path { value = value?[key] }
                return value ?? 0
            }
        }
        func text(_ title: String, _ path: String..., priority: Int = 0) -> Column {
            Column(name: title, priority: priority) { object in
                var value: JSONValue? = object
                for key in path { value = value?[key] }
                return value ?? "<none>"
            }
        }
        func ready(_ object: JSONValue) -> JSONValue {
            .string("\(object.at("status", "readyReplicas")?.int ?? 0)/\(object.at("spec", "replicas")?.int ?? 0)")
        }
        switch type.key {
        case "pods.":
            return [
                name, Column(name: "Ready") { podReady($0) }, Column(name: "Status") { podStatus($0) },
                Column(name: "Restarts") { .string(String(restarts($0))) }, age,
                text("IP", "status", "podIP", priority: 1), text("Node", "spec", "nodeName", priority: 1),
            ]
        case "deployments.apps":
            return [
                name, Column(name: "Ready") { ready($0) }, number("Up-to-date", "status", "updatedReplicas"),
                number("Available", "status", "availableReplicas"), age,
            ]
        case "statefulsets.apps": return [name, Column(name: "Ready") { ready($0) }, age]
        case "replicasets.apps":
            return [
                name, number("Desired", "spec", "replicas"), number("Current", "status", "replicas"),
                number("Ready", "status", "readyReplicas"), age,
            ]
        case "daemonsets.apps":
            return [
                name, number("Desired", "status", "desiredNumberScheduled"),
                number("Current", "status", "currentNumberScheduled"),
                number("Ready", "status", "numberReady"), number("Up-to-date", "status", "updatedNumberScheduled"),
                number("Available", "status", "numberAvailable"), age,
            ]
        case "services.":
            return [
                name, text("Type", "spec", "type"), text("Cluster-IP", "spec", "clusterIP"),
                Column(name: "External-IP") { _ in "<none>" }, Column(name: "Port(s)") { ports($0) }, age,
            ]
        case "namespaces.", "nodes.": return [name, text("Status", "status", "phase"), age]
        case "horizontalpodautoscalers.autoscaling":
            return [
                name,
                Column(name: "Reference") {
                    .string(
                        "\($0.at("spec", "scaleTargetRef", "kind")?.string ?? "")/\($0.at("spec", "scaleTargetRef", "name")?.string ?? "")"
                    )
                },
                Column(name: "Targets") { .string(hpaTargets($0)) }, number("MinPods", "spec", "minReplicas"),
                number("MaxPods", "spec", "maxReplicas"), number("Replicas", "status", "currentReplicas"), age,
            ]
        case "events.":
            return [
                Column(name: "Last Seen") { _ in "1m" }, text("Type", "type"), text("Reason", "reason"),
                Column(name: "Object") {
                    .string(
                        "\($0.at("involvedObject", "kind")?.string?.lowercased() ?? "")/\($0.at("involvedObject", "name")?.string ?? "")"
                    )
                }, text("Message", "message"),
            ]
        case "configmaps.", "secrets.":
            return [
                name, Column(name: "Data", type: "integer") { .int(Int64($0.at("data")?.object?.keys.count ?? 0)) },
                age,
            ]
        default:
            let own = server.schemas.kinds[type.key]?.columns ?? []
            let printed = own.filter { $0.name != "Age" }.map { column in
                Column(name: column.name, type: column.type) { jsonPath(column.path, $0) }
            }
            return [name] + printed + [age]
        }
    }

    /// `.spec.hosts` style paths; anything more involved prints as absent.
    private static func jsonPath(_ path: String, _ object: JSONValue) -> JSONValue {
        var value: JSONValue? = object
        for key in path.split(separator: ".") {
            guard !key.contains("[") else { return .null }
            value = value?[String(key)]
        }
        if case .array(let elements)? = value { return .string(JSONValue.array(elements).compactText) }
        return value ?? .null
    }

    private static func podReady(_ pod: JSONValue) -> JSONValue {
        let statuses = pod["status"]?.list("containerStatuses") ?? []
        let ready = statuses.filter { $0["ready"] == true }
        return .string("\(ready.count)/\(pod.at("spec", "containers")?.array?.count ?? 0)")
    }

    private static func podStatus(_ pod: JSONValue) -> JSONValue {
        if pod.at("metadata", "deletionTimestamp") != nil { return "Terminating" }
        for status in pod["status"]?.list("containerStatuses") ?? [] {
            if let reason = status.at("state", "waiting", "reason") { return reason }
        }
        return pod.at("status", "phase") ?? "Unknown"
    }

    private static func restarts(_ pod: JSONValue) -> Int {
        (pod["status"]?.list("containerStatuses") ?? []).reduce(0) { $0 + ($1["restartCount"]?.int ?? 0) }
    }

    private static func ports(_ service: JSONValue) -> JSONValue {
        let list = (service["spec"]?.list("ports") ?? []).map {
            "\($0["port"]?.int ?? 0)/\($0["protocol"]?.string ?? "TCP")"
        }
        return .string(list.isEmpty ? "<none>" : list.joined(separator: ","))
    }

    private static func hpaTargets(_ hpa: JSONValue) -> String {
        let target = hpa["spec"]?.list("metrics").first?.at("resource", "target", "averageUtilization")?.int
        let current = hpa["status"]?.list("currentMetrics").first?.at("resource", "current", "averageUtilization")?.int
        return "cpu: \(current.map { "\($0)%" } ?? "<unknown>")/\(target.map { "\($0)%" } ?? "<none>")"
    }

    private static func ageText(_ object: JSONValue, _ now: Timestamp) -> JSONValue {
        guard let created = object.at("metadata", "creationTimestamp")?.string.flatMap({ Timestamp(rfc3339: $0) })
        else {
            return "<unknown>"
        }
        let seconds = max(0, Int(now - created))
        switch seconds {
        case ..<120: return .string("\(seconds)s")
        case ..<600: return .string("\(seconds / 60)m\(seconds % 60 == 0 ? "" : "\(seconds % 60)s")")
        case ..<7200: return .string("\(seconds / 60)m")
        case ..<172_800: return .string("\(seconds / 3600)h")
        default: return .string("\(seconds / 86400)d")
        }
    }
}
