// What a pane is: its words, its rows from a snapshot, how they are drawn and what its keys do.

internal import Actions
internal import Base
internal import Kube
internal import MeshModel

/// A part of the screen that shows one side of the mesh. It is a value of a type of its own, listed in `Panes.all`;
/// what it does not say is as for a list with a table.
protocol Pane: Sendable {
    var name: PaneName { get }
    var title: String { get }
    /// The other word for it after `:`.
    var shortName: String { get }
    /// What its rows are, in a sentence.
    var rowWords: String { get }
    /// The members of the snapshot's schema that it shows.
    var schemaParts: Set<String> { get }
    /// The kinds whose objects it is made of.
    var kinds: [String] { get }
    /// The sources whose age matters here, the most important first.
    var sources: [SourceName] { get }
    /// What its rows can be ordered by; the first is the order it starts with.
    var sorts: [String] { get }
    /// The heading marks the column of the order.
    var marksOrder: Bool { get }
    /// It can be shown in the place that a layout has for the pane that was looked at last.
    var takesTurns: Bool { get }
    /// It has something to show only once every kind was read.
    var needsEveryKind: Bool { get }
    /// It shows something though it has no rows.
    var drawsWithoutRows: Bool { get }
    /// Actions of its own, for keys and the help.
    var actions: [ViewAction] { get }
    /// Actions of its own that the footer names while it has the focus.
    var hints: [(id: ActionID, title: String)] { get }

    // MARK: Rows

    /// Its rows in order, filtered, and how many there were before the filter.
    func rows(_ snapshot: MeshSnapshot, _ state: PaneState) -> (rows: [Row], total: Int)
    /// Whether two snapshots of one scope give the same rows. Arrays that a snapshot took over from the one before are
    /// found equal without a look inside.
    func isSame(_ old: MeshSnapshot, _ new: MeshSnapshot) -> Bool
    /// The row of what the verbs would act on for a selection that has no row of its own.
    func row(for selection: Selection, _ context: VerbContext, _ state: PaneState) -> Int?
    /// What it shows now stands for the selection itself.
    func isOnSelection(_ model: Model) -> Bool
    /// Said where no row belongs to the selection; `policyKey` makes a policy for it, where that may be done.
    func absence(of chosen: Chosen, _ policyKey: String?) -> String

    // MARK: Drawing

    var columns: [Column] { get }
    /// The cells of a row by column; nil where the snapshot has no such thing any more.
    func cells(_ row: Row, _ snapshot: MeshSnapshot, _ badges: Badges) -> [String: CellText]?
    /// The lower part tells more of the selected row.
    var hasDetails: Bool { get }
    func details(_ row: Row, _ snapshot: MeshSnapshot, now: Timestamp?) -> [CellText]
    /// Behind its title.
    func titleNote(_ model: Model) -> String
    /// What its rows lack, besides kinds that were not read.
    func gaps(_ snapshot: MeshSnapshot) -> [String]
    /// How many rows of the list fit.
    func listRows(_ inside: Area) -> Int
    func draw(_ frame: inout Frame, _ inside: Area, _ model: Model, _ snapshot: MeshSnapshot, _ isFocused: Bool)
    /// The same as lines of text, without a terminal.
    func text(_ snapshot: MeshSnapshot, _ rows: [Row]) -> [String]
    /// Whether a text of the whole mesh has it.
    func isInSummary(_ snapshot: MeshSnapshot) -> Bool

    // MARK: Keys

    func move(_ model: inout Model, rows: Int)
    /// False where it has nothing beside the cursor: the focus goes to another pane.
    func moveSideways(_ model: inout Model, _ by: Int) -> Bool
    func moveToEnd(_ model: inout Model, last: Bool)
    /// A click on what is no row of its list.
    func click(_ model: inout Model, _ mouse: MouseEvent, _ inside: Area)
    /// Enter: shows more of the row; it never changes a cluster.
    func drill(_ model: inout Model)
    /// The selection or the snapshot is another one, and this is the room for the pane.
    func refresh(_ model: inout Model, _ snapshot: MeshSnapshot, _ inside: Area)
}

extension Pane {
    var rowWords: String { name.rawValue }
    var sources: [SourceName] { [.metrics] }
    var marksOrder: Bool { true }
    var takesTurns: Bool { true }
    var needsEveryKind: Bool { true }
    var drawsWithoutRows: Bool { false }
    var actions: [ViewAction] { [] }
    var hints: [(id: ActionID, title: String)] { [] }
    var columns: [Column] { [] }
    var hasDetails: Bool { false }

    func row(for selection: Selection, _ context: VerbContext, _ state: PaneState) -> Int? { nil }
    func isOnSelection(_ model: Model) -> Bool { model[name].mark == .chosen }
    func absence(of chosen: Chosen, _ policyKey: String?) -> String { "\(chosen.name) has no row here" }
    func cells(_ row: Row, _ snapshot: MeshSnapshot, _ badges: Badges) -> [String: CellText]? { nil }
    func details(_ row: Row, _ snapshot: MeshSnapshot, now: Timestamp?) -> [CellText] { [] }
    func isInSummary(_ snapshot: MeshSnapshot) -> Bool { true }

    // Where no row is marked, the first movement takes the one that the cursor was left on.
    func move(_ model: inout Model, rows: Int) {
        model.place(cursor: model[name].cursor + (model[name].mark == .none ? 0 : rows))
    }

    func moveSideways(_ model: inout Model, _ by: Int) -> Bool { false }
    func moveToEnd(_ model: inout Model, last: Bool) { model.place(cursor: last ? model[name].rows.count - 1 : 0) }
    func click(_ model: inout Model, _ mouse: MouseEvent, _ inside: Area) {}
    func drill(_ model: inout Model) {}
    func refresh(_ model: inout Model, _ snapshot: MeshSnapshot, _ inside: Area) {}

    func gaps(_ snapshot: MeshSnapshot) -> [String] { [] }

    func titleNote(_ model: Model) -> String {
        let state = model[name]
        if !state.filter.isEmpty {
            return " \(state.rows.count { $0.part == 0 })/\(state.total) /\(state.filter)"
        }
        return state.total > 0 ? " \(state.total)" : ""
    }
}
