import MeshModel
import TestSupport
import Testing

@testable import Base
@testable import ClusterData
@testable import Istio
@testable import Kube

/// What is kept between snapshots never shows: after any change a snapshot equals one that was made from nothing.
@Suite struct SnapshotCacheTests {
    /// A repeatable stream of numbers.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private static let apps = ["cart", "web", "ads"]
    private static let versions = ["v1", "v2", "v3"]

    private func meta(_ name: String, _ version: Int, _ labels: JSONValue = [:]) -> JSONValue {
        ["name": .string(name), "namespace": "shop", "resourceVersion": .string(String(version)), "labels": labels]
    }

    private func change<Object: ClusterObject>(_ value: JSONValue, _ dice: inout Dice) throws -> StoreChange<Object> {
        let object: Object = try decoded(value)
        return .events([Bool.random(using: &dice) || Bool.random(using: &dice) ? .upsert(object) : .delete(object)])
    }

    /// One change of anything, as a watch tells it.
    private func step(_ objects: inout ClusterObjects, _ number: Int, _ dice: inout Dice) throws {
        let app = Self.apps.randomElement(using: &dice) ?? ""
        let version = Self.versions.randomElement(using: &dice) ?? ""
        let labels: JSONValue = ["app": .string(app), "version": .string(version)]
        let count = Int64.random(in: 0...3, using: &dice)
        switch Int.random(in: 0..<9, using: &dice) {
        case 0, 1:
            let name = "\(app)-\(version)"
            let isOfDeployment = Int.random(in: 0..<4, using: &dice) > 0
            var labels = labels
            if isOfDeployment { labels["pod-template-hash"] = "abc" }
            if Int.random(in: 0..<8, using: &dice) == 0 { labels["app"] = "taken-out" }
            var owned = meta("\(name)-abc-\(count)", number, labels)
            owned["ownerReferences"] = [
                [
                    "kind": isOfDeployment ? "ReplicaSet" : "CloneSet", "name": .string("\(name)-abc"),
                    "controller": .bool(count != 2),
                ]
            ]
            if count == 3 { owned["deletionTimestamp"] = "2026-11-24T10:00:00Z" }
            let pod: JSONValue = [
                "metadata": owned, "spec": ["containers": [["name": count == 0 ? "app" : "istio-proxy"]]],
                "status": [
                    "conditions": [["type": "Ready", "status": Bool.random(using: &dice) ? "True" : "False"]],
                    "containerStatuses": [["restartCount": .int(count)]],
                ],
            ]
            objects.note(objects.pods.fold(try change(pod, &dice), namespace: nil), .pods)
        case 2, 3:
            let deployment: JSONValue = [
                "metadata": meta("\(app)-\(version)", number),
                "spec": ["replicas": 3, "template": ["metadata": ["labels": labels]]],
                "status": ["readyReplicas": .int(count)],
            ]
            objects.note(objects.foldWorkloads(\.deployments, try change(deployment, &dice), nil), .deployments)
        case 4:
            let selector: JSONValue = count == 0 ? [:] : ["app": .string(app)]
            let service: JSONValue = [
                "metadata": meta(app, number), "spec": ["selector": selector, "ports": [["port": 80]]],
            ]
            objects.note(objects.services.fold(try change(service, &dice), namespace: nil), .services)
        case 5:
            let route: JSONValue = [
                "metadata": meta(app, number),
                "spec": [
                    "hosts": [.string(app)],
                    "http": [
                        [
                            "route": [
                                ["destination": ["host": .string(app), "subset": "v1"], "weight": .int(100 - count)],
                                [
                                    "destination": ["host": .string(app), "subset": .string(version)],
                                    "weight": .int(count),
                                ],
                            ]
                        ]
                    ],
                ],
            ]
            objects.note(
                objects.configs[.virtualservices, default: [:]].fold(try change(route, &dice), namespace: nil),
                .virtualservices)
        case 6:
            let rule: JSONValue = [
                "metadata": meta(app, number),
                "spec": [
                    "host": .string(app), "trafficPolicy": ["connectionPool": ["tcp": ["maxConnections": .int(count)]]],
                    "subsets": [
                        ["name": "v1", "labels": ["version": "v1"]], ["name": .string(version), "labels": labels],
                    ],
                ],
            ]
            objects.note(
                objects.configs[.destinationrules, default: [:]].fold(try change(rule, &dice), namespace: nil),
                .destinationrules)
        case 7:
            let slice: JSONValue = [
                "metadata": meta("\(app)-\(count)", number, ["kubernetes.io/service-name": .string(app)]),
                "endpoints": [
                    [
                        "addresses": [.string("10.0.0.\(count)")],
                        "conditions": ["ready": .bool(Bool.random(using: &dice))],
                        "targetRef": ["kind": "Pod", "name": .string("\(app)-\(version)-abc-\(count)")],
                    ]
                ],
            ]
            objects.note(objects.endpoints.fold(try change(slice, &dice), namespace: nil), .endpointslices)
        default:
            let policy: JSONValue = [
                "metadata": meta("p\(count)", number),
                "spec": ["selector": ["matchLabels": ["app": .string(app)]], "mtls": ["mode": "STRICT"]],
            ]
            objects.note(
                objects.configs[.peerauthentications, default: [:]].fold(try change(policy, &dice), namespace: nil),
                .peerauthentications)
        }
    }

    @Test(arguments: [1, 2, 3])
    func everySnapshotEqualsOneFromNothing(_ seed: UInt64) async throws {
        var dice = Dice(state: seed)
        var objects = World().objects
        var cache = SnapshotCache()
        for number in 1...200 {
            await Task.yield()
            for _ in 0...Int.random(in: 0...2, using: &dice) { try step(&objects, number, &dice) }
            let inputs = SnapshotInputs(
                time: Timestamp(seconds: 1_700_000_000), context: "test",
                scope: number % 50 == 0 ? .some(["elsewhere"]) : .all, objects: objects)
            let kept = SnapshotBuilder.build(inputs, &cache)
            objects.forgetTouched()
            let fresh = SnapshotBuilder.build(inputs)
            // Part by part: a whole snapshot is pages of text.
            #expect(kept.workloads == fresh.workloads, "after \(number) changes")
            #expect(kept.services == fresh.services, "after \(number) changes")
            #expect(kept.routes == fresh.routes, "after \(number) changes")
            #expect(kept.breakers == fresh.breakers, "after \(number) changes")
            #expect(kept.policies == fresh.policies, "after \(number) changes")
            let isSame = kept == fresh
            #expect(isSame, "after \(number) changes")
            if kept != fresh { return }
        }
    }

    @Test func whatNobodySeesCausesNoSnapshot() throws {
        var objects = World().objects
        func pod(_ version: String, restarts: Int64) throws -> StoreChange<Pod> {
            let value: JSONValue = [
                "metadata": ["name": "p", "namespace": "n", "resourceVersion": .string(version)],
                "status": ["containerStatuses": [["restartCount": .int(restarts)]], "startTime": .string(version)],
            ]
            return .events([.upsert(try decoded(value))])
        }
        #expect(objects.pods.fold(try pod("1", restarts: 0), namespace: nil) == .structure)
        #expect(objects.pods.fold(try pod("2", restarts: 0), namespace: nil) == .none)
        #expect(objects.pods[ObjectKey("n", "p")]?.meta.resourceVersion == "2")
        #expect(objects.pods.fold(try pod("3", restarts: 1), namespace: nil) != .none)
    }
}
