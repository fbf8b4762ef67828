// The strategic merge patch that leads from one state of an object to another.
// After diffMaps and its like in k8s.io/apimachinery/pkg/util/strategicpatch/patch.go.

internal import Base

struct StrategicDiff {
    var ignoresChangesAndAdditions = false
    var ignoresDeletions = false
    private var buildsRetainKeys = false

    init(ignoresChangesAndAdditions: Bool = false, ignoresDeletions: Bool = false) {
        self.ignoresChangesAndAdditions = ignoresChangesAndAdditions
        self.ignoresDeletions = ignoresDeletions
    }

    func patch(
        from original: JSONObject, to modified: JSONObject, _ schema: PatchSchema
    ) throws(StrategicPatchError) -> JSONObject {
        var patch = JSONObject()
        var retained: [JSONValue] = []
        for (key, value) in modified.members {
            if buildsRetainKeys, !value.isNull { retained.append(.string(key)) }
            guard let old = original[key] else {
                if !ignoresChangesAndAdditions { patch[key] = value }
                continue
            }
            if key == PatchDirective.marker {
                guard old.string != nil, value.string != nil else {
                    throw StrategicPatchError(.other, "invalid value for special key: \(key)")
                }
                if old != value { patch[key] = value }
                continue
            }
            switch (old, value) {
            case (.object(let old), .object(let new)): try compare(key, old, new, &patch, schema)
            case (.array(let old), .array(let new)): try compare(key, old, new, &patch, schema)
            default: replace(key, old, value, &patch)
            }
        }
        if !ignoresDeletions {
            for key in original.keys where modified[key] == nil { patch[key] = .null }
        }
        let hasMore = original.members.contains { !$1.isNull && modified[$0] == nil }
        if !retained.isEmpty, !patch.isEmpty || hasMore {
            patch[PatchDirective.retainKeys] = .array(ElementLists.sortedScalars(retained))
        }
        return patch
    }

    private func replace(_ key: String, _ old: JSONValue, _ new: JSONValue, _ patch: inout JSONObject) {
        if !ignoresChangesAndAdditions, old != new { patch[key] = new }
    }

    private func compare(
        _ key: String, _ old: JSONObject, _ new: JSONObject, _ patch: inout JSONObject, _ schema: PatchSchema
    ) throws(StrategicPatchError) {
        let field = schema.field(key)
        if field.replaces {
            if !ignoresChangesAndAdditions { patch[key] = .object(new) }
            return
        }
        var inner = self
        inner.buildsRetainKeys = field.retainsKeys
        let changes = try inner.patch(from: old, to: new, field.schema)
        if !changes.isEmpty { patch[key] = .object(changes) }
    }

    private func compare(
        _ key: String, _ old: [JSONValue], _ new: [JSONValue], _ patch: inout JSONObject, _ schema: PatchSchema
    ) throws(StrategicPatchError) {
        let field = schema.field(key)
        guard field.merges else { return replace(key, .array(old), .array(new), &patch) }
        var inner = self
        inner.buildsRetainKeys = field.retainsKeys
        let lists = try inner.lists(from: old, to: new, field)
        if !lists.changes.isEmpty { patch[key] = .array(lists.changes) }
        if !lists.deletions.isEmpty { patch["\(PatchDirective.deleteFromList)/\(key)"] = .array(lists.deletions) }
        if !lists.order.isEmpty { patch["\(PatchDirective.elementOrder)/\(key)"] = .array(lists.order) }
    }

    private struct Lists {
        var changes: [JSONValue] = []
        /// Scalars; objects are deleted by an element of `changes`.
        var deletions: [JSONValue] = []
        var order: [JSONValue] = []
    }

    private func lists(
        from original: [JSONValue], to modified: [JSONValue], _ field: PatchField
    ) throws(StrategicPatchError) -> Lists {
        if original.isEmpty { return Lists(changes: ignoresChangesAndAdditions ? [] : modified) }
        let key = field.mergeKey
        let kind = try ElementLists.kind(original, modified)
        if kind == .scalar {
            // Sorting the original in place is what kubectl does: an unsorted one counts as changed.
            let sorted = ElementLists.sortedScalars(original)
            var lists = scalars(from: sorted, to: ElementLists.sortedScalars(modified))
            lists.changes = try ElementLists.ordered(lists.changes, by: modified, key, kind)
            if !ignoresDeletions && !lists.deletions.isEmpty || !ignoresChangesAndAdditions && sorted != modified {
                lists.order = modified
            }
            return lists
        }
        let (changes, deletions) = try objects(from: original, to: modified, field)
        var lists = Lists(changes: try ElementLists.ordered(changes, by: modified, key, kind) + deletions)
        var isSameOrder = original.count == modified.count
        if isSameOrder {
            for (old, new) in zip(original, modified) {
                if try ElementLists.member(old, key) != ElementLists.member(new, key) { isSameOrder = false }
            }
        }
        let hasChanges = !lists.changes.isEmpty
        if !ignoresChangesAndAdditions && (hasChanges || !isSameOrder) || !ignoresDeletions && hasChanges {
            lists.order = modified.map { .object(JSONObject([(key, $0[key] ?? .null)])) }
        }
        return lists
    }

    private func scalars(from original: [JSONValue], to modified: [JSONValue]) -> Lists {
        var lists = Lists()
        var (old, new) = (original[...], modified[...])
        while !old.isEmpty || !new.isEmpty {
            let (left, right) = (old.first.map(ElementLists.sortText), new.first.map(ElementLists.sortText))
            if left == right {
                old.removeFirst()
                new.removeFirst()
            } else if let value = new.first, left.map({ ElementLists.bytes(right ?? "", isAtMost: $0) }) ?? true {
                if !ignoresChangesAndAdditions { lists.changes.append(value) }
                new.removeFirst()
            } else {
                if !ignoresDeletions { lists.deletions += old.prefix(1) }
                old.removeFirst()
            }
        }
        lists.deletions = ElementLists.deduplicated(lists.deletions)
        return lists
    }

    private func objects(
        from original: [JSONValue], to modified: [JSONValue], _ field: PatchField
    ) throws(StrategicPatchError) -> (changes: [JSONValue], deletions: [JSONValue]) {
        let key = field.mergeKey
        var (changes, deletions) = ([JSONValue](), [JSONValue]())
        var (old, new) = (ElementLists.sorted(original, by: key)[...], ElementLists.sorted(modified, by: key)[...])
        while !old.isEmpty || !new.isEmpty {
            var (oldKey, newKey): (JSONValue?, JSONValue?)
            if let first = old.first { oldKey = try ElementLists.member(first, key) }
            if let first = new.first { newKey = try ElementLists.member(first, key) }
            let (left, right) = (oldKey.map(ElementLists.sortText), newKey.map(ElementLists.sortText))
            if left == right, case .object(let before)? = old.first, case .object(let after)? = new.first {
                var change = try patch(from: before, to: after, field.schema)
                if !change.isEmpty {
                    change[key] = newKey
                    changes.append(.object(change))
                }
                old.removeFirst()
                new.removeFirst()
            } else if let value = new.first, left.map({ ElementLists.bytes(right ?? "", isAtMost: $0) }) ?? true {
                if !ignoresChangesAndAdditions { changes.append(value) }
                new.removeFirst()
            } else {
                if !ignoresDeletions, let oldKey {
                    deletions.append(
                        .object(JSONObject([(key, oldKey), (PatchDirective.marker, PatchDirective.delete)])))
                }
                old.removeFirst()
            }
        }
        return (changes, deletions)
    }
}
