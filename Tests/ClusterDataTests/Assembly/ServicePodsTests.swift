import TestSupport
import Testing

@testable import Base
@testable import ClusterData
@testable import Istio
@testable import Kube
@testable import MeshModel

/// Which pods a service has, how many are ready, and which workloads they belong to, whoever made them.
@Suite struct ServicePodsTests {
    private struct Maker {
        var kind: String
        var name: String
        var labels: [String: String] = [:]
        var isController = true
    }

    private func object(_ labels: [String: String]) -> JSONValue {
        .object(JSONObject(labels.map { ($0.key, .string($0.value)) }))
    }

    private func pod(
        _ name: String, _ labels: [String: String], by maker: Maker? = nil, ready: Bool = true,
        phase: String = "Running",
        generated: Bool = true
    ) throws -> Pod {
        var metadata: JSONValue = [
            "name": .string(name), "namespace": "shop",
            "labels": object(labels.merging(maker?.labels ?? [:]) { $1 }),
        ]
        if generated { metadata["generateName"] = "x-" }
        if let maker {
            metadata["ownerReferences"] = [
                ["kind": .string(maker.kind), "name": .string(maker.name), "controller": .bool(maker.isController)]
            ]
        }
        return try decoded([
            "metadata": metadata, "spec": ["containers": [["name": "app"], ["name": "istio-proxy"]]],
            "status": [
                "phase": .string(phase), "conditions": [["type": "Ready", "status": ready ? "True" : "False"]],
            ],
        ])
    }

    private func put(_ pods: [Pod], in world: inout World) {
        for pod in pods { world.objects.pods[pod.meta.key] = pod }
    }

    private func row(_ world: World, _ name: String = "web") throws -> ServiceSummary {
        try #require(snapshot(world, nil).services.first { $0.id.name == name })
    }

    private static let makers: [(Maker?, kind: String, name: String)] = [
        (Maker(kind: "ReplicaSet", name: "web-5d9", labels: ["pod-template-hash": "5d9"]), "Deployment", "web"),
        (
            Maker(kind: "ReplicaSet", name: "web-5d9", labels: ["rollouts-pod-template-hash": "5d9"]), "Rollout", "web"
        ),
        (Maker(kind: "ReplicaSet", name: "web-5d9"), "ReplicaSet", "web-5d9"),
        (Maker(kind: "ReplicaSet", name: "web-5d9", labels: ["pod-template-hash": "other"]), "ReplicaSet", "web-5d9"),
        (Maker(kind: "Job", name: "web-28391234"), "CronJob", "web"),
        (Maker(kind: "Job", name: "web-1234567"), "Job", "web-1234567"),
        (Maker(kind: "Job", name: "web-12345678901"), "Job", "web-12345678901"),
        (Maker(kind: "Job", name: "-28391234"), "Job", "-28391234"),
        (Maker(kind: "Job", name: "migrate"), "Job", "migrate"),
        (
            Maker(kind: "ReplicationController", name: "web-3", labels: ["deploymentconfig": "web"]),
            "DeploymentConfig", "web"
        ),
        (Maker(kind: "ReplicationController", name: "web-3"), "ReplicationController", "web-3"),
        (Maker(kind: "StrimziPodSet", name: "kafka"), "StrimziPodSet", "kafka"),
        (Maker(kind: "StatefulSet", name: "db"), "StatefulSet", "db"),
        (nil, "Pod", "p"),
        (Maker(kind: "Node", name: "n1", isController: false), "Pod", "p"),
    ]

    @Test(arguments: makers.indices) func aPodBelongsToWhatIstioNames(_ index: Int) throws {
        let (maker, kind, name) = Self.makers[index]
        let pod = try pod("p", ["app": "web"], by: maker)
        #expect(pod.workload == PodOwner(kind: kind, namespace: "shop", name: name))
    }

