// A cluster put together object by object, so that a test reads like the cluster that it describes.

package import Base
package import Istio
package import Kube
package import MeshModel

package func decoded<Object: ClusterObject>(_ value: JSONValue) throws -> Object {
    let bytes = Array(value.compactText.utf8)
    var scanner = JSONScanner(bytes.span)
    return try Object(&scanner)
}

/// A cluster put together object by object.
package struct World {
    package var objects = ClusterObjects()

    package init() {
        for kind in WatchedKind.all { objects.states[kind] = (.ok, "") }
    }

    package mutating func namespace(_ name: String, _ labels: [String: String] = [:]) throws {
        let labelValue = JSONValue.object(JSONObject(labels.map { ($0.key, .string($0.value)) }))
        let object: Namespace = try decoded(["metadata": ["name": .string(name), "labels": labelValue]])
        objects.namespaces[object.meta.key] = object
    }

    package mutating func service(_ name: String, _ namespace: String = "shop") throws {
        let object: Service = try decoded([
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "spec": ["selector": ["app": .string(name)], "ports": [["port": 80, "name": "http"]]],
        ])
        objects.services[object.meta.key] = object
    }

    package mutating func deployment(
        _ app: String, _ version: String, replicas: Int = 2, ready: Int? = nil, _ namespace: String = "shop"
    ) throws {
        let name = "\(app)-\(version)"
        let object: Workload = try decoded([
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "spec": [
                "replicas": .int(Int64(replicas)),
                "template": ["metadata": ["labels": ["app": .string(app), "version": .string(version)]]],
            ],
            "status": ["readyReplicas": .int(Int64(ready ?? replicas))],
        ])
        objects.deployments[object.meta.key] = object
    }

    /// A ready pod of a deployment.
    package mutating func pod(
        _ app: String, _ version: String, _ namespace: String = "shop", hasSidecar: Bool = true, number: Int = 1
    ) throws {
        let containers: [JSONValue] = [["name": .string(app)]] + (hasSidecar ? [["name": "istio-proxy"]] : [])
        let set = "\(app)-\(version)-abc"
        let object: Pod = try decoded([
            "metadata": [
                "name": .string("\(set)-\(number)"), "namespace": .string(namespace),
                "labels": ["app": .string(app), "version": .string(version), "pod-template-hash": "abc"],
                "ownerReferences": [["kind": "ReplicaSet", "name": .string(set), "controller": true]],
            ],
            "spec": ["containers": .array(containers)],
            "status": ["conditions": [["type": "Ready", "status": "True"]]],
        ])
        objects.pods[object.meta.key] = object
    }

    package mutating func config(
        _ kind: WatchedKind, _ name: String, _ spec: JSONValue, _ namespace: String = "shop",
        created: String = "2026-01-01T00:00:00Z"
    ) throws {
        let object: ConfigObject = try decoded([
            "metadata": [
                "name": .string(name), "namespace": .string(namespace), "resourceVersion": "1",
                "creationTimestamp": .string(created),
            ], "spec": spec,
        ])
        objects.configs[kind, default: [:]][object.meta.key] = object
    }
}

extension World {
    /// The service reviews with two versions and a route that divides its traffic.
    package static func canary(_ weights: [JSONValue] = [90, 10], withPods: Bool = false) throws -> World {
        var world = World()
        try world.namespace("shop")
        try world.service("reviews")
        for version in ["v1", "v2"] {
            try world.deployment("reviews", version)
            if withPods { try world.pod("reviews", version) }
        }
        try world.config(
            .destinationrules, "reviews",
            [
                "host": "reviews",
                "subsets": [
                    ["name": "v1", "labels": ["version": "v1"]], ["name": "v2", "labels": ["version": "v2"]],
                ],
            ])
        try world.config(
            .virtualservices, "reviews",
            [
                "hosts": ["reviews"],
                "http": [
                    [
                        "route": [
                            ["destination": ["host": "reviews", "subset": "v1"], "weight": weights[0]],
                            [
                                "destination": ["host": "reviews.shop.svc.cluster.local", "subset": "v2"],
                                "weight": weights[1],
                            ],
                        ], "timeout": "2s", "retries": ["attempts": 3, "perTryTimeout": "1s"],
                    ]
                ],
            ])
        return world
    }
}
