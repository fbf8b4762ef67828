// A snapshot in the schema meshtop.snapshot/v1 (design.md section 5): scripts rely on it; additions only.

package import Base
internal import Kube

extension MeshSnapshot {
    package static let schemaName = "meshtop.snapshot/v1"

    package var json: JSONValue {
        [
            "schema": .string(Self.schemaName), "time": .string(time.rfc3339), "context": .string(context),
            "scope": ["namespaces": scope.json], "windowSeconds": .int(Int64(clamping: windowSeconds)),
            "sampled": .bool(isSampled), "sources": .array(sources.map(\.json)),
            "workloads": .array(workloads.map(\.json)),
            "services": .array(services.map(\.json)), "edges": .array(edges.map(\.json)),
            "routes": .array(routes.map(\.json)), "breakers": .array(breakers.map(\.json)),
            "policies": .array(policies.map(\.json)), "findings": .array(findings.map(\.json)),
            "insights": .array(insights.map(\.json)),
            "objectives": .array(objectives.map(\.json)),
            "graphs": .object(
                JSONObject(
                    GraphLevel.allCases.map { ($0.rawValue, TrafficGraph(self, level: $0, idle: true).json) })),
            "kinds": .array(kinds.map(\.json)),
        ]
    }
}

extension MeshSnapshot {
    /// The schema with the parts of one pane alone; what says when, where and how current stays.
    package func json(keeping parts: Set<String>) -> JSONValue {
        let always: Set<String> = ["schema", "time", "context", "scope", "windowSeconds", "sampled", "sources"]
        let members = json.object?.members.filter { always.contains($0.0) || parts.contains($0.0) } ?? []
        return .object(JSONObject(members.map { ($0.0, $0.1) }))
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
