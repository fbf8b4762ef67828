// The weights editor: every destination with its old, observed and new share.

internal import Actions
internal import Base
internal import MeshModel

/// Weights of one rule; whatever is done to them, none is negative and they sum to 100.
struct WeightsEditor: Window {
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

    // MARK: The window

    var needsRoom: Bool { true }

    func hint(_ model: Model) -> String {
        "enter preview   esc cancel   + - by 1   > < by 10   up/down destination   digits   = even   P all here   A all to first"
    }

    mutating func press(_ key: Key, _ model: Model) -> WindowStep {
        switch key {
        case .escape, .character("q"): return .close
        case .up, .character("k"): move(-1)
        case .down, .character("j"), .tab: move(1)
        case .backTab: move(-1)
        case .character("+"), .right, .character("l"): change(1)
        case .character("-"), .left, .character("h"): change(-1)
        case .character(">"), .pageUp: change(10)
        case .character("<"), .pageDown: change(-10)
        case .backspace, .delete: deleteDigit()
        case .character("="): makeEven()
        case .character("P"): promote()
        case .character("A"): abort()
        case .character("G"): return .open(GuardForm(self))
        case .character("D"):
            guard let owner else { return .stay }
            return .stay { model in
                model.openRollouts(owner.id)
                return []
            }
        case .character(let character) where character.isASCII && character.wholeNumberValue != nil:
            digit(character.wholeNumberValue ?? 0)
        case .enter:
            if weights == before { return .toast("the weights are as they were") }
            let request = PlanRequest.shift(route: route, section: section, index: index, weights: weights)
            let name = route.name
            return .stay { $0.plan(request, "shift of \(name)") }
        default: break
        }
        return .stay
    }

    /// The number as it is being typed carries a cursor.
    private func shownWeight(_ place: Int) -> String {
        place == cursor ? typed.map { $0 + "_" } ?? String(weights[place]) : String(weights[place])
    }

    func draw(_ frame: inout Frame, _ model: Model) {
        let label = min(30, (labels.map(CharacterWidth.of).max() ?? 10) + 2)
        let inside = WindowBox.draw(
            &frame,
            title: "Weights of \(route.kind) \(route.namespace)/\(route.name) rule \(index)",
            lines: labels.count + (owner == nil ? 2 : 3), width: max(label + 54, 80))
        WindowBox.put(
            &frame, inside, 0,
            "DESTINATION".padded(label) + "NEW".padded(4, right: true) + "  " + "".padded(22)
                + "NOW".padded(5, right: true) + "OBSERVED".padded(10, right: true), Style(.heading))
        for (place, name) in labels.enumerated() {
            let bar = Bar.text(Double(weights[place]) / 100, width: 20, ascii: model.options.ascii)
            let text =
                name.padded(label) + shownWeight(place).padded(4, right: true) + "  " + bar + "  "
                + String(before[place]).padded(5, right: true)
                + Numbers.percent(observed[place]).padded(10, right: true)
            let style =
                place == cursor
                ? Style(.selected) : weights[place] == before[place] ? .text : Style(.marked)
            WindowBox.put(&frame, inside, place + 1, text.padded(inside.columns), style)
        }
        WindowBox.put(
            &frame, inside, labels.count + 1,
            "sum \(weights.total)   digits   + - 1   > < 10   = even   P promote   A abort   G guarded",
            Style(.muted))
        guard let owner else { return }
        WindowBox.put(
            &frame, inside, labels.count + 2,
            "▲ \(owner.owner.rawValue)'s \(owner.object.kind) \(owner.object.name) writes these weights and will overwrite yours; D drives it instead",
            Style(.production))
    }
}
