// A snapshot in the schema meshtop.snapshot/v1 (design.md section 5): scripts rely on it; additions only.

package import Base
internal import Kube

extension MeshSnapshot {
    package static let schemaName = "meshtop.snapshot/v1"

    package var json: JSONValue {
        .object(JSONObject(parts.map { (key: $0.name, value: $0.value) }))
    }

    /// In the order of the schema. What of a large mesh is long is made element by element.
    private var parts: [SnapshotPart] {
        [
            SnapshotPart("schema") { .string(Self.schemaName) }, SnapshotPart("time") { .string(time.rfc3339) },
            SnapshotPart("context") { .string(context) }, SnapshotPart("scope") { ["namespaces": scope.json] },
            SnapshotPart("windowSeconds") { .int(Int64(clamping: windowSeconds)) },
            SnapshotPart("sampled") { .bool(isSampled) }, SnapshotPart("sources", sources) { $0.json },
            SnapshotPart("workloads", workloads) { $0.json }, SnapshotPart("services", services) { $0.json },
            SnapshotPart("edges", edges) { $0.json }, SnapshotPart("routes", routes) { $0.json },
            SnapshotPart("breakers", breakers) { $0.json }, SnapshotPart("policies", policies) { $0.json },
            SnapshotPart("findings", findings) { $0.json }, SnapshotPart("notJudged", notJudged) { $0.json },
            SnapshotPart("insights", insights) { $0.json },
            SnapshotPart("objectives", objectives) { $0.json },
            SnapshotPart("graphs") {
                let graphs = GraphLevel.allCases.map { TrafficGraph(self, level: $0, idle: true).json }
                return .object(JSONObject(zip(GraphLevel.allCases, graphs).map { ($0.rawValue, $1) }))
            },
            SnapshotPart("kinds", kinds) { $0.json },
        ]
    }

    private static let always: Set<String> = [
        "schema", "time", "context", "scope", "windowSeconds", "sampled", "sources",
    ]

    /// With the parts of one pane alone; what says when, where and how current stays. All where nil.
    private func parts(keeping names: Set<String>?) -> [SnapshotPart] {
        guard let names else { return parts }
        return parts.filter { Self.always.contains($0.name) || names.contains($0.name) }
    }

    /// The text of `json` and a line's end, in pieces: the whole is never in memory.
    package func writeJSON(keeping names: Set<String>? = nil, _ put: (String) throws -> Void) rethrows {
        var text = "{"
        for (place, part) in parts(keeping: names).enumerated() {
            text += place == 0 ? "\n  " : ",\n  "
            JSONValue.quote(part.name, into: &text)
            text += ": "
            try part.write(to: &text, put)
        }
        try put(text + "\n}\n")
    }

    /// The same as YAML, part by part.
    package func writeYAML(keeping names: Set<String>? = nil, _ put: (String) throws -> Void) rethrows {
        for part in parts(keeping: names) {
            try put(YAML.text(.object(JSONObject([(key: part.name, value: part.value)]))))
        }
    }
}

/// A member of the schema: a value, or a list whose elements are made one by one.
private struct SnapshotPart {
    let name: String
    private let count: Int?
    private let make: (Int) -> JSONValue

    init(_ name: String, _ value: @escaping () -> JSONValue) {
        self.name = name
        count = nil
        make = { _ in value() }
    }

    init<Element>(_ name: String, _ elements: [Element], _ json: @escaping (Element) -> JSONValue) {
        self.name = name
        count = elements.count
        make = { json(elements[$0]) }
    }

    var value: JSONValue { count.map { .array((0..<$0).map(make)) } ?? make(0) }

    /// Handed on when there is so much.
    private static let piece = 64 << 10

    func write(to text: inout String, _ put: (String) throws -> Void) rethrows {
        guard let count, count > 0 else { return value.write(to: &text, indent: 2, level: 1) }
        text += "["
        for place in 0..<count {
            text += place == 0 ? "\n    " : ",\n    "
            make(place).write(to: &text, indent: 2, level: 2)
            if text.utf8.count > Self.piece {
                try put(text)
                text = ""
            }
        }
        text += "\n  ]"
    }
}

extension JSONValue {
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    static func optional(_ number: Int?) -> JSONValue { number.map { .int(Int64($0)) } ?? .null }
    /// Six significant decimals: rates carry no more information, and diffs stay readable.
    static func optional(_ number: Double?) -> JSONValue {
        guard let number, number.isFinite else { return .null }
        return .double((number * 1e6).rounded() / 1e6)
    }
    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
    static func rates(_ map: [String: Double]) -> JSONValue {
        .object(JSONObject(map.sorted { $0.key < $1.key }.map { ($0.key, .optional($0.value)) }))
    }
}

extension NamespaceScope {
    fileprivate var json: JSONValue {
        switch self {
        case .all: "all"
        case .some(let names): .strings(names)
        }
    }
}

extension SourceStatus {
    fileprivate var json: JSONValue {
        [
            "name": .string(name.rawValue), "state": .string(state.rawValue), "asOf": .optional(asOf?.rfc3339),
            "detail": .string(detail),
        ]
    }
}

