// What was filled into the fields of a form, checked against them.

internal import Base

/// Empty where nothing was given.
struct FormValues: Sendable {
    private let fields: [FormField]
    private let given: [String: String]

    /// Refuses values that no field asks for.
    init(_ fields: [FormField], _ given: [String: String]) throws(MeshTopError) {
        for key in given.keys.sorted() where !fields.contains(where: { $0.key == key }) {
            throw MeshTopError(
                .usage, key, why: "there is no such value",
                advice: "known: \(fields.map(\.key).joined(separator: ", "))")
        }
        (self.fields, self.given) = (fields, given)
    }

    func text(_ key: String) -> String { given[key] ?? "" }

    func isOn(_ key: String) -> Bool { text(key) == FormField.on }

    /// Nil where nothing was given; refuses what is no whole number within the bounds of the field.
    func number(_ key: String) throws(MeshTopError) -> Int? {
        if text(key).isEmpty { return nil }
        let bounds = fields.first { $0.key == key }?.bounds ?? Int.min...Int.max
        guard let value = Int(text(key)), bounds.contains(value) else {
            throw MeshTopError(
                .usage, "\(key)=\(SafeText.line(text(key), limit: 100))",
                why: "not a number from \(bounds.lowerBound) to \(bounds.upperBound)", advice: "give a whole number")
        }
        return value
    }

    /// One of the choices of the field, nil where nothing was given.
    func choice(_ key: String) throws(MeshTopError) -> String? {
        if text(key).isEmpty { return nil }
        let choices = fields.first { $0.key == key }?.choices ?? []
        guard choices.contains(text(key)) else {
            throw MeshTopError(
                .usage, "\(key)=\(SafeText.line(text(key), limit: 100))", why: "not one of its values",
                advice: "use one of \(choices.joined(separator: ", "))")
        }
        return text(key)
    }
}
