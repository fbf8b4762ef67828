// What a guarded shift is about: a rule, which of its destinations is the canary, and what it has to keep to.

package import Base
package import Insights
package import MeshModel

package struct GuardTarget: Sendable, Hashable {
    package var route: ObjectReference
    package var section: RouteSummary.Section
    package var index: Int
    /// The canary's place among the rule's destinations, and its name.
    package var canary: Int
    package var canaryName: String
    /// The weights before the first step.
    package var original: [Int]

    package init(
        route: ObjectReference, section: RouteSummary.Section, index: Int, canary: Int, canaryName: String,
        original: [Int]
    ) {
        self.route = route
        self.section = section
        self.index = index
        self.canary = canary
        self.canaryName = canaryName
        self.original = original
    }

    /// The rule's weights as a route has them; nothing said counts as 1 in the Gateway API and as 0 in a split of Istio.
    func present(in route: JSONValue) -> [Int] {
        let isGatewayAPI = section == .rules
        let rule = route.at("spec", section.rawValue)?[index]
        return (rule?.list(isGatewayAPI ? "backendRefs" : "route") ?? []).map {
            $0["weight"]?.int ?? (isGatewayAPI ? 1 : 0)
        }
    }

    /// All weights with the canary at `weight`: the others share the rest as they did before.
    package func weights(_ weight: Int) -> [Int] {
        var weights = original
        weights[canary] = weight
        let others = original.indices.filter { $0 != canary }
        let sum = others.reduce(0) { $0 + original[$1] }
        var left = 100 - weight
        for place in others {
            weights[place] = sum > 0 ? original[place] * (100 - weight) / sum : 0
            left -= weights[place]
        }
        if let largest = others.max(by: { original[$0] < original[$1] }) { weights[largest] += left }
        return weights
    }
}

/// A query of the operator's own that has to stay below, or above, a value.
package struct GuardCondition: Sendable, Hashable {
    package var query: String
    package var isBelow: Bool
    package var bound: Double

    /// `QUERY <= 0.5` or `QUERY >= 100`: the last comparison is the condition's.
    package init(_ text: String) throws(MeshTopError) {
        for (mark, below) in [("<=", true), (">=", false)] {
            let parts = text.split(separator: mark, omittingEmptySubsequences: false)
            guard parts.count >= 2, let last = parts.last, let bound = Double(String(last).trimmingSpace()) else {
                continue
            }
            query = parts.dropLast().joined(separator: mark).trimmingSpace()
            (isBelow, self.bound) = (below, bound)
            guard !query.isEmpty else { break }
            return
        }
        throw MeshTopError(
            .usage, "the condition \(text)", why: "it has no bound", advice: "write it like 'PROMQL <= 0.5'")
    }

    /// For a screen: a mark is anybody's text.
    var shown: String { SafeText.line(text, limit: 200) }

    var text: String { "\(query) \(isBelow ? "<=" : ">=") \(JSONValue.double(bound).compactText)" }

    func holds(_ value: Double) -> Bool { isBelow ? value <= bound : value >= bound }
}

package struct GuardSettings: Sendable, Hashable {
    package var plan = GuardPlan()
    /// The canary's error ratio must stay below this.
    package var errorObjective: Double?
    /// At most one in a hundred of its requests may take longer.
    package var p99Milliseconds: Double?
    package var conditions: [GuardCondition] = []
    /// Times the stable error ratio that count as equal, and that a pass excludes.
    package var tolerated = 1.1
    package var limit = 2.0
    package var lookSeconds = 5.0

    package init() {}
}
