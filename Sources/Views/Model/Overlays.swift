// What can lie over the panes: menus, editors, forms, the preview of a change, documents and questions.

internal import Actions
internal import Base
internal import MeshModel

enum Overlay: Sendable {
    case menu(Menu)
    case weights(WeightsEditor)
    case guardForm(GuardForm)
    case rollouts(RolloutsScreen)
    case replicas(ReplicasEditor)
    case policy(PolicyForm)
    case values(ValuesForm)
    case file(TextField)
    case confirm(Confirm)
    case planning(Waiting)
    case preview(PreviewState)
    case document(Document)
    case log(LogOverlay)

    /// It leads to a change, so nothing is taken from the keyboard while it cannot be read.
    var needsRoom: Bool {
        switch self {
        case .weights, .guardForm, .rollouts, .replicas, .policy, .values, .file, .preview: true
        case .menu, .confirm, .planning, .document, .log: false
        }
    }

    /// The request whose answer is expected.
    var awaited: RequestID? {
        if case .planning(let waiting) = self { return waiting.request }
        return nil
    }
}

/// What is on the screen while an answer is awaited.
struct Waiting: Sendable {
    var text: String
    var request: RequestID
}

struct Menu: Sendable {
    struct Item: Sendable {
        var label: String
        var detail: String = ""
        var disabled: String?
        /// The action whose key takes it too.
        var action: ActionID?
        var take: @Sendable (inout Model) -> [Effect]
    }
    var title: String
    var items: [Item]
    /// A place in `shown`.
    var cursor = 0
    /// What was typed, where letters narrow the menu down; nil where they are keys.
    var filter: TextField?

    /// The items that hold every word of the filter.
    var shown: [Item] {
        guard let filter, !filter.text.isEmpty else { return items }
        let words = RowFilter(filter.text)
        return items.filter { words.matches($0.label) }
    }
}

struct ReplicasEditor: Sendable {
    var target: ObjectReference
    var current: Int?
    var ready: Int?
    var field: TextField
    var autoscaler: WorkloadSummary.Autoscaler?
    /// The autoscaler's bound goes along where it is in the way.
    var movesBounds = false
    var error: String?

    /// The bound in the way of what is typed.
    var move: BoundMove? {
        autoscaler.flatMap { hpa in Int(field.text).flatMap { BoundMove(hpa, replicas: $0) } }
    }
}

struct Confirm: Sendable {
    var title: String
    var lines: [String]
    var effect: Effect
    /// What a no leads to.
    var otherwise: Effect?
    /// Shown while the answer to a yes is awaited.
    var waiting: String?
}

struct PreviewState: Sendable {
    var preview: ChangePreview
    var scroll = 0
    /// Long stretches of the diff are shown in few lines.
    var isFolded = true
    var typed = TextField()
    /// Since when it is on the screen.
    var shownAt: Moment?
    var pending: PendingAnswer?
    var progress: [ChangeProgress] = []
    var sent = false
    var error: String?
    /// The first of two answers: that somebody else's work is overwritten, or that the server drops a part.
    var isAcknowledged = false
    /// The name is asked for now.
    var asksName: Bool { preview.typedConfirmation != nil && (!preview.needsAcknowledgement || isAcknowledged) }
    /// The text that the plan was made from.
    var edit: ObjectEdit?

    /// What was applied before one of several objects was refused, and may be taken back; nil when nothing was.
    var stopped: StoppedChange? {
        guard case .failed? = progress.last else { return nil }
        for case .stopped(let change) in progress where !change.applied.isEmpty { return change }
        return nil
    }

    var isFinal: Bool { progress.last?.isFinal ?? false }
}

struct Document: Sendable {
    var title: String
    var lines: [String]
    var scroll = 0
    var sideways = 0
    /// Sentences, whose long lines are broken; YAML and tables are scrolled sideways instead.
    var wraps = false
}

/// Weights of one rule; whatever is done to them, none is negative and they sum to 100.
struct WeightsEditor: Sendable {
    let route: ObjectReference
    let section: RouteSummary.Section
    let index: Int
    let labels: [String]
    private let canaryNames: [String]
    let before: [Int]
    let observed: [Double?]
    private(set) var weights: [Int]
    var cursor = 0
    /// Who will overwrite what is set here.
    var owner: RolloutView?
    private var typing = ""

