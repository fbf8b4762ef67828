// The panes of the program, in the order of their numbers.

package enum Panes {
    static let all: [any Pane] = [
        ServicesPane(), TopologyPane(), TrafficPane(), LatencyPane(), BreakersPane(), WorkloadsPane(), FindingsPane(),
        PoliciesPane(),
    ]

    private static let numbers = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1.name, $0 + 1) })

    /// Its digit; 0 for a pane that there is not.
    static func number(of name: PaneName) -> Int { numbers[name] ?? 0 }

    static subscript(name: PaneName) -> (any Pane)? { numbers[name].map { all[$0 - 1] } }
}

extension PaneName: CaseIterable {
    package static var allCases: [PaneName] { Panes.all.map(\.name) }

    /// Nil where there is no pane of that name.
    package init?(rawValue: String) {
        guard let pane = Panes.all.first(where: { $0.name.rawValue == rawValue }) else { return nil }
        self = pane.name
    }

    /// The members of the snapshot's schema that the pane shows.
    package var schemaParts: Set<String> { Panes[self]?.schemaParts ?? [] }

    /// The kinds whose objects the pane is made of.
    package var kinds: [String] { Panes[self]?.kinds ?? [] }
}
