// One verdict on a canary from what both arms did: however often one looks, at most one good canary in twenty is
// called worse over the whole rollout, and at most one bad one in twenty passes.

/// What both arms did between two looks, as the clients count it.
package struct CanaryLook: Sendable, Hashable {
    package struct Arm: Sendable, Hashable {
        package var requests: Double
        package var errors: Double
        /// Requests that took longer than each of the judge's latency edges, in their order.
        package var slow: [Double]

        package init(requests: Double = 0, errors: Double = 0, slow: [Double] = []) {
            self.requests = requests
            self.errors = errors
            self.slow = slow
        }

        func counts(_ edge: Int?) -> ArmCounts {
            guard let edge else { return ArmCounts(requests: requests, bad: min(errors, requests)) }
            return ArmCounts(requests: requests, bad: edge < slow.count ? min(slow[edge], requests) : 0)
        }
    }

    package var canary: Arm
    package var stable: Arm
    package var seconds: Double

    package init(canary: Arm, stable: Arm, seconds: Double) {
        self.canary = canary
        self.stable = stable
        self.seconds = seconds
    }
}

/// A latency that requests are counted above. The share is the stable arm's when the rollout started.
package struct LatencyEdge: Sendable, Hashable {
    package var milliseconds: Double
    package var stableShare: Double

    package init(milliseconds: Double, stableShare: Double) {
        self.milliseconds = milliseconds
        self.stableShare = stableShare
    }

    /// How many times the stable share is still as good: a common event shows small shifts, a rare one large.
    var limit: Double { stableShare >= 0.2 ? 1.15 : stableShare >= 0.03 ? 1.3 : 1.5 }
    /// Where requests are many on both sides of an edge, a shift shows first.
    var weight: Double { stableShare >= 0.2 ? 4 : stableShare >= 0.03 ? 2 : 1 }
    var tolerated: Double { stableShare >= 0.2 ? 1.025 : stableShare >= 0.03 ? 1.06 : 1.1 }

    /// The bucket bounds nearest to the median, the 90th and the 99th percentile of the stable arm. `above` are the
    /// shares of its requests that took longer than each bound.
    package static func choose(_ bounds: [(milliseconds: Double, above: Double)]) -> [LatencyEdge] {
        var chosen: [LatencyEdge] = []
        for target in [0.5, 0.1, 0.01] {
            let usable = bounds.filter { $0.milliseconds.isFinite && $0.above > 0.002 && $0.above < 0.85 }
            let nearest = usable.min {
                abs(Math.log($0.above / target)) < abs(Math.log($1.above / target))
            }
            guard let nearest, !chosen.contains(where: { $0.milliseconds == nearest.milliseconds }) else { continue }
            chosen.append(LatencyEdge(milliseconds: nearest.milliseconds, stableShare: nearest.above))
        }
        return chosen
    }
}

package enum CanaryVerdict: Sendable, Hashable {
    package enum Metric: Sendable, Hashable {
        case errors
        case latency(milliseconds: Double)
        case errorObjective
        case latencyObjective
    }
    case worse(Metric)
    case pass
    /// Seconds until there is a verdict if both arms go on as they do; nil when that cannot be told.
    case needMoreData(seconds: Double?)
    case noTraffic
}

