// An object as a person reads it in a diff: without what the server keeps for itself.

package import Base
internal import Kube

package enum ObjectText {
    /// What of metadata the server alone writes.
    /// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
    static let serverFields = [
        "managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "deletionTimestamp", "selfLink",
        "deletionGracePeriodSeconds",
    ]

    /// The server counts a DaemonSet's templates in an annotation, whatever a client sends.
    /// https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/registry/apps/daemonset/strategy.go
    private static func withoutTemplateGeneration(_ object: JSONValue) -> JSONValue {
        let place = ["metadata", "annotations", "deprecated.daemonset.template.generation"]
        guard object["kind"] == "DaemonSet", Patching.value(at: place, in: object) != nil else { return object }
        var object = object
        object.set(place, to: nil)
        return object
    }

    /// Without the status, and without what of metadata the server alone writes.
    static func withoutServerFields(_ object: JSONValue) -> JSONValue {
        var object = withoutTemplateGeneration(object)
        object["status"] = nil
        if var metadata = object["metadata"] {
            for key in serverFields { metadata[key] = nil }
            object["metadata"] = metadata
        }
        return object
    }

    /// Drops managedFields, status, versions and kubectl's bookkeeping annotation.
    package static func meaningful(_ object: JSONValue) -> JSONValue {
        var object = withoutServerFields(object)
        if var annotations = object.at("metadata", "annotations") {
            annotations[AppliedConfiguration.annotation] = nil
            object.set(["metadata", "annotations"], to: annotations.object?.isEmpty == true ? nil : annotations)
        }
        return object
    }

    /// An object as it can be sent again: without what a write must not say.
    package static func restorable(_ object: JSONValue) -> JSONValue {
        var object = withoutTemplateGeneration(object)
        object["status"] = nil
        for key in ["managedFields", "resourceVersion", "generation"] { object.set(["metadata", key], to: nil) }
        return object
    }

    /// An object as it can be made anew after it was deleted.
    package static func creatable(_ object: JSONValue) -> JSONValue {
        var object = withoutServerFields(object)
        switch object["kind"]?.string {
        case "Job" where object.at("spec", "manualSelector") != true:
            // Made of the uid that it had: a server refuses them in a new one.
            object.set(["spec", "selector"], to: nil)
            for place in [["metadata"], ["spec", "template", "metadata"]] {
                for label in ["controller-uid", "batch.kubernetes.io/controller-uid"]
                where Patching.value(at: place + ["labels"], in: object) != nil {
                    object.set(place + ["labels", label], to: nil)
                }
            }
        case "Pod": object.set(["spec", "nodeName"], to: nil)
        case "PersistentVolumeClaim":
            // Bound to a volume that is not free for it any more.
            object.set(["spec", "volumeName"], to: nil)
            for name in ["bind-completed", "bound-by-controller"]
            where object.at("metadata", "annotations") != nil {
                object.set(["metadata", "annotations", "pv.kubernetes.io/\(name)"], to: nil)
            }
        case "ServiceAccount": object["secrets"] = nil
        default: break
        }
        return object
    }

    /// What `kubectl get -o yaml` shows.
    package static func withoutManagedFields(_ object: JSONValue) -> JSONValue {
        var object = object
        if var metadata = object["metadata"] {
            metadata["managedFields"] = nil
            object["metadata"] = metadata
        }
        return object
    }

    package static func yaml(_ object: JSONValue?) -> String {
        object.map { YAML.text(meaningful(sorted($0))) } ?? ""
    }

    /// The status alone, for changes of it.
    package static func statusYAML(_ object: JSONValue?) -> String {
        object.map { YAML.text(["status": sorted($0["status"] ?? .null)]) } ?? ""
    }

    /// Members in alphabetical order, as kubectl prints them, so that two servings of an object compare.
    package static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object):
            .object(JSONObject(object.members.sorted { $0.0 < $1.0 }.map { ($0.0, sorted($0.1)) }))
        case .array(let elements): .array(elements.map(sorted))
        default: value
        }
    }

    /// The part that a change is about: everything but metadata and status, for drift checks.
    package static func content(_ object: JSONValue?) -> JSONValue? {
        guard var object else { return nil }
        object["metadata"] = nil
        object["status"] = nil
        return object
    }
}
