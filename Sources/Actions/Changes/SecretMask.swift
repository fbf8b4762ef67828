// The values of Secrets as a person or a log may read them: hidden as `kubectl diff` hides them
// (k8s.io/kubectl/pkg/cmd/diff), wherever they stand.

internal import Base
internal import Kube

enum SecretMask {
    private static let plain: JSONValue = "***"
    private static let before: JSONValue = "*** (before)"
    private static let after: JSONValue = "*** (after)"
    /// What else a Secret has is no secret; a value under a mistyped name is one.
    private static let open: Set<String> = ["apiVersion", "kind", "metadata", "type", "immutable"]

    static func isSecret(_ object: JSONValue?) -> Bool { object?["kind"] == "Secret" }

    /// Whether a path within a Secret leads to a value, or to a text that holds one.
    static func hides(_ path: [String]) -> Bool {
        guard let first = path.first else { return true }
        return !open.contains(first) || path.contains { $0 == AppliedConfiguration.annotation }
            || path == ["metadata", "annotations"] || path == ["metadata"]
    }

    // MARK: Objects

    /// Two states of a Secret: a value that both have and that differs shows as such, an equal one does not.
    static func masked(_ old: JSONValue?, _ new: JSONValue?) -> (JSONValue?, JSONValue?) {
        guard isSecret(old ?? new) else { return (old, new) }
        var (from, to) = (old.map { masked(whole: $0) }, new.map { masked(whole: $0) })
        for name in closed(old) {
            for (key, value) in old?[name]?.object?.members.map({ ($0, $1) }) ?? [] {
                guard let other = new?.at(name, key), other != value else { continue }
                from?.set([name, key], to: before)
                to?.set([name, key], to: after)
            }
        }
        return (from, to)
    }

    /// One state, or a part of one, as a merge patch has it.
    static func masked(whole object: JSONValue) -> JSONValue {
        var object = object
        for name in closed(object) { object[name] = object[name].map(hidden) }
        if let annotations = object.at("metadata", "annotations") {
            object.set(["metadata", "annotations"], to: withoutRecord(annotations))
        }
        return object
    }

    private static func closed(_ object: JSONValue?) -> [String] {
        object?.object?.keys.filter { !open.contains($0) } ?? []
    }

    /// Every value, but for null, which says that a key goes.
    private static func hidden(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object): .object(JSONObject(object.members.map { ($0, hidden($1)) }))
        case .null: .null
        default: plain
        }
    }

    /// kubectl's record of what was applied holds the whole object once more.
    private static func withoutRecord(_ annotations: JSONValue) -> JSONValue {
        var annotations = annotations
        guard let record = annotations[AppliedConfiguration.annotation] else { return annotations }
        let object = record.string.flatMap { try? JSONValue(parsing: $0) }  // a damaged one is hidden as a whole
        annotations[AppliedConfiguration.annotation] =
            record.isNull ? .null : object.map { .string(masked(whole: $0).compactText) } ?? plain
        return annotations
    }

    // MARK: Writes

    static func masked(_ step: PlanStep) -> PlanStep {
        guard step.object.kind == "Secret" else { return step }
        var step = step
        step.write =
            switch step.write {
            case .jsonPatch(let operations): .jsonPatch(operations.map(masked(operation:)))
            case .mergePatch(let body): .mergePatch(masked(whole: body))
            case .statusPatch(let body): .statusPatch(masked(whole: body))
            case .strategicMergePatch(let body): .strategicMergePatch(masked(whole: body))
            case .serverSideApply(let body, let how): .serverSideApply(masked(whole: body), how)
            case .create(let body): .create(masked(whole: body))
            case .replace(let body): .replace(masked(whole: body))
            case .scale, .delete, .evict: step.write
            }
        return step
    }

    private static func masked(operation: JSONValue) -> JSONValue {
        guard let value = operation["value"], let pointer = operation["path"]?.string,
            let path = try? Patching.segments(pointer)  // a pointer of ours is well formed
        else { return operation }
        var operation = operation
        if path.isEmpty {
            operation["value"] = masked(whole: value)
        } else if path == ["metadata", "annotations"] {
            operation["value"] = withoutRecord(value)
        } else if path == ["metadata"] {
            operation["value"] = masked(whole: ["metadata": value])["metadata"]
        } else if hides(path) {
            operation["value"] = hidden(value)
        }
        return operation
    }

    // MARK: Words

    private static func texts(_ value: JSONValue?) -> [String] {
        switch value {
        case .string(let text): [text]
        case .object(let object): object.values.flatMap(texts)
        case .array(let elements): elements.flatMap(texts)
        default: []
        }
    }

    /// A text without the values of a Secret, which a refusal may quote, in either of their two forms.
    static func scrubbed(_ text: String, of objects: [JSONValue?]) -> String {
        var text = text
        for object in objects where isSecret(object) {
            for name in closed(object) {
                for value in texts(object?[name]) {
                    let bytes = Array(value.utf8)
                    let other =
                        name == "data"
                        ? Base64.decode(value).map { String(decoding: $0, as: UTF8.self) } : Base64.encode(bytes)
                    for word in [value, other ?? ""] where word.count > 2 {
                        text = text.replacing(word, with: "***")
                    }
                }
            }
        }
        return text
    }
}
