// Whether the fields of a configuration object are of the types that its kind has. What is of another one would read as
// absent: a route whose rules are a number would be one without rules.

package import Base
package import Kube

package enum FieldTypes {
    private static let catalog = SchemaCatalog()

    /// Kinds of Kubernetes itself that are kept as trees, in the table's form: what is read of them.
    private static let builtIn: [String: Schema] = {
        let labels: JSONValue = ["m": "s"]
        let selector: JSONValue = [
            "p": [
                "matchLabels": labels,
                "matchExpressions": ["a": ["p": ["key": "s", "operator": "s", "values": ["a": "s"]]]],
            ]
        ]
        let peers: JSONValue = [
            "a": [
                "p": [
                    "podSelector": selector, "namespaceSelector": selector,
                    "ipBlock": ["p": ["cidr": "s", "except": ["a": "s"]]],
                ]
            ]
        ]
        let ports: JSONValue = ["a": ["p": ["protocol": "s", "endPort": "i"]]]
        let backend: JSONValue = ["p": ["service": ["p": ["name": "s", "port": ["p": ["name": "s", "number": "i"]]]]]]
        let webhooks: JSONValue = [
            "p": [
                "webhooks": [
                    "a": [
                        "p": [
                            "name": "s", "failurePolicy": "s", "namespaceSelector": selector,
                            "objectSelector": selector,
                            "clientConfig": [
                                "p": [
                                    "url": "s", "caBundle": "s",
                                    "service": ["p": ["name": "s", "namespace": "s", "path": "s", "port": "i"]],
                                ]
                            ],
                            "rules": [
                                "a": [
                                    "p": [
                                        "apiGroups": ["a": "s"], "apiVersions": ["a": "s"], "operations": ["a": "s"],
                                        "resources": ["a": "s"], "scope": "s",
                                    ]
                                ]
                            ],
                        ]
                    ]
                ]
            ]
        ]
        let table: [String: JSONValue] = [
            "networkpolicies.networking.k8s.io": [
                "p": [
                    "podSelector": selector, "policyTypes": ["a": "s"],
                    "ingress": ["a": ["p": ["from": peers, "ports": ports]]],
                    "egress": ["a": ["p": ["to": peers, "ports": ports]]],
                ]
            ],
            "ingresses.networking.k8s.io": [
                "p": [
                    "ingressClassName": "s", "defaultBackend": backend,
                    "tls": ["a": ["p": ["hosts": ["a": "s"], "secretName": "s"]]],
                    "rules": [
                        "a": [
                            "p": [
                                "host": "s",
                                "http": [
                                    "p": [
                                        "paths": ["a": ["p": ["path": "s", "pathType": "s", "backend": backend]]]
                                    ]
                                ],
                            ]
                        ]
                    ],
                ]
            ],
            "configmaps.": ["p": ["data": labels]],
            "mutatingwebhookconfigurations.admissionregistration.k8s.io": webhooks,
            "validatingwebhookconfigurations.admissionregistration.k8s.io": webhooks,
        ]
        return table.mapValues { SchemaCatalog.schema($0, [:]) }
    }()

    private static let conditions: JSONValue = [
        "a": ["p": ["type": "s", "status": "s", "reason": "s", "message": "s"]]
    ]

    /// Rollouts of Argo and Canaries of Flagger, which are kept whole: what is read of them.
    private static let rollouts: [String: Schema] = {
        let named: JSONValue = ["p": ["name": "s", "kind": "s"]]
        let canary: JSONValue = [
            "p": [
                "stableService": "s", "canaryService": "s",
                "steps": ["a": ["p": ["setWeight": "i", "pause": ["p": [:]]]]],
                "trafficRouting": [
                    "p": [
                        "istio": [
                            "p": [
                                "virtualService": named, "virtualServices": ["a": named], "destinationRule": named,
                            ]
                        ]
                    ]
                ],
            ]
        ]
        let blueGreen: JSONValue = ["p": ["activeService": "s", "previewService": "s"]]
        let analysis: JSONValue = [
            "p": [
                "interval": "s", "threshold": "n", "maxWeight": "n", "stepWeight": "n", "stepWeights": ["a": "n"],
                "metrics": ["a": ["p": ["name": "s", "thresholdRange": ["p": ["min": "n", "max": "n"]]]]],
                "webhooks": ["a": ["p": ["name": "s", "type": "s"]]],
            ]
        ]
        let table: [String: JSONValue] = [
            "rollouts.argoproj.io": [
                "p": [
                    "spec": [
                        "p": [
                            "replicas": "i", "paused": "b",
                            "strategy": ["p": ["canary": canary, "blueGreen": blueGreen]],
                        ]
                    ],
                    "status": [
                        "p": [
                            "phase": "s", "message": "s", "stableRS": "s", "currentPodHash": "s",
                            "currentStepIndex": "i", "abort": "b", "readyReplicas": "i", "conditions": conditions,
                            "pauseConditions": ["a": ["p": ["reason": "s", "startTime": "s"]]],
                            "canary": ["p": ["weights": ["p": ["canary": ["p": ["weight": "i"]]]]]],
                        ]
                    ],
                ]
            ],
            "canaries.flagger.app": [
                "p": [
                    "spec": [
                        "p": [
                            "suspend": "b", "skipAnalysis": "b", "targetRef": named, "service": ["p": ["name": "s"]],
                            "analysis": analysis, "canaryAnalysis": analysis,
                        ]
                    ],
                    "status": [
                        "p": [
                            "phase": "s", "failedChecks": "i", "canaryWeight": "i", "lastTransitionTime": "s",
                            "conditions": conditions,
                        ]
                    ],
                ]
            ],
        ]
        return table.mapValues { SchemaCatalog.schema($0, [:]) }
    }()

    /// The same of a whole object.
    package static func fault(whole object: JSONValue, resource: String, group: String) -> String? {
        rollouts["\(resource).\(group)"].flatMap { fault(object, $0, "") }
    }

    /// "spec.http[0].route is no list", of the first field that is of another type; nil where none is, and for kinds
    /// that are not known. Null is an absent field.
    static func fault(_ spec: JSONValue, resource: String, group: String) -> String? {
        let key = "\(resource).\(group)"
        if let kind = catalog.kinds[key] { return fault(spec, kind.spec, "spec") }
        // Their members stand beside the metadata.
        let isOutside = group.isEmpty || group == "admissionregistration.k8s.io"
        return builtIn[key].flatMap { fault(spec, $0, isOutside ? "" : "spec") }
    }

    /// What is read of a status, of whatever kind.
    private static let status = SchemaCatalog.schema(
        ["p": ["conditions": conditions, "parents": ["a": ["p": ["conditions": conditions]]]]], [:])

    static func fault(status value: JSONValue) -> String? {
        value.isNull ? nil : fault(value, status, "status")
    }

    static func fault(_ value: JSONValue, _ schema: Schema, _ path: String) -> String? {
        switch (schema, value) {
        case (.anything, _), (.string, .string), (.enumeration, .string), (.boolean, .bool): return nil
        case (.number, .int), (.number, .double), (.integer, .int): return nil
        case (.integer, .double(let number)) where number == number.rounded(): return nil
        case (.list(let element), .array(let elements)):
            for (index, item) in elements.enumerated() {
                if let found = fault(item, element, "\(path)[\(index)]") { return found }
            }
            return nil
        case (.map(let element), .object(let object)):
            for (key, member) in object.members where !member.isNull {
                if let found = fault(member, element, join(path, key)) { return found }
            }
            return nil
        case (.object(let properties, _), .object(let object)):
            for (key, member) in object.members where !member.isNull {
                guard let known = properties[key] else { continue }
                if let found = fault(member, known, join(path, key)) { return found }
            }
            return nil
        default: return "\(path) is no \(word(schema))"
        }
    }

    private static func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private static func word(_ schema: Schema) -> String {
        switch schema {
        case .list: "list"
        case .object, .map: "object"
        case .boolean: "truth value"
        case .number: "number"
        case .integer: "whole number"
        case .string, .enumeration: "text"
        case .anything: "value"
        }
    }
}

extension ConfigObject {
    package func misreading(as path: ResourcePath) -> String? {
        if let fault = FieldTypes.fault(spec, resource: path.resource, group: path.group) { return fault }
        return path.resource == "configmaps" && path.group.isEmpty ? MeshConfigTypes.fault(meta, spec) : nil
    }
}
