// The body that has a pod evicted.
// https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/

internal import Base

extension PlanStep {
    /// Of this very pod: another one of the same name, as a StatefulSet makes it, is left alone.
    func eviction(dryRun: Bool) -> JSONValue {
        var body: JSONValue = [
            "apiVersion": .string(evictionVersion), "kind": "Eviction",
            "metadata": ["name": .string(object.name), "namespace": .string(object.namespace)],
        ]
        if let uid { body.set(["deleteOptions", "preconditions", "uid"], to: .string(uid)) }
        if dryRun { body.set(["deleteOptions", "dryRun"], to: ["All"]) }
        return body
    }
}
