// Host patterns: `*`, `*.b.com`, `a.b.com`.

package enum Wildcard {
    /// Whether two host patterns have a host in common: `*.b.com` and `a.b.com`, `*` and anything.
    package static func overlap(_ left: String, _ right: String) -> Bool {
        if left == right { return true }
        switch (left.hasPrefix("*"), right.hasPrefix("*")) {
        case (true, true):
            let (a, b) = (left.dropFirst(), right.dropFirst())
            return a.hasSuffix(b) || b.hasSuffix(a)
        case (true, false): return right.hasSuffix(left.dropFirst())
        case (false, true): return left.hasSuffix(right.dropFirst())
        case (false, false): return false
        }
    }

    /// Whether the pattern holds all that the other does: `*.com` holds `*.b.com` and `a.com`.
    package static func covers(_ pattern: String, _ other: String) -> Bool {
        if pattern == other { return true }
        guard pattern.hasPrefix("*") else { return false }
        return (other.hasPrefix("*") ? other.dropFirst() : other[...]).hasSuffix(pattern.dropFirst())
    }
}
