// The values of a template: as given, and behind them what the object says now. What nobody named is not written.

internal import Base

struct TemplateValues: Sendable {
    var template: PolicyTemplate
    var given: [String: String]
    var present: [String: String] = [:]
    /// What stays as it is in each place where it stands, whatever else changes.
    private(set) var kept: Set<String> = []

    /// The value of a field that is left alone.
    static let keep = PresentPolicy.unchanged

    /// Refuses values that the template does not have, and choices that are none.
    init(_ template: PolicyTemplate, _ given: [String: String]) throws(MeshTopError) {
        for field in template.fields {
            guard let value = given[field.key], !field.choices.isEmpty, !field.choices.contains(value),
                ![Self.keep, PresentPolicy.proposed, PresentPolicy.proposedWhereUnset].contains(value)
            else { continue }
            throw MeshTopError(
                .usage, "\(field.key)=\(value)", why: "not a value that \(template.rawValue) knows",
                advice: "use one of \(field.choices.joined(separator: ", "))")
        }
        for key in given.keys.sorted() where !template.fields.contains(where: { $0.key == key }) {
            throw MeshTopError(
                .usage, key, why: "\(template.rawValue) has no such value",
                advice: "known: \(template.fields.map(\.key).joined(separator: ", "))")
        }
        self.template = template
        // A form cannot tell an empty field that means nothing from one that takes something away: that is a word.
        kept = Set(given.filter { $0.value == Self.keep }.keys)
        self.given = given.filter { $0.value != Self.keep }.mapValues { $0 == "none" ? "" : $0 }
    }

    func text(_ key: String) -> String {
        given[key] ?? present[key] ?? template.fields.first { $0.key == key }?.standard ?? ""
    }

    /// Whether a field is to be written: somebody named it.
    func writes(_ key: String) -> Bool { given[key] != nil }

    /// Whether a field has a value to plan with: a named one, or one that holds and was kept by name.
    func has(_ key: String) -> Bool { !text(key).isEmpty }

    /// The one line that says which field a policy has no meaning without.
    func missing(_ key: String, _ why: String, _ advice: String) -> MeshTopError {
        MeshTopError(.usage, "policy \(template.rawValue)", why: "\(key) is missing: \(why)", advice: advice)
    }

    /// Refuses a value that would be dropped without a word, because it means something with another one only.
    func refuseIdle(_ key: String, _ why: String) throws(MeshTopError) {
        guard given[key]?.isEmpty == false else { return }
        throw MeshTopError(
            .usage, "\(key)=\(SafeText.line(text(key), limit: 100))", why: why, advice: "leave out \(key)")
    }

    var keepsSomething: Bool { !kept.isEmpty }
    /// Nothing is to be written.
    var keepsEverything: Bool { given.isEmpty }

    /// Words between commas.
    func words(_ key: String) -> [String] {
        text(key).split(separator: ",").map { String($0).trimmingSpace() }.filter { !$0.isEmpty }
    }

    func number(_ key: String, _ range: ClosedRange<Int>) throws(MeshTopError) -> JSONValue {
        .int(Int64(try whole(key, range)))
    }

    func whole(_ key: String, _ range: ClosedRange<Int>) throws(MeshTopError) -> Int {
        guard let value = Int(text(key)), range.contains(value) else {
            throw MeshTopError(
                .usage, "\(key)=\(text(key))", why: "not a number from \(range.lowerBound) to \(range.upperBound)",
                advice: "give a whole number")
        }
        return value
    }

    /// A share of requests, 0 to 100 with decimals.
    func percent(_ key: String) throws(MeshTopError) -> JSONValue {
        guard let value = Double(text(key)), (0...100).contains(value) else {
            throw MeshTopError(.usage, "\(key)=\(text(key))", why: "not a percentage", advice: "give 0 to 100")
        }
        return Int64(exactly: value).map { .int($0) } ?? .double(value)
    }

    func duration(_ key: String) throws(MeshTopError) -> JSONValue {
        guard Durations.seconds(text(key)) != nil else {
            throw MeshTopError(
                .usage, "\(key)=\(text(key))", why: "not a duration", advice: "write it like 10s or 500ms")
        }
        return .string(text(key))
    }

    /// `name=value`, as a header, a cookie or a label is given.
    func pair(_ key: String) throws(MeshTopError) -> (name: String, value: String)? {
        let text = text(key)
        if text.isEmpty { return nil }
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw MeshTopError(.usage, "\(key)=\(text)", why: "not a name and a value", advice: "write NAME=VALUE")
        }
        return (parts[0], parts[1])
    }
}
