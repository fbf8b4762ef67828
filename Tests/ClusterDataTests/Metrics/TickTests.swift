import Istio
import TestSupport
import Testing

@testable import Base
@testable import ClusterData
@testable import Kube
@testable import MeshModel

/// A large mesh's ticks ask for less; together they must say the same.
@Suite struct TickTests {
    /// Four services in two namespaces, each called by two workloads; one workload stands behind two of them.
    private static func exposition() -> Exposition {
        var traffic = Traffic()
        for (namespace, service, workload) in [
            ("east", "cart", "cart-v1"), ("east", "basket", "cart-v1"), ("west", "cart", "cart-v1"),
            ("west", "stock.old", "stock-v1"),
        ] {
            for (place, client) in ["web", "batch"].enumerated() {
                let rate = Double(4 + place)
                let ends = Traffic.ends(namespace, client, service, workload)
                traffic.requests("source", ends, rate)
                traffic.requests("source", ends, 1, code: "503", flags: "UO")
                traffic.requests("destination", ends, rate)
                traffic.latency("destination", ends, rate, 10, 25)
            }
        }
        return traffic.exposition
    }

    private func index(_ edges: [MeshEdge]) -> [String: MeshEdge] {
        Dictionary(uniqueKeysWithValues: edges.map { ("\($0.source.workload) \($0.service)", $0) })
    }

    @Test func ticksThatAskForLessDrawTheSameEdges() async throws {
        let exposition = Self.exposition()
        let prometheus = try await StoredPrometheus(exposition)
        let client = try prometheus.client()
        let whole = EdgeReconciler(try await MetricsPoll.read(client, IstioDialect(), window: 60, at: exposition.end))
        // Eleven buckets an edge: a turn is a service.
        var tick = MetricsTick(plan: LatencyPlan(seriesAtOnce: 25))
        var edges: EdgeReconciler?
        var asked: [Int] = []
        for round in 0..<6 {
            let (reading, made) = try await tick.read(
                client, IstioDialect(), window: 60, at: exposition.end, silent: [], onScreen: [])
            asked.append(Set(reading.buckets.map { "\($0.labels[4]) \($0.labels[5])" }).count)
            #expect((reading.identities == nil) == (round == 0))
            edges = made
        }
        #expect(asked[0] == 4)
        #expect(asked.dropFirst().allSatisfy { $0 == 1 }, "\(asked)")
        #expect(tick.ticksOfARound == 4)
        let found = try #require(edges)
        #expect(index(found.edges) == index(whole.edges))
        #expect(found.edges.count == 8)
        #expect(found.edges.allSatisfy { $0.source.cluster == "c1" && $0.destination.app == $0.destination.workload })
        #expect(found.latencies.byService == whole.latencies.byService)
        #expect(found.latencies.byWorkload == whole.latencies.byWorkload)
        #expect(found.latencies.byServiceWorkload == whole.latencies.byServiceWorkload)
        withExtendedLifetime(prometheus) {}
    }

