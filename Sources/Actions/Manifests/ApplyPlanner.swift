// One object of a file as a step: created, merged into what is there as `kubectl apply` merges, or applied by the
// server.

internal import Base
internal import Kube

struct ApplyPlanner {
    let world: PlanWorld
    let keys: PatchKeys
    /// Server-side apply; nil for the merge that kubectl makes itself.
    let serverSide: ServerSideApply?
    /// Who writes what is merged here.
    let clientSideManager: String

    struct Outcome {
        var step: PlanStep
        /// The file's own object, in its namespace.
        var file: JSONValue
        var schema: PatchSchema?
        var warnings: [String] = []
    }

    /// `file` has its namespace; `isServed` is false while the same manifests bring its kind.
    func outcome(
        _ file: JSONValue, _ resource: ResourceInfo, isServed: Bool, _ object: ObjectReference, place: String
    ) async throws -> Outcome {
        let path = resource.path.object(
            ObjectKey(file.at("metadata", "namespace")?.string ?? "", file.at("metadata", "name")?.string ?? ""))
        var step = PlanStep(
            object: object, path: path, write: .create(Self.creation(file)), before: nil, after: nil, inverse: .delete,
            place: place, awaits: isServed ? nil : "CustomResourceDefinition of \(object.kind)")
        step.fieldManager = clientSideManager
        if let serverSide { step.write = .serverSideApply(file, serverSide) }
        guard isServed else {
            // The server cannot try it before it knows the kind, nor can it apply on its side what it does not serve.
            step.write = .create(serverSide == nil ? Self.creation(file) : file)
            return Outcome(step: step, file: file)
        }
        let schema = await keys.schema(resource)
        guard let before = try await world.readIfPresent(path) else {
            return Outcome(step: step, file: file, schema: schema)
        }
        step.before = before
        var outcome = Outcome(step: step, file: file, schema: schema)
        if serverSide == nil {
            try merge(&outcome, before)
        }
        let made = outcome.step.write.applied(to: before) ?? before
        outcome.step.inverse = .jsonPatch(ObjectChange.operations(from: made, to: before, guarded: false))
        outcome.step.isApplied = true
        return outcome
    }

    private func merge(_ outcome: inout Outcome, _ before: JSONValue) throws(MeshTopError) {
        let name = "\(outcome.step.object.kind) \(outcome.step.object.name)"
        let original: JSONObject?
        do {
            original = try AppliedConfiguration.read(before)
        } catch {
            throw MeshTopError(
                .invalid, name,
                why: "its annotation \(AppliedConfiguration.annotation) is no JSON, so what was removed cannot be told",
                advice: "take the annotation away and apply again; nothing was sent")
        }
        if original == nil {
            outcome.warnings.append(
                "\(name) is missing the annotation \(AppliedConfiguration.annotation), by which an apply sees what its file no longer says: nothing is removed this time; the annotation is added"
            )
        }
        let modified = AppliedConfiguration.recorded(outcome.file).object ?? JSONObject()
        let (earlier, current) = (original ?? JSONObject(), before.object ?? JSONObject())
        do {
            if let schema = outcome.schema {
                outcome.step.write = .strategicMergePatch(
                    try ThreeWayPatch.strategic(original: earlier, modified: modified, current: current, schema))
            } else {
                outcome.step.write = .mergePatch(
                    try ThreeWayPatch.merge(original: earlier, modified: modified, current: current))
            }
        } catch {
            throw MeshTopError(
                .invalid, outcome.step.place ?? name, why: SafeText.line("\(name): \(error.reason)", limit: 500),
                advice: "mend that list; nothing was sent")
        }
    }

    /// A new object: with its record, and without nulls, which mean that a field is absent.
    private static func creation(_ file: JSONValue) -> JSONValue { AppliedConfiguration.recorded(file).withoutNulls }
}
