// The rings of one service, workload or edge.

internal import MeshModel

/// A tick's numbers of one thing; nil where it was not measured. Rates per second, milliseconds, bytes per second.
struct SeriesSample: Sendable {
    var requests: Double?
    var errors: Double?
    var latency = Latency()
    var bytes: Double?

    func value(_ measure: SeriesMeasure) -> Float {
        let number: Double? =
            switch measure {
            case .requests: requests
            case .errors: errors
            case .p50: latency.p50
            case .p95: latency.p95
            case .p99: latency.p99
            case .bytes: bytes
            }
        return number.map { Float($0) } ?? .nan
    }
}

/// Values of a measure, the newest last, NaN where nothing was measured. It has as many as have come since the first.
private struct Ring: Sendable {
    var values: [Float] = []

    mutating func put(_ value: Float, ahead: Int, capacity: Int) {
        if values.isEmpty {
            if !value.isNaN { values = [value] }
        } else if ahead == 0 {
            values[values.count - 1] = value
        } else {
            for _ in 1..<max(1, ahead) { values.append(.nan) }
            values.append(value)
            if values.count > capacity { values.removeFirst(values.count - capacity) }
        }
    }
}

struct SeriesTrack: Sendable {
    /// By resolution, then by measure.
    private var rings: [[Ring]] = []
    /// When it was last measured, in seconds.
    private(set) var measuredAt = 0.0

    /// Takes a tick's numbers. `ahead` says for each resolution that is kept where they belong.
    mutating func put(
        _ sample: SeriesSample?, _ measures: [SeriesMeasure], _ ahead: [(places: Int, capacity: Int)], at time: Double
    ) {
        if sample != nil { measuredAt = time }
        keep(ahead.count)
        for place in ahead.indices {
            for measure in measures {
                rings[place][measure.place].put(
                    sample?.value(measure) ?? .nan, ahead: ahead[place].places, capacity: ahead[place].capacity)
            }
        }
    }

    /// As many resolutions and no more: what is not kept is given back.
    mutating func keep(_ resolutions: Int) {
        if rings.count > resolutions { rings.removeLast(rings.count - resolutions) }
        while rings.count < resolutions { rings.append([Ring](repeating: Ring(), count: SeriesMeasure.allCases.count)) }
    }

    /// Gives the rings of other measures back.
    mutating func keep(only measures: [SeriesMeasure]) {
        for place in rings.indices {
            for measure in SeriesMeasure.allCases where !measures.contains(measure) {
                rings[place][measure.place].values = []
            }
        }
    }

    /// Puts a past in the place of what is known, but for the points that came since its end; where it is ahead, what
    /// it has beyond the newest point is left out.
    mutating func fill(
        _ past: [Float], since: Int, _ measure: SeriesMeasure, _ resolution: Int, capacity: Int
    ) {
        keep(max(rings.count, resolution + 1))
        let known = rings[resolution][measure.place].values.suffix(max(0, since))
        let gap = [Float](repeating: .nan, count: max(0, since - known.count))
        let values = (past.dropLast(max(0, -since)) + gap + known).suffix(capacity)
        rings[resolution][measure.place].values = values.allSatisfy(\.isNaN) ? [] : Array(values)
    }

    func values(_ measure: SeriesMeasure, _ resolution: Int) -> [Float] {
        rings.indices.contains(resolution) ? rings[resolution][measure.place].values : []
    }

    /// Points that it holds now.
    var points: Int { rings.reduce(0) { $0 + $1.reduce(0) { $0 + $1.values.count } } }
}

extension SeriesMeasure {
    fileprivate var place: Int {
        switch self {
        case .requests: 0
        case .errors: 1
        case .p50: 2
        case .p95: 3
        case .p99: 4
        case .bytes: 5
        }
    }
}
