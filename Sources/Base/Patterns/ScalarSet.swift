// A set of Unicode scalars as ordered ranges.

struct ScalarRange: Hashable, Sendable {
    var low: UInt32
    var high: UInt32
}

/// Ranges are added in any order; `ordered` puts them in order, none touching the next.
struct ScalarSet: Hashable, Sendable {
    static let last: UInt32 = 0x10FFFF

    private(set) var ranges: [ScalarRange] = []

    init() {}

    init(_ pairs: [(UInt32, UInt32)]) { ranges = pairs.map { ScalarRange(low: $0.0, high: $0.1) } }

    static let anything = ScalarSet([(0, last)])
    static let allButNewline = ScalarSet([(0, 0x09), (0x0B, last)])

    package mutating func add(_ low: UInt32, _ high: UInt32) { ranges.append(ScalarRange(low: low, high: high)) }

    package mutating func add(_ set: ScalarSet) { ranges += set.ranges }

    func ordered() -> ScalarSet {
        var result = ScalarSet()
        for range in ranges.sorted(by: { ($0.low, $0.high) < ($1.low, $1.high) }) {
            if let last = result.ranges.indices.last, range.low <= result.ranges[last].high.addingReportingOverflow(1).0
            {
                result.ranges[last].high = max(result.ranges[last].high, range.high)
            } else {
                result.ranges.append(range)
            }
        }
        return result
    }

    /// Everything that is not in this set; ordered.
    func inverted() -> ScalarSet {
        var result = ScalarSet()
        var next: UInt32 = 0
        for range in ordered().ranges {
            if range.low > next { result.add(next, range.low - 1) }
            next = range.high + 1
        }
        if next <= Self.last { result.add(next, Self.last) }
        return result
    }

    /// Only of an ordered set.
    func contains(_ scalar: UInt32) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].high < scalar { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].low <= scalar
    }

    /// With every other form of its letters, as `(?i)` has it.
    func folded() -> ScalarSet {
        var result = self
        for range in ranges {
            CaseFolding.forms(of: range) { result.add($0, $0) }
        }
        return result
    }
}
