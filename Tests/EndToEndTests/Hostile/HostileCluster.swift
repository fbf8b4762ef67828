// A cluster whose every text is an attack on the terminal: names, labels, annotations, messages, errors, metrics.

import Base
import MeshModel
import TestSupport

enum HostileCluster {
    /// Sets the title, moves the cursor, asks the terminal to answer, rings; in C0 and in C1; turns text around; hides.
    static let text =
        "a\u{1B}]0;pwn\u{7}\u{1B}[99;99H\u{1B}[6n\u{1B}P+q\u{9B}31m\u{9D}0;pwn\u{9C}\u{202E}evil\u{2066}\u{200B}\u{E0041}\r\n\u{8}\u{0}\u{7F}b"

    private static func strings(_ pairs: [String: String]) -> JSONValue {
        .object(JSONObject(pairs.map { ($0.key, .string($0.value)) }))
    }

    private static func meta(_ name: String, _ labels: [String: String] = [:]) -> JSONValue {
        [
            "name": .string(name), "namespace": .string("shop\(text)"), "uid": .string(text),
            "resourceVersion": "1", "generation": 1, "creationTimestamp": .string(text),
            "labels": strings(labels.merging([text: text]) { $1 }),
            "annotations": strings(["meta.helm.sh/release-name": text, text: text]),
            "managedFields": [["manager": .string(text), "operation": "Update"]],
        ]
    }

    /// The objects of one resource.
    private static func items(_ kind: WatchedKind) -> [JSONValue] {
        let app = "web\(text)"
        switch kind {
        case .namespaces: return [["metadata": meta("shop\(text)", ["environment": "production"])]]
        case .pods:
            return [
                [
                    "metadata": [
                        "name": .string("\(app)-1"), "namespace": .string("shop\(text)"),
                        "labels": strings(["app": app]),
                        "ownerReferences": [
                            ["kind": "ReplicaSet", "name": .string("\(app)-\(text)"), "controller": true]
                        ],
                    ],
                    "spec": ["nodeName": .string(text), "containers": [["name": "istio-proxy"]]],
                    "status": [
                        "phase": .string(text), "podIP": .string(text), "reason": .string(text),
                        "containerStatuses": [["ready": false, "state": ["waiting": ["reason": .string(text)]]]],
                    ],
                ]
            ]
        case .services:
            return [
                [
                    "metadata": meta(app),
                    "spec": ["selector": strings(["app": app]), "ports": [["port": 80, "name": .string(text)]]],
                ]
            ]
        case .deployments, .statefulsets:
            return [
                [
                    "metadata": meta("\(app)-\(kind.name)", ["app": app]),
                    "spec": [
                        "replicas": 3, "template": ["metadata": ["labels": strings(["app": app, "version": text])]],
                    ],
                    "status": [
                        "readyReplicas": 1, "conditions": [["type": "Progressing", "reason": .string(text)]],
                    ],
                ]
            ]
        case .horizontalpodautoscalers:
            return [
                [
                    "metadata": meta(text),
                    "spec": [
                        "scaleTargetRef": ["kind": "Deployment", "name": .string("\(app)-deployments")],
                        "maxReplicas": 9,
                    ],
                ]
            ]
        case .virtualservices:
            return [
                [
                    "metadata": meta(app),
                    "spec": [
                        "hosts": [.string(app)], "gateways": [.string(text)],
                        "http": [
                            [
                                "match": [
                                    [
                                        "uri": ["prefix": .string("/\(text)")],
                                        "headers": [text: ["exact": .string(text)]],
                                    ]
                                ],
                                "timeout": .string(text),
                                "route": [
                                    ["destination": ["host": .string(app), "subset": .string(text)], "weight": 60],
                                    [
                                        "destination": ["host": .string(app), "subset": .string("\(text)2")],
                                        "weight": 40,
                                    ],
                                ],
                            ]
                        ],
                    ],
                ]
            ]
        case .destinationrules:
            return [
                [
                    "metadata": meta(app),
                    "spec": [
                        "host": .string(app),
                        "trafficPolicy": [
                            "outlierDetection": ["interval": .string(text), "baseEjectionTime": .string(text)]
                        ],
                        "subsets": [["name": .string(text), "labels": strings([text: text])]],
                    ],
                ]
            ]
        case .peerauthentications:
            return [["metadata": meta(text), "spec": ["mtls": ["mode": .string(text)]]]]
        case .authorizationpolicies:
            return [["metadata": meta(text), "spec": ["action": .string(text)]]]
        default: return []
        }
    }

