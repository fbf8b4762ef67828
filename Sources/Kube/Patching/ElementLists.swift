// Lists of a strategic merge patch: which elements are the same, and in which order they stand.
// After k8s.io/apimachinery/pkg/util/strategicpatch/patch.go, whose orders are part of what kubectl sends.

internal import Base

/// The words of a strategic merge patch that are no fields.
enum PatchDirective {
    static let marker = "$patch"
    static let delete: JSONValue = "delete"
    static let replace: JSONValue = "replace"
    static let merge: JSONValue = "merge"
    static let retainKeys = "$retainKeys"
    static let deleteFromList = "$deleteFromPrimitiveList"
    static let elementOrder = "$setElementOrder"

    /// "$setElementOrder/ports" is about "ports".
    static func field(_ key: String, _ prefix: String) -> String? {
        key.hasPrefix(prefix + "/") ? String(key.dropFirst(prefix.count + 1)) : nil
    }
}

enum ElementLists {
    enum Kind: Equatable { case scalar, object }

    /// What the elements of lists are; all must be of one type, and no lists.
    static func kind(_ lists: [JSONValue]...) throws(StrategicPatchError) -> Kind {
        guard let first = lists.lazy.flatMap({ $0 }).first else {
            throw StrategicPatchError(.other, "no elements in any of the given slices")
        }
        if case .array = first { throw .listOfLists }
        for list in lists {
            for element in list where !element.isOfSameType(as: first) {
                throw StrategicPatchError(.other, "list element types are not identical")
            }
        }
        return first.object == nil ? .scalar : .object
    }

    static func member(_ element: JSONValue, _ key: String) throws(StrategicPatchError) -> JSONValue {
        guard element.object != nil else { throw .badType(element) }
        guard let value = element[key] else { throw .noMergeKey(element, key) }
        return value
    }

    /// The place of the element with a key's value.
    static func place(
        in list: [JSONValue], _ key: String, _ value: JSONValue
    ) throws(StrategicPatchError) -> Int? {
        for (index, element) in list.enumerated() {
            guard element.object != nil else { throw .badType(element) }
            if element[key] == value { return index }
        }
        return nil
    }

    // MARK: Order

    /// As Go's `fmt.Sprintf("%v")` writes a value that is sorted by.
    static func sortText(_ value: JSONValue?) -> String {
        switch value {
        case .string(let text)?: text
        case .null?, nil: "<nil>"
        case let value?: value.compactText
        }
    }

    /// Go's insertion sort with `<=` for "less": equal elements change places, which kubectl's patches show.
    static func insertionSorted(
        _ list: [JSONValue], isLess: (JSONValue, JSONValue) -> Bool
    ) -> [JSONValue] {
        var list = list
        for start in list.indices.dropFirst() {
            var index = start
            while index > 0, isLess(list[index], list[index - 1]) {
                list.swapAt(index, index - 1)
                index -= 1
            }
        }
        return list
    }

    static func sortedScalars(_ list: [JSONValue]) -> [JSONValue] {
        insertionSorted(list) { bytes(sortText($0), isAtMost: sortText($1)) }
    }

    package static func sorted(_ list: [JSONValue], by key: String) -> [JSONValue] {
        insertionSorted(list) { bytes(sortText($0[key]), isAtMost: sortText($1[key])) }
    }

    /// Go compares strings by their bytes.
    package static func bytes(_ left: String, isAtMost right: String) -> Bool {
        !right.utf8.lexicographicallyPrecedes(left.utf8)
    }

    /// Each once; the last element takes the place of one that is there already.
    static func deduplicated(_ list: [JSONValue]) -> [JSONValue] {
        var list = list
        var index = 0
        while index < list.count - 1 {
            var other = index + 1
            while other < list.count {
                if list[index] == list[other] {
                    list[other] = list[list.count - 1]
                    list.removeLast()
                } else {
                    other += 1
                }
            }
            index += 1
        }
        return list
    }

    static func index(_ list: [JSONValue], _ element: JSONValue, _ key: String, _ kind: Kind) -> Int? {
        kind == .object
            ? list.firstIndex { $0[key] == element[key] } : list.firstIndex { $0 == element }
    }

    /// In the order of another list; deletions come last.
    static func ordered(
        _ list: [JSONValue], by order: [JSONValue], _ key: String, _ kind: Kind
    ) throws(StrategicPatchError) -> [JSONValue] {
        var (kept, deleted) = (list, [JSONValue]())
        if kind == .object {
            for element in list + order { _ = try member(element, key) }
            kept = list.filter { $0[PatchDirective.marker] != PatchDirective.delete }
            deleted = list.filter { $0[PatchDirective.marker] == PatchDirective.delete }
        }
        let sorted = insertionSorted(kept) { left, right in
            guard let first = index(order, left, key, kind), let second = index(order, right, key, kind) else {
                return true
            }
            return first < second
        }
        return sorted + deleted
    }

    /// The elements of a patch and those that only the server has, each in its own order and both laid together as they
    /// stand on the server.
    static func arranged(
        patch: [JSONValue], serverOnly: [JSONValue], patchOrder: [JSONValue], serverOrder: [JSONValue], _ key: String,
        _ kind: Kind
    ) throws(StrategicPatchError) -> [JSONValue] {
        var left = try ordered(serverOnly, by: serverOrder, key, kind)[...]
        var right = try ordered(patch, by: patchOrder, key, kind)[...]
        var result: [JSONValue] = []
        while let first = left.first, let second = right.first {
            if let own = index(serverOrder, first, key, kind), let other = index(serverOrder, second, key, kind),
                own < other
            {
                result.append(left.removeFirst())
            } else {
                result.append(right.removeFirst())
            }
        }
        return result + left + right
    }

    /// Those that another list has too, and the rest.
    static func parted(
        _ list: [JSONValue], by other: [JSONValue], _ key: String
    ) throws(StrategicPatchError) -> (inBoth: [JSONValue], rest: [JSONValue]) {
        var (inBoth, rest) = ([JSONValue](), [JSONValue]())
        for element in list {
            let isThere =
                key.isEmpty
                ? other.contains(element) : try place(in: other, key, try member(element, key)) != nil
            if isThere { inBoth.append(element) } else { rest.append(element) }
        }
        return (inBoth, rest)
    }
}

extension JSONValue {
    /// Of the same JSON type; whole numbers and others are two, as in Go.
    func isOfSameType(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.null, .null), (.bool, .bool), (.int, .int), (.double, .double), (.string, .string), (.array, .array),
            (.object, .object):
            true
        default: false
        }
    }
}
