// A journal's step over the object as it is now: what of it can go back, and what stands in the way.

internal import Base
internal import Kube

/// Nil when the object is as the step left it: the way back can be sent as it stands in the journal.
struct Overlaid {
    private(set) var ways: ThreeWay
    /// Nil when nothing is left to take back.
    private(set) var step: PlanStep?

    init?(_ entry: JournalEntry.Step, _ inverse: PlanStep.Write, _ now: JSONValue) {
        // A status is its controller's, who goes on with it: there is nothing of others in it to keep.
        if case .statusPatch = inverse { return nil }
        guard let content = ObjectText.content(now), var made = entry.made(over: content) else { return nil }
        // The scheduler's, not somebody's.
        if entry.object.kind == "Pod", made.at("spec", "nodeName") == nil, let node = content.at("spec", "nodeName") {
            made.set(["spec", "nodeName"], to: node)
        }
        ways = ThreeWay("\(entry.object.kind) \(entry.object.name)")
        let labels = Self.labels(entry.write, inverse)
        let isMoved = labels.contains { $0.made != Patching.value(at: $0.path, in: now) }
        guard content != made || isMoved else { return nil }
        if case .create = inverse { return nil }
        if case .delete = inverse {
            // What a controller put into it goes as it came.
            if ControllersOwn.alone(added: content, to: made, in: now) { return nil }
            _ = ways.merge(nil, made, content)
            step = PlanStep(
                object: entry.object, path: entry.path, write: .delete, before: now, after: nil,
                inverse: UndoPlanner.wayBack(of: .delete, on: now))
            return
        }
        guard let was = Self.before(inverse, made), case .object(var members)? = ways.merge(was, made, content) else {
            return nil
        }
        members["metadata"] = now["metadata"]
        members["status"] = now["status"]
        var result = JSONValue.object(members)
        for label in labels.flatMap(Self.members) {
            let present = Patching.value(at: label.path, in: now)
            let kind: DriftItem.Kind =
                present == label.made ? .goesBack : present == label.was ? .asBefore : .conflict
            ways.note(kind, label.path, label.was, label.made, present)
            result.set(label.path, to: label.was)
        }
        let operations = ObjectChange.operations(from: now, to: result, guarded: false)
        if operations.isEmpty { return }
        var write = PlanStep.Write.jsonPatch(operations)
        if case .scale = inverse { write = inverse }
        step = PlanStep(
            object: entry.object, path: entry.path, write: write, before: now, after: nil,
            inverse: UndoPlanner.wayBack(of: write, on: now))
    }

    /// The content before the change; nil when the way back does not fit what the change left.
    private static func before(_ inverse: PlanStep.Write, _ made: JSONValue) -> JSONValue? {
        // The journal keeps no metadata to apply these to.
        if case .jsonPatch(let operations) = inverse {
            let rest = operations.filter { $0["path"]?.string?.hasPrefix("/metadata") == false }
            return PlanStep.Write.jsonPatch(rest).applied(to: made)
        }
        return ObjectText.content(inverse.applied(to: made))
    }

    private typealias Label = (path: [String], was: JSONValue?, made: JSONValue?)

    /// A map that the change made or took away, by its keys: others may have theirs in it.
    private static func members(_ label: Label) -> [Label] {
        guard label.was?.object != nil || label.made?.object != nil else { return [label] }
        let (old, new) = (label.was?.object ?? JSONObject(), label.made?.object ?? JSONObject())
        return (old.keys + new.keys.filter { old[$0] == nil }).map { (label.path + [$0], old[$0], new[$0]) }
    }

    /// The labels and annotations that a change wrote, as it and its way back say it.
    private static func labels(_ write: PlanStep.Write?, _ inverse: PlanStep.Write) -> [Label] {
        let paths = Set((inverse.touched ?? []).filter { $0.first == "metadata" && $0.count > 1 })
        return paths.sorted { $0.lexicographicallyPrecedes($1) }.map { path in
            (path, value(at: path, inverse), tested(path, inverse) ?? write.flatMap { value(at: path, $0) })
        }
    }

    /// What a write puts at a path; nil when it takes it away.
    private static func value(at path: [String], _ write: PlanStep.Write) -> JSONValue? {
        switch write {
        case .jsonPatch(let operations):
            // The last word counts.
            return operations.last { $0["op"] != "test" && segments($0) == path }?["value"]
        case .mergePatch(let patch), .strategicMergePatch(let patch), .serverSideApply(let patch, _):
            let value = Patching.value(at: path, in: patch)
            return value == .null ? nil : value
        default: return nil
        }
    }

    private static func tested(_ path: [String], _ write: PlanStep.Write) -> JSONValue? {
        guard case .jsonPatch(let operations) = write else { return nil }
        return operations.first { $0["op"] == "test" && segments($0) == path }?["value"]
    }

    /// A pointer of ours is well formed.
    private static func segments(_ operation: JSONValue) -> [String]? {
        operation["path"]?.string.flatMap { try? Patching.segments($0) }
    }
}
