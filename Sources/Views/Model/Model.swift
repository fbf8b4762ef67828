// Everything that decides what the screen shows; changed by `update` alone and read by `render`.

internal import Actions
internal import Base
internal import Kube
package import MeshModel

package struct Model: Sendable {
    var options: ViewOptions
    var size = Size(rows: 24, columns: 80)
    /// What is on the screen; while paused, `waiting` holds what arrived since.
    var snapshot: MeshSnapshot?
    var waiting: MeshSnapshot?
    var paused = false
    var now: Timestamp?
    var wallClockAhead = 0.0
    var contexts: [String]
    var currentContext: String
    var theme: Theme
    var mouse: Bool
    var rights: [String: NamespaceRights] = [:]
    /// The snapshot that the rows were made from.
    var rowsFrom: MeshSnapshot?
    /// Namespaces whose rights were asked for.
    var rightsAsked: Set<String> = []

    var focus: PaneName = .services
    var zoomed = false
    /// What the overview shows in its lower right place: the one of these that was looked at last.
    var corner: PaneName = .latency
    var panes: [PaneState] = PaneName.allCases.map(PaneState.init)
    /// The selection that the panes share.
    var chosen: Chosen?
    var graph = GraphState()

    /// The latest question that was asked of the outside. Its answer is taken only while somebody waits for it.
    package private(set) var lastRequest = RequestID()
    /// When keys come, and whether a person typed them.
    var pace = KeyPace()

    /// The form that a plan is being made from; shown again when the plan fails.
    var form: Overlay?
    var overlay: Overlay?
    /// Comes back when the overlay closes.
    var behind: Overlay?
    var rollouts: [RolloutView] = []
    /// What of the rollouts could not be read.
    var rolloutNotes: [String] = []
    /// What came back from the editor and is being planned.
    var edit: ObjectEdit?
    /// Edits that were sent, by their plan, until it is known that they arrived.
    var sentEdits: [String: ObjectEdit] = [:]
    var input: InputLine?
    var toasts: [Toast] = []
    var keys: [String: String]
    var cycleAt: Timestamp?
    /// Rows must be made again before the next frame.
    var isStale = true
    /// The selection or the focus is another one; the rows are as they were.
    var hasMoved = false
    /// The graph of the whole snapshot, made once for it.
    var whole: MeshGraph?
    var alerts: [Alert] = []
    var badges = Badges()

    package init(_ options: ViewOptions) {
        self.options = options
        contexts = options.contexts
        currentContext = options.currentContext
        theme = options.theme
        mouse = options.mouse
        keys = KeyMap.table(options.keyOverrides)
    }

    var readOnly: Bool { readOnlyReason != nil }
    var readOnlyReason: String? { options.readOnly ?? (options.wall ? "started with --wall" : nil) }

    /// A new question, and the window that waits for its answer.
    mutating func wait(_ text: String) {
        ask()
        overlay = .planning(Waiting(text: text, request: lastRequest))
    }

    /// A new question that no window waits for.
    mutating func ask() { lastRequest.number += 1 }

    subscript(pane: PaneName) -> PaneState {
        get { panes[pane.number - 1] }
        set { panes[pane.number - 1] = newValue }
    }

    /// The time that ages are counted against.
    var clock: Timestamp? {
        guard let snapshot else { return now }
        guard let now else { return snapshot.time }
        return max(now, snapshot.time)
    }

    /// The services that are on the screen, the selected one first.
    package var interest: [ServiceID] {
        var services = [service].compactMap { $0 }
        for place in ScreenLayout(self).places where place.pane != .topology {
            let state = self[place.pane]
            let end = min(state.rows.count, state.top + PaneRenderer.visibleRows(place, self))
            guard state.top < end else { continue }
            services += state.rows[state.top..<end].compactMap(\.service)
        }
        var seen: Set<ServiceID> = []
        return services.filter { seen.insert($0).inserted }
    }

    /// What the screen shows, for the main loop: the theme changes with `:theme`.
    package var currentTheme: Theme { theme }
}

/// A row of a pane by what it stands for, so that a selection survives a new order.
enum RowKey: Sendable, Hashable {
    case service(ServiceID)
    case node(String)
    case edge(source: String, destination: String, service: ServiceID)
    case route(kind: String, namespace: String, name: String, section: String, index: Int, part: Int)
    case breaker(namespace: String, rule: String, host: String, subset: String?, port: Int?)
    case workload(namespace: String, kind: String, name: String)
    case finding(code: String, object: FindingObject, path: String)
}

/// One row: its key, the place of its object in the snapshot and the service it belongs to.
struct Row: Sendable {
    var key: RowKey
    var index: Int
    var part: Int = 0
    var service: ServiceID?
}

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

struct Toast: Sendable {
    var text: String
    var isError: Bool
    var until: Timestamp?
}

/// The line at the bottom that takes text: a filter or a command.
struct InputLine: Sendable {
    enum Kind: Sendable { case filter, command }
    var kind: Kind
    var field: TextField
    var error: String?
    var before = ""
}

/// An editable line of text.
struct TextField: Sendable, Equatable {
    private(set) var characters: [Character] = []
    private(set) var cursor = 0
    /// What stands there was put there by us: the first text that is typed takes its place.
    private(set) var isSelected = false

    init(_ text: String = "", isSelected: Bool = false) {
        characters = Array(text)
        cursor = characters.count
        self.isSelected = isSelected && !text.isEmpty
    }

    var text: String { String(characters) }

    mutating func insert(_ text: String) {
        if isSelected {
            characters = []
            cursor = 0
            isSelected = false
        }
        for character in SafeText.line(text, limit: 1024) where characters.count < 1024 {
            characters.insert(character, at: cursor)
            cursor += 1
        }
    }

    /// True when the key was one of the field's.
    mutating func handle(_ key: Key) -> Bool {
        switch key {
        case .character(let character): insert(String(character))
        case .backspace where isSelected, .delete where isSelected: self = TextField()
        case .backspace:
            if cursor > 0 {
                cursor -= 1
                characters.remove(at: cursor)
            }
        case .delete: if cursor < characters.count { characters.remove(at: cursor) }
        case .left, .control("b"): cursor = max(0, cursor - 1)
        case .right, .control("f"): cursor = min(characters.count, cursor + 1)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = characters.count
        case .control("u"):
            characters.removeFirst(cursor)
            cursor = 0
        case .control("k"): characters.removeLast(characters.count - cursor)
        case .control("w"):
            while cursor > 0, characters[cursor - 1] == " " { _ = handle(.backspace) }
            while cursor > 0, characters[cursor - 1] != " " { _ = handle(.backspace) }
        default: return false
        }
        isSelected = false
        return true
    }
}