    @Test(arguments: makers.indices) func itsServiceCountsItWhoeverMadeIt(_ index: Int) throws {
        var world = World()
        // Kinds that the server does not have, or that nobody may read, still have pods.
        for kind in [WatchedKind.deployments, .statefulsets, .rollouts, .cronjobs] {
            world.objects.states[kind] = (.forbidden, "")
        }
        try world.service("web")
        let (maker, kind, name) = Self.makers[index]
        put([try pod("p", ["app": "web"], by: maker), try pod("other", ["app": "api"], by: maker)], in: &world)
        let row = try row(world)
        #expect(row.pods == 1 && row.readyPods == 1)
        #expect(row.workloads == [name])
        let workload = try #require(snapshot(world, nil).workloads.first { $0.kind == kind && $0.name == name })
        #expect(workload.desired == nil && workload.dataPlane == .sidecar)
    }

    // MARK: Owners

    private func workload(_ world: World, _ samples: [MetricSample]? = nil) throws -> WorkloadSummary {
        let all = snapshot(world, samples).workloads
        #expect(all.count == 1, "\(all.map { "\($0.kind) \($0.name)" })")
        return try #require(all.first)
    }

    /// Who made a pod's ReplicaSet or Job is told by names: of a kind that is read, while its object is listed.
    @Test(arguments: [
        (0, WatchedKind.deployments, "ReplicaSet web-5d9"), (1, .rollouts, "ReplicaSet web-5d9"),
        (4, .cronjobs, "Job web-28391234"), (12, .statefulsets, "StatefulSet db"),
    ])
    func anOwnerThatIsGoneIsNoWorkload(_ index: Int, _ kind: WatchedKind, _ words: String) throws {
        var world = World()
        try world.service("web")
        let (maker, inferred, name) = Self.makers[index]
        put([try pod("p", ["app": "web"], by: maker)], in: &world)
        func shown() throws -> String { try workload(world).kind + " " + workload(world).name }
        for state: SourceStatus.State in [.ok, .slow, .absent] {
            world.objects.states[kind] = (state, "")
            #expect(try shown() == words, "\(state)")
        }
        #expect(try row(world).workloads == [words.split(separator: " ").last.map(String.init) ?? ""])
        #expect(try row(world).pods == 1 && workload(world).dataPlane == .sidecar)
        // What could not be read, or is old, may have it.
        for state: SourceStatus.State in [.forbidden, .down, .unauthorized, .starting, .stale] {
            world.objects.states[kind] = (state, "")
            #expect(try shown() == "\(inferred) \(name)", "\(state)")
        }
        world.objects.states[kind] = (.ok, "namespace other only")
        world.objects.namespacesRead[kind] = ["other"]
        #expect(try shown() == "\(inferred) \(name)")
        world.objects.namespacesRead[kind] = ["shop"]
        #expect(try shown() == words)
        // It is there, and only what it says is not known.
        world.objects.noteOdd(
            [OddObject(key: ObjectKey("shop", name), reason: "spec.replicas is no number")], kind, namespace: nil)
        #expect(try shown() == "\(inferred) \(name)")
        #expect(try workload(world).desired == nil && workload(world).ready == 1)
    }

    /// A pod that was not understood may be this service's: how many it has is not known, nor that all of them are down.
    @Test func podsThatWereNotUnderstoodAreNotCounted() throws {
        var world = World()
        try world.service("web")
        put([try pod("p", ["app": "web"], ready: false)], in: &world)
        #expect(try row(world).pods == 1 && row(world).readyPods == 0 && row(world).health == .failing)
        let slice: EndpointSlice = try decoded([
            "metadata": ["name": "web-1", "namespace": "shop", "labels": ["kubernetes.io/service-name": "web"]],
            "endpoints": .array(
                ["p", "odd"].map {
                    [
                        "addresses": ["10.0.0.1"], "conditions": ["ready": .bool($0 == "odd")],
                        "targetRef": ["kind": "Pod", "name": .string($0)],
                    ]
                }),
        ])
        let odd = OddObject(key: ObjectKey("shop", "odd"), reason: "spec.containers is no list")
        world.objects.noteOdd([odd], .pods, namespace: nil)
        var shown = try row(world)
        #expect(shown.pods == nil && shown.readyPods == nil && shown.health != .failing)
        world.objects.endpoints[slice.meta.key] = slice
        shown = try row(world)
        #expect(shown.pods == nil && shown.readyPods == 1)
        // Nor where pods of its namespace were not read at all.
        world.objects.forgetOdd(.pods, namespace: nil)
        world.objects.namespacesRead[.pods] = ["other"]
        #expect(try row(world).pods == nil)
        world.objects.namespacesRead[.pods] = ["shop"]
        #expect(try row(world).pods == 1)
    }

