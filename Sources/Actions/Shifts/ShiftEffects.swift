// What new weights mean for each destination, in numbers from live data.

internal import Base
internal import Insights
internal import Istio
internal import Kube
package import MeshModel

package struct ShiftEffects {
    let row: RouteSummary
    let weights: [Int]
    let world: PlanWorld

    init(_ row: RouteSummary, _ weights: [Int], _ world: PlanWorld) {
        (self.row, self.weights, self.world) = (row, weights, world)
    }

    /// "v2 gets 68 of 340 requests per second (now 34); its 2 replicas carried at most 41 in the last hour; as its
    /// latency grew with load that is 83 % busy, p99 about 240 ms".
    func lines() async -> [String] {
        let rates = row.destinations.map(\.requestsPerSecond)
        guard !rates.contains(nil) else {
            let gap = world.snapshot.map(gap) ?? ""
            return ["how many requests each destination gets is not known\(gap): the effect cannot be predicted"]
        }
        let total = rates.reduce(0) { $0 + ($1 ?? 0) }
        guard total > 0 else { return ["no requests in the window: the effect cannot be predicted"] }
        var lines: [String] = []
        for (destination, weight) in zip(row.destinations, weights) {
            lines.append(await line(destination, total * Double(weight) / 100, total))
        }
        let others = Set(row.destinations.flatMap(\.sharedWithRules)).sorted()
        if !others.isEmpty {
            lines.append(
                "what other rules send to the same destinations is in these numbers: \(others.joined(separator: ", "))")
        }
        return lines
    }

    /// What was not read of all that says whose the requests are.
    private func gap(_ snapshot: MeshSnapshot) -> String {
        let homes = Set(row.destinations.compactMap(\.service?.namespace))
        let services = snapshot.gap(["Service", "Pod"], in: homes)
        let rules = snapshot.gap(["DestinationRule"], in: homes.union([row.namespace, MeshConfig.rootNamespace]))
        let pods = snapshot.gap(["Pod"], in: homes)
        return services + rules + (pods.isEmpty ? "" : snapshot.gap(MeshSnapshot.templateKinds, in: homes))
    }

    private func line(_ destination: RouteSummary.Destination, _ target: Double, _ total: Double) async -> String {
        let name = destination.subset ?? destination.host
        var text = "\(name) gets \(PlanText.rate(target)) of \(PlanText.rate(total)) requests per second"
        if let now = destination.requestsPerSecond { text += " (now \(PlanText.rate(now)))" }
        let workloads = workloads(of: destination)
        let replicas = workloads.reduce(0) { $0 + ($1.ready ?? 0) }
        if replicas > 0 {
            text +=
                replicas == 1
                ? "; all on its one ready replica"
                : "; \(PlanText.rate(target / Double(replicas))) on each of \(replicas) ready replicas"
            if let median = destination.latencyMs.p50 {
                let pool = ServicePool(arrivalsPerSecond: target, replicas: replicas, serviceSeconds: median / 1000)
                text +=
                    "; about \(PlanText.decimal(pool.concurrency, 1)) under way at its p50 of \(PlanText.decimal(median, 0)) ms"
            }
        }
        if target > 0, !workloads.isEmpty {
            let keys = Set(workloads.map { ObjectKey($0.namespace, $0.name) })
            if let history = await world.loadHistory?(keys) { text += Self.carried(history, target) }
        }
        if let errors = destination.errorRatio, errors > 0, target > 0 {
            text +=
                "; at its error ratio of \(PlanText.percent(errors)) that is \(PlanText.rate(target * errors)) errors per second"
        }
        return text
    }

    /// What it carried, and what another load would make of it where its latency has followed its load.
    package static func carried(_ history: LoadHistory, _ target: Double) -> String {
        guard let most = history.most else { return "" }
        let past = history.seconds == 3600 ? "hour" : "\(history.seconds / 60) minutes"
        var text = "; it carried at most \(PlanText.rate(most)) in the last \(past)"
        let times = target / most
        // A line through small loads says little of large ones: most services queue for more than one resource.
        guard times <= reach else {
            return text
                + "; \(PlanText.decimal(times, 1)) times that has not been seen, so how it does there is not known"
        }
        let points = history.points.compactMap { point in point.p99.map { (load: point.rate, latency: $0) } }
        guard let curve = LoadCurve(points) else {
            return times > 1
                ? text + ", and its latency did not follow its load: how it does beyond is not known" : text
        }
        guard let latency = curve.latency(target), curve.busy(target) < 0.98 else {
            return text
                + "; as its latency grew with load it would not keep up (about \(PlanText.rate(curve.capacity)) is all)"
        }
        text += "; as its latency grew with load that is \(Int(clamping: (curve.busy(target) * 100).rounded())) % busy"
        return text + ", p99 about \(PlanText.decimal(latency, 0)) ms"
    }

    /// How far beyond the most that was carried a prediction is made.
    private static let reach = 1.5

    private func workloads(of destination: RouteSummary.Destination) -> [WorkloadSummary] {
        guard let snapshot = world.snapshot,
            let service = destination.service ?? row.service
                ?? HostNames.service(destination.host, from: row.namespace),
            let summary = snapshot.services.first(where: { $0.id == service })
        else { return [] }
        let all = snapshot.workloads.filter {
            $0.namespace == service.namespace && summary.workloads.contains($0.name)
        }
        return destination.subset.map { subset in all.filter { $0.version == subset } } ?? all
    }
}
