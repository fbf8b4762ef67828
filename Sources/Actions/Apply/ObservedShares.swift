// Whether the traffic of a rule goes where its new weights say.

internal import MeshModel

/// A rule's destinations as they are measured, beside the shares that were asked for.
struct ObservedShares {
    private let row: RouteSummary
    private let shares: [Double]

    init(_ row: RouteSummary, _ shares: [Double]) { (self.row, self.shares) = (row, shares) }

    /// Every share is inside its interval, or within two points. What arrives at a destination that other rules lead to
    /// as well is not known to have come by this one, so the others are compared among themselves.
    var agreement: (agrees: Bool, words: String) {
        let places = row.destinations.indices
        let own = places.filter { row.destinations[$0].sharedWithRules.isEmpty }
        let judged = own.isEmpty ? Array(places) : own
        let seen = judged.reduce(0) { $0 + (row.destinations[$1].observedShare ?? 0) }
        let wanted = judged.reduce(0) { $0 + shares[$1] }
        let agrees =
            wanted > 0
            ? seen > 0 && judged.allSatisfy { hasCome(row.destinations[$0], shares[$0] / wanted, whole: seen) }
            : judged.allSatisfy { (row.destinations[$0].observedShare ?? 0) < 0.001 }
        var words = places.map { place in
            let destination = row.destinations[place]
            return
                "\(name(destination)) \(PlanText.percent(destination.observedShare ?? 0)) (\(PlanText.percent(shares[place])) configured)"
        }.joined(separator: ", ")
        let others = places.filter { !judged.contains($0) }.map { name(row.destinations[$0]) }
        if !others.isEmpty {
            words += "; other rules lead to \(others.joined(separator: ", ")) too, so that share is not compared"
        }
        return (agrees, "observed: \(words)")
    }

    private func name(_ destination: RouteSummary.Destination) -> String { destination.subset ?? destination.host }

    private func hasCome(_ destination: RouteSummary.Destination, _ share: Double, whole: Double) -> Bool {
        guard let observed = destination.observedShare else { return share == 0 }
        let seen = observed / whole
        // Nothing and everything are exact: what still arrives at a weight of 0 is not yet what was asked for.
        if share == 0 || share == 1 { return abs(seen - share) < 0.001 }
        return destination.observedShareInterval?.contains(share * whole) == true || abs(seen - share) <= 0.02
    }
}