    /// A workload whose pods nobody saw is not one that has no proxy.
    @Test func withoutItsPodsAWorkloadsProxyIsNotKnown() throws {
        var world = World()
        try world.namespace("shop")
        try world.deployment("web", "v1")
        #expect(try workload(world).dataPlane == WorkloadSummary.DataPlane.none)
        world.objects.states[.pods] = (.forbidden, "no right")
        #expect(try workload(world).dataPlane == .unknown)
        world.objects.states[.pods] = (.ok, "")
        let odd = OddObject(key: ObjectKey("shop", "odd"), reason: "spec.containers is no list")
        world.objects.noteOdd([odd], .pods, namespace: nil)
        #expect(try workload(world).dataPlane == .unknown)
        try world.pod("web", "v1")
        #expect(try workload(world).dataPlane == .sidecar)
        // Nor where it is not known whether ztunnel takes its traffic.
        world.objects.forgetOdd(.pods, namespace: nil)
        world.objects.pods = PodStore()
        world.objects.namespaces = [:]
        world.objects.states[.namespaces] = (.forbidden, "no right")
        #expect(try workload(world).dataPlane == .unknown)
    }

    @Test func aCronJobThatIsListedHasItsPods() throws {
        var world = World()
        put([try pod("p", ["app": "web"], by: Self.makers[4].0)], in: &world)
        let job: MetadataObject = try decoded(["metadata": ["name": "web", "namespace": "shop"]])
        world.objects.cronJobs[job.meta.key] = job
        #expect(try workload(world).kind == "CronJob")
    }

    /// Metrics name a ReplicaSet's pods after the Deployment that is gone, and those of two of them the same.
    @Test func whatIsLeftOfADeploymentHasItsNumbers() throws {
        var world = World()
        put([try pod("a", ["app": "web"], by: Self.makers[0].0)], in: &world)
        let samples = [requests("api", "web", "web", 10, reporter: "destination")]
        #expect(try workload(world, samples).requestsPerSecond == 10)
        let other = Maker(kind: "ReplicaSet", name: "web-7c1", labels: ["pod-template-hash": "7c1"])
        put([try pod("b", ["app": "web"], by: other)], in: &world)
        let both = snapshot(world, samples).workloads
        #expect(both.map(\.name) == ["web-5d9", "web-7c1"])
        #expect(both.map(\.requestsPerSecond) == [nil, nil] && both.map(\.errorRatio) == [nil, nil])
        world.objects.pods[ObjectKey("shop", "b")] = nil
        #expect(try workload(world, samples).requestsPerSecond == 10)
    }

    /// Its pods are found by the Deployment's appearance and loss alike, whatever a snapshot has kept.
    @Test func aDeploymentThatComesAndGoesTakesItsPods() throws {
        var world = World()
        var cache = SnapshotCache()
        put([try pod("p", ["app": "web"], by: Self.makers[0].0)], in: &world)
        func kinds() -> [String] {
            let inputs = SnapshotInputs(time: Timestamp(seconds: 1000), context: "test", objects: world.objects)
            return SnapshotBuilder.build(inputs, &cache).workloads.map(\.kind)
        }
        #expect(kinds() == ["ReplicaSet"])
        let deployment: Workload = try decoded([
            "metadata": ["name": "web", "namespace": "shop"],
            "spec": ["replicas": 1, "template": ["metadata": ["labels": ["app": "web"]]]],
        ])
        var event = StoreChange<Workload>.events([.upsert(deployment)])
        world.objects.note(world.objects.foldWorkloads(\.deployments, event, nil), .deployments)
        #expect(kinds() == ["Deployment"])
        event = .events([.delete(deployment)])
        world.objects.note(world.objects.foldWorkloads(\.deployments, event, nil), .deployments)
        #expect(kinds() == ["ReplicaSet"])
    }

