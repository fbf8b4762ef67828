import MeshModel
import Testing

@testable import Actions

/// When a shift has come true in the traffic, as far as the metrics can tell rules apart.
@Suite struct ObservedSharesTests {
    /// Observed shares of v1, v2, v3, and which of them other rules lead to.
    private func agrees(_ seen: [Double?], _ wanted: [Double], shared: Set<Int> = []) -> Bool {
        var row = RouteSummary(
            kind: .virtualService, namespace: "shop", name: "reviews", host: "reviews", index: 1,
            destinations: seen.enumerated().map { place, share in
                RouteSummary.Destination(
                    host: "reviews", subset: "v\(place + 1)", observedShare: share,
                    observedShareInterval: share.map { max(0, $0 - 0.05)...min(1, $0 + 0.05) })
            }, service: nil)
        for place in shared { row.destinations[place].sharedWithRules = ["http rule 0"] }
        let (agrees, words) = ObservedShares(row, wanted).agreement
        #expect(words.contains("too, so that share is not compared") == (!shared.isEmpty && shared.count < seen.count))
        return agrees
    }

    @Test func nothingAndEverythingAreExact() {
        #expect(agrees([0, 1, 0], [0, 1, 0]) && agrees([0, 1, nil], [0, 1, 0]))
        #expect(!agrees([0, 0.99, 0.01], [0, 1, 0]))
        #expect(agrees([0.5, 0.46, 0.04], [0.5, 0.5, 0]) == false)
    }

    @Test func betweenThemAnIntervalCounts() {
        #expect(agrees([0.65, 0.35, 0], [0.62, 0.38, 0]))
        #expect(!agrees([0.75, 0.25, 0], [0.62, 0.38, 0]))
    }

    /// Testers go to v3 by a rule of their own: what arrives there says nothing of this rule's weights.
    @Test func whatOtherRulesLeadToIsNotCompared() {
        #expect(agrees([0, 0.9, 0.1], [0, 1, 0], shared: [2]))
        #expect(!agrees([0.05, 0.85, 0.1], [0, 1, 0], shared: [2]))
        #expect(agrees([0.45, 0.45, 0.1], [0.5, 0.5, 0], shared: [2]))
        #expect(agrees([0, 0, 1], [0, 0, 1], shared: [2]))
        #expect(!agrees([0.1, 0, 0.9], [0, 0, 1], shared: [2]))
        #expect(!agrees([0, 0, 1], [1, 0, 0], shared: [2]))
    }
}
