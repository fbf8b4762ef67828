// What a write would make of an object, worked out here: for the diff of a refused plan, and to judge a way back.

internal import Base
internal import Kube

extension PlanStep.Write {
    /// The object after this write; nil when it is deleted, or when the write does not fit the object.
    func applied(to object: JSONValue?) -> JSONValue? {
        switch self {
        case .jsonPatch(let operations):
            // A patch that does not fit has no effect to show; the server says why.
            return object.flatMap { try? Patching.json(operations, to: $0) }
        case .mergePatch(let patch), .statusPatch(let patch): return Patching.merge(patch, into: object)
        case .strategicMergePatch(let patch):
            let schema = PatchGraph.builtIn.schema(
                apiVersion: object?["apiVersion"]?.string ?? "", kind: object?["kind"]?.string ?? "")
            // What the server refuses, it says itself.
            return try? StrategicMerge.merge(patch, into: object ?? [:], schema ?? .unknown)
        case .serverSideApply(let body, _): return Patching.merge(body, into: object)
        case .create(let body), .replace(let body): return body
        case .scale(let replicas):
            var changed = object ?? [:]
            changed.set(["spec", "replicas"], to: .int(Int64(replicas)))
            return changed
        case .delete, .evict: return nil
        }
    }

    /// The fields that this write touches, as chains of members; nil when it writes the object as a whole.
    var touched: [[String]]? {
        switch self {
        case .jsonPatch(let operations):
            operations.compactMap { operation in
                // A pointer of ours is well formed.
                operation["path"]?.string.flatMap { try? Patching.segments($0) }
            }
        case .mergePatch(let patch), .statusPatch(let patch), .strategicMergePatch(let patch),
            .serverSideApply(let patch, _):
            Self.leaves(patch, [])
        case .scale: [["spec", "replicas"]]
        case .create, .replace, .delete, .evict: nil
        }
    }

    private static func leaves(_ value: JSONValue, _ path: [String]) -> [[String]] {
        guard let object = value.object, !object.isEmpty else { return [path] }
        return object.members.flatMap { key, member -> [[String]] in
            // A directive is about the members beside it: "$setElementOrder/ports", or all of them.
            if key.hasPrefix("$") {
                return key.contains("/") ? [path + [String(key.drop { $0 != "/" }.dropFirst())]] : [path]
            }
            return leaves(member, path + [key])
        }
    }
}