    @Test func podsThatEndedOrLeaveAreNotBehindIt() throws {
        var world = World()
        try world.service("web")
        let job = Maker(kind: "Job", name: "batch")
        put(
            [
                try pod("a", ["app": "web"], by: job, ready: false, phase: "Succeeded"),
                try pod("b", ["app": "web"], by: job, ready: false, phase: "Failed"),
                try pod("c", ["app": "web"], by: job, ready: false), try pod("d", ["app": "web"], by: job),
            ], in: &world)
        let row = try row(world)
        #expect(row.pods == 2 && row.readyPods == 1)
        let workload = try #require(snapshot(world, nil).workloads.first)
        #expect(workload.kind == "Job" && workload.ready == 1 && workload.health == .degraded)
    }

    @Test func readinessIsWhatTheEndpointsSay() throws {
        var world = World()
        try world.service("web")
        put([try pod("a", ["app": "web"]), try pod("b", ["app": "web"], ready: false)], in: &world)
        func slice(_ name: String, _ endpoints: JSONValue) throws -> EndpointSlice {
            try decoded([
                "metadata": [
                    "name": .string(name), "namespace": "shop", "labels": ["kubernetes.io/service-name": "web"],
                ], "endpoints": endpoints,
            ])
        }
        let own: JSONValue = [
            ["addresses": ["10.0.0.1"], "conditions": ["ready": false], "targetRef": ["kind": "Pod", "name": "a"]],
            ["addresses": ["10.0.0.2"], "conditions": ["ready": true], "targetRef": ["kind": "Pod", "name": "b"]],
        ]
        for name in ["web-ipv4", "web-ipv6"] {
            let slice = try slice(name, own)
            world.objects.endpoints[slice.meta.key] = slice
        }
        // A Service may publish addresses that are not ready: clients go by the slices.
        let row = try row(world)
        #expect(row.pods == 2 && row.readyPods == 1)
        world.objects.endpoints[ObjectKey("shop", "web-ipv4")] = nil
        world.objects.endpoints[ObjectKey("shop", "web-ipv6")] = try slice("web-ipv6", [])
        #expect(try self.row(world).readyPods == 0)
        #expect(try self.row(world).health == .failing)
        world.objects.endpoints[ObjectKey("shop", "web-ipv6")] = nil
        #expect(try self.row(world).readyPods == 1)
    }

    @Test func withoutASelectorTheEndpointsAreThePods() throws {
        var world = World()
        let service: Service = try decoded(["metadata": ["name": "ext", "namespace": "shop"], "spec": ["ports": []]])
        world.objects.services[service.meta.key] = service
        put([try pod("p", ["app": "x"])], in: &world)
        let slice: EndpointSlice = try decoded([
            "metadata": ["name": "e", "namespace": "shop", "labels": ["kubernetes.io/service-name": "ext"]],
            "endpoints": [
                ["addresses": ["10.9.9.9"]], ["addresses": ["10.9.9.8"], "conditions": ["ready": false]],
                ["addresses": ["10.9.9.7"], "conditions": ["ready": false, "terminating": true]],
                ["addresses": ["10.0.0.1"], "conditions": .null, "targetRef": ["kind": "Pod", "name": "p"]],
            ],
        ])
        world.objects.endpoints[slice.meta.key] = slice
        let row = try row(world, "ext")
        #expect(row.pods == 3 && row.readyPods == 2)
        #expect(row.workloads == ["p"])
    }

    // MARK: Subsets

