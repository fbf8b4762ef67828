// Field ownership: who wrote which field, and server-side apply on top of it.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/

internal import Base

enum ManagedFields {
    /// Records an ordinary write: the fields whose value changed now belong to this manager.
    static func updated(
        _ object: JSONValue, before: JSONValue?, manager: String, target: APIServer.Target, at time: Timestamp
    ) -> JSONValue {
        var changed: Set<[String]> = []
        for path in leaves(object, before) where value(at: path, in: before) != value(at: path, in: object) {
            changed.insert(path)
        }
        // A writer may change the record itself: kubectl does when it moves an object to server-side apply.
        let isRewritten =
            object.at("metadata", "managedFields") != nil
            && object.at("metadata", "managedFields") != before?.at("metadata", "managedFields")
        var entries = read(isRewritten ? object : before)
        if changed.isEmpty { return write(entries, to: object, target, time) }
        for index in entries.indices { entries[index].fields.subtract(changed) }
        let operation = "Update"
        if let index = entries.firstIndex(where: { $0.manager == manager && $0.operation == operation }) {
            entries[index].fields.formUnion(changed)
            entries[index].time = time.rfc3339
        } else {
            entries.append(Entry(manager: manager, operation: operation, fields: changed, time: time.rfc3339))
        }
        // What is gone from the object belongs to nobody.
        for index in entries.indices {
            entries[index].fields = entries[index].fields.filter { value(at: $0, in: object) != nil }
        }
        return write(entries.filter { !$0.fields.isEmpty }, to: object, target, time)
    }

    /// An object that was there before anybody looked: somebody applied it with kubectl, and Kubernetes' controllers
    /// keep its status.
    static func seeded(_ object: JSONValue, _ type: ResourceType, at time: Timestamp) -> JSONValue {
        let target = APIServer.Target(type: type, version: type.versions[0], rest: [])
        let applied = updated(object, before: nil, manager: "kubectl-client-side-apply", target: target, at: time)
        guard let counts = statusFields[type.key] else { return applied }
        let status = Entry(
            manager: "kube-controller-manager", operation: "Update", fields: Set(counts.map { ["status", $0] }),
            time: time.rfc3339, subresource: "status")
        return write(read(applied) + [status], to: applied, target, time)
    }

    private static let statusFields: [String: [String]] = [
        "deployments.apps": [
            "availableReplicas", "conditions", "observedGeneration", "readyReplicas", "replicas", "updatedReplicas",
        ],
        "statefulsets.apps": [
            "availableReplicas", "currentReplicas", "currentRevision", "observedGeneration", "readyReplicas",
            "replicas",
            "updateRevision", "updatedReplicas",
        ],
        "daemonsets.apps": [
            "currentNumberScheduled", "desiredNumberScheduled", "numberAvailable", "numberReady", "observedGeneration",
            "updatedNumberScheduled",
        ],
        "horizontalpodautoscalers.autoscaling": ["conditions", "currentMetrics", "currentReplicas", "desiredReplicas"],
    ]

    /// Server-side apply: merges the configuration, takes away what this manager applied before and left out now,
    /// and refuses what others own with another value, unless forced.
    static func applied(
        _ configuration: JSONValue, over before: JSONValue?, manager: String, force: Bool, target: APIServer.Target,
        at time: Timestamp
    ) throws(APIFailure) -> JSONValue {
        let wanted = Set(leaves(configuration, nil))
        var entries = read(before)
        var conflicts: [(manager: String, path: [String])] = []
        for entry in entries where !(entry.manager == manager && entry.operation == "Apply") {
            for path in entry.fields.intersection(wanted) {
                if value(at: path, in: before) != value(at: path, in: configuration) {
                    conflicts.append((entry.manager, path))
                }
            }
        }
        // kubectl's own move from client-side to server-side apply meets no conflict with what it applied before.
        let isOwn = manager == "kubectl" && Set(conflicts.map(\.path)).isSubset(of: lastApplied(before))
        if !conflicts.isEmpty, !force, !isOwn { throw conflict(conflicts) }
        if !conflicts.isEmpty {
            for index in entries.indices { entries[index].fields.subtract(conflicts.map(\.path)) }
        }
        var result = before ?? [:]
        let old = entries.first { $0.manager == manager && $0.operation == "Apply" }?.fields ?? []
        let others = entries.filter { !($0.manager == manager && $0.operation == "Apply") }
        for path in old.subtracting(wanted) where !others.contains(where: { $0.fields.contains(path) }) {
            result.set(path, to: nil)
        }
        result =
            target.type.isCustom
            ? overlay(configuration, on: result) : try APIServer.strategic(configuration, into: result, target)
        entries.removeAll { ($0.manager == manager && $0.operation == "Apply") || $0.fields.isEmpty }
        entries.append(Entry(manager: manager, operation: "Apply", fields: wanted, time: time.rfc3339))
        result.set(["metadata", "resourceVersion"], to: before?.at("metadata", "resourceVersion"))
        return write(entries, to: result, target, time)
    }

