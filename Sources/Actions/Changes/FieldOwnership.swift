// Which fields a manager owns by server-side apply: what an apply changes even where every value stays.

internal import Base

/// One entry of an object's managedFields.
/// https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers
struct FieldManager {
    /// As the server has it; not safe to show.
    var name: String
    var isApply: Bool
    /// Empty for the object itself.
    var subresource: String
    /// `f:` members, `k:` elements of lists by their keys, `v:` elements of sets.
    var fields: JSONValue

    static func all(of object: JSONValue?) -> [FieldManager] {
        (object?.at("metadata", "managedFields")?.array ?? []).compactMap { entry in
            guard let name = entry["manager"]?.string, let fields = entry["fieldsV1"] else { return nil }
            return FieldManager(
                name: name, isApply: entry["operation"] == "Apply", subresource: entry["subresource"]?.string ?? "",
                fields: fields)
        }
    }
}

enum FieldOwnership {
    /// Paths as `data.a` and `containers.k:{"name":"a"}.image` that a manager owns by server-side apply.
    private static func applied(by manager: String, _ object: JSONValue?) -> Set<String> {
        var found: Set<String> = []
        for one in FieldManager.all(of: object) where one.name == manager && one.isApply && one.subresource.isEmpty {
            leaves(one.fields, [], &found)
        }
        return found
    }

    private static func leaves(_ fields: JSONValue, _ path: [String], _ found: inout Set<String>) {
        let inner = (fields.object?.members.map { ($0, $1) } ?? []).filter { $0.0 != "." }
        if inner.isEmpty, !path.isEmpty { found.insert(path.joined(separator: ".")) }
        for (key, value) in inner {
            leaves(value, path + [key.hasPrefix("f:") ? String(key.dropFirst(2)) : key], &found)
        }
    }

    /// "team-b comes to own data.k and lets go of data.m"; nil when the step moves no ownership.
    static func change(_ step: PlanStep) -> String? {
        guard case .serverSideApply(_, let how) = step.write, step.before != nil, step.after != nil else { return nil }
        let (old, new) = (applied(by: how.fieldManager, step.before), applied(by: how.fieldManager, step.after))
        let (gained, lost) = (new.subtracting(old), old.subtracting(new))
        guard !gained.isEmpty || !lost.isEmpty else {
            return FieldMigration(step.before, to: how.fieldManager).map {
                SafeText.line("\(how.fieldManager) takes over what \($0.formerNames) applied", limit: 400)
            }
        }
        func words(_ paths: Set<String>) -> String {
            let sorted = paths.sorted()
            return sorted.prefix(5).joined(separator: ", ")
                + (sorted.count > 5 ? " and \(sorted.count - 5) more" : "")
        }
        let parts = [
            gained.isEmpty ? nil : "comes to own \(words(gained))", lost.isEmpty ? nil : "lets go of \(words(lost))",
        ]
        return SafeText.line(
            "\(how.fieldManager) \(parts.compactMap { $0 }.joined(separator: " and "))", limit: 400)
    }
}
