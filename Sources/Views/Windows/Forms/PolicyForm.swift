// The form of the catalogue of policies: filled with what the cluster has, so that an operator edits. What he did not
// touch is not sent: a value that holds stays, and one that MeshTop proposes is off until it is switched on.

internal import Actions
internal import MeshModel

struct PolicyForm: Window {
    var service: ServiceID
    /// The question what holds now.
    var request: RequestID
    var template = 0
    var row = 0
    private(set) var values: [[TextField]] = PolicyTemplate.allCases.map { $0.fields.map { TextField($0.standard) } }
    /// What was typed, chosen or switched on, by the policy and the field.
    private var isOn: [[Bool]] = PolicyTemplate.allCases.map { $0.fields.map { _ in false } }
    /// Nil until it was read.
    private var present: [PolicyTemplate: PresentPolicy]?
    var error: String?

    init(service: ServiceID, request: RequestID = RequestID()) {
        self.service = service
        self.request = request
    }

    var chosen: PolicyTemplate { PolicyTemplate.allCases[template] }

    /// What a field of the chosen policy is, before anybody touches it.
    enum Origin: Equatable {
        case empty
        case holds(String)
        case proposed(String, reason: String)
    }

    func origin(_ index: Int, in template: PolicyTemplate) -> Origin {
        let field = template.fields[index]
        let now = present?[template]
        if let text = now?.values[field.key] { return .holds(text) }
        if let proposal = now?.proposals[field.key] { return .proposed(proposal.value, reason: proposal.reason) }
        return field.standard.isEmpty ? .empty : .holds(field.standard)
    }

    /// Whether the field of the chosen policy is part of what will be sent.
    func isChosen(_ index: Int) -> Bool { isOn[template][index] }

    /// Shown muted, with its reason, and not sent.
    func isProposal(_ index: Int) -> Bool {
        if case .proposed = origin(index, in: chosen) { !isChosen(index) } else { false }
    }

    /// Where the proposal under the cursor comes from.
    var reason: String? {
        guard row > 0, case .proposed(_, let reason) = origin(row - 1, in: chosen) else { return nil }
        return "proposed: \(reason)"
    }

    /// What holds now and what is proposed stand in the fields that nobody touched meanwhile.
    mutating func show(_ found: [PolicyTemplate: PresentPolicy]) {
        present = found
        for (place, template) in PolicyTemplate.allCases.enumerated() {
            for index in template.fields.indices where !isOn[place][index] { reset(place, index) }
        }
    }

    private mutating func reset(_ place: Int, _ index: Int) {
        isOn[place][index] = false
        switch origin(index, in: PolicyTemplate.allCases[place]) {
        case .empty: values[place][index] = TextField()
        case .holds(let text), .proposed(let text, _): values[place][index] = TextField(text, isSelected: true)
        }
    }

    /// Where the values come from, in one line.
    var origin: String {
        guard let present else { return "reading what holds now…" }
        guard let found = present[chosen] else { return "what holds now is not known" }
        if found.values.isEmpty { return found.note ?? "nothing of it holds now; proposals are off until switched on" }
        return found.note ?? "as it is now; what you leave stays as it is"
    }

    /// What is given to the planner: what was typed, chosen or switched on; what holds is kept by name, and a field that
    /// was emptied takes its value away.
    var given: [String: String] {
        var given: [String: String] = [:]
        for (index, field) in chosen.fields.enumerated() {
            let text = values[template][index].text
            if isOn[template][index] {
                // A proposal that was emptied, or a field that was empty and still is, says nothing.
                if case .holds = origin(index, in: chosen) {
                    given[field.key] = text.isEmpty ? "none" : text
                } else if !text.isEmpty {
                    given[field.key] = text
                }
            } else if present?[chosen]?.values[field.key] != nil {
                given[field.key] = PresentPolicy.unchanged
            }
        }
        return given
    }

    /// Nothing was typed, chosen or switched on.
    var isUntouched: Bool { !isOn[template].contains(true) }

    // MARK: Keys on the line with the cursor

    /// Takes the value that stands there, or leaves it again.
    mutating func toggle() {
        guard row > 0, !values[template][row - 1].text.isEmpty else { return }
        if isOn[template][row - 1] { reset(template, row - 1) } else { isOn[template][row - 1] = true }
    }