    @Test func aRoundOfTooManySeriesIsRefusedAsAWhole() async throws {
        let exposition = Self.exposition()
        let prometheus = try await StoredPrometheus(exposition)
        let client = try prometheus.client()
        let all = try await MetricsPoll.read(client, IstioDialect(), window: 60, at: exposition.end)
        let count = [\.requests, \.buckets, \.breakerStats, \.overflows, \.requestBytes, \.responseBytes]
            .map { (field: KeyPath<MetricsReading, [MetricSample]>) in all[keyPath: field].count }.reduce(0, +)
        #expect(count > 1 && all.tcpSent.isEmpty && all.tcpConnections.isEmpty)
        _ = try await MetricsPoll.read(client, IstioDialect(), window: 60, at: exposition.end, mostSeries: count)
        await #expect {
            try await MetricsPoll.read(client, IstioDialect(), window: 60, at: exposition.end, mostSeries: count - 1)
        } throws: { error in
            (error as? MeshTopError)?.code == .decoding
                && "\(error)".contains("the answers of one round have more than \(count - 1) series")
        }
        withExtendedLifetime(prometheus) {}
    }

    @Test func anAnswerBeyondItsBudgetIsNotAskedForAgainAtOnce() {
        #expect(TrafficSource.pause(isBeyond: false, refresh: 5, took: 1) == 4)
        #expect(TrafficSource.pause(isBeyond: false, refresh: 5, took: 9) == 0.5)
        #expect(TrafficSource.pause(isBeyond: true, refresh: 5, took: 1) == 29)
        #expect(TrafficSource.pause(isBeyond: true, refresh: 60, took: 1) == 59)
    }

    @Test func edgesAcrossClustersAreAlwaysAskedWithTheirClusters() {
        func sample(_ from: String) -> MetricSample {
            let values = Traffic.ends("shop", "web", "cart", "cart-v1", more: ["source_cluster": from])
                .merging(["reporter": "destination", "response_code": "200"]) { $1 }
            return MetricSample(labels: TrafficColumns.requests.names.map { values[$0] ?? "" }, value: 1)
        }
        #expect(EdgeIdentities([sample("c1"), sample("c1")], at: Timestamp(seconds: 0))?.cluster == "c1")
        #expect(EdgeIdentities([sample("c1"), sample("c2")], at: Timestamp(seconds: 0)) == nil)
    }

    @Test func aNewWorkloadIsNoticed() throws {
        let known = requests("web", "cart", "cart-v1", 3, reporter: "destination")
        var fresh = reading([known, requests("web", "cart", "cart-v2", 1, reporter: "destination")])
        fresh.identities = EdgeIdentities([known], at: Timestamp(seconds: 0))
        #expect(EdgeReconciler(fresh).hasStrangers)
        fresh.requests = [known]
        #expect(!EdgeReconciler(fresh).hasStrangers)
    }

    /// The tick that meets a new workload asks for the labels that name its app and version, and does not wait a minute.
    @Test func aNewWorkloadIsDescribedAtOnce() async throws {
        var before = Traffic()
        var after = Traffic()
        let old = Traffic.ends("shop", "web", "cart", "cart-v1")
        let new = Traffic.ends("shop", "web", "cart", "cart-v2", more: ["destination_canonical_service": "cart"])
        before.requests("destination", old, 3)
        after.requests("destination", old, 3)
        after.requests("destination", new, 1)
        let (first, second) = (
            try await StoredPrometheus(before.exposition), try await StoredPrometheus(after.exposition)
        )
        var tick = MetricsTick()
        _ = try await tick.read(
            try first.client(), IstioDialect(), window: 60, at: before.exposition.end, silent: [], onScreen: [])
        let (_, made) = try await tick.read(
            try second.client(), IstioDialect(), window: 60, at: after.exposition.end, silent: [], onScreen: [])
        let edge = try #require(made.edges.first { $0.destination.workload == "cart-v2" })
        #expect(edge.destination.app == "cart" && edge.host == "cart.shop.svc.cluster.local")
        #expect(abs((edge.requestsPerSecond ?? 0) - 1) < 0.05)
        withExtendedLifetime((first, second)) {}
    }

    @Test func everyServiceHasATurnAndThoseOnTheScreenHaveAll() {
        let edges = (0..<60).map { place in
            MeshEdge(
                source: MeshNode(namespace: "shop", workload: "web"),
                destination: MeshNode(namespace: "shop", workload: "w\(place)"),
                service: ServiceID(namespace: place < 50 ? "large" : "small-\(place)", name: "s\(place)"), host: "")
        }
        var plan = LatencyPlan(seriesAtOnce: 200)
        #expect(plan.next(onScreen: []) == .everybody)
        plan.note(edges, samples: 1200, edgesAsked: 60)
        let watched = edges[0].service
        var seen: [ServiceID: Int] = [:]
        for _ in 0..<plan.ticksOfARound {
            for service in plan.next(onScreen: [watched]).services ?? [] { seen[service, default: 0] += 1 }
        }
        #expect(plan.ticksOfARound == 6)
        #expect(Set(seen.keys) == Set(edges.map(\.service)))
        #expect(seen[watched] == 6)
        #expect(seen.filter { $0.key != watched }.values.allSatisfy { $0 == 1 })
    }

    @Test func latencyThatWasNotAskedStays() throws {
        func bucket(_ service: String, _ bound: String, _ value: Double) -> MetricSample {
            let values = [
                "le": bound, "reporter": "destination", "source_workload": "web", "source_workload_namespace": "shop",
                "destination_service_name": service, "destination_service_namespace": "shop",
                "destination_workload": "both", "destination_workload_namespace": "shop",
            ]
            return MetricSample(labels: TrafficColumns.buckets.names.map { values[$0] ?? "" }, value: value)
        }
        let (cart, basket) = (ServiceID(namespace: "shop", name: "cart"), ServiceID(namespace: "shop", name: "basket"))
        let both = ObjectKey("shop", "both")
        var book = LatencyBook([
            bucket("cart", "10", 2), bucket("cart", "+Inf", 2), bucket("basket", "10", 3), bucket("basket", "+Inf", 3),
        ])
        #expect(book.byWorkload[both]?.cumulative == [5, 5])
        book.take([bucket("cart", "10", 1), bucket("cart", "+Inf", 4)], of: [cart])
        #expect(book.byService[cart]?.cumulative == [1, 4])
        #expect(book.byService[basket]?.cumulative == [3, 3])
        #expect(book.byWorkload[both]?.cumulative == [4, 7])
        // Nobody calls the basket any more.
        book.take([], of: [basket])
        #expect(book.byService[basket] == nil)
        #expect(book.byWorkload[both]?.cumulative == [1, 4])
    }

    @Test func namesInAQueryStayNames() async throws {
        let hostile = #"a"}) or vector(1) #\.*"#
        var traffic = Traffic()
        let ends = Traffic.ends("shop", "web", "cart", "cart-v1")
        traffic.latency("source", ends, 1, 10, 25)
        let prometheus = try await StoredPrometheus(traffic.exposition)
        let query = IstioQueries.unreportedDurationBuckets(window: 60, silent: [hostile, "cart.v1"])
        let answer = try await prometheus.client().query(
            query, schema: IstioQueries.clientBucketLabels, time: traffic.exposition.end)
        #expect(answer.samples.isEmpty)
        withExtendedLifetime(prometheus) {}
    }
}
