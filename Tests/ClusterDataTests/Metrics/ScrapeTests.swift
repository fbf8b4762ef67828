import Istio
import TestSupport
import Testing

@testable import Base
@testable import ClusterData
@testable import Kube
@testable import MeshModel

/// Rates and quantiles worked out of sidecars' own pages.
@Suite struct ScrapeTests {
    private func page(_ reporter: String, _ count: Int, code: String = "200") -> [UInt8] {
        let labels =
            #"reporter="\#(reporter)",source_workload_namespace="shop",source_workload="web",destination_service_namespace="shop",destination_service_name="cart",destination_service="cart.shop.svc.cluster.local",destination_workload_namespace="shop",destination_workload="cart-v1",request_protocol="http",response_code="\#(code)",response_flags="-",connection_security_policy="mutual_tls""#
        return Array(
            """
            # HELP istio_requests_total requests
            # TYPE istio_requests_total counter
            istio_requests_total{\(labels)} \(count)
            istio_request_duration_milliseconds_bucket{\(labels),le="10"} \(count / 2)
            istio_request_duration_milliseconds_bucket{\(labels),le="20"} \(count)
            istio_request_duration_milliseconds_bucket{\(labels),le="+Inf"} \(count)
            envoy_server_uptime{} 12
            not a line at all

            """.utf8)
    }

    private func target(_ name: String, _ workload: String) -> ScrapeTarget {
        ScrapeTarget(pod: ObjectKey("shop", name), workload: ObjectKey("shop", workload))
    }

    private func samples(_ body: [UInt8]) -> [ScrapedSample] {
        ExpositionText.samples(body, prefixes: IstioDialect().scrapedPrefixes)
    }

    @Test func twoPagesMakeARateAndAQuantile() throws {
        var book = ScrapeBook(IstioDialect())
        book.take(target("cart-1", "cart-v1"), samples(page("destination", 1000)), at: Timestamp(seconds: 100))
        #expect(book.ready == 0)
        book.take(target("cart-1", "cart-v1"), samples(page("destination", 1100)), at: Timestamp(seconds: 110))
        #expect(book.ready == 1)
        let reading = book.reading(at: Timestamp(seconds: 110)) { _ in 1 }
        #expect(reading.windowSeconds == 10)
        let edge = try #require(EdgeReconciler(reading).edges.first)
        #expect(edge.requestsPerSecond == 10)
        #expect(edge.source.workload == "web")
        #expect(edge.mtlsRatio == 1)
        #expect(edge.latencyMs.p50 == 10)
    }

    @Test func podsThatWereNotAskedAreStoodFor() throws {
        var book = ScrapeBook(IstioDialect())
        for (time, count) in [(100.0, 0), (110.0, 100)] {
            for pod in ["cart-1", "cart-2"] {
                book.take(target(pod, "cart-v1"), samples(page("destination", count)), at: Timestamp(seconds: time))
            }
        }
        // Two of six pods: what they count is a third.
        let reading = book.reading(at: Timestamp(seconds: 110)) { _ in 6 }
        #expect(EdgeReconciler(reading).edges.first?.requestsPerSecond == 60)
    }

    @Test func aRestartedProxyCountsFromZero() {
        var book = ScrapeBook(IstioDialect())
        book.take(target("cart-1", "cart-v1"), samples(page("destination", 1000)), at: Timestamp(seconds: 100))
        book.take(target("cart-1", "cart-v1"), samples(page("destination", 50)), at: Timestamp(seconds: 110))
        let reading = book.reading(at: Timestamp(seconds: 110)) { _ in 1 }
        #expect(EdgeReconciler(reading).edges.first?.requestsPerSecond == 5)
    }

