// Counters and gauges of the simulated proxies, with their recent samples.

/// One series: its labels, its value now, and its samples.
final class Series {
    let name: String
    let labels: [String: String]
    var value = 0.0
    /// Number, in the store's count, of the first sample held.
    fileprivate(set) var firstSample: Int
    fileprivate(set) var samples: [Double] = []

    init(name: String, labels: [String: String], firstSample: Int) {
        self.name = name
        self.labels = labels
        self.firstSample = firstSample
    }

    func add(_ amount: Double) { value += amount }
}

/// All series, sampled together at a fixed step: an in-memory stand-in for a Prometheus' storage.
final class TimeSeriesStore {
    private(set) var byName: [String: [Series]] = [:]
    /// Times of the samples held, in seconds; the first has number `firstSample`.
    private(set) var times: [Double] = []
    private var firstSample = 0
    /// Samples kept: at five seconds apart, 360 are half an hour.
    var capacity = 360

    private var groupings: [String: SeriesGrouping] = [:]

    /// The grouping of a selector and its labels, kept until a series comes or goes, or until there are many: clients
    /// ask for other things all the time.
    func grouping(_ key: String, make: () -> SeriesGrouping) -> SeriesGrouping {
        if let known = groupings[key] { return known }
        let made = make()
        if groupings.count >= 256 { groupings = [:] }
        groupings[key] = made
        return made
    }

    func series(_ name: String, _ labels: [String: String]) -> Series {
        groupings = [:]
        let made = Series(name: name, labels: labels, firstSample: firstSample + times.count)
        byName[name, default: []].append(made)
        return made
    }

    func remove(where isGone: (Series) -> Bool) {
        groupings = [:]
        for name in byName.keys { byName[name]?.removeAll(where: isGone) }
    }

    /// Takes a sample of every series.
    func sample(at time: Double) {
        times.append(time)
        for series in byName.values.joined() { series.samples.append(series.value) }
        if times.count > capacity + 32 {
            // In batches: shifting every array at every sample would cost more than sampling.
            let excess = times.count - capacity
            times.removeFirst(excess)
            firstSample += excess
            for series in byName.values.joined() where series.firstSample < firstSample {
                let drop = min(series.samples.count, firstSample - series.firstSample)
                series.samples.removeFirst(drop)
                series.firstSample += drop
            }
        }
    }

    /// Indexes into `times` of samples with start ≤ time ≤ end.
    func window(from start: Double, to end: Double) -> Range<Int> {
        let low = partition { $0 >= start }
        let high = partition { $0 > end }
        return low..<max(low, high)
    }

    private func partition(_ belongs: (Double) -> Bool) -> Int {
        var low = 0
        var high = times.count
        while low < high {
            let middle = (low + high) / 2
            if belongs(times[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The samples of a series in a window of `times`.
    func points(_ series: Series, _ window: Range<Int>) -> (times: ArraySlice<Double>, values: ArraySlice<Double>) {
        let offset = series.firstSample - firstSample
        let low = max(window.lowerBound, offset)
        let high = min(window.upperBound, offset + series.samples.count)
        guard low < high else { return ([], []) }
        return (times[low..<high], series.samples[low - offset..<high - offset])
    }

    /// The text exposition format.
    /// https://prometheus.io/docs/instrumenting/exposition_formats/
    func exposition() -> String { exposition { _ in 1 } }

    /// The same of some series, each with a part of its value; nil leaves a series out.
    func exposition(_ part: (Series) -> Double?) -> String {
        var text = ""
        for name in byName.keys.sorted() {
            let isGauge = name.hasPrefix("envoy_cluster") && !name.hasSuffix("overflow")
            if name.hasSuffix("_bucket") {
                text += "# TYPE \(name.dropLast(7)) histogram\n"
            } else if !["_sum", "_count"].contains(where: name.hasSuffix) {
                text += "# TYPE \(name) \(isGauge ? "gauge" : "counter")\n"
            }
            for series in byName[name] ?? [] {
                guard let part = part(series) else { continue }
                text += name + "{"
                for (position, label) in series.labels.sorted(by: { $0.key < $1.key }).enumerated() {
                    if position > 0 { text += "," }
                    text += label.key + "=\""
                    for character in label.value {
                        switch character {
                        case "\\", "\"": text += "\\\(character)"
                        case "\n": text += "\\n"
                        default: text.append(character)
                        }
                    }
                    text += "\""
                }
                text += "} \(PromFormat.number(series.value * part))\n"
            }
        }
        return text
    }
}
