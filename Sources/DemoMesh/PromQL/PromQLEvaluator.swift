// Evaluates a syntax tree at one time, with Prometheus' own rules for rates and quantiles.

internal import Base
internal import MeshModel

/// One element of an instant vector.
struct PromSample {
    var labels: [String: String]
    var value: Double
    /// The labels as they are written, where they were written before.
    var text: String?
}

enum PromValue {
    case scalar(Double)
    case vector([PromSample])
    case text(String)
}

struct PromQLEvaluator {
    let store: TimeSeriesStore
    let time: Double
    /// An instant vector looks back this far for a sample.
    private let lookback = 300.0

    init(_ store: TimeSeriesStore, at time: Double) {
        self.store = store
        self.time = time
    }

    func evaluate(_ node: PromQLNode) throws(PromQLError) -> PromValue {
        switch node {
        case .number(let value): return .scalar(value)
        case .text(let text): return .text(text)
        case .negate(let inner): return try map(inner) { -$0 }
        case .selector(_, _, let range, let offset):
            guard range == nil else {
                throw PromQLError(
                    message:
                        "invalid expression type \"range vector\" for range query, must be Scalar or instant Vector")
            }
            let end = time - offset
            let window = store.window(from: end - lookback, to: end)
            return .vector(
                selected(node).compactMap { series in
                    let points = store.points(series, window)
                    guard let value = points.values.last else { return nil }
                    var labels = series.labels
                    labels["__name__"] = series.name
                    return PromSample(labels: labels, value: value)
                })
        case .call(let name, let arguments): return try call(name, arguments)
        case .aggregate(let name, let inner, let parameter, let labels, let without):
            return try aggregate(name, inner, parameter, Set(labels), without)
        case .binary(let operation, let left, let right, let isBool, let on, let ignoring):
            return try PromQLBinary(operation: operation, isBool: isBool, on: on, ignoring: Set(ignoring))
                .apply(evaluate(left), evaluate(right))
        }
    }

    private func selected(_ node: PromQLNode) -> [Series] {
        guard case .selector(let name, let matchers, _, _) = node else { return [] }
        let candidates: [Series]
        if let name {
            candidates = store.byName[name] ?? []
        } else {
            let names = matchers.filter { $0.label == "__name__" }
            candidates = store.byName.keys.sorted().filter { key in names.allSatisfy { $0.accepts(key) } }
                .flatMap { store.byName[$0] ?? [] }
        }
        let tests = matchers.filter { $0.label != "__name__" }
        if tests.isEmpty { return candidates }
        return candidates.filter { series in tests.allSatisfy { $0.accepts(series.labels[$0.label] ?? "") } }
    }

    private func vector(_ node: PromQLNode) throws(PromQLError) -> [PromSample] {
        switch try evaluate(node) {
        case .vector(let samples): return samples
        case .scalar, .text: throw PromQLError(message: "1:1: parse error: expected type instant vector")
        }
    }

    private func scalar(_ node: PromQLNode) throws(PromQLError) -> Double {
        guard case .scalar(let value) = try evaluate(node) else {
            throw PromQLError(message: "1:1: parse error: expected type scalar")
        }
        return value
    }

    private func map(_ node: PromQLNode, _ change: (Double) -> Double) throws(PromQLError) -> PromValue {
        switch try evaluate(node) {
        case .scalar(let value): return .scalar(change(value))
        case .vector(let samples):
            return .vector(samples.map { PromSample(labels: PromFormat.unnamed($0.labels), value: change($0.value)) })
        case .text: throw PromQLError(message: "1:1: parse error: unexpected string")
        }
    }

    // MARK: Functions

    private func call(_ name: String, _ arguments: [PromQLNode]) throws(PromQLError) -> PromValue {
        guard let first = arguments.first else {
            if name == "time" { return .scalar(time) }
            throw PromQLError(message: "1:1: parse error: expected 1 argument(s) in call to \"\(name)\", got 0")
        }
        let wanted =
            ["histogram_quantile", "clamp_min", "clamp_max"].contains(name) ? 2...2 : name == "round" ? 1...2 : 1...1
        guard wanted.contains(arguments.count) else {
            throw PromQLError(
                message:
                    "1:1: parse error: expected \(wanted.lowerBound) argument(s) in call to \"\(name)\", got \(arguments.count)"
            )
        }
        switch name {
        case "rate", "irate", "increase", "delta", "max_over_time", "min_over_time", "avg_over_time", "sum_over_time":
            return .vector(try overTime(name, first))
        case "histogram_quantile":
            let quantile = try scalar(first)
            if let found = quantilesOfSeries(quantile, arguments[1]) { return .vector(found) }
            return .vector(quantiles(quantile, try vector(arguments[1])))
        case "abs": return try map(first) { abs($0) }
        case "ceil": return try map(first) { $0.rounded(.up) }
        case "floor": return try map(first) { $0.rounded(.down) }
        case "round":
            let step = arguments.count > 1 ? try scalar(arguments[1]) : 1
            return try map(first) { ($0 / step + 0.5).rounded(.down) * step }
        case "clamp_min":
            let bound = try scalar(arguments[1])
            return try map(first) { max($0, bound) }
        case "clamp_max":
            let bound = try scalar(arguments[1])
            return try map(first) { min($0, bound) }
        case "vector": return .vector([PromSample(labels: [:], value: try scalar(first))])
        case "scalar":
            let samples = try vector(first)
            return .scalar(samples.count == 1 ? samples[0].value : .nan)
        case "sort": return .vector(try vector(first).sorted { $0.value < $1.value })
        case "sort_desc": return .vector(try vector(first).sorted { $0.value > $1.value })
        case "absent":
            return .vector(try vector(first).isEmpty ? [PromSample(labels: Self.equalities(first), value: 1)] : [])
        default: throw PromQLError(message: "1:1: parse error: unknown function with name \"\(name)\"")
        }
    }

