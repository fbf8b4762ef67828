// How a step of a change stands in its journal line. Of a large object only the places that the change makes another.

internal import Base
internal import Kube

enum StepLine {
    /// A step with a longer line keeps the places alone; nearly all are far below it.
    private static let largest = 16 << 10

    static func json(_ step: PlanStep) -> JSONValue {
        if step.isBroughtBack {
            // Its content is in the line of its deletion.
            return [
                "kind": .string(step.object.kind), "namespace": .string(step.object.namespace),
                "name": .string(step.object.name), "path": .string(step.path), "broughtBack": true,
            ]
        }
        var line = own(step)
        if let contents = step.contents {
            line["contents"] = .array(contents.objects.map(\.json))
            line["owned"] = .int(Int64(contents.owned))
            line["missing"] = .array(contents.missing.map { .string($0) })
        }
        return line
    }

    private static func own(_ step: PlanStep) -> JSONValue {
        let whole: JSONValue = [
            "kind": .string(step.object.kind), "namespace": .string(step.object.namespace),
            "name": .string(step.object.name), "path": .string(step.path),
            "resourceVersion": step.resourceVersion.map { .string($0) } ?? .null,
            "write": step.write.json, "inverse": step.inverse?.json ?? .null, "after": step.kept ?? .null,
            "values": .array(values(step).map { $0.json() }),
        ]
        return size(whole) > largest ? compact(step, whole) : whole
    }

    private static func size(_ value: JSONValue?) -> Int { value?.compactText.utf8.count ?? 0 }

    /// Only what the change makes another: tests and what was as asked already say nothing.
    private static func values(_ step: PlanStep) -> [JournalEntry.Value] {
        guard let before = step.before, let after = step.after else { return [] }
        return (step.write.touched ?? []).uniqued().compactMap { path in
            let value = JournalEntry.Value(
                path: path, before: Patching.value(at: path, in: before), after: Patching.value(at: path, in: after))
            return value.before == value.after ? nil : value
        }
    }

    // MARK: Large objects

    private static func compact(_ step: PlanStep, _ whole: JSONValue) -> JSONValue {
        var line = whole
        switch step.write {
        // What was made is said by `after`.
        case .create: line["write"] = ["kind": "create"]
        case .jsonPatch, .mergePatch, .strategicMergePatch, .serverSideApply, .scale, .replace:
            let places = places(step)
            guard !places.isEmpty else { return whole }
            for name in ["after", "values"] { line[name] = nil }
            // What the places say is not said again; a way back that does not exist stays null.
            for name in ["write", "inverse"] where size(line[name]) > largest / 8 { line[name] = nil }
            line["places"] = .array(places.map { $0.json(shortens: true) })
        case .statusPatch, .delete, .evict: break
        }
        return line
    }

    /// Where the object differs before and after, as far as the change or its way back is about it.
    private static func places(_ step: PlanStep) -> [JournalEntry.Value] {
        guard let before = step.before, let after = step.after else { return [] }
        var found: [JournalEntry.Value] = []
        differences(
            ObjectText.withoutServerFields(before), ObjectText.withoutServerFields(after), [], &found)
        var touched = step.write.touched
        if let own = step.inverse?.touched { touched? += own } else if step.inverse != nil { touched = nil }
        guard let touched else { return found }
        return found.filter { place in
            touched.contains { $0.starts(with: place.path) || place.path.starts(with: $0) }
        }
    }

    /// Down through maps only: the place of a list's element says little once somebody wrote the list.
    private static func differences(
        _ old: JSONValue?, _ new: JSONValue?, _ path: [String], _ found: inout [JournalEntry.Value]
    ) {
        if old == new { return }
        guard let before = old?.object, let after = new?.object else {
            found.append(JournalEntry.Value(path: path, before: old, after: new))
            return
        }
        for key in before.keys + after.keys.filter({ before[$0] == nil }) {
            differences(before[key], after[key], path + [key], &found)
        }
    }

    // MARK: Reading

    static func step(_ line: JSONValue, isForgotten: Bool) -> JournalEntry.Step {
        var step = JournalEntry.Step(
            object: ObjectReference(
                kind: line.text("kind") ?? "", namespace: line.text("namespace") ?? "", name: line.text("name") ?? ""),
            path: line["path"]?.string ?? "", write: line["write"].flatMap { PlanStep.Write(json: $0) },
            inverse: line["inverse"].flatMap { PlanStep.Write(json: $0) },
            after: line["after"].flatMap { $0.isNull ? nil : $0 },
            values: line.list("values").map(JournalEntry.Value.init), isForgotten: isForgotten)
        step.isBroughtBack = line["broughtBack"] == true
        if let contents = line["contents"]?.array {
            step.contents = KeptContents(
                objects: contents.map(KeptObject.init), missing: line.texts("missing"),
                owned: line["owned"]?.int ?? 0)
        }
        guard let places = line["places"]?.array else { return step }
        step.values = places.map(JournalEntry.Value.init)
        step.isPartial = true
        let (was, made) = (partial(step.values, \.before), partial(step.values, \.after))
        step.after = made
        if line["write"] == nil { step.write = .jsonPatch(ObjectChange.operations(from: was, to: made, guarded: true)) }
        if line["inverse"] == nil {
            step.inverse = .jsonPatch(ObjectChange.operations(from: made, to: was, guarded: false))
        }
        return step
    }

