// What a pane remembers.

internal import MeshModel

/// What a pane remembers: its rows in order, where the cursor is, its order and its filter.
struct PaneState: Sendable {
    enum Mark: Sendable { case none, linked, chosen }

    var rows: [Row] = []
    var cursor = 0
    /// What the row under the cursor is to the selection.
    var mark = Mark.none
    var top = 0
    var key: RowKey?
    var sort: String
    var inverted = false
    var filter = ""
    /// How many rows there were before the filter.
    var total = 0
    /// The order and filter that the rows were made with.
    private var made: [String] = []
    private var wanted: [String] { [sort, inverted ? "inverted" : "", filter] }

    /// Rows of the same numbers are made again only in another order or with another filter.
    mutating func take(_ snapshot: MeshSnapshot, before: MeshSnapshot?, of pane: any Pane) {
        if let before, made == wanted, before.scope == snapshot.scope, pane.isSame(before, snapshot) {
            return
        }
        (rows, total) = pane.rows(snapshot, self)
        made = wanted
    }

    init(_ pane: any Pane) { sort = pane.sorts.first ?? "" }

    var selected: Row? { rows.indices.contains(cursor) ? rows[cursor] : nil }
}
