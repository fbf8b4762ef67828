// What a server does not take as it was sent. Those before Kubernetes 1.25 drop unknown fields without a word, and
// webhooks change what they like: the answer of a dry run tells.

internal import Base

/// One field of a change that the server drops or makes another.
package struct FieldLoss: Sendable, Hashable {
    /// Member by member.
    var place: [String]
    package var path: String { SafeText.line(place.joined(separator: "."), limit: 200) }
    package var sent: String
    /// Nil when it is dropped.
    package var answered: String?
    /// The kind has no such field.
    package var isUnknown = false

    /// "spec.trafficPolicy.circuitBreaker is dropped: nothing of it takes effect"
    package var text: String {
        if isUnknown { return "\(path) is no field of its kind here: the server drops it, nothing of it takes effect" }
        return answered.map { "\(path) becomes \($0) in place of \(sent)" }
            ?? "\(path) is dropped: nothing of it takes effect"
    }

    init(_ path: [String], _ sent: JSONValue, _ answered: JSONValue?) {
        place = path
        self.sent = SafeText.line(sent.string ?? sent.compactText, limit: 60)
        self.answered = answered.map { SafeText.line($0.string ?? $0.compactText, limit: 60) }
    }

    /// A field that the schema of the kind does not have.
    init(unknown path: [String], _ sent: JSONValue) {
        self.init(path, sent, nil)
        isUnknown = true
    }
}

struct FieldLosses {
    private(set) var all: [FieldLoss] = []
    private let isBuiltIn: Bool
    /// What stands there for the merge and is no field: `$patch` and its like.
    private let hasDirectives: Bool

    private init(_ step: PlanStep) {
        let parts = step.path.split(separator: "/")
        isBuiltIn = parts.first == "api" || parts.count > 1 && ZeroValues.knows(String(parts[1]))
        if case .strategicMergePatch = step.write { hasDirectives = true } else { hasDirectives = false }
    }

    /// Of one step: `answered` is what the server makes of it, `file` what a manifest says.
    static func found(_ step: PlanStep, answered: JSONValue, file: JSONValue?) -> [FieldLoss] {
        guard let wanted = wanted(step, file: file) else { return [] }
        var losses = FieldLosses(step)
        losses.compare(wanted, comparable(answered), before: step.before.map(comparable), [])
        // What a patch leaves alone a controller may have written between the reading and the dry run.
        if file == nil { losses.all.removeAll { !asks(step.write, for: $0.place) } }
        guard step.object.kind == "Secret" else { return losses.all }
        return losses.all.map { loss in
            var loss = loss
            loss.sent = "***"
            loss.answered = loss.answered.map { _ in "another value" }
            return loss
        }
    }

    /// Whether a write says something of a place; one that writes the whole object does of all. An element that is put
    /// in or taken out moves its neighbours on.
    static func asks(_ write: PlanStep.Write, for path: [String]) -> Bool {
        guard let touched = write.touched else { return true }
        return touched.contains { place in
            let isElement = place.last.map { $0 == "-" || Int($0) != nil } ?? false
            let own = isElement ? place.dropLast() : place[...]
            return own.starts(with: path) || path.starts(with: own)
        }
    }

    /// What the step asks for, without what only the server writes; nil where it is no content.
    static func wanted(_ step: PlanStep, file: JSONValue?) -> JSONValue? {
        switch step.write {
        case .create(let body), .replace(let body), .serverSideApply(let body, _): comparable(body)
        case .jsonPatch, .mergePatch, .strategicMergePatch:
            (file ?? step.write.applied(to: step.before)).map(comparable)
        case .statusPatch, .scale, .delete, .evict: nil
        }
    }

    /// Without what only the server writes, and with a Secret's texts as it keeps them.
    private static func comparable(_ object: JSONValue) -> JSONValue {
        var object = ObjectText.withoutServerFields(object)
        for name in ["apiVersion", "kind"] { object[name] = nil }
        for name in ["namespace", "name"] where object["metadata"] != nil { object.set(["metadata", name], to: nil) }
        // The record of what was applied is written anew, whatever a file says of it.
        if object.at("metadata", "annotations") != nil {
            object.set(["metadata", "annotations", AppliedConfiguration.annotation], to: nil)
        }
        for (key, value) in object["stringData"]?.object?.members.map({ ($0, $1) }) ?? [] {
            guard let text = value.string else { continue }
            object.set(["data", key], to: .string(Base64.encode(Array(text.utf8))))
        }
        object["stringData"] = nil
        return object
    }

    /// What was as it is now before the change is no loss of this one.
    private mutating func compare(
        _ wanted: JSONValue, _ answered: JSONValue?, before: JSONValue?, _ path: [String]
    ) {
        if let answered, SameMeaning.holds(wanted, answered) { return }
        if SameMeaning.isEmpty(wanted), !ZeroValues.isLost(wanted, answered, path, isBuiltIn: isBuiltIn) { return }
        // An element that the merge takes out is not to be there.
        if hasDirectives, wanted["$patch"] == "delete" { return }
        guard let answered else {
            all.append(FieldLoss(path, wanted, nil))
            return
        }
        switch (wanted, answered) {
        case (.object(let members), .object(let present)):
            for (key, value) in members.members where !(hasDirectives && key.hasPrefix("$")) {
                compare(value, present[key], before: before?[key], path + [key])
            }
        case (.array(let elements), .array(let present)): compare(elements, present, before?.array, path)
        default: if before != answered || before != wanted { all.append(FieldLoss(path, wanted, answered)) }
        }
    }

    private mutating func compare(
        _ wanted: [JSONValue], _ answered: [JSONValue], _ before: [JSONValue]?, _ path: [String]
    ) {
        var free = answered.indices.filter { _ in true }
        func take(_ matches: (JSONValue) -> Bool) -> JSONValue? {
            guard let place = free.first(where: { matches(answered[$0]) }) else { return nil }
            free.removeAll { $0 == place }
            return answered[place]
        }
        var rest: [(index: Int, element: JSONValue)] = []
        for (index, element) in wanted.enumerated() where take({ SameMeaning.holds(element, $0) }) == nil {
            rest.append((index, element))
        }
        for (index, element) in rest {
            let names = ["name", "key", "type", "host", "containerPort", "port", "mountPath", "ip", "topologyKey"]
            let key = names.first { element[$0] != nil }
            let partner =
                key.flatMap { key in take { $0[key] == element[key] } }
                ?? (free.contains(index) ? take { $0 == answered[index] } : nil)
            compare(element, partner, before: nil, path + [String(index)])
        }
    }
}
