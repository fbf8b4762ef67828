// Everything that decides what the screen shows; changed by `update` alone and read by `render`.

internal import Actions
internal import Base
internal import Kube
internal import MeshModel

package struct Model: Sendable {
    /// What the screen is made of.
    let registry: Registry
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

    var focus: PaneName
    var zoomed = false
    /// What a layout shows in its free place: of the panes that take turns there, the one that was looked at last.
    var lookedAt: PaneName
    /// In the order of the registry.
    var panes: [PaneState]
    /// The selection that the panes share.
    var chosen: Chosen?
    var graph = GraphState()

    /// The latest question that was asked of the outside. Its answer is taken only while somebody waits for it.
    package private(set) var lastRequest = RequestID()
    /// When keys come, and whether a person typed them.
    var pace = KeyPace()

    /// What lies over the panes; the last one is on top.
    var windows: [any Window] = []
    /// The needs of the open windows that were asked.
    var asked: Set<RequestID> = []
    var rollouts: [RolloutView] = []
    /// What of the rollouts could not be read.
    var rolloutNotes: [String] = []
    /// What came back from the editor and is being planned.
    var edit: ObjectEdit?
    /// Edits that were sent, by their plan, until it is known that they arrived.
    var sentEdits: [String: ObjectEdit] = [:]
    var input: InputLine?
    var toasts: [Toast] = []
    /// Which action a key asks for, by the key's name.
    var keys: [String: ActionID]
    var cycleAt: Timestamp?
    /// Rows must be made again before the next frame.
    var isStale = true
    /// The selection or the focus is another one; the rows are as they were.
    var hasMoved = false
    /// The graph of the whole snapshot, made once for it.
    var whole: MeshGraph?
    var alerts: [Alert] = []
    var badges = Badges()

    init(_ options: ViewOptions, _ registry: Registry) {
        self.registry = registry
        panes = registry.panes.map(PaneState.init)
        focus = registry.panes[0].name
        lookedAt = registry.panes.first { $0.takesTurns }?.name ?? registry.panes[0].name
        self.options = options
        contexts = options.contexts
        currentContext = options.currentContext
        theme = options.theme
        mouse = options.mouse
        keys = registry.keys(options.keyOverrides)
    }

    var readOnly: Bool { readOnlyReason != nil }
    var readOnlyReason: String? { options.readOnly ?? (options.wall ? "started with --wall" : nil) }

    /// The id of a new question.
    mutating func ask() -> RequestID {
        lastRequest.number += 1
        return lastRequest
    }

    subscript(pane: PaneName) -> PaneState {
        get { panes[registry.place(of: pane)] }
        set { panes[registry.place(of: pane)] = newValue }
    }

    /// The time that ages are counted against.
    var clock: Timestamp? {
        guard let snapshot else { return now }
        guard let now else { return snapshot.time }
        return max(now, snapshot.time)
    }

    /// What the screen shows, for the main loop: the theme changes with `:theme`.
    package var currentTheme: Theme { theme }
}
