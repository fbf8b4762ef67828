// Yes, no, or not to be said without knowing more: the logic of questions that leave something out.

/// Kleene's three values; what is not known is named.
package enum Truth: Sendable, Equatable {
    case yes, no
    case unknown(String)

    init(_ value: Bool) { self = value ? .yes : .no }

    var negated: Truth {
        switch self {
        case .yes: .no
        case .no: .yes
        case .unknown: self
        }
    }

    /// True when all are: one no decides.
    package static func all(_ values: some Sequence<Truth>) -> Truth {
        var unknown: Truth?
        for value in values {
            if value == .no { return .no }
            if case .unknown = value { unknown = unknown ?? value }
        }
        return unknown ?? .yes
    }

    /// True when one is: one yes decides.
    static func any(_ values: some Sequence<Truth>) -> Truth {
        var unknown: Truth?
        for value in values {
            if value == .yes { return .yes }
            if case .unknown = value { unknown = unknown ?? value }
        }
        return unknown ?? .no
    }
}