    /// The fields in kubectl's annotation of what it applied last.
    private static func lastApplied(_ object: JSONValue?) -> Set<[String]> {
        let text = object?.at("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")?.string
        // A damaged annotation owns nothing.
        guard let text, let value = try? JSONValue(parsing: text) else { return [] }
        return Set(leaves(value, nil))
    }

    private static func conflict(_ conflicts: [(manager: String, path: [String])]) -> APIFailure {
        let sorted = conflicts.sorted { $0.path.joined(separator: ".") < $1.path.joined(separator: ".") }
        let texts = sorted.map { "conflict with \"\($0.manager)\": .\($0.path.joined(separator: "."))" }
        let count = sorted.count == 1 ? "1 conflict" : "\(sorted.count) conflicts"
        return APIFailure(
            code: 409, reason: "Conflict", message: "Apply failed with \(count): \(texts.joined(separator: ", "))",
            details: [
                "causes": .array(
                    sorted.map {
                        [
                            "reason": "FieldManagerConflict", "message": .string("conflict with \"\($0.manager)\""),
                            "field": .string("." + $0.path.joined(separator: ".")),
                        ]
                    })
            ])
    }

    /// Members over members; lists and scalars replace.
    private static func overlay(_ value: JSONValue, on base: JSONValue) -> JSONValue {
        guard let members = value.object, base.object != nil else { return value }
        var result = base
        for (key, member) in members.members { result[key] = base[key].map { overlay(member, on: $0) } ?? member }
        return result
    }

    // MARK: Field sets

    private struct Entry {
        var manager: String
        var operation: String
        var fields: Set<[String]>
        var time: String
        var subresource: String?
    }

    /// Paths of all values that are no object, in either of two trees; lists count as one value.
    private static func leaves(_ object: JSONValue, _ other: JSONValue?) -> [[String]] {
        var paths: Set<[String]> = []
        collect(object, [], &paths)
        if let other { collect(other, [], &paths) }
        return paths.filter { $0.first == "spec" || $0.first == "data" || isOwnedMetadata($0) }
    }

    private static func isOwnedMetadata(_ path: [String]) -> Bool {
        path.count > 2 && path[0] == "metadata" && ["labels", "annotations"].contains(path[1])
    }

    private static func collect(_ value: JSONValue, _ path: [String], _ paths: inout Set<[String]>) {
        if let members = value.object, !members.isEmpty {
            for (key, member) in members.members where !(path.isEmpty && key == "status") {
                collect(member, path + [key], &paths)
            }
        } else if !path.isEmpty {
            paths.insert(path)
        }
    }

    private static func value(at path: [String], in object: JSONValue?) -> JSONValue? {
        var current = object
        for key in path { current = current?[key] }
        return current
    }

    private static func read(_ object: JSONValue?) -> [Entry] {
        (object?.at("metadata", "managedFields")?.array ?? []).map { entry in
            var fields: Set<[String]> = []
            gather(entry["fieldsV1"] ?? [:], [], &fields)
            return Entry(
                manager: entry["manager"]?.string ?? "", operation: entry["operation"]?.string ?? "Update",
                fields: fields, time: entry["time"]?.string ?? "", subresource: entry["subresource"]?.string)
        }
    }

    private static func gather(_ value: JSONValue, _ path: [String], _ fields: inout Set<[String]>) {
        guard let members = value.object, !members.isEmpty else {
            if !path.isEmpty { fields.insert(path) }
            return
        }
        for (key, member) in members.members where key.hasPrefix("f:") {
            gather(member, path + [String(key.dropFirst(2))], &fields)
        }
    }

    private static func write(_ entries: [Entry], to object: JSONValue, _ target: APIServer.Target, _ time: Timestamp)
        -> JSONValue
    {
        var object = object
        let written = entries.filter { !$0.fields.isEmpty }.map { entry -> JSONValue in
            var fields: JSONValue = [:]
            for path in entry.fields.sorted(by: { $0.joined(separator: "\u{0}") < $1.joined(separator: "\u{0}") }) {
                fields.set(path.map { "f:\($0)" }, to: [:])
            }
            var value: JSONValue = [
                "manager": .string(entry.manager), "operation": .string(entry.operation),
                "apiVersion": .string(target.type.apiVersion(target.version)),
                "time": .string(entry.time.isEmpty ? time.rfc3339 : entry.time), "fieldsType": "FieldsV1",
                "fieldsV1": fields,
            ]
            if let subresource = entry.subresource { value["subresource"] = .string(subresource) }
            return value
        }
        object.set(["metadata", "managedFields"], to: written.isEmpty ? nil : .array(written))
        return object
    }
}
