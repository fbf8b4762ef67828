// What `kubectl apply` sends: the difference from the live object to the file without deletions, and the deletions from
// what was applied last to the file.

package import Base

package enum ThreeWayPatch {
    /// strategicpatch.CreateThreeWayMergePatch with overwrite. `original` is empty where nothing was applied before.
    package static func strategic(
        original: JSONObject, modified: JSONObject, current: JSONObject, _ schema: PatchSchema
    ) throws(StrategicPatchError) -> JSONValue {
        let changes = try StrategicDiff(ignoresDeletions: true).patch(from: current, to: modified, schema)
        let deletions = try StrategicDiff(ignoresChangesAndAdditions: true).patch(
            from: original, to: modified, schema)
        return .object(try StrategicMerge.combined(deletions, changes, schema))
    }

    /// jsonmergepatch.CreateThreeWayJSONMergePatch, for kinds whose lists have no merge keys.
    package static func merge(
        original: JSONObject, modified: JSONObject, current: JSONObject
    ) throws(StrategicPatchError) -> JSONValue {
        let changes = additions(difference(current, modified))
        let deletions = nulls(difference(original, modified))
        if conflict(.object(changes), .object(deletions)) {
            throw StrategicPatchError(
                .other, "patch:\n\(JSONValue.object(changes).compactText)\nconflicts with deletions")
        }
        return .object(overlay(changes, on: deletions))
    }

    /// evanphx/json-patch's CreateMergePatch.
    private static func difference(_ old: JSONObject, _ new: JSONObject) -> JSONObject {
        var patch = JSONObject()
        for (key, value) in new.members {
            switch (old[key], value) {
            case (.object(let before)?, .object(let after)):
                let inner = difference(before, after)
                if !inner.isEmpty { patch[key] = .object(inner) }
            case (let present?, _): if !isSame(present, value) { patch[key] = value }
            case (nil, _): patch[key] = value
            }
        }
        for key in old.keys where new[key] == nil { patch[key] = .null }
        return patch
    }

    /// Numbers are all one type to a JSON merge patch.
    private static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.int(let whole), .double(let value)), (.double(let value), .int(let whole)): value == Double(whole)
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy(isSame)
        case (.object(let left), .object(let right)):
            left.count == right.count
                && left.members.allSatisfy { key, value in right[key].map { isSame(value, $0) } ?? false }
        default: left == right
        }
    }

    /// Without deletions; an empty object that was set is a value, one that only held deletions is not.
    private static func additions(_ patch: JSONObject) -> JSONObject {
        var result = JSONObject()
        for (key, value) in patch.members where !value.isNull {
            guard case .object(let members) = value, !members.isEmpty else {
                result[key] = value
                continue
            }
            let inner = additions(members)
            if !inner.isEmpty { result[key] = .object(inner) }
        }
        return result
    }

    private static func nulls(_ patch: JSONObject) -> JSONObject {
        var result = JSONObject()
        for (key, value) in patch.members {
            if value.isNull {
                result[key] = .null
            } else if case .object(let members) = value {
                let inner = nulls(members)
                if !inner.isEmpty { result[key] = .object(inner) }
            }
        }
        return result
    }

    /// mergepatch.HasConflicts: both write one place, and not the same.
    private static func conflict(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.object(let left), .object(let right)):
            left.members.contains { key, value in right[key].map { conflict(value, $0) } ?? false }
        case (.array(let left), .array(let right)):
            left.count != right.count || zip(left, right).contains { conflict($0, $1) }
        default: left != right
        }
    }

    /// jsonpatch.MergePatch of one patch into the other: nulls within what is added are dropped, those of the deletions
    /// stay.
    private static func overlay(_ patch: JSONObject, on base: JSONObject) -> JSONObject {
        var result = base
        for (key, value) in patch.members {
            if case .object(let members) = value, case .object(let present)? = base[key] {
                result[key] = .object(overlay(members, on: present))
            } else {
                result[key] = pruned(value)
            }
        }
        return result
    }

    private static func pruned(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object): .object(JSONObject(object.members.filter { !$1.isNull }.map { ($0, pruned($1)) }))
        case .array(let elements): .array(elements.map(pruned))
        default: value
        }
    }
}
