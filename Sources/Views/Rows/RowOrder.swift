// Which of two rows comes first.

enum RowOrder {
    case before, same, after

    /// What decides where this does not.
    func then(_ next: @autoclosure () -> RowOrder) -> RowOrder { self == .same ? next() : self }

    /// Small first.
    static func rising<Value: Comparable>(_ left: Value, _ right: Value) -> RowOrder {
        left < right ? .before : left == right ? .same : .after
    }

    /// Large first; what is unknown comes last.
    static func falling(_ left: Double?, _ right: Double?) -> RowOrder {
        switch (left, right) {
        case (nil, nil): .same
        case (nil, _): .after
        case (_, nil): .before
        case (let a?, let b?): a > b ? .before : a == b ? .same : .after
        }
    }

    static func sorted(_ indices: [Int], inverted: Bool, by order: (Int, Int) -> RowOrder) -> [Int] {
        let sorted = indices.sorted { order($0, $1) == .before }
        return inverted ? sorted.reversed() : sorted
    }
}