    /// Space switches where there is something to switch; elsewhere it is a letter.
    var spaceToggles: Bool {
        guard row > 0 else { return false }
        if !chosen.fields[row - 1].choices.isEmpty { return true }
        guard case .proposed(let text, _) = origin(row - 1, in: chosen) else { return false }
        return values[template][row - 1].text == text
    }

    mutating func turn(_ by: Int) {
        values[template][row - 1].turn(by, through: chosen.fields[row - 1].choices)
        isOn[template][row - 1] = true
    }

    mutating func type(_ key: Key) {
        let before = values[template][row - 1].text
        _ = values[template][row - 1].handle(key)
        if values[template][row - 1].text != before { isOn[template][row - 1] = true }
    }

    // MARK: The window

    var needsRoom: Bool { true }

    var needs: [DataNeed] { present == nil ? [DataNeed(request, .policies(service))] : [] }

    mutating func take(_ answer: DataAnswer, of request: RequestID, _ model: Model) -> WindowStep {
        if case .policies(let found) = answer { show(found) }
        return .stay
    }

    func hint(_ model: Model) -> String { "tab next field   left/right choose   enter preview   esc cancel" }

    /// Text into the field that has the cursor; row 0 is the choice of the policy.
    mutating func paste(_ text: String) -> Bool {
        guard row > 0, chosen.fields[row - 1].choices.isEmpty else { return true }
        values[template][row - 1].insert(text)
        isOn[template][row - 1] = true
        return true
    }

    mutating func press(_ key: Key, _ model: Model) -> WindowStep {
        let fields = chosen.fields
        switch key {
        case .escape: return .close
        case .up, .backTab: row = (row + fields.count) % (fields.count + 1)
        case .down, .tab: row = (row + 1) % (fields.count + 1)
        case .left where row == 0, .right where row == 0, .character(" ") where row == 0:
            let count = PolicyTemplate.allCases.count
            template = (template + (key == .left ? count - 1 : 1)) % count
        case .left where !fields[max(0, row - 1)].choices.isEmpty,
            .right where !fields[max(0, row - 1)].choices.isEmpty:
            turn(key == .left ? -1 : 1)
        case .character(" ") where spaceToggles: toggle()
        case .enter:
            if isUntouched {
                error = "nothing is typed, chosen or switched on: there is nothing to write"
                return .stay
            }
            let request = PlanRequest.policy(
                chosen, namespace: service.namespace, target: service.name, values: given)
            let words = "\(chosen.title) for \(service.name)"
            return .stay { $0.plan(request, words) }
        default:
            if row > 0, fields[row - 1].choices.isEmpty { type(key) }
        }
        error = nil
        return .stay
    }

    func draw(_ frame: inout Frame, _ model: Model) {
        let fields = chosen.fields
        let inside = WindowBox.draw(
            &frame, title: "Policy for \(service.namespace)/\(service.name)", lines: fields.count + 3,
            width: max(66, CharacterWidth.of(origin), CharacterWidth.of(reason ?? "")))
        let label = (fields.map { CharacterWidth.of($0.title) }.max() ?? 10) + 2
        WindowBox.put(
            &frame, inside, 0, "  " + "Policy".padded(label) + "‹ \(chosen.title) ›",
            row == 0 ? Style(.selected) : .text)
        for (index, field) in fields.enumerated() {
            // What is sent has a mark, so that a screen without colours tells it from a proposal.
            let mark = isChosen(index) ? "* " : isProposal(index) ? "? " : "  "
            WindowBox.draw(
                &frame, values[template][index], inside, index + 1, label: mark + field.title.padded(label),
                isChoice: !field.choices.isEmpty, hasCursor: row == index + 1,
                isProposal(index) ? Style(.muted) : .text)
        }
        WindowBox.put(&frame, inside, fields.count + 1, reason ?? origin, Style(.muted))
        WindowBox.put(
            &frame, inside, fields.count + 2,
            error ?? (spaceToggles ? "space switches it on and off, " : "")
                + "enter shows what would change (* is sent, ? is only proposed)",
            Style(error == nil ? .muted : .error))
    }
}