    private func rollout(_ world: inout World) throws {
        try world.service("web")
        let rollout: CustomWorkload = try decoded([
            "metadata": ["name": "web", "namespace": "shop"],
            "spec": ["replicas": 3, "template": ["metadata": ["labels": ["app": "web"]]]],
            "status": ["readyReplicas": 1, "observedGeneration": "7"],
        ])
        world.objects.rollouts[rollout.meta.key] = rollout
        #expect(rollout.workload.observedGeneration == 7)
        for (hash, count) in [("aaa", 2), ("bbb", 1)] {
            let maker = Maker(kind: "ReplicaSet", name: "web-\(hash)", labels: ["rollouts-pod-template-hash": hash])
            put(try (0..<count).map { try pod("web-\(hash)-\($0)", ["app": "web"], by: maker) }, in: &world)
        }
        try world.config(
            .destinationrules, "web",
            [
                "host": "web",
                "subsets": [
                    ["name": "stable", "labels": ["rollouts-pod-template-hash": "aaa"]],
                    ["name": "canary", "labels": ["rollouts-pod-template-hash": "bbb"]],
                    ["name": "none", "labels": ["rollouts-pod-template-hash": "ccc"]],
                    ["name": "contradiction", "labels": ["app": "other"]],
                ],
            ])
        try world.config(
            .virtualservices, "web",
            [
                "hosts": ["web"],
                "http": [
                    [
                        "route": .array(
                            ["stable", "canary", "none", "contradiction"].map {
                                ["destination": ["host": "web", "subset": .string($0)], "weight": 25]
                            })
                    ]
                ],
            ])
    }

    @Test func subsetsSelectByThePodsLabels() throws {
        var world = World()
        try rollout(&world)
        let found = snapshot(world, nil)
        let workload = try #require(found.workloads.first)
        #expect(workload.kind == "Rollout" && workload.desired == 3 && workload.ready == 3)
        let destinations = try #require(found.routes.first).destinations
        #expect(destinations.map { $0.problem == nil } == [true, true, false, false])
        #expect(destinations.map(\.dividedWorkloads) == [["web"], ["web"], [], []])
        world.objects.pods[ObjectKey("shop", "web-bbb-0")]?.isReady = false
        #expect(snapshot(world, nil).routes.first?.destinations[1].problem?.contains("no ready pods") == true)
    }

    /// Metrics name a workload: how many requests each of its two versions had is nobody's to say.
    @Test func whatMetricsDoNotTellApartIsUnknown() throws {
        var world = World()
        try rollout(&world)
        let samples = [requests("api", "web", "web", 10, reporter: "destination")]
        let route = try #require(snapshot(world, samples).routes.first)
        #expect(route.destinations.allSatisfy { $0.observedShare == nil })
        #expect(route.destinations[0].requestsPerSecond == nil && route.destinations[0].errorRatio == nil)
    }

    /// Pods whose names nobody generated stand for themselves in metrics, and a label may name the workload.
    @Test func numbersOfPodsUnderOtherNamesAreTheirWorkloads() throws {
        var world = World()
        try world.service("kafka")
        let maker = Maker(kind: "StrimziPodSet", name: "kafka")
        put(
            [
                try pod("kafka-0", ["app": "kafka"], by: maker, generated: false),
                try pod("named", ["app": "kafka", "service.istio.io/workload-name": "other"], by: maker),
            ], in: &world)
        let samples = ["kafka", "kafka-0", "other", "stranger"].map {
            requests("api", "kafka", $0, 5, reporter: "destination")
        }
        let workload = try #require(snapshot(world, samples).workloads.first)
        #expect(workload.requestsPerSecond == 15)
    }

    /// Of a Deployment and a Rollout of one name the one with the pods has the traffic.
    @Test func workloadsOfOneNameDoNotShareTheirPods() throws {
        var world = World()
        try rollout(&world)
        let deployment: Workload = try decoded([
            "metadata": ["name": "web", "namespace": "shop"],
            "spec": ["replicas": 0, "template": ["metadata": ["labels": ["app": "web"]]]],
        ])
        world.objects.deployments[deployment.meta.key] = deployment
        let rows = snapshot(world, nil).workloads
        #expect(rows.map(\.kind) == ["Deployment", "Rollout"])
        #expect(rows.map(\.dataPlane) == [.none, .sidecar])
        #expect(try row(world).pods == 3)
        #expect(try row(world).workloads == ["web"])
    }
}
