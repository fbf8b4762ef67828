// Takes a strategic merge patch into an object, as the API server does, or into another patch, as kubectl does.
// After mergeMap and its like in k8s.io/apimachinery/pkg/util/strategicpatch/patch.go.
// https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/

package import Base

package struct StrategicMerge {
    /// The target is an object: directives are carried out. Else it is a patch, and they are kept in it.
    private let isFinal: Bool

    package static func merge(
        _ patch: JSONValue, into object: JSONValue, _ schema: PatchSchema
    ) throws(StrategicPatchError) -> JSONValue {
        guard let patch = patch.object else { throw .badType(patch) }
        return .object(try StrategicMerge(isFinal: true).merged(object.object ?? JSONObject(), patch, schema))
    }

    static func combined(
        _ first: JSONObject, _ second: JSONObject, _ schema: PatchSchema
    ) throws(StrategicPatchError) -> JSONObject {
        try StrategicMerge(isFinal: false).merged(first, second, schema)
    }

    private func merged(
        _ original: JSONObject, _ patch: JSONObject, _ schema: PatchSchema
    ) throws(StrategicPatchError) -> JSONObject {
        var (original, patch) = (original, patch)
        if let directive = patch[PatchDirective.marker] {
            switch directive {
            case PatchDirective.replace:
                patch[PatchDirective.marker] = nil
                return patch
            case PatchDirective.delete: return JSONObject()
            default: throw StrategicPatchError(.other, "unknown patch type \(directive.compactText)")
            }
        }
        try retainKeys(&original, &patch)
        try arrangeLists(&original, &patch, schema)
        for (name, value) in patch.members {
            var key = name
            var isDeletion = false
            if name.hasPrefix(PatchDirective.deleteFromList) {
                guard isFinal else {
                    original[name] = value
                    continue
                }
                guard let field = PatchDirective.field(name, PatchDirective.deleteFromList) else {
                    throw .primitiveList
                }
                (key, isDeletion) = (field, true)
            }
            if value.isNull {
                original[key] = nil
                if isFinal { continue }
            }
            guard let present = original[key], present.isOfSameType(as: value) else {
                if !isDeletion {
                    original[key] = Self.withoutDirectives(isFinal ? value.withoutNulls : value)
                }
                continue
            }
            switch (present, value) {
            case (.object(let old), .object(let new)):
                let field = schema.field(key)
                original[key] = .object(field.replaces ? new : try merged(old, new, field.schema))
            case (.array(let old), .array(let new)):
                original[key] = .array(try lists(old, new, schema.field(key), isDeletion: isDeletion))
            default: original[key] = Self.withoutDirectives(value)
            }
        }
        return original
    }

    // MARK: $retainKeys

    private func retainKeys(_ original: inout JSONObject, _ patch: inout JSONObject) throws(StrategicPatchError) {
        guard let directive = patch[PatchDirective.retainKeys] else { return }
        patch[PatchDirective.retainKeys] = nil
        if !isFinal {
            if let other = original[PatchDirective.retainKeys], other != directive {
                throw StrategicPatchError(.other, "\(other.compactText) and \(directive.compactText) are not equal")
            }
            original[PatchDirective.retainKeys] = directive
            return
        }
        guard let names = directive.array else { throw .retainKeys }
        let kept = Set(names.compactMap(\.string))
        for (key, value) in patch.members where !value.isNull && !kept.contains(key) {
            if key.hasPrefix(PatchDirective.deleteFromList) || key.hasPrefix(PatchDirective.elementOrder) { continue }
            throw .retainKeys
        }
        for key in original.keys where !kept.contains(key) { original[key] = nil }
    }

    // MARK: $setElementOrder

    private func arrangeLists(
        _ original: inout JSONObject, _ patch: inout JSONObject, _ schema: PatchSchema
    ) throws(StrategicPatchError) {
        for (name, directive) in patch.members where name.hasPrefix(PatchDirective.elementOrder) {
            if !isFinal {
                if let other = original[name], other != directive { throw .elementOrder }
                original[name] = directive
            }
            patch[name] = nil
            guard let order = directive.array, let key = PatchDirective.field(name, PatchDirective.elementOrder) else {
                throw .elementOrder
            }
            func list(_ value: JSONValue?) throws(StrategicPatchError) -> [JSONValue]? {
                guard let value else { return nil }
                guard let list = value.array else { throw .elementOrder }
                return list
            }
            let (old, new) = (try list(original[key]), try list(patch[key]))
            let field = schema.field(key)
            try checkOrder(new ?? [], order, field.mergeKey)
            let merged: [JSONValue]
            switch (old, new) {
            case (nil, nil): continue
            case (let old?, nil): merged = old
            case (nil, let new?): merged = new.compactMap(Self.withoutDirectives)
            case (let old?, let new?): merged = try lists(old, new, field, isDeletion: false)
            }
            let (inPatch, serverOnly) = try ElementLists.parted(merged, by: order, field.mergeKey)
            let kind = try ElementLists.kind(old ?? [], new ?? [])
            original[key] = .array(
                try ElementLists.arranged(
                    patch: inPatch, serverOnly: serverOnly, patchOrder: order, serverOrder: old ?? [], field.mergeKey,
                    kind))
            patch[key] = nil
        }
    }

    /// The elements of a patch stand in the order that it names, and all of them are named.
    private func checkOrder(
        _ list: [JSONValue], _ order: [JSONValue], _ key: String
    ) throws(StrategicPatchError) {
        if list.isEmpty || order.isEmpty { return }
        var rest = list.filter { $0[PatchDirective.marker] == nil }[...]
        for place in order {
            guard let first = rest.first else { return }
            let isSame =
                key.isEmpty
                ? first == place : try ElementLists.member(first, key) == ElementLists.member(place, key)
            if isSame { rest.removeFirst() }
        }
        if !rest.isEmpty {
            throw StrategicPatchError(
                .other,
                "The order in patch list:\n\(JSONValue.array(list).compactText)\n doesn't match $setElementOrder list:\n\(JSONValue.array(order).compactText)\n"
            )
        }
    }

    // MARK: Lists

    private func lists(
        _ original: [JSONValue], _ patch: [JSONValue], _ field: PatchField, isDeletion: Bool
    ) throws(StrategicPatchError) -> [JSONValue] {
        guard field.merges || isDeletion else { return patch }
        if original.isEmpty, patch.isEmpty { return original }
        let key = field.mergeKey
        let kind = try ElementLists.kind(original, patch)
        var (old, new) = (original, patch)
        var merged: [JSONValue]
        if kind == .scalar {
            if isDeletion { return original.filter { !patch.contains($0) } }
            merged = ElementLists.deduplicated(original + patch)
        } else {
            guard !key.isEmpty else { throw StrategicPatchError(.other, "cannot merge lists without merge key") }
            (old, new) = try special(original, patch, key)
            merged = old
            for element in new {
                let value = try ElementLists.member(element, key)
                if let place = try ElementLists.place(in: merged, key, value),
                    case .object(let present) = merged[place], case .object(let change) = element
                {
                    merged[place] = .object(try self.merged(present, change, field.schema))
                } else {
                    merged.append(element)
                }
            }
        }
        let (inPatch, serverOnly) = try ElementLists.parted(merged, by: new, key)
        return try ElementLists.arranged(
            patch: inPatch, serverOnly: serverOnly, patchOrder: new, serverOrder: old, key, kind)
    }

    /// Elements that say what becomes of others, carried out.
    private func special(
        _ original: [JSONValue], _ patch: [JSONValue], _ key: String
    ) throws(StrategicPatchError) -> ([JSONValue], [JSONValue]) {
        var (original, rest) = (original, [JSONValue]())
        var replaces = false
        for element in patch {
            switch element[PatchDirective.marker] {
            case nil: rest.append(element)
            case PatchDirective.delete?:
                let value = try ElementLists.member(element, key)
                while let place = try ElementLists.place(in: original, key, value) { original.remove(at: place) }
            case PatchDirective.replace?: replaces = true
            case PatchDirective.merge?:
                throw StrategicPatchError(.other, "merging lists cannot yet be specified in the patch")
            case let other?: throw StrategicPatchError(.other, "unknown patch type \(other.compactText)")
            }
        }
        return replaces ? (rest, []) : (original, rest)
    }

    // MARK: What is new

    /// Nil for what is nothing but a directive.
    private static func withoutDirectives(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .object(let object):
            if object[PatchDirective.marker] != nil { return nil }
            var result = JSONObject()
            for (key, member) in object.members { result[key] = withoutDirectives(member) }
            return .object(result)
        case .array(let elements): return .array(elements.compactMap(withoutDirectives))
        default: return value
        }
    }
}
