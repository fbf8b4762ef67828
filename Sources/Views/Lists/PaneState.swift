// What a pane remembers.

internal import MeshModel

/// What a pane remembers: its rows in order, where the cursor is, its order and its filter.
struct PaneState: Sendable {
    enum Mark: Sendable { case none, linked, chosen }

    var name: PaneName
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
    mutating func take(_ snapshot: MeshSnapshot, before: MeshSnapshot?) {
        if let before, made == wanted, RowBuilder.isSame(name, before, snapshot) { return }
        (rows, total) = RowBuilder.rows(name, snapshot, self)
        made = wanted
    }

    init(_ name: PaneName) {
        self.name = name
        sort = SortColumn.columns(of: name).first ?? ""
    }

    var selected: Row? { rows.indices.contains(cursor) ? rows[cursor] : nil }
}