extension KindStatus {
    fileprivate var json: JSONValue {
        var value: JSONValue = [
            "kind": .string(kind), "group": .string(group), "state": .string(state.rawValue),
            "count": .int(Int64(count)), "detail": .string(detail),
        ]
        if !odd.isEmpty {
            value["notUnderstood"] = .array(
                odd.map {
                    [
                        "namespace": .string($0.key.namespace), "name": .string($0.key.name),
                        "reason": .string($0.reason),
                    ]
                })
        }
        return value
    }
}

extension Latency {
    var json: JSONValue { ["p50": .optional(p50), "p95": .optional(p95), "p99": .optional(p99)] }
}

extension WorkloadSummary {
    fileprivate var json: JSONValue {
        var value: JSONValue = [
            "cluster": .optional(cluster), "namespace": .string(namespace), "kind": .string(kind),
            "name": .string(name), "app": .optional(app), "version": .optional(version), "desired": .optional(desired),
            "ready": .optional(ready), "dataPlane": .string(dataPlane.rawValue), "health": .string(health.rawValue),
            "requestsPerSecond": .optional(requestsPerSecond), "errorRatio": .optional(errorRatio),
            "latencyMs": latencyMs.json, "manager": .optional(manager),
        ]
        value["autoscaler"] =
            autoscaler.map {
                [
                    "name": .string($0.name), "minimum": .int(Int64($0.minimum)), "maximum": .int(Int64($0.maximum)),
                    "current": .optional($0.current), "desired": .optional($0.desired),
                ]
            } ?? .null
        return value
    }
}

extension ServiceSummary {
    fileprivate var json: JSONValue {
        [
            "cluster": .optional(cluster), "namespace": .string(id.namespace), "name": .string(id.name),
            "hosts": .strings(hosts), "health": .string(health.rawValue),
            "requestsPerSecond": .optional(requestsPerSecond), "errorRatio": .optional(errorRatio),
            "bytesPerSecond": .optional(bytesPerSecond), "latencyMs": latencyMs.json, "mtlsRatio": .optional(mtlsRatio),
            "readyPods": .optional(readyPods), "pods": .optional(pods), "workloads": .strings(workloads),
        ]
    }
}

extension MeshNode {
    fileprivate var json: JSONValue {
        [
            "cluster": .optional(cluster), "namespace": .string(namespace), "workload": .string(workload),
            "app": .optional(app), "version": .optional(version),
        ]
    }
}

extension MeshEdge {
    fileprivate var json: JSONValue {
        [
            "source": source.json, "destination": destination.json,
            "service": [
                "namespace": .string(service.namespace), "name": .string(service.name), "host": .string(host),
            ],
            "protocol": .string(meshProtocol.rawValue), "requestsPerSecond": .optional(requestsPerSecond),
            "bytesPerSecond": ["sent": .optional(bytesSentPerSecond), "received": .optional(bytesReceivedPerSecond)],
            "errorRatio": .optional(errorRatio), "responses": .rates(responses), "flags": .rates(flags),
            "latencyMs": latencyMs.json, "mtlsRatio": .optional(mtlsRatio), "reporter": .string(reporter.rawValue),
            "grpcStatuses": .rates(grpcStatuses), "connectionsPerSecond": .optional(connectionsPerSecond),
            "reportedShare": .optional(reportedShare), "missingLabels": .strings(missingLabels),
            "clientView": clientView.map { view in
                [
                    "requestsPerSecond": .optional(view.requestsPerSecond), "errorRatio": .optional(view.errorRatio),
                    "responses": .rates(view.responses), "flags": .rates(view.flags),
                ]
            } ?? .null,
        ]
    }
}

extension RouteSummary {
    fileprivate var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "namespace": .string(namespace), "name": .string(name),
            "host": .string(host), "route": .int(Int64(index)), "section": .string(section.rawValue),
            "match": .string(match), "gateways": .strings(gateways), "extras": .strings(extras),
            "manager": .optional(manager), "problem": .optional(problem),
            "destinations": .array(destinations.map(\.json)), "mirrors": .array(mirrors.map(\.json)),
        ]
    }
}

extension RouteSummary.Destination {
    fileprivate var json: JSONValue {
        [
            "host": .string(host), "subset": .optional(subset), "port": .optional(port), "weight": .optional(weight),
            "configuredShare": .optional(configuredShare), "observedShare": .optional(observedShare),
            "observedShareInterval": observedShareInterval.map {
                [.optional($0.lowerBound), .optional($0.upperBound)]
            } ?? .null,
            "requestsPerSecond": .optional(requestsPerSecond), "errorRatio": .optional(errorRatio),
            "latencyMs": latencyMs.json, "problem": .optional(problem), "sharedWithRules": .strings(sharedWithRules),
            "dividedWorkloads": .strings(dividedWorkloads),
        ]
    }
}