package struct CanaryJudge: Sendable, Hashable {
    package struct Settings: Sendable, Hashable {
        /// The most that may be wrong: of good canaries called worse, and of bad ones that pass.
        package var alpha = 0.05
        /// How many times the stable arm's error ratio is as good as equal.
        package var tolerated = 1.1
        /// A pass says that the error ratio is below this many times the stable one,
        package var limit = 2.0
        /// or below this share: less is not worth a rollback.
        package var negligible = 0.001
        package var edges: [LatencyEdge] = []
        /// The canary's own error ratio must not be above this.
        package var errorObjective: Double?
        /// Index of the edge that at most one request in a hundred may be above.
        package var latencyObjectiveEdge: Int?
        /// How often the weight will change: each time evidence starts anew beside the old, as a canary may turn bad.
        package var steps = 6

        package init() {}
    }

    /// The tests that start with one step.
    struct Start: Sendable, Hashable {
        var weight: Double
        var errors: RatioEvidence
        var latency: [RatioEvidence]
        var errorObjective: ShareEvidence?
        var latencyObjective: ShareEvidence?
    }

    package let settings: Settings
    private(set) var starts: [Start] = []
    private(set) var fewErrors: RatioEvidence
    private(set) var negligibleErrors: ShareEvidence
    private(set) var fastEnough: [RatioEvidence]
    package private(set) var canary = CanaryLook.Arm()
    package private(set) var stable = CanaryLook.Arm()
    private(set) var seconds = 0.0
    /// Seconds in which the canary got nothing, up to now.
    package private(set) var idleSeconds = 0.0
    private(set) var peak = -Double.infinity

    package init(_ settings: Settings) {
        self.settings = settings
        fewErrors = .better(than: settings.limit)
        negligibleErrors = .below(settings.negligible)
        fastEnough = settings.edges.map { .better(than: $0.limit) }
        startStep()
    }

    /// Called when the weight has changed.
    package mutating func startStep() {
        guard starts.count < max(1, settings.steps) else { return }
        let rest = Double(max(1, settings.steps - 1))
        starts.append(
            Start(
                weight: settings.steps <= 1 ? 1 : starts.isEmpty ? 0.72 : 0.28 / rest,
                errors: .worse(than: settings.tolerated),
                latency: settings.edges.map { .worse(than: $0.tolerated, common: $0.stableShare >= 0.2) },
                errorObjective: settings.errorObjective.map { .above($0) },
                latencyObjective: settings.latencyObjectiveEdge.map { _ in .above(0.01) }))
    }

    /// `latencyCounts` is false while the canary is warming up.
    package mutating func take(_ look: CanaryLook, latencyCounts: Bool = true) {
        seconds += look.seconds
        idleSeconds = look.canary.requests > 0 ? 0 : idleSeconds + look.seconds
        canary.add(look.canary)
        stable.add(look.stable)
        let (mine, theirs) = (look.canary.counts(nil), look.stable.counts(nil))
        for index in starts.indices {
            starts[index].errors.take(canary: mine, stable: theirs)
            starts[index].errorObjective?.take(mine)
            guard latencyCounts else { continue }
            for edge in settings.edges.indices {
                starts[index].latency[edge].take(canary: look.canary.counts(edge), stable: look.stable.counts(edge))
            }
            if let edge = settings.latencyObjectiveEdge {
                starts[index].latencyObjective?.take(look.canary.counts(edge))
            }
        }
        fewErrors.take(canary: mine, stable: theirs)
        negligibleErrors.take(mine)
        if latencyCounts {
            for edge in settings.edges.indices {
                fastEnough[edge].take(canary: look.canary.counts(edge), stable: look.stable.counts(edge))
            }
        }
        peak = max(peak, logWorse)
    }

    // MARK: Kept

    /// All logarithms, test by test.
    var evidence: [[Double]] {
        var all: [[Double]] = []
        for start in starts {
            all.append(start.errors.logs)
            for edge in start.latency { all.append(edge.logs) }
            all.append(start.errorObjective?.logs ?? [])
            all.append(start.latencyObjective?.logs ?? [])
        }
        all.append(fewErrors.logs)
        all.append(negligibleErrors.logs)
        for edge in fastEnough { all.append(edge.logs) }
        let highest = peak.isFinite ? peak : -1000
        all.append([highest, canary.requests, canary.errors, stable.requests, stable.errors, seconds])
        return all
    }

    mutating func restore(_ kept: [[Double]]) {
        guard kept.count == evidence.count, kept.last?.count == 6 else { return }
        var rest = kept[...]
        func next() -> [Double] { rest.popFirst() ?? [] }
        for index in starts.indices {
            starts[index].errors.restore(next())
            for edge in starts[index].latency.indices { starts[index].latency[edge].restore(next()) }
            starts[index].errorObjective?.restore(next())
            if starts[index].errorObjective == nil { _ = next() }
            starts[index].latencyObjective?.restore(next())
            if starts[index].latencyObjective == nil { _ = next() }
        }
        fewErrors.restore(next())
        negligibleErrors.restore(next())
        for edge in fastEnough.indices { fastEnough[edge].restore(next()) }
        let sums = next()
        guard sums.allSatisfy(\.isFinite) else { return }
        peak = sums[0]
        (canary.requests, canary.errors) = (sums[1], sums[2])
        (stable.requests, stable.errors) = (sums[3], sums[4])
        seconds = sums[5]
    }

    // MARK: Evidence

    package var logThreshold: Double { -Math.log(settings.alpha) }

    /// Every test's part of the whole, as logarithms; an average of e-processes is one.
    private var parts: [(metric: CanaryVerdict.Metric, log: Double)] {
        var shares: [(CanaryVerdict.Metric, Double)] = [(.errors, 0.78)]
        let all = settings.edges.reduce(0) { $0 + $1.weight }
        for edge in settings.edges {
            shares.append((.latency(milliseconds: edge.milliseconds), 0.22 * edge.weight / all))
        }
        if settings.errorObjective != nil { shares.append((.errorObjective, 0.3)) }
        if settings.latencyObjectiveEdge != nil { shares.append((.latencyObjective, 0.2)) }
        let whole = shares.reduce(0) { $0 + $1.1 }
        return shares.enumerated().map { place, share in
            let logs = starts.map { start -> Double in
                let evidence =
                    switch share.0 {
                    case .errors: start.errors.logEvidence
                    case .latency: start.latency[place - 1].logEvidence
                    case .errorObjective: start.errorObjective?.logEvidence ?? 0
                    case .latencyObjective: start.latencyObjective?.logEvidence ?? 0
                    }
                return evidence + Math.log(start.weight)
            }
            // Steps that have not begun hold their weight, at evidence 1.
            let waiting = max(0, 1 - starts.reduce(0) { $0 + $1.weight })
            let sum = Math.logSum(logs + (waiting > 1e-9 ? [Math.log(waiting)] : []))
            return (share.0, sum + Math.log(share.1 / whole))
        }
    }

    /// The logarithm of the evidence that the canary is worse. At `logThreshold` it is enough.
    package var logWorse: Double { Math.logSum(parts.map(\.log)) }

    /// More speaks against the canary than for it. Without a single bad request nothing does either.
    package var leansWorse: Bool { logWorse > 0.05 }

    /// What most of that evidence is about.
    package var leaning: CanaryVerdict.Metric? { parts.max { $0.log < $1.log }?.metric }

    /// The logarithm of the evidence that it is as good; the weakest of the tests decides.
    package var logPass: Double {
        let errors = Math.logSum([fewErrors.logEvidence, negligibleErrors.logEvidence]) - Math.log(2)
        return fastEnough.map(\.logEvidence).reduce(errors, min)
    }

    package var verdict: CanaryVerdict {
        if peak >= logThreshold, let most = parts.max(by: { $0.log < $1.log }) { return .worse(most.metric) }
        if canary.requests == 0 { return .noTraffic }
        if logPass >= logThreshold, !leansWorse { return .pass }
        return .needMoreData(seconds: secondsToVerdict)
    }

    /// From the mean growth so far, of whichever side is nearer to its verdict.
    private var secondsToVerdict: Double? {
        guard seconds > 0 else { return nil }
        return [logWorse, logPass].compactMap { log in
            log > 0.1 ? max(0, logThreshold - log) * seconds / log : nil
        }.min()
    }
}

extension CanaryLook.Arm {
    mutating func add(_ other: CanaryLook.Arm) {
        requests += other.requests
        errors += other.errors
        if slow.count < other.slow.count { slow += [Double](repeating: 0, count: other.slow.count - slow.count) }
        for index in other.slow.indices { slow[index] += other.slow[index] }
    }
}