    private static func refusal(_ code: Int, _ reason: String) -> CannedServer.Answer {
        let status: JSONValue = [
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": .int(Int64(code)),
            "reason": .string(reason),
            "message": .string("refused: \(text)"),
            "details": ["causes": [["field": .string(text), "message": .string(text), "reason": .string(text)]]],
        ]
        // A header cannot hold a line feed; everything else gets through.
        let warning = text.replacing("\r\n", with: "").replacing("\u{0}", with: "")
        return CannedServer.Answer(code, status, headers: [("Warning", "299 - \"\(warning)\"")])
    }

    /// What the server says to "METHOD path?query".
    static func answer(_ line: String) -> CannedServer.Answer {
        let path = line.split(separator: " ").last.map(String.init) ?? ""
        let isReading = line.hasPrefix("GET")
        if path.hasPrefix("/version") { return CannedServer.Answer(200, ["gitVersion": .string("v1.30.0 \(text)")]) }
        if path == "/api" || path == "/apis" { return CannedServer.Answer(200, CannedServer.discovery) }
        if path.contains("/query") { return metrics }
        if path.contains("selfsubject") {
            return CannedServer.Answer(201, ["status": ["allowed": false, "denied": true, "reason": .string(text)]])
        }
        if path.contains("telemetries") { return refusal(403, "Forbidden") }
        if path.contains("sidecars") {
            return CannedServer.Answer(502, Array("<html><title>\(text)</title>\(text)</html>".utf8), type: "text/html")
        }
        if path.contains("serviceentries") { return CannedServer.Answer(200, Array("{\"items\":[\(text)".utf8)) }
        guard isReading else { return refusal(422, "Invalid") }
        guard
            let kind = WatchedKind.all.first(where: {
                path.contains("/\($0.group.isEmpty ? "v1" : $0.group)/") && path.contains("/\($0.resource)")
            })
        else { return refusal(404, "NotFound") }
        if path.contains("watch=") {
            let event: JSONValue = ["type": "ADDED", "object": items(kind).first ?? ["metadata": meta("new\(text)")]]
            return CannedServer.Answer(200, Array((event.compactText + "\n").utf8), staysOpen: true)
        }
        let plain = path.prefix { $0 != "?" }
        if plain.hasSuffix("/\(kind.resource)") {
            return CannedServer.Answer(
                200, ["kind": "List", "metadata": ["resourceVersion": "1"], "items": .array(items(kind))])
        }
        return items(kind).first.map { CannedServer.Answer(200, $0) } ?? refusal(404, "NotFound")
    }

    private static var metrics: CannedServer.Answer {
        let names = [
            "source_workload", "source_workload_namespace", "destination_workload", "destination_workload_namespace",
            "destination_service_name", "destination_service_namespace", "response_code", "response_flags",
            "source_principal", "destination_cluster", "source_cluster", "source_app", "destination_app",
        ]
        var labels = Dictionary(uniqueKeysWithValues: names.map { ($0, text) })
        labels["reporter"] = "destination"
        labels["request_protocol"] = "http"
        labels["destination_service_namespace"] = "shop\(text)"
        labels["destination_service_name"] = "web\(text)"
        return CannedServer.Answer(
            200,
            [
                "status": "success", "warnings": [.string(text)],
                "data": [
                    "resultType": "vector", "result": [["metric": strings(labels), "value": [1_700_000_000, "5"]]],
                ],
            ])
    }
}