    /// An object of these places alone. What is around one that is not there is there all the same.
    private static func partial(
        _ places: [JournalEntry.Value], _ side: KeyPath<JournalEntry.Value, JSONValue?>
    ) -> JSONValue {
        var object: JSONValue = [:]
        for place in places { object.set(place.path, to: place[keyPath: side]) }
        return object
    }
}

extension JournalEntry.Step {
    /// The content that the change left: where only its places are kept, the rest is as it is now.
    func made(over content: JSONValue) -> JSONValue? {
        guard isPartial else { return after }
        var made = content
        for value in values where value.path.first != "metadata" {
            if value.after == nil, Patching.value(at: value.path, in: made) == nil { continue }
            made.set(value.path, to: value.after)
        }
        return made
    }
}

extension JournalEntry.Value {
    /// A field that is not there has no member. A long text or list after the change is written as what differs from
    /// the one before: most edits leave most of it.
    func json(shortens: Bool = false) -> JSONValue {
        var value: JSONValue = ["path": .array(path.map { .string($0) })]
        value["before"] = before
        if shortens, let difference = Difference(from: before, to: after) {
            value["difference"] = difference.json
        } else {
            value["after"] = after
        }
        return value
    }

    init(_ json: JSONValue) {
        let before = json["before"]
        let after = json["difference"].map { Difference($0)?.applied(to: before) } ?? json["after"]
        self.init(path: (json["path"]?.array ?? []).compactMap(\.string), before: before, after: after)
    }
}

/// What another value begins and ends with as the first one does, and what is between.
private struct Difference {
    var head: Int
    var tail: Int
    var middle: JSONValue

    /// Shorter values are better read whole.
    private static let shortest = 512

    init?(from old: JSONValue?, to new: JSONValue?) {
        switch (old, new) {
        case (.string(let old)?, .string(let new)?):
            let (old, new) = (Array(old.utf8), Array(new.utf8))
            guard new.count > Self.shortest else { return nil }
            var (head, tail) = Self.common(old, new)
            // Between characters, not within one.
            while head > 0, head < new.count, new[head] & 0xC0 == 0x80 { head -= 1 }
            while head > 0, head < old.count, old[head] & 0xC0 == 0x80 { head -= 1 }
            while tail > 0, new[new.count - tail] & 0xC0 == 0x80 { tail -= 1 }
            self.init(
                head: head, tail: tail,
                middle: .string(String(decoding: new[head..<(new.count - tail)], as: UTF8.self)))
        case (.array(let old)?, .array(let new)?):
            let (head, tail) = Self.common(old, new)
            guard head + tail > 0 else { return nil }
            self.init(head: head, tail: tail, middle: .array(Array(new[head..<(new.count - tail)])))
        default: return nil
        }
    }

    private static func common<Element: Equatable>(_ old: [Element], _ new: [Element]) -> (head: Int, tail: Int) {
        let shared = min(old.count, new.count)
        var (head, tail) = (0, 0)
        while head < shared, old[head] == new[head] { head += 1 }
        while tail < shared - head, old[old.count - 1 - tail] == new[new.count - 1 - tail] { tail += 1 }
        return (head, tail)
    }

    private init(head: Int, tail: Int, middle: JSONValue) {
        (self.head, self.tail, self.middle) = (head, tail, middle)
    }

    var json: JSONValue { ["head": .int(Int64(head)), "tail": .int(Int64(tail)), "middle": middle] }

    init?(_ json: JSONValue) {
        guard let head = json["head"]?.int, let tail = json["tail"]?.int, let middle = json["middle"], head >= 0,
            tail >= 0
        else { return nil }
        self.init(head: head, tail: tail, middle: middle)
    }

    /// Nil where the line was not written by this program.
    func applied(to old: JSONValue?) -> JSONValue? {
        switch (old, middle) {
        case (.string(let old)?, .string(let middle)):
            let bytes = Array(old.utf8)
            guard head <= bytes.count, tail <= bytes.count - head else { return nil }
            return .string(
                String(decoding: bytes.prefix(head) + Array(middle.utf8) + bytes.suffix(tail), as: UTF8.self))
        case (.array(let old)?, .array(let middle)):
            guard head <= old.count, tail <= old.count - head else { return nil }
            return .array(old.prefix(head) + middle + old.suffix(tail))
        default: return nil
        }
    }
}
