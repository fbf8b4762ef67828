// The latency of every edge as it was last asked, with the sums that services and workloads show.

package import Kube
package import MeshModel

/// What buckets and bytes are grouped by.
struct LatencyKey: Hashable, Sendable {
    var source: ObjectKey
    var service: ServiceID
    var destination: ObjectKey
}

package struct LatencyBook: Sendable {
    struct Entry: Sendable {
        var histogram: HistogramBuckets
        var latency: Latency
    }

    package private(set) var byService: [ServiceID: HistogramBuckets] = [:]
    package private(set) var byWorkload: [ObjectKey: HistogramBuckets] = [:]
    package private(set) var byServiceWorkload: [ServiceID: [ObjectKey: HistogramBuckets]] = [:]

    /// As proxies at the destination count, by service.
    private var own: [ServiceID: [LatencyKey: Entry]] = [:]
    /// As clients count: their clock has the way there in it, so it holds where nobody else counts.
    private var ofClients: [ServiceID: [LatencyKey: Entry]] = [:]
    private var servicesOf: [ObjectKey: Set<ServiceID>] = [:]

    package init() {}

    package init(_ samples: [MetricSample]) { take(samples, of: nil) }

    func entry(_ key: LatencyKey) -> Entry? { own[key.service]?[key] ?? ofClients[key.service]?[key] }

    /// Puts an answer in place of what was known of these services; nil stands for all of them. What clients count is
    /// asked in full each time.
    mutating func take(_ samples: [MetricSample], of services: Set<ServiceID>?) {
        let fresh = Self.read(samples)
        var touched = Set(ofClients.keys).union(fresh.ofClients.keys).union(fresh.own.keys)
        ofClients = fresh.ofClients
        if let services {
            touched.formUnion(services)
            for service in services { own[service] = nil }
            own.merge(fresh.own) { $1 }
        } else {
            touched.formUnion(own.keys)
            own = fresh.own
        }
        sum(touched)
    }

    private static func read(
        _ samples: [MetricSample]
    ) -> (own: [ServiceID: [LatencyKey: Entry]], ofClients: [ServiceID: [LatencyKey: Entry]]) {
        let schema = TrafficColumns.buckets
        guard let le = schema.index("le"), let reporter = schema.index("reporter"),
            let sourceNamespace = schema.index("source_workload_namespace"),
            let source = schema.index("source_workload"),
            let serviceNamespace = schema.index("destination_service_namespace"),
            let serviceName = schema.index("destination_service_name"),
            let namespace = schema.index("destination_workload_namespace"),
            let workload = schema.index("destination_workload")
        else { return ([:], [:]) }
        var own: [LatencyKey: HistogramBuckets] = [:]
        var ofClients: [LatencyKey: HistogramBuckets] = [:]
        for sample in samples where sample.value.isFinite {
            guard let bound = PrometheusAnswer.number(sample.labels[le]) else { continue }
            let key = LatencyKey(
                source: ObjectKey(sample.labels[sourceNamespace], sample.labels[source]),
                service: ServiceID(namespace: sample.labels[serviceNamespace], name: sample.labels[serviceName]),
                destination: ObjectKey(sample.labels[namespace], sample.labels[workload]))
            if sample.labels[reporter] == "source" {
                ofClients[key, default: HistogramBuckets()].add(upperBound: bound, value: sample.value)
            } else {
                own[key, default: HistogramBuckets()].add(upperBound: bound, value: sample.value)
            }
        }
        func grouped(_ histograms: [LatencyKey: HistogramBuckets]) -> [ServiceID: [LatencyKey: Entry]] {
            histograms.reduce(into: [:]) { groups, found in
                groups[found.key.service, default: [:]][found.key] = Entry(
                    histogram: found.value, latency: found.value.latency)
            }
        }
        return (grouped(own), grouped(ofClients))
    }

    private mutating func sum(_ services: Set<ServiceID>) {
        var workloads: Set<ObjectKey> = []
        for service in services {
            for workload in (byServiceWorkload[service] ?? [:]).keys {
                workloads.insert(workload)
                servicesOf[workload]?.remove(service)
            }
            let known = (own[service] ?? [:]).merging(ofClients[service] ?? [:]) { mine, _ in mine }
            guard !known.isEmpty else {
                byService[service] = nil
                byServiceWorkload[service] = nil
                continue
            }
            var all = HistogramBuckets()
            var parts: [ObjectKey: HistogramBuckets] = [:]
            for (key, entry) in known {
                all.merge(entry.histogram)
                parts[key.destination, default: HistogramBuckets()].merge(entry.histogram)
            }
            byService[service] = all
            byServiceWorkload[service] = parts
            for workload in parts.keys {
                workloads.insert(workload)
                servicesOf[workload, default: []].insert(service)
            }
        }
        for workload in workloads {
            var all: HistogramBuckets?
            for service in servicesOf[workload] ?? [] {
                guard let part = byServiceWorkload[service]?[workload] else { continue }
                all = all ?? HistogramBuckets()
                all?.merge(part)
            }
            byWorkload[workload] = all
            if all == nil { servicesOf[workload] = nil }
        }
    }
}
