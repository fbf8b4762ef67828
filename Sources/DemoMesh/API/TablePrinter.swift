// Tables as `kubectl get` asks for: the columns that the real server prints for each kind.

internal import Base
internal import Istio

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
        let selector = Column(name: "Selector", priority: 1) { labels($0.at("spec", "selector", "matchLabels")) }
        func joined(_ title: String, _ member: String) -> Column {
            Column(name: title, priority: 1) { object in
                let containers = object.at("spec", "template", "spec")?.list("containers") ?? []
                return .string(containers.compactMap { $0[member]?.string }.joined(separator: ","))
            }
        }
        let containers = [joined("Containers", "name"), joined("Images", "image")]
        switch type.key {
        case "pods.":
            return [
                name, Column(name: "Ready") { podReady($0) }, Column(name: "Status") { podStatus($0) },
                Column(name: "Restarts") { .string(String(restarts($0))) }, age,
                text("IP", "status", "podIP", priority: 1), text("Node", "spec", "nodeName", priority: 1),
                text("Nominated Node", "status", "nominatedNodeName", priority: 1),
                Column(name: "Readiness Gates", priority: 1) { readinessGates($0) },
            ]
        case "deployments.apps":
            return [
                name, Column(name: "Ready") { ready($0) }, number("Up-to-date", "status", "updatedReplicas"),
                number("Available", "status", "availableReplicas"), age,
            ] + containers + [selector]
        case "statefulsets.apps": return [name, Column(name: "Ready") { ready($0) }, age] + containers
        case "replicasets.apps":
            return [
                name, number("Desired", "spec", "replicas"), number("Current", "status", "replicas"),
                number("Ready", "status", "readyReplicas"), age,
            ] + containers + [selector]
        case "daemonsets.apps":
            return [
                name, number("Desired", "status", "desiredNumberScheduled"),
                number("Current", "status", "currentNumberScheduled"),
                number("Ready", "status", "numberReady"), number("Up-to-date", "status", "updatedNumberScheduled"),
                number("Available", "status", "numberAvailable"),
                Column(name: "Node Selector") { labels($0.at("spec", "template", "spec", "nodeSelector")) }, age,
            ] + containers + [selector]
        case "services.":
            return [
                name, text("Type", "spec", "type"), text("Cluster-IP", "spec", "clusterIP"),
                Column(name: "External-IP") { externalAddress($0) }, Column(name: "Port(s)") { ports($0) }, age,
                Column(name: "Selector", priority: 1) { labels($0.at("spec", "selector")) },
            ]
        case "namespaces.": return [name, text("Status", "status", "phase"), age]
        case "nodes.":
            return [
                name, Column(name: "Status") { nodeStatus($0) }, Column(name: "Roles") { _ in "<none>" }, age,
                text("Version", "status", "nodeInfo", "kubeletVersion"),
                Column(name: "Internal-IP", priority: 1) { address("InternalIP", $0) },
                Column(name: "External-IP", priority: 1) { address("ExternalIP", $0) },
                text("OS-Image", "status", "nodeInfo", "osImage", priority: 1),
                text("Kernel-Version", "status", "nodeInfo", "kernelVersion", priority: 1),
                text("Container-Runtime", "status", "nodeInfo", "containerRuntimeVersion", priority: 1),
            ]
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
        case "poddisruptionbudgets.policy":
            return [
                name, Column(name: "Min Available") { bound($0.at("spec", "minAvailable")) },
                Column(name: "Max Unavailable") { bound($0.at("spec", "maxUnavailable")) },
                number("Allowed Disruptions", "status", "disruptionsAllowed"), age,
            ]
        case "controllerrevisions.apps":
            return [
                name, Column(name: "Controller") { controller($0) }, number("Revision", "revision"), age,
            ]
        case "events.":
            return [
                Column(name: "Last Seen") { .string(since($0["lastTimestamp"], server.store.clock()) ?? "<unknown>") },
                text("Type", "type"), text("Reason", "reason"),
                Column(name: "Object") {
                    .string(
                        "\($0.at("involvedObject", "kind")?.string?.lowercased() ?? "")/\($0.at("involvedObject", "name")?.string ?? "")"
                    )
                }, text("Source", "source", "component", priority: 1), text("Message", "message"),
            ]
        case "endpoints.": return [name, Column(name: "Endpoints") { endpoints($0) }, age]
        case "endpointslices.discovery.k8s.io":
            return [
                name, text("AddressType", "addressType"), Column(name: "Ports") { slicePorts($0) },
                Column(name: "Endpoints") { sliceAddresses($0) }, age,
            ]
        case "serviceaccounts.":
            return [name, Column(name: "Secrets", type: "integer") { .int(Int64($0.list("secrets").count)) }, age]
        case "secrets.":
            return [
                name, text("Type", "type"),
                Column(name: "Data", type: "integer") { .int(Int64($0["data"]?.object?.count ?? 0)) }, age,
            ]
        case "configmaps.":
            return [name, Column(name: "Data", type: "integer") { .int(Int64($0["data"]?.object?.count ?? 0)) }, age]
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
}