    @Test func hostileAndBrokenLinesAreLeftOut() {
        let body = Array(
            "istio_requests_total{a=\"x\\\"y\\\\\",b=\"l\\nz\"} 3 1700000000\nistio_requests_total{a=\"open} 1\nistio_requests_total{a=\"b\"\nistio_requests_total{\u{1B}[31m=\"\u{1B}]0;x\u{07}\"} 2\nistio_requests_total NaN\nistio_requests_total{} abc\n"
                .utf8)
        let found = samples(body)
        #expect(
            found.first == ScrapedSample(name: "istio_requests_total", labels: ["a": "x\"y\\", "b": "l z"], value: 3))
        for sample in found {
            for text in sample.labels.values { #expect(!text.unicodeScalars.contains { $0.value < 0x20 }) }
        }
        #expect(!found.contains { $0.labels.isEmpty && $0.value == 0 })
    }

    @Test func aRealEnvoysPageIsRead() throws {
        let body = try Files.read("\(Recording.folder)/envoy-1.40-stats.prom")
        let found = ExpositionText.samples(body, prefixes: IstioDialect().scrapedPrefixes)
        let overflow = found.filter { $0.name.hasSuffix("upstream_rq_pending_overflow") }
        #expect(overflow.contains { $0.value == 550 })
    }

    @Test func theSameFewPodsAreAskedAndThoseOnTheScreenFirst() throws {
        var world = World()
        for index in 0..<40 {
            let app = "app\(index)"
            try world.service(app)
            try world.pod(app, "v1")
        }
        let wanted = [ServiceID(namespace: "shop", name: "app39"), ServiceID(namespace: "shop", name: "app7")]
        let first = ScrapeChoice.targets(world.objects, interest: wanted, before: [])
        #expect(first.count == ScrapeChoice.mostPods)
        #expect(first.prefix(2).map(\.workload.name) == ["app39-v1", "app7-v1"])
        let second = ScrapeChoice.targets(world.objects, interest: wanted, before: Set(first.map(\.pod)))
        #expect(second.map(\.pod) == first.map(\.pod))
    }

    @Test func oneOfEachWorkloadIsAskedBeforeASecondOfAny() throws {
        var world = World()
        for index in 10..<35 {
            try world.service("app\(index)")
            for number in 1...3 { try world.pod("app\(index)", "v1", number: number) }
        }
        let targets = ScrapeChoice.targets(world.objects, interest: [], before: [])
        #expect(targets.count == ScrapeChoice.mostPods)
        #expect(Set(targets.map(\.workload)).count == 25)
        #expect(Set(targets.map(\.pod)).count == ScrapeChoice.mostPods)
    }

    /// What no proxy was asked about is unknown: not zero, and not the part that a client happened to see.
    @Test func whatWasNotAskedIsUnknown() throws {
        var world = World()
        for app in ["cart", "orders"] {
            try world.service(app)
            try world.deployment(app, "v1")
            try world.pod(app, "v1")
        }
        var book = ScrapeBook(IstioDialect())
        for (time, count) in [(100.0, 0), (110.0, 100)] {
            book.take(target("cart-1", "cart-v1"), samples(page("destination", count)), at: Timestamp(seconds: time))
        }
        func rows(_ book: ScrapeBook) -> MeshSnapshot {
            var inputs = SnapshotInputs(time: Timestamp(seconds: 110), context: "test", objects: world.objects)
            inputs.metrics = book.reading(at: Timestamp(seconds: 110)) { _ in 1 }
            inputs.metricsAreCurrent = true
            inputs.isSampled = true
            return SnapshotBuilder.build(inputs)
        }
        let made = rows(book)
        func rate(_ app: String) -> Double? { made.services.first { $0.id.name == app }?.requestsPerSecond }
        #expect(rate("cart") == 10)
        #expect(rate("orders") == nil)
        #expect(made.services.first { $0.id.name == "orders" }?.health == .unknown)
        #expect(made.workloads.first { $0.name == "orders-v1" }?.requestsPerSecond == nil)
        #expect(made.workloads.first { $0.name == "cart-v1" }?.requestsPerSecond == 10)
    }
}
