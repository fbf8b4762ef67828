// New weights that a change brings along, whoever wrote them: an edit, a file, a mending, an undo.

internal import Base
internal import MeshModel

/// One rule of a route that keeps its destinations and splits its requests otherwise.
struct WeightChange: Sendable, Hashable {
    var route: ObjectReference
    var section: RouteSummary.Section
    var index: Int
    /// Of the rule's requests, by destination; the sum is 1.
    var shares: [Double]

    var verification: Verification { .shares(route, section: section, index: index, shares: shares) }

    private static let sections: [String: [RouteSummary.Section]] = [
        "VirtualService": [.http, .tcp, .tls], "HTTPRoute": [.rules], "GRPCRoute": [.rules],
    ]

    static func found(in steps: [PlanStep]) -> [WeightChange] { steps.flatMap { found(in: $0) } }

    private static func found(in step: PlanStep) -> [WeightChange] {
        guard let before = step.before, let after = step.after ?? step.write.applied(to: step.before) else { return [] }
        return (sections[step.object.kind] ?? []).flatMap { section -> [WeightChange] in
            let old = before["spec"]?.list(section.rawValue) ?? []
            let new = after["spec"]?.list(section.rawValue) ?? []
            return zip(old, new).enumerated().compactMap { index, rules in
                let list = section == .rules ? "backendRefs" : "route"
                let (old, new) = (rules.0.list(list), rules.1.list(list))
                guard old.count > 1, old.map(withoutWeight) == new.map(withoutWeight),
                    let shares = shares(new, section),
                    shares != Self.shares(old, section)
                else { return nil }
                return WeightChange(route: step.object, section: section, index: index, shares: shares)
            }
        }
    }

    private static func withoutWeight(_ destination: JSONValue) -> JSONValue {
        var destination = destination
        destination["weight"] = nil
        return destination
    }

    /// Nil where nothing gets anything. https://gateway-api.sigs.k8s.io/reference/spec/#backendref: 1 where nothing is
    /// said; https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRouteDestination: 0.
    private static func shares(_ destinations: [JSONValue], _ section: RouteSummary.Section) -> [Double]? {
        let weights = destinations.map { Double(max(0, $0["weight"]?.int ?? (section == .rules ? 1 : 0))) }
        let sum = weights.reduce(0, +)  // bounded: fractions
        return sum > 0 ? weights.map { $0 / sum } : nil
    }

    /// What it means in numbers; of a rule among several, which.
    func effects(_ world: PlanWorld) async -> [String] {
        let rows = world.snapshot?.routes.filter {
            $0.kind.rawValue == route.kind && $0.namespace == route.namespace && $0.name == route.name
        }
        guard let row = rows?.first(where: { $0.section == section && $0.index == index }),
            row.destinations.count == shares.count
        else {
            let gap = world.snapshot?.gap([route.kind], in: [route.namespace]) ?? ""
            return [
                "\(route.name): no live data for rule \(index)\(gap): the effect of its weights cannot be predicted"
            ]
        }
        let lines = await ShiftEffects(row, shares.map { Int(clamping: ($0 * 100).rounded()) }, world).lines()
        return (rows?.count ?? 0) > 1 ? lines.map { "rule \(index): \($0)" } : lines
    }
}