extension BreakerSummary {
    fileprivate var json: JSONValue {
        [
            "namespace": .string(namespace), "destinationRule": .string(destinationRule), "host": .string(host),
            "subset": .optional(subset), "port": .optional(port),
            "limits": [
                "connections": .optional(limits.connections), "pending": .optional(limits.pending),
                "requests": .optional(limits.requests), "retries": .optional(limits.retries),
                "requestsPerConnection": .optional(limits.requestsPerConnection),
            ],
            "outlierDetection": outlierDetection.map(\.json) ?? .null, "state": .string(state.rawValue),
            "evidence": .string(evidence.rawValue), "clients": .optional(clients),
            "overflowPerSecond": .optional(overflowPerSecond),
            "ejectedHosts": .array(
                ejectedHosts.map {
                    [
                        "pod": .string($0.pod), "since": .optional($0.since?.rfc3339),
                        "until": .optional($0.until?.rfc3339), "reason": .optional($0.reason),
                        "times": .int(Int64($0.times)),
                    ]
                }),
            "clientNamespaces": clientNamespaces.map { .strings($0) } ?? "all", "origin": .strings(origin),
            "panic": .string(panic.rawValue), "fullInSeconds": .optional(fullInSeconds),
            "hosts": .optional(hosts),
            "headroom": [
                "connections": .optional(headroom.connections), "pending": .optional(headroom.pending),
                "requests": .optional(headroom.requests), "retries": .optional(headroom.retries),
            ],
            "detail": .string(detail),
        ]
    }
}

extension BreakerSummary.OutlierDetection {
    fileprivate var json: JSONValue {
        [
            "consecutive5xxErrors": .optional(consecutive5xxErrors),
            "consecutiveGatewayErrors": .optional(consecutiveGatewayErrors), "interval": .string(interval),
            "baseEjectionTime": .string(baseEjectionTime), "maxEjectionPercent": .int(Int64(maxEjectionPercent)),
            "minHealthPercent": .int(Int64(minHealthPercent)),
        ]
    }
}

extension PolicySummary {
    fileprivate var json: JSONValue {
        [
            "namespace": .string(namespace), "kind": .string(kind), "workload": .string(workload),
            "mtls": [
                "mode": .string(mtlsMode), "because": .string(mtlsBecause),
                "ports": .array(
                    ports.map {
                        ["port": .int(Int64($0.port)), "mode": .string($0.mode), "because": .string($0.because)]
                    }),
                "clients": .strings(clients), "conflicts": .strings(conflicts),
            ],
            "authorization": .array(
                authorization.map {
                    [
                        "action": .string($0.action), "policy": .string($0.name), "rules": .int(Int64($0.rules)),
                        "dryRun": .bool($0.isDryRun), "waypoint": $0.waypoint.map { .string($0) } ?? .null,
                    ]
                }), "otherwise": .string(standard), "jwt": .strings(jwt), "rateLimits": .strings(rateLimits),
            "envoyFilters": .strings(envoyFilters), "networkPolicies": .strings(networkPolicies),
            "blockedPorts": .array(blockedPorts.map { .int(Int64($0)) }), "injection": .string(injection.rawValue),
            "enforced": isEnforced.map { .bool($0) } ?? .null, "podsWithoutProxy": .int(Int64(podsWithoutProxy)),
            "proxyVersions": .strings(proxyVersions),
            "controlPlaneVersion": controlPlaneVersion.map { .string($0) } ?? .null,
            "sidecar": sidecar.map { .string($0) } ?? .null, "egressHosts": .strings(egressHosts),
            "telemetry": .strings(telemetry),
            "unknown": .strings(gaps.sorted { $0.key.name < $1.key.name }.map(\.value)),
        ]
    }
}

extension Finding {
    package var json: JSONValue {
        var value: JSONValue = [
            "code": .string(code), "severity": .string(severity.rawValue), "resource": .string(resource),
            "path": .string(path), "message": .string(message), "fix": .bool(fix),
        ]
        if let mending {
            value["fixTitle"] = .string(mending.title)
            value["patch"] = .array(mending.patch)
        }
        return value
    }
}

extension NotJudged {
    package var json: JSONValue {
        [
            "code": .string(code), "resource": .string(object.words), "path": .string(path), "kind": .string(gap.kind),
            "namespace": .string(gap.namespace), "reason": .string(gap.reason),
        ]
    }
}

extension Insight {
    fileprivate var json: JSONValue {
        [
            "kind": .string(kind), "subject": .string(subject), "since": .string(since.rfc3339),
            "severity": .string(severity.rawValue), "evidence": .string(evidence), "suggestion": .string(suggestion),
        ]
    }
}

extension ObjectiveStatus {
    fileprivate var json: JSONValue {
        [
            "namespace": .string(service.namespace), "service": .string(service.name),
            "measure": .string(measure.rawValue),
            "target": .double(target), "latencyMs": .optional(latencyMs), "level": .string(level.rawValue),
            "burn": .object(
                JSONObject(Self.windows.map { ("\($0)s", JSONValue.optional(burn[$0])) })),
        ]
    }
}
