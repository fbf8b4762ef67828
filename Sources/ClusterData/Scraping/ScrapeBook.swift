// What sidecars count, kept from scrape to scrape, and the rates that a Prometheus would have worked out of it.

internal import Base
internal import Kube
internal import MeshModel

/// A pod that is scraped, with the workload that it stands for.
struct ScrapeTarget: Sendable, Hashable {
    var pod: ObjectKey
    var workload: ObjectKey
}

struct ScrapeBook: Sendable {
    private struct Page: Sendable {
        var time: Timestamp
        var workload: ObjectKey
        /// Counters, and gauges of Envoy, by name and labels.
        var values: [Series: Double]
        /// Growth per second since the page before.
        var rates: [Series: Double] = [:]
        /// Over how many seconds.
        var seconds: Double?
    }

    private struct Series: Hashable, Sendable {
        var name: String
        var labels: [String: String]
    }

    private var pages: [ObjectKey: Page] = [:]
    private let dialect: any MeshDialect

    init(_ dialect: any MeshDialect) { self.dialect = dialect }

    /// Takes a pod's page in. Counters that fell belong to a proxy that was restarted: it counts from zero.
    mutating func take(_ target: ScrapeTarget, _ samples: [ScrapedSample], at time: Timestamp) {
        var values: [Series: Double] = [:]
        values.reserveCapacity(samples.count)
        for sample in samples where sample.value.isFinite {
            values[Series(name: sample.name, labels: sample.labels), default: 0] += sample.value
        }
        var page = Page(time: time, workload: target.workload, values: values)
        if let old = pages[target.pod], time > old.time {
            let seconds = time - old.time
            page.seconds = seconds
            for (series, value) in values {
                // A series that was not there before has grown from nothing.
                let before = old.values[series] ?? 0
                page.rates[series] = (value < before ? value : value - before) / seconds
            }
        }
        pages[target.pod] = page
    }

    mutating func forget(exceptFor targets: Set<ObjectKey>) { pages = pages.filter { targets.contains($0.key) } }

    /// How many pods have been seen twice.
    var ready: Int { pages.values.count { $0.seconds != nil } }

    /// The reading that grouped queries would give. `readyPods` are all pods of a workload: those that were scraped stand
    /// for the others too.
    func reading(at time: Timestamp, readyPods: (ObjectKey) -> Int) -> MetricsReading {
        let seconds = pages.values.compactMap(\.seconds).max() ?? 0
        var reading = MetricsReading(asOf: time, windowSeconds: max(1, Int(clamping: seconds.rounded())))
        let scraped = Dictionary(grouping: pages.values.filter { $0.seconds != nil }, by: \.workload).mapValues(\.count)
        reading.sampledWorkloads = Set(scraped.keys)
        var sums: [String: [[String]: Double]] = [:]
        let schemas = dialect.scraped
        for (pod, page) in pages where page.seconds != nil {
            let known = scraped[page.workload] ?? 1
            let scale = Double(max(known, readyPods(page.workload))) / Double(known)
            for (series, rate) in page.rates {
                guard let schema = schemas[series.name]?.schema else {
                    if series.name.hasPrefix(dialect.proxyStatPrefix) {
                        addStat(&reading, series, pod, page.values[series] ?? 0, rate)
                    }
                    continue
                }
                guard rate > 0 || series.name.hasSuffix("_bucket") else { continue }
                sums[series.name, default: [:]][schema.names.map { series.labels[$0] ?? "" }, default: 0] +=
                    rate * scale
            }
        }
        // A client's clock counts where nobody at the destination does; the reconciler chooses.
        for (name, found) in sums {
            guard let field = schemas[name]?.field else { continue }
            reading[field] += found.map { MetricSample(labels: $0.key, value: $0.value) }
        }
        return reading
    }

    private func addStat(
        _ reading: inout MetricsReading, _ series: Series, _ pod: ObjectKey, _ value: Double, _ rate: Double
    ) {
        var labels = series.labels
        labels["__name__"] = series.name
        labels["namespace"] = pod.namespace
        labels["pod"] = pod.name
        let row = TrafficColumns.proxyStats.names.map { labels[$0] ?? "" }
        reading.breakerStats.append(MetricSample(labels: row, value: value))
        reading.breakerRates.append(MetricSample(labels: row, value: rate))
    }
}
