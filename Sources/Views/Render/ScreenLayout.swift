// Which panes are on a screen of a given size, and where.

struct ScreenLayout: Sendable, Equatable {
    struct Place: Sendable, Equatable {
        var pane: PaneName
        var area: Area
    }

    var places: [Place] = []
    /// The line with the names of all panes, where only one is shown.
    var tabs: Int?
    var header: Int?
    var alerts: Int?
    var footer: Int?

    init(_ model: Model) {
        let size = model.size
        guard size.rows > 0, size.columns > 0 else { return }
        var top = 0
        var bottom = size.rows
        if size.rows >= 2 {
            header = 0
            top = 1
        }
        if size.rows >= 8 || model.options.wall && size.rows >= 4 {
            alerts = top
            top += 1
        }
        if size.rows >= 4 {
            footer = size.rows - 1
            bottom -= 1
        }
        let layout = model.zoomed ? nil : Layout.fitting(size)
        if layout == nil, size.rows >= 12 {
            tabs = top
            top += 1
        }
        let area = Area(row: top, column: 0, rows: bottom - top, columns: size.columns)
        places =
            layout?.places(in: area, lookedAt: model.lookedAt).map(Place.init)
            ?? [Place(pane: model.focus, area: area)]
    }

    /// The inside of a pane's frame; a pane without room for a frame is all inside.
    static func inside(_ area: Area) -> Area {
        area.rows < 6 || area.columns < 20
            ? Area(row: area.row + 1, column: area.column, rows: area.rows - 1, columns: area.columns) : area.inset()
    }
}
