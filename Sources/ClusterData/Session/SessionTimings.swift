// How long a session's steps take on the cluster that it reads: what `make bench` compares with others.

package import Base
internal import Istio
internal import Kube
internal import MeshModel

package struct SessionTimings: Sendable {
    /// All queries of a tick and the new snapshot, in milliseconds; the queries and their edges; the tick's snapshot; a
    /// snapshot with nothing kept, and one with everything; the findings of all objects, and again after one changed.
    package var tick: [Double] = []
    package var queries: [Double] = []
    package var tickSnapshot: [Double] = []
    package var snapshot: [Double] = []
    package var again: [Double] = []
    package var findings: [Double] = []
    package var findingsAfterChange: [Double] = []
    package var edges = 0
    package var found = 0

    package var json: JSONValue {
        func list(_ values: [Double]) -> JSONValue { .array(values.map { .double(($0 * 100).rounded() / 100) }) }
        return [
            "tickMs": list(tick), "queriesMs": list(queries), "tickSnapshotMs": list(tickSnapshot),
            "snapshotMs": list(snapshot), "snapshotAgainMs": list(again),
            "findingsMs": list(findings), "findingsAfterChangeMs": list(findingsAfterChange),
            "edges": .int(Int64(edges)), "findings": .int(Int64(found)),
        ]
    }
}

extension MeshSession {
    /// Runs each step `rounds` times, with the metrics of a moment.
    package func timings(at time: Timestamp, rounds: Int) async throws -> SessionTimings {
        guard let endpoint = options.metrics else {
            throw MeshTopError(.usage, "timings", why: "no metrics API is named", advice: "give --prometheus URL")
        }
        let api = PrometheusClient(endpoint: endpoint, loop: client.loop, timeoutSeconds: 120)
        return try await store.timings(api, options, at: time, rounds: rounds)
    }
}

extension MeshStore {
    fileprivate func timings(
        _ api: any MetricsSource, _ options: SessionOptions, at time: Timestamp, rounds: Int
    ) async throws -> SessionTimings {
        var timings = SessionTimings()
        func milliseconds(since start: Timestamp) -> Double { (clock.now - start) * 1000 }
        var tick = MetricsTick()
        var silent: [String] = []
        for round in 0..<rounds {
            // As often as a minute's ticks do, one asks for all labels.
            if round == rounds / 2 { tick.forgetIdentities() }
            var start = clock.now
            let (fresh, edges) = try await tick.read(
                api, options.dialect, window: options.windowSeconds, at: time, silent: silent, onScreen: [])
            silent = edges.silentWorkloads
            timings.queries.append(milliseconds(since: start))
            let read = clock.now
            take(.traffic(TrafficReading(reading: fresh.withoutSamplesOfEdges, edges: edges)))
            var inputs = inputs()
            inputs.metricsAreCurrent = true
            _ = SnapshotBuilder.build(inputs, &cache)
            timings.tick.append(milliseconds(since: start))
            timings.tickSnapshot.append(milliseconds(since: read))
            start = clock.now
            var empty = SnapshotCache()
            timings.edges = SnapshotBuilder.build(inputs, &empty).edges.count
            timings.snapshot.append(milliseconds(since: start))
            start = clock.now
            _ = SnapshotBuilder.build(inputs, &cache)
            timings.again.append(milliseconds(since: start))

            start = clock.now
            var analysis = Analysis()
            timings.found = analysis.findings(AnalysisWorld(objects: objects, time: clock.now)).count
            timings.findings.append(milliseconds(since: start))
            if let object = objects.configs[.virtualservices]?.values.first {
                var changed = object
                changed.meta.resourceVersion += "0"
                _ = fold(.virtualservices, .events([.upsert(changed)]), namespace: nil) {
                    $0.configs[.virtualservices, default: [:]].fold($1, namespace: $2)
                }
                start = clock.now
                _ = analysis.findings(AnalysisWorld(objects: objects, time: clock.now))
                timings.findingsAfterChange.append(milliseconds(since: start))
            }
        }
        return timings
    }
}
