// The smallest JSON patch between two states of an object, so that what nobody meant to change is never written.

internal import Base

enum ObjectChange {
    /// Operations that make `after` of `before`. Guarded ones refuse, by `test`, an object that is no longer as it was
    /// read; a way back goes unguarded, since whoever takes it compares what it touches first. Only labels and
    /// annotations, of which the journal keeps no copy, are guarded both ways.
    static func operations(from before: JSONValue, to after: JSONValue, guarded: Bool) -> [JSONValue] {
        var writer = Writer(guarded: guarded)
        writer.compare(before, after, "")
        return writer.operations
    }

    /// A step that writes only what differs, with a way back that writes only that.
    static func step(
        _ object: ObjectReference, _ path: String, from before: JSONValue, to after: JSONValue
    ) -> PlanStep {
        PlanStep(
            object: object, path: path, write: .jsonPatch(operations(from: before, to: after, guarded: true)),
            before: before, after: nil, inverse: .jsonPatch(operations(from: after, to: before, guarded: false)))
    }

    /// The merge patch that takes another one back: the old values, and null where a member was absent.
    static func inverse(ofMerge patch: JSONValue, on before: JSONValue) -> JSONValue {
        guard let changes = patch.object else { return before }
        var back: JSONValue = [:]
        for (key, value) in changes.members {
            switch (value, before[key]) {
            case (_, nil): if !value.isNull { back[key] = .null }
            case (.object, .object(let old)?):
                let inner = inverse(ofMerge: value, on: .object(old))
                if inner.object?.isEmpty == false { back[key] = inner }
            case (_, let old?): if old != value { back[key] = old }
            }
        }
        return back
    }

    private struct Writer {
        var guarded: Bool
        var operations: [JSONValue] = []
        /// Elements whose identity is tested already.
        private var tested: Set<String> = []

        init(guarded: Bool) { self.guarded = guarded }

        private mutating func write(_ operation: String, _ path: String, _ value: JSONValue? = nil) {
            var entry: JSONValue = ["op": .string(operation), "path": .string(path)]
            entry["value"] = value
            operations.append(entry)
        }

        private mutating func test(_ path: String, _ value: JSONValue) {
            if guarded || path.hasPrefix("/metadata/") { write("test", path, value) }
        }

        mutating func compare(_ old: JSONValue, _ new: JSONValue, _ path: String) {
            if old == new { return }
            switch (old, new) {
            case (.object(let before), .object(let after)): compare(before, after, path)
            case (.array(let before), .array(let after)): compare(before, after, path)
            default:
                test(path, old)
                write("replace", path, new)
            }
        }

        private mutating func compare(_ old: JSONObject, _ new: JSONObject, _ path: String) {
            for (key, value) in old.members {
                let own = "\(path)/\(Self.escaped(key))"
                if let changed = new[key] {
                    compare(value, changed, own)
                } else {
                    test(own, value)
                    write("remove", own)
                }
            }
            for (key, value) in new.members where old[key] == nil {
                write("add", "\(path)/\(Self.escaped(key))", value)
            }
        }

        private mutating func compare(_ old: [JSONValue], _ new: [JSONValue], _ path: String) {
            // The journal keeps no metadata, in which the places of a list would be found again.
            if path.hasPrefix("/metadata/") {
                test(path, .array(old))
                return write("replace", path, .array(new))
            }
            if old.count == new.count {
                for index in old.indices where old[index] != new[index] {
                    identify(old[index], new[index], "\(path)/\(index)")
                    compare(old[index], new[index], "\(path)/\(index)")
                }
                return
            }
            let shared = min(old.count, new.count)
            let head = zip(old, new).prefix { $0 == $1 }.count
            let tail = zip(old.reversed(), new.reversed()).prefix { $0 == $1 }.count
            let start = min(head, shared)
            let end = min(tail, shared - start)
            if start + end == old.count {
                if let neighbour = old.indices.contains(start) ? old[start] : nil {
                    identify(neighbour, neighbour, "\(path)/\(start)")
                }
                for index in start..<(new.count - end) { write("add", "\(path)/\(index)", new[index]) }
            } else if start + end == new.count {
                for index in (start..<(old.count - end)).reversed() {
                    test("\(path)/\(index)", old[index])
                    write("remove", "\(path)/\(index)")
                }
            } else {
                test(path, .array(old))
                write("replace", path, .array(new))
            }
        }

        /// An index says little by itself: what the element is for must still be there.
        private mutating func identify(_ old: JSONValue, _ new: JSONValue, _ path: String) {
            guard guarded, tested.insert(path).inserted else { return }
            let key = ["name", "match", "matches", "destination", "route", "backendRefs"].first {
                old[$0] != nil && old[$0] == new[$0]
            }
            if let key, let value = old[key] { test("\(path)/\(key)", value) }
        }

        private static func escaped(_ key: String) -> String {
            var text = ""
            for character in key { text += character == "~" ? "~0" : character == "/" ? "~1" : String(character) }
            return text
        }
    }
}
