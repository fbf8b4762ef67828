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

    static let overview = Size(rows: 28, columns: 120)
    static let large = Size(rows: 40, columns: 190)

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
        let single = model.zoomed || size.columns < Self.overview.columns || size.rows < Self.overview.rows
        if single {
            if size.rows >= 12 {
                tabs = top
                top += 1
            }
            places = [
                Place(pane: model.focus, area: Area(row: top, column: 0, rows: bottom - top, columns: size.columns))
            ]
            return
        }
        let rows = bottom - top
        if size.columns >= Self.large.columns, size.rows >= Self.large.rows {
            // Six of the eight: what was looked at last takes the place of the workloads.
            let last: PaneName = [.findings, .policies].contains(model.corner) ? model.corner : .workloads
            let order: [[PaneName]] = [[.services, .traffic], [.topology, .breakers], [.latency, last]]
            fill(order, top: top, rows: rows, columns: size.columns)
        } else {
            fill([[.services, .traffic], [.topology, model.corner]], top: top, rows: rows, columns: size.columns)
        }
    }

    private mutating func fill(_ order: [[PaneName]], top: Int, rows: Int, columns: Int) {
        var column = 0
        for (index, stack) in order.enumerated() {
            let width = (columns - column) / (order.count - index)
            let upper = (rows + 1) / 2
            for (position, pane) in stack.enumerated() {
                let area =
                    position == 0
                    ? Area(row: top, column: column, rows: upper, columns: width)
                    : Area(row: top + upper, column: column, rows: rows - upper, columns: width)
                places.append(Place(pane: pane, area: area))
            }
            column += width
        }
    }

    func area(of pane: PaneName) -> Area? { places.first { $0.pane == pane }?.area }

    /// The inside of a pane's frame; a pane without room for a frame is all inside.
    static func inside(_ area: Area) -> Area {
        area.rows < 6 || area.columns < 20
            ? Area(row: area.row + 1, column: area.column, rows: area.rows - 1, columns: area.columns) : area.inset()
    }
}
