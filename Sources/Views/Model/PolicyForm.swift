// The form of the catalogue of policies: filled with what the cluster has, so that an operator edits.

internal import Actions
internal import ClusterData

struct PolicyForm: Sendable {
    var service: ServiceID
    /// The question what holds now.
    var request: RequestID
    var template = 0
    var row = 0
    var values: [[TextField]] = PolicyTemplate.allCases.map {
        $0.fields.map { TextField($0.standard, isSelected: true) }
    }
    /// What stood in each field before anybody typed.
    private var initial: [[String]] = PolicyTemplate.allCases.map { $0.fields.map(\.standard) }
    /// Nil until it was read.
    private var present: [PolicyTemplate: PresentPolicy]?
    var error: String?

    init(service: ServiceID, request: RequestID = RequestID()) {
        self.service = service
        self.request = request
    }

    var chosen: PolicyTemplate { PolicyTemplate.allCases[template] }

    /// What holds now takes the place of what is standard, except where something was typed meanwhile.
    mutating func show(_ found: [PolicyTemplate: PresentPolicy]) {
        present = found
        for (place, template) in PolicyTemplate.allCases.enumerated() {
            let present = found[template]?.values ?? [:]
            if present.isEmpty { continue }
            for (index, field) in template.fields.enumerated() {
                // A choice is never nothing; any other field that the object lacks is empty.
                let text = present[field.key] ?? (field.choices.isEmpty ? "" : field.standard)
                if values[place][index].text == initial[place][index] {
                    values[place][index] = TextField(text, isSelected: true)
                }
                initial[place][index] = text
            }
        }
    }

    /// Where the values come from, in one line.
    var origin: String {
        guard let present else { return "reading what holds now…" }
        guard let found = present[chosen] else { return "what holds now is not known" }
        if found.values.isEmpty { return found.note ?? "nothing of it holds now; these are the standard values" }
        return found.note ?? "as it is now; what you leave stays as it is"
    }

    /// What is given to the planner. Of a policy that is there, only what was typed over is changed; a field that was
    /// emptied takes its value away.
    var given: [String: String] {
        let isThere = present?[chosen]?.values.isEmpty == false
        var given: [String: String] = [:]
        for (index, field) in chosen.fields.enumerated() {
            let text = values[template][index].text
            if !isThere {
                // A field that was empty and still is says nothing.
                if !text.isEmpty || !field.standard.isEmpty { given[field.key] = text }
            } else if text == initial[template][index] {
                given[field.key] = PresentPolicy.unchanged
            } else {
                given[field.key] = text.isEmpty ? "none" : text
            }
        }
        return given
    }

    /// Text into the field that has the cursor; row 0 is the choice of the policy.
    mutating func insert(_ text: String) {
        if row > 0, values[template].indices.contains(row - 1) { values[template][row - 1].insert(text) }
    }
}