    init?(_ summary: RouteSummary) {
        guard summary.destinations.count > 1 else { return nil }
        route = ObjectReference(kind: summary.kind.rawValue, namespace: summary.namespace, name: summary.name)
        section = summary.section
        index = summary.index
        labels = summary.destinations.map { destination in
            let host = destination.host.split(separator: ".").first.map(String.init) ?? destination.host
            return destination.subset.map { "\(host) \($0)" } ?? host
        }
        canaryNames = summary.destinations.map { $0.subset ?? $0.host }
        observed = summary.destinations.map(\.observedShare)
        before = WeightsEditor.normalized(summary.destinations.map { max(0, $0.weight ?? 0) })
        weights = before
    }

    /// The destination that a guarded shift would be to.
    var canaryName: String { canaryNames[cursor] }
    /// What that destination has now.
    var canaryWeight: Int { before[cursor] }

    /// What a guarded shift to the destination under the cursor would be about.
    var guardTarget: GuardTarget {
        GuardTarget(
            route: route, section: section, index: index, canary: cursor, canaryName: canaryName, original: before)
    }

    /// Whole percentages with the same proportions, by largest remainder.
    static func normalized(_ raw: [Int]) -> [Int] {
        let capped = raw.map { min(max(0, $0), 1_000_000) }
        let sum = capped.reduce(0, +)
        guard sum > 0 else { return even(raw.count) }
        var weights = capped.map { $0 * 100 / sum }
        let order = capped.indices.sorted {
            (capped[$0] * 100 % sum, -$0) > (capped[$1] * 100 % sum, -$1)
        }
        var left = 100 - weights.total
        for place in order where left > 0 {
            weights[place] += 1
            left -= 1
        }
        return weights
    }

    static func even(_ count: Int) -> [Int] {
        guard count > 0 else { return [] }
        return (0..<count).map { 100 / count + ($0 < 100 % count ? 1 : 0) }
    }

    /// Sets the chosen weight; the others give or take in the proportions they have.
    mutating func set(_ value: Int) {
        let wanted = min(100, max(0, value))
        let others = weights.indices.filter { $0 != cursor }
        let rest = 100 - wanted
        let sum = others.reduce(0) { $0 + weights[$1] }
        var given = 0
        if sum == 0 {
            // Nobody else had anything: it goes to the first other one.
            for place in others { weights[place] = 0 }
            if let first = others.first { weights[first] = rest }
        } else {
            for place in others {
                let share = weights[place] * rest / sum
                weights[place] = share
                given += share
            }
            var left = rest - given
            for place in others where left > 0 && (weights[place] > 0 || rest == left) {
                weights[place] += left
                left = 0
            }
            if left > 0, let first = others.first { weights[first] += left }
        }
        weights[cursor] = wanted
    }

    mutating func change(_ by: Int) {
        typing = ""
        set(weights[cursor] + by)
    }

    mutating func move(_ by: Int) {
        typing = ""
        cursor = (cursor + by + weights.count) % weights.count
    }

    /// A digit goes on with the number being typed; one that would make it more than 100 is not taken.
    mutating func digit(_ digit: Int) {
        guard let value = Int(typing + String(digit)), value <= 100 else { return }
        typing = String(value)
        set(value)
    }

    /// Takes the last digit away, of what is being typed or of the weight as it stands.
    mutating func deleteDigit() {
        if typing.isEmpty { typing = String(weights[cursor]) }
        typing.removeLast()
        set(Int(typing) ?? 0)
    }

    /// The number that is being typed for the chosen destination.
    var typed: String? { typing.isEmpty ? nil : typing }

    mutating func makeEven() {
        typing = ""
        weights = WeightsEditor.even(weights.count)
    }

    /// Everything to the chosen destination, or to the first.
    mutating func promote() {
        typing = ""
        set(100)
    }

    mutating func abort() {
        cursor = 0
        promote()
    }
}
