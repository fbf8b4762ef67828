import Base
import ClusterData
import DemoMesh
import Insights
import Istio
import Kube
import MeshModel
import TestSupport

@testable import Actions

/// One guarded shift from nothing to all, of a canary that is bad or good in one way, on a demo mesh of its own whose
/// clock stands still but for what the rollout sleeps.
struct CanaryTrial: Sendable {
    var scenario: CanaryScenario
    var seed: UInt64 = 1
    /// Seconds of the mesh's time after which nobody waits any longer.
    var limit = 3600.0

    struct Outcome: Sendable {
        var end: GuardEnd
        /// From the first step on, in the mesh's time.
        var seconds: Double
        var weights: [Int]
        var mark: String?
        /// The canary's weight at each step that was made, and the journal's number of it.
        var shifts: [(weight: Int, journalID: String)]
        var journalled: [String]
        var words: [String]
        var status: GuardStatus?
        /// Requests that v2 failed beyond the share that v1 fails too, by the mesh's Prometheus.
        var failedInExcess: Double

        var isPromoted: Bool { if case .promoted = end { true } else { false } }
        var isRolledBack: Bool { if case .rolledBack = end { true } else { false } }
    }

    private static let route = ObjectReference(kind: "VirtualService", namespace: "shop", name: "recommendation")
    private static let start = Timestamp(seconds: 1_790_000_000)

    func run() async throws -> Outcome {
        var options = DemoMeshOptions()
        options.scene = .canary
        options.speed = 50
        options.seed = seed
        options.clockStart = Self.start
        options.canary = scenario
        let demo = try Demo(options)
        let cluster = DemoCluster(demo)
        let clock = MeshClock(demo, startingAt: Self.start)
        // All traffic is at v1, as when a new version has just been deployed beside it.
        let runner = try cluster.runner()
        let out = try await runner.plan(
            .guardStep(route: Self.route, section: .http, index: 0, weights: [100, 0], mark: nil))
        _ = await runner.finish(out.planID)
        try await clock.sleep(seconds: 300)

        let began = clock.now
        let events = Lock<[GuardEvent]>([])
        let guardian = try shift(cluster, clock, events)
        clock.afterEachPause { if clock.now - began > limit { await guardian.leave() } }
        let end = await guardian.run()
        // The clock would keep its rollout, and that the mesh.
        clock.afterEachPause {}
        let object = try await cluster.get(Paths.virtualService("recommendation"))
        return Outcome(
            end: end, seconds: clock.now - began,
            weights: object.at("spec", "http")?[0]?.list("route").map { $0["weight"]?.int ?? -1 } ?? [],
            mark: object.at("metadata", "annotations", ObjectMeta.rolloutAnnotation)?.string,
            shifts: events.withLock { $0 }.compactMap {
                if case .shifted(let weight, let id) = $0 { (weight, id) } else { nil }
            },
            journalled: try cluster.journal.read().entries.map(\.id), words: await guardian.history.map(\.text),
            status: await guardian.status,
            failedInExcess: try await failedInExcess(demo, began, clock.now))
    }

    private func shift(
        _ cluster: DemoCluster, _ clock: MeshClock, _ events: Lock<[GuardEvent]>
    ) throws -> GuardedShift {
        let record = GuardRecord(
            id: ChangeID.new(),
            target: GuardTarget(
                route: Self.route, section: .http, index: 0, canary: 1, canaryName: "v2", original: [100, 0]),
            settings: GuardSettings(), weight: nil, startedAt: clock.now, startedBy: "test")
        return try GuardedShift(
            record, client: try cluster.demo.client(clock: clock), runner: try cluster.runner(),
            prometheus: PrometheusClient(
                endpoint: try .url("\(cluster.demo.server.url)/prometheus"), loop: cluster.demo.loop),
            stateFolder: cluster.demo.folder.path
        ) {
            (
                [ObjectKey("shop", "recommendation-v2")], [ObjectKey("shop", "recommendation-v1")],
                [ServiceID(namespace: "shop", name: "recommendation")]
            )
        } report: { event in
            events.withLock { $0.append(event) }
        }
    }

    /// Asked of the mesh's Prometheus, as an operator would afterwards.
    private func failedInExcess(_ demo: Demo, _ began: Timestamp, _ ended: Timestamp) async throws -> Double {
        let prometheus = PrometheusClient(endpoint: try .url("\(demo.server.url)/prometheus"), loop: demo.loop)
        let window = Int(clamping: (ended - began).rounded(.up)) + 5
        func grown(_ metric: String, _ labels: String) async throws -> Double {
            let query =
                "sum(increase(\(metric){reporter=\"source\",destination_service_name=\"recommendation\",\(labels)}[\(window)s]))"
            return try await prometheus.query(query, schema: LabelSchema([])).samples.first?.value ?? 0
        }
        let counter = "istio_requests_total"
        let requests = try await grown(counter, "destination_workload=\"recommendation-v2\"")
        let failed = try await grown(counter, "destination_workload=\"recommendation-v2\",grpc_response_status!=\"0\"")
        return max(0, failed - requests * scenario.baseErrors)
    }
}

/// The mesh's own time: who sleeps lets the mesh live on for as long.
private final class MeshClock: TimeSource {
    private let demo: Demo
    private let time: Lock<Timestamp>
    private let afterPause = Lock<@Sendable () async -> Void>({})

    init(_ demo: Demo, startingAt start: Timestamp) {
        self.demo = demo
        time = Lock(start)
    }

    var now: Timestamp { time.withLock { $0 } }
    var wall: Timestamp { now }
    var moment: Moment { Moment(seconds: now.seconds) }

    func sleep(seconds: Double) async throws {
        try await demo.server.advance(seconds: seconds)
        time.withLock { $0 = $0 + seconds }
        await afterPause.withLock { $0 }()
    }

    func afterEachPause(_ body: @escaping @Sendable () async -> Void) { afterPause.withLock { $0 = body } }
}
