// Numbers from outside as whole ones: nothing that a cluster, a metric or a configuration says may end the program.

extension FixedWidthInteger {
    /// The whole number towards zero, or the nearest one that the type has; no number is 0.
    package init(clamping value: Double) {
        if value.isNaN {
            self = 0
        } else if let exact = Self(exactly: value.rounded(.towardZero)) {
            self = exact
        } else {
            self = value < 0 ? .min : .max
        }
    }
}

extension Int {
    /// The sum, or the nearest number that an Int has.
    package func adding(_ other: Int) -> Int {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other < 0 ? .min : .max) : sum
    }

    /// The product, or the nearest number that an Int has.
    package func times(_ other: Int) -> Int {
        let (product, overflows) = multipliedReportingOverflow(by: other)
        return overflows ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
}

extension Sequence<Int> {
    /// Their sum, or the nearest number that an Int has.
    package var total: Int { reduce(0) { $0.adding($1) } }
}

extension UInt64 {
    /// Seconds as nanoseconds to sleep: none for what lies in the past, a year for what never comes.
    package init(nanosecondsOf seconds: Double) {
        self.init(clamping: Swift.min(Swift.max(0, seconds), 31_536_000) * 1e9)
    }
}

// The standard library's conversions end the program beyond the type's range. These stand before them, and a warning is an
// error here: the compiler finds every `Int(` of a Double.

extension Int {
    @available(*, deprecated, message: "it traps beyond the range of Int: write Int(clamping:)")
    package init(_ value: Double) { self.init(clamping: value) }
}

extension Int64 {
    @available(*, deprecated, message: "it traps beyond the range of Int64: write Int64(clamping:)")
    package init(_ value: Double) { self.init(clamping: value) }
}

extension Int32 {
    @available(*, deprecated, message: "it traps beyond the range of Int32: write Int32(clamping:)")
    package init(_ value: Double) { self.init(clamping: value) }
}

extension UInt64 {
    @available(*, deprecated, message: "it traps beyond the range of UInt64: write UInt64(clamping:)")
    package init(_ value: Double) { self.init(clamping: value) }
}

extension UInt32 {
    @available(*, deprecated, message: "it traps beyond the range of UInt32: write UInt32(clamping:)")
    package init(_ value: Double) { self.init(clamping: value) }
}
