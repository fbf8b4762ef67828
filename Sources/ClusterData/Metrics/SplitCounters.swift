// What happened to the requests of a route's services between two looks, by the workload that they went to. Read from the
// clients' counters as they are: rates over windows that overlap would count a request more than once.

internal import Istio
package import Kube
package import MeshModel

package struct SplitCount: Sendable, Hashable {
    package var requests = 0.0
    package var errors = 0.0
    /// Requests that took longer than each bound that was asked for.
    package var slow: [Double] = []

    package init() {}

    package static func + (left: SplitCount, right: SplitCount) -> SplitCount {
        var sum = left
        sum.requests += right.requests
        sum.errors += right.errors
        if sum.slow.count < right.slow.count {
            sum.slow += [Double](repeating: 0, count: right.slow.count - sum.slow.count)
        }
        for index in right.slow.indices { sum.slow[index] += right.slow[index] }
        return sum
    }
}

package struct SplitCounters: Sendable {
    package let services: [ServiceID]
    /// Bounds as the metric writes them: "25", "100".
    package var bounds: [String]
    private var last: [String: Double] = [:]
    private var isFirst = true

    package init(_ services: [ServiceID], bounds: [String] = []) {
        self.services = services
        self.bounds = bounds
    }

    private static func match(_ services: [ServiceID]) -> ServiceMatch {
        ServiceMatch(
            namespaces: Set(services.map(\.namespace)).sorted(), names: Set(services.map(\.name)).sorted())
    }

    /// What was counted since the look before, by destination workload; nil at the first look. Requests that reached
    /// nobody are those of a workload called "unknown".
    package mutating func read(
        _ api: any MetricsSource, _ dialect: any MeshDialect = IstioDialect()
    ) async throws -> [ObjectKey: SplitCount]? {
        let match = Self.match(services)
        async let requests = api.query(dialect.counters(match), at: nil)
        var buckets: [MetricSample] = []
        if !bounds.isEmpty {
            buckets = try await api.query(dialect.bucketCounters(match, bounds: bounds), at: nil).samples
        }
        return take(requests: try await requests.samples, buckets: buckets)
    }

    mutating func take(requests: [MetricSample], buckets: [MetricSample]) -> [ObjectKey: SplitCount]? {
        var counts: [ObjectKey: SplitCount] = [:]
        let columns = EdgeColumns(TrafficColumns.proxyRequests)
        let (namespace, name) = (6, 7)
        for (labels, grown) in growth(requests, "r") {
            let request = columns.request(MetricSample(labels: labels, value: grown))
            let key = ObjectKey(labels[namespace], labels[name])
            var count = counts[key] ?? SplitCount()
            count.requests += grown
            if request.isError { count.errors += grown }
            counts[key] = count
        }
        for (labels, grown) in growth(buckets, "b") {
            let key = ObjectKey(labels[namespace], labels[name])
            var count = counts[key] ?? SplitCount()
            if count.slow.isEmpty { count.slow = [Double](repeating: 0, count: bounds.count) }
            let bound = labels[TrafficColumns.proxy.count]
            for index in bounds.indices {
                // Above a bound are all of them less those up to it.
                if bound == "+Inf" { count.slow[index] += grown }
                if bound == bounds[index] { count.slow[index] -= grown }
            }
            counts[key] = count
        }
        counts = counts.mapValues { count in
            var count = count
            count.slow = count.slow.map { max(0, $0) }
            return count
        }
        defer { isFirst = false }
        return isFirst ? nil : counts
    }

    /// By how much each series has grown. One that starts anew has grown by what it says; one that is missing, as a
    /// scrape failed, is remembered.
    private mutating func growth(_ samples: [MetricSample], _ kind: String) -> [(labels: [String], grown: Double)] {
        var sums: [String: (labels: [String], value: Double)] = [:]
        for sample in samples where sample.value.isFinite && sample.value >= 0 {
            let key = kind + "\0" + sample.labels.joined(separator: "\0")
            sums[key] = (sample.labels, (sums[key]?.value ?? 0) + sample.value)
        }
        return sums.map { key, now in
            let before = last[key] ?? 0
            last[key] = now.value
            return (now.labels, now.value >= before ? now.value - before : now.value)
        }
    }

    /// The shares of these workloads' requests above each bound of its latency histogram, over a window.
    package static func bounds(
        _ services: [ServiceID], workloads: Set<ObjectKey>, _ api: any MetricsSource,
        _ dialect: any MeshDialect = IstioDialect(), window: Int
    ) async throws -> [(text: String, milliseconds: Double, above: Double)] {
        let answer = try await api.query(dialect.bucketGrowth(match(services), window: window), at: nil)
        var sums: [String: Double] = [:]
        for sample in answer.samples where workloads.contains(ObjectKey(sample.labels[1], sample.labels[2])) {
            sums[sample.labels[0], default: 0] += sample.value
        }
        guard let all = sums["+Inf"], all > 0 else { return [] }
        return sums.compactMap { text, value in
            guard let bound = Double(text), bound.isFinite else { return nil }
            return (text, bound, max(0, 1 - value / all))
        }.sorted { $0.1 < $1.1 }
    }
}