    /// The labels that a selector pins to one value: what `absent` can say of a series that is not there.
    private static func equalities(_ node: PromQLNode) -> [String: String] {
        guard case .selector(_, let matchers, _, _) = node else { return [:] }
        var labels: [String: String] = [:]
        for matcher in matchers where matcher.operation == .equal && matcher.label != "__name__" {
            labels[matcher.label] = matcher.value
        }
        return labels
    }

    private func overTime(_ name: String, _ node: PromQLNode) throws(PromQLError) -> [PromSample] {
        guard case .selector(_, _, let range?, let offset) = node else {
            throw PromQLError(
                message:
                    "1:1: parse error: expected type range vector in call to function \"\(name)\", got instant vector")
        }
        let end = time - offset
        let window = store.window(from: end - range, to: end)
        return selected(node).compactMap { series in
            let (times, values) = store.points(series, window)
            guard let value = Self.value(name, times, values, start: end - range, end: end) else { return nil }
            return PromSample(labels: series.labels, value: value)
        }
    }

    private static func value(
        _ name: String, _ times: ArraySlice<Double>, _ values: ArraySlice<Double>, start: Double, end: Double
    ) -> Double? {
        switch name {
        case "max_over_time": return values.max()
        case "min_over_time": return values.min()
        case "sum_over_time": return values.isEmpty ? nil : values.reduce(0, +)
        case "avg_over_time": return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        case "irate":
            guard values.count >= 2, let last = values.last, let lastTime = times.last else { return nil }
            let before = values[values.endIndex - 2]
            let gap = lastTime - times[times.endIndex - 2]
            return (last < before ? last : last - before) / gap
        default:
            return extrapolated(
                times, values, start: start, end: end, isCounter: name != "delta", isRate: name == "rate")
        }
    }

    /// promql/functions.go, extrapolatedRate: the change between the samples, stretched to the window's ends
    /// unless they are further away than 1.1 mean intervals, and never below zero for a counter.
    private static func extrapolated(
        _ times: ArraySlice<Double>, _ values: ArraySlice<Double>, start: Double, end: Double, isCounter: Bool,
        isRate: Bool
    ) -> Double? {
        guard values.count >= 2, let first = values.first, let last = values.last, let firstTime = times.first,
            let lastTime = times.last
        else { return nil }
        var change = last - first
        if isCounter {
            var previous = first
            for value in values.dropFirst() {
                if value < previous { change += previous }
                previous = value
            }
        }
        var toStart = firstTime - start
        let toEnd = end - lastTime
        let sampled = lastTime - firstTime
        let mean = sampled / Double(values.count - 1)
        if isCounter, change > 0, first >= 0 { toStart = min(toStart, sampled * (first / change)) }
        let threshold = mean * 1.1
        var stretched = sampled
        stretched += toStart < threshold ? toStart : mean / 2
        stretched += toEnd < threshold ? toEnd : mean / 2
        let factor = stretched / sampled / (isRate ? end - start : 1)
        return change * factor
    }

    /// Of an aggregation straight over series. Nil where the general way is needed.
    private func quantilesOfSeries(_ q: Double, _ node: PromQLNode) -> [PromSample]? {
        guard case .aggregate(let name, let inner, _, let labels, let without) = node,
            let (grouping, values) = groupedValues(name, inner, Set(labels), without)
        else { return nil }
        let histograms = grouping.histograms
        var buckets = [HistogramBuckets?](repeating: nil, count: histograms.keys.count)
        var order: [Int] = []
        for (group, value) in values.enumerated() {
            guard let value, let bound = histograms.bounds[group] else { continue }
            let place = histograms.places[group]
            if buckets[place] == nil {
                order.append(place)
                buckets[place] = HistogramBuckets()
            }
            buckets[place]?.add(upperBound: bound, value: value)
        }
        return order.map { place in
            PromSample(
                labels: histograms.keys[place], value: buckets[place]?.quantile(q) ?? .nan,
                text: histograms.texts[place])
        }
    }

