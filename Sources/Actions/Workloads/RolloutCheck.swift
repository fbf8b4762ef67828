// Whether a workload's rollout is over, by kubectl's own rules for each kind: their statuses have other fields.
// https://github.com/kubernetes/kubectl/blob/master/pkg/polymorphichelpers/rollout_status.go

internal import Base

/// What a look at an object says of a change.
enum Sighting: Sendable, Equatable {
    case done(String)
    case waiting(String)
    /// It will not come by itself.
    case stuck(String)

    var words: String {
        switch self {
        case .done(let words), .waiting(let words), .stuck(let words): words
        }
    }
}

enum RolloutCheck {
    /// `replicas` is the count that the change asked for, where it asked for one.
    static func state(_ object: JSONValue, kind: String, replicas: Int? = nil) -> Sighting {
        let generation = object.at("metadata", "generation")?.int ?? 0
        let seen = object.at("status", "observedGeneration")?.int ?? 0
        if seen < generation { return .waiting("its controller has not seen the change yet") }
        return switch kind {
        case "DaemonSet": daemonSet(object)
        case "StatefulSet": statefulSet(object, replicas)
        default: deployment(object, replicas)
        }
    }

    /// Pods that keep the template they have until somebody deletes them; nil where the kind replaces all of them.
    static func heldBack(_ workload: JSONValue) -> String? {
        let strategy = workload.at("spec", "updateStrategy")
        if strategy?["type"] == "OnDelete" {
            return "its update strategy is OnDelete: a pod keeps its template until somebody deletes it"
        }
        guard let partition = strategy?.at("rollingUpdate", "partition")?.int, partition > 0 else { return nil }
        return "its update strategy has partition \(partition): pods numbered below \(partition) stay as they are"
    }

    private static func count(_ object: JSONValue, _ name: String) -> Int { object.at("status", name)?.int ?? 0 }

    private static func deployment(_ object: JSONValue, _ replicas: Int?) -> Sighting {
        let wanted = object.at("spec", "replicas")?.int ?? 1
        if let other = others(wanted, replicas) { return .waiting(other) }
        let progressing = (object["status"] ?? [:]).list("conditions").first { $0["type"] == "Progressing" }
        if progressing?["reason"] == "ProgressDeadlineExceeded" {
            return .stuck("the rollout exceeded its progress deadline")
        }
        let (updated, total) = (count(object, "updatedReplicas"), count(object, "replicas"))
        let (ready, available) = (count(object, "readyReplicas"), count(object, "availableReplicas"))
        let words = "\(ready) of \(wanted) replicas ready\(updated < wanted ? ", \(updated) updated" : "")"
        if object.at("spec", "paused") == true, updated < wanted {
            return .stuck("\(words); the rollout is paused")
        }
        if updated < wanted || ready != wanted { return .waiting(words) }
        if total > updated { return .waiting("\(words), \(total - updated) old ones still there") }
        return available < updated ? .waiting("\(words), \(available) available") : .done(words)
    }

    private static func others(_ wanted: Int, _ replicas: Int?) -> String? {
        guard let replicas, wanted != replicas else { return nil }
        return "replicas are set to \(wanted), not \(replicas): someone else writes them"
    }

    private static func statefulSet(_ object: JSONValue, _ replicas: Int?) -> Sighting {
        let wanted = object.at("spec", "replicas")?.int ?? 1
        if let other = others(wanted, replicas) { return .waiting(other) }
        let (ready, total) = (count(object, "readyReplicas"), count(object, "replicas"))
        let words = "\(ready) of \(wanted) replicas ready"
        if ready != wanted || total != wanted { return .waiting(words) }
        if object.at("spec", "updateStrategy", "type") == "OnDelete" { return .done("\(words); \(onDelete(object))") }
        let updated = count(object, "updatedReplicas")
        let partition = object.at("spec", "updateStrategy", "rollingUpdate", "partition")?.int ?? 0
        if partition > 0 {
            let due = max(0, wanted - partition)
            return updated < due
                ? .waiting("\(words), \(updated) of \(due) updated")
                : .done(
                    "\(words), \(due) updated; the \(min(wanted, partition)) below partition \(partition) stay as they are"
                )
        }
        let (current, update) = (object.at("status", "currentRevision"), object.at("status", "updateRevision"))
        if let current, let update, current != update { return .waiting("\(words), \(updated) updated") }
        return .done(words)
    }

    private static func daemonSet(_ object: JSONValue) -> Sighting {
        let wanted = count(object, "desiredNumberScheduled")
        let (updated, available) = (count(object, "updatedNumberScheduled"), count(object, "numberAvailable"))
        let words = "\(available) of \(wanted) pods available"
        if object.at("spec", "updateStrategy", "type") == "OnDelete" { return .done("\(words); \(onDelete(object))") }
        if updated < wanted { return .waiting("\(words), \(updated) updated") }
        return available < wanted ? .waiting(words) : .done(words)
    }

    private static func onDelete(_ object: JSONValue) -> String {
        "the update strategy is OnDelete, so no pod was replaced"
    }
}
