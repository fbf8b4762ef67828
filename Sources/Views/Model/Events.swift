// What comes into the screen and what it asks for: keys, snapshots and previews in, plans and switches out.

package import Actions
package import Base
package import Kube
package import MeshModel

package enum Event: Sendable {
    case key(Key)
    case mouse(MouseEvent)
    case paste(String)
    case resize(Size)
    case snapshot(MeshSnapshot)
    case tick(Timestamp)
    /// By how much the clock on the wall is ahead of the time that goes on evenly: somebody may have set it.
    case wallClock(ahead: Double)
    /// Time goes on; comes before what happens at that time.
    case moment(Moment)
    /// The last frame is on the screen.
    case presented(Moment)
    case preview(Result<ChangePreview, MeshTopError>, of: RequestID)
    case progress(planID: String, ChangeProgress)
    case notice(String, isError: Bool)
    /// All rollouts of the cluster, and what of them could not be read.
    case rollouts([RolloutView], notes: [String])
    case contexts(names: [String], current: String, safeguards: Safeguards)
    /// What the user may do in a namespace, as far as the API server says.
    case rights(NamespaceRights)
    /// The answer to a need of a window.
    case data(DataAnswer, of: RequestID)
    /// The editor gave the terminal back.
    case edited(EditResult, of: RequestID)
}

/// What is asked of the outside. Questions are answered with the model's `lastRequest` of the moment.
package enum Effect: Sendable, Equatable {
    case quit
    case plan(PlanRequest)
    case apply(planID: String)
    case discardPlan(planID: String)
    case switchContext(String)
    case setScope(NamespaceScope)
    case setWindow(seconds: Int)
    case refresh
    case repaint
    case suspend
    /// A window wants to know something. Answered with `data`.
    case read(DataNeed)
    case applyFile(path: String)
    /// Gives the terminal to the operator's editor. Answered with `edited`.
    case openEditor(ObjectEdit)
    /// Puts the text of an edit that was not applied into a file, and says where.
    case keepEdit(ObjectEdit)
    case copy(String)
    case askRights(namespace: String)
    case setMouse(Bool)
    case setTheme(String)
}

/// What a context's configuration asks for before anything is changed there.
package struct Safeguards: Sendable, Hashable {
    /// Why nothing may be changed; nil where that is allowed.
    package var readOnly: String?
    /// The whole context is production.
    package var isProduction: Bool

    package init(readOnly: String? = nil, isProduction: Bool = false) {
        self.readOnly = readOnly
        self.isProduction = isProduction
    }
}

package struct ViewOptions: Sendable {
    package var contexts: [String]
    package var currentContext: String
    /// Why nothing may be changed; nil where that is allowed.
    package var readOnly: String?
    package var isProduction = false
    /// After so long without news a source is stale.
    package var silenceSeconds = 30.0
    package var theme: Theme
    package var ascii: Bool
    package var mouse: Bool
    package var wall: Bool
    package var demo: Bool
    package var keyOverrides: [ActionID: String]

    package init(
        contexts: [String] = [], currentContext: String = "", readOnly: String? = nil, theme: Theme = .standard,
        ascii: Bool = false, mouse: Bool = false, wall: Bool = false, demo: Bool = false,
        keyOverrides: [ActionID: String] = [:]
    ) {
        self.contexts = contexts
        self.currentContext = currentContext
        self.readOnly = readOnly
        self.theme = theme
        self.ascii = ascii
        self.mouse = mouse
        self.wall = wall
        self.demo = demo
        self.keyOverrides = keyOverrides
    }
}