    private func quantiles(_ q: Double, _ samples: [PromSample]) -> [PromSample] {
        var groups: [[String: String]: HistogramBuckets] = [:]
        var order: [[String: String]] = []
        for sample in samples {
            guard let text = sample.labels["le"], let bound = text == "+Inf" ? .infinity : Double(text) else {
                continue
            }
            var labels = PromFormat.unnamed(sample.labels)
            labels["le"] = nil
            if groups[labels] == nil { order.append(labels) }
            groups[labels, default: HistogramBuckets()].add(upperBound: bound, value: sample.value)
        }
        return order.map { labels in
            PromSample(labels: labels, value: groups[labels]?.quantile(q) ?? .nan)
        }
    }

    // MARK: Aggregation

    private func aggregateSeries(
        _ name: String, _ inner: PromQLNode, _ labels: Set<String>, _ without: Bool
    ) -> [PromSample]? {
        guard let (grouping, values) = groupedValues(name, inner, labels, without) else { return nil }
        return values.enumerated().compactMap { group, value in
            value.map { PromSample(labels: grouping.keys[group], value: $0, text: grouping.texts[group]) }
        }
    }

    /// An aggregation straight over a selector, or over a rate of one: most of what a dashboard asks, and most of the
    /// series there are. A value for each group that has one; nil where the general way is needed.
    private func groupedValues(
        _ name: String, _ inner: PromQLNode, _ labels: Set<String>, _ without: Bool
    ) -> (SeriesGrouping, [Double?])? {
        guard ["sum", "count", "avg", "min", "max"].contains(name) else { return nil }
        let selector: PromQLNode
        var function: String?
        if case .call(let called, let arguments) = inner, ["rate", "increase", "irate", "delta"].contains(called),
            arguments.count == 1
        {
            (selector, function) = (arguments[0], called)
        } else {
            selector = inner
        }
        guard case .selector(let metric, let matchers, let range, let offset) = selector,
            (range != nil) == (function != nil)
        else { return nil }
        let end = time - offset
        let start = end - (range ?? lookback)
        let window = store.window(from: start, to: end)
        let tests = matchers.map { "\($0.label)\($0.operation)\($0.value)" }.joined(separator: "\u{0}")
        let by = labels.sorted()
        let grouping = store.grouping("\(metric ?? "")\u{1}\(tests)\u{1}\(by.joined(separator: ","))\u{1}\(without)") {
            SeriesGrouping(selected(selector), by: by, without: without)
        }
        var values = [Double](repeating: 0, count: grouping.keys.count)
        var counts = [Int](repeating: 0, count: grouping.keys.count)
        for (place, series) in grouping.series.enumerated() where !window.isEmpty {
            let (times, points) = store.points(series, window)
            let value = function.map { Self.value($0, times, points, start: start, end: end) } ?? points.last
            guard let value else { continue }
            let group = grouping.groups[place]
            switch name {
            case "min": values[group] = counts[group] == 0 ? value : min(values[group], value)
            case "max": values[group] = counts[group] == 0 ? value : max(values[group], value)
            default: values[group] += value
            }
            counts[group] += 1
        }
        let results = grouping.keys.indices.map { group -> Double? in
            guard counts[group] > 0 else { return nil }
            switch name {
            case "count": return Double(counts[group])
            case "avg": return values[group] / Double(counts[group])
            default: return values[group]
            }
        }
        return (grouping, results)
    }

    private func aggregate(
        _ name: String, _ inner: PromQLNode, _ parameter: PromQLNode?, _ labels: Set<String>, _ without: Bool
    ) throws(PromQLError) -> PromValue {
        if let grouped = aggregateSeries(name, inner, labels, without) { return .vector(grouped) }
        let samples = try vector(inner)
        var groups: [[String: String]: [PromSample]] = [:]
        for sample in samples {
            var key: [String: String] = [:]
            if without {
                key = sample.labels.filter { !labels.contains($0.key) && $0.key != "__name__" }
            } else {
                for label in labels { key[label] = sample.labels[label] }
            }
            groups[key, default: []].append(sample)
        }
        if name == "topk" || name == "bottomk" {
            guard let parameter else {
                throw PromQLError(message: "1:1: parse error: wrong number of arguments for aggregate expression")
            }
            let count = max(0, Int(clamping: try scalar(parameter)))
            return .vector(
                groups.values.flatMap { group in
                    group.sorted { name == "topk" ? $0.value > $1.value : $0.value < $1.value }.prefix(count)
                })
        }
        return .vector(
            groups.map { key, group in
                let values = group.map(\.value)
                let sum = values.reduce(0, +)
                let value: Double
                switch name {
                case "avg": value = sum / Double(values.count)
                case "min": value = values.min() ?? .nan
                case "max": value = values.max() ?? .nan
                case "count": value = Double(values.count)
                case "group": value = 1
                default: value = sum
                }
                return PromSample(labels: key, value: value)
            })
    }
}
