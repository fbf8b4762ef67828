// Each element once.

extension Sequence where Element: Hashable {
    /// Each once, in order.
    package func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
