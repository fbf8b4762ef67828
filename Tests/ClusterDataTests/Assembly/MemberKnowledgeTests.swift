import TestSupport
import Testing

@testable import Base
@testable import ClusterData
@testable import Istio
@testable import Kube
@testable import MeshModel

/// What a destination gets is unknown, never nothing, where a kind that tells whose the requests are was not read.
@Suite struct MemberKnowledgeTests {
    private let samples = [
        requests("web", "reviews", "reviews-v1", 30, reporter: "destination"),
        requests("web", "reviews", "reviews-v2", 10, reporter: "destination"),
    ]

    private func destinations(_ world: World) throws -> [RouteSummary.Destination] {
        try #require(snapshot(world, samples).routes.first).destinations
    }

    private func forget(_ kinds: [WatchedKind], _ world: inout World, _ state: SourceStatus.State = .forbidden) {
        for kind in kinds {
            world.objects.states[kind] = (state, "no right")
            switch kind {
            case .services: world.objects.services = [:]
            case .deployments: world.objects.deployments = [:]
            case .pods: world.objects.pods = PodStore()
            case .destinationrules: world.objects.configs[kind] = nil
            default: break
            }
        }
    }

    @Test(arguments: [
        [WatchedKind.services], [.destinationrules], [.pods, .deployments], [.pods, .services],
        [.deployments, .services], [.pods, .destinationrules],
    ])
    func aDestinationWhoseMembersWereNotReadHasNoNumber(_ kinds: [WatchedKind]) throws {
        for state: SourceStatus.State in [.forbidden, .down, .starting] {
            var world = try World.canary(withPods: true)
            forget(kinds, &world, state)
            let found = try destinations(world)
            #expect(found.map(\.requestsPerSecond) == [nil, nil] && found.map(\.observedShare) == [nil, nil])
            #expect(found.map(\.problem) == [nil, nil])
        }
    }

    /// Pods tell without their workloads, and templates without their pods, as long as metrics name no other workload.
    @Test func whatOneKindTellsNeedsNoOther() throws {
        var world = try World.canary(withPods: true)
        forget([.deployments], &world)
        #expect(try destinations(world).map(\.requestsPerSecond) == [30, 10])
        world = try World.canary(withPods: true)
        forget([.pods], &world)
        #expect(try destinations(world).map(\.requestsPerSecond) == [30, 10])
        world.objects.deployments[ObjectKey("shop", "reviews-v2")] = nil
        #expect(try destinations(world).map(\.requestsPerSecond) == [nil, nil])
    }

    /// Of one Deployment that could not be understood the pods are known all the same.
    @Test func anOddDeploymentHasItsPodsNumbers() throws {
        var world = try World.canary(withPods: true)
        world.objects.deployments[ObjectKey("shop", "reviews-v1")] = nil
        let odd = OddObject(key: ObjectKey("shop", "reviews-v1"), reason: "spec.replicas is no number")
        world.objects.noteOdd([odd], .deployments, namespace: nil)
        #expect(try destinations(world).map(\.requestsPerSecond) == [30, 10])
        let row = try #require(snapshot(world, samples).workloads.first { $0.name == "reviews-v1" })
        #expect(row.requestsPerSecond == 30 && row.desired == nil && row.kind == "Deployment")
        // Without the pods nobody can say more.
        forget([.pods], &world)
        #expect(try destinations(world).map(\.requestsPerSecond) == [nil, nil])
    }

    /// A subset that an object defines which was not understood is not called missing.
    @Test func anOddRuleMayDefineTheSubset() throws {
        var world = try World.canary(withPods: true)
        world.objects.configs[.destinationrules] = nil
        #expect(try destinations(world)[0].problem == "no DestinationRule defines subset v1")
        #expect(try destinations(world)[0].requestsPerSecond == 0)
        for (namespace, isNear) in [("shop", true), ("istio-system", true), ("", true), ("elsewhere", false)] {
            let odd = OddObject(key: ObjectKey(namespace, "x"), reason: "spec.subsets[0].name is no text")
            world.objects.noteOdd([odd], .destinationrules, namespace: nil)
            #expect(try (destinations(world)[0].problem == nil) == isNear, "\(namespace)")
            #expect(try (destinations(world)[0].requestsPerSecond == nil) == isNear, "\(namespace)")
        }
    }

    @Test func anOddServiceIsNotCalledMissing() throws {
        var world = try World.canary(withPods: true)
        world.objects.services = [:]
        #expect(try destinations(world)[0].problem == "no service shop/reviews")
        let odd = OddObject(key: ObjectKey("shop", "reviews"), reason: "spec.ports is no list")
        world.objects.noteOdd([odd], .services, namespace: nil)
        #expect(try destinations(world)[0].problem == nil && destinations(world)[0].requestsPerSecond == nil)
    }

    /// Of a sample of the proxies the sum is a service's only where all of its workloads are known.
    @Test func aSampleOfUnknownMembersIsNoRate() throws {
        func rate(_ world: World) throws -> Double? {
            var some = reading(samples)
            some.sampledWorkloads = [ObjectKey("shop", "reviews-v1"), ObjectKey("shop", "reviews-v2")]
            let made = SnapshotBuilder.build(
                SnapshotInputs(
                    time: Timestamp(seconds: 1000), context: "test", objects: world.objects, metrics: some))
            return try #require(made.services.first { $0.id.name == "reviews" }).requestsPerSecond
        }
        var world = try World.canary(withPods: true)
        #expect(try rate(world) == 40)
        forget([.services], &world)
        #expect(try rate(world) == nil)
    }

    /// That nothing arrives can be said where it is known what metrics call a workload's pods.
    @Test func aWorkloadWithoutPodsThatWereReadIsNotIdle() throws {
        var world = World()
        try world.namespace("shop", ["istio.io/dataplane-mode": "ambient"])
        try world.deployment("cart", "v1")
        func rate() throws -> Double? { try #require(snapshot(world, []).workloads.first).requestsPerSecond }
        #expect(try rate() == 0)
        forget([.pods], &world)
        #expect(try rate() == nil)
    }
}
