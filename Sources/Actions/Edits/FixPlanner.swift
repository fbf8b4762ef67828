// Plans the mending that a finding carries.

internal import Base
internal import Kube
package import MeshModel

/// The mending that a finding carries.
struct FixRequest: ChangeRequest {
    var object: ObjectReference
    var fix: Finding.Fix

    func resolving(_ resolve: (ObjectReference) throws -> ObjectReference) throws -> Self {
        Self(object: try resolve(object), fix: fix)
    }

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await FixPlanner.draft(object, fix, world)
    }
}

extension PlanRequest {
    package static func fix(_ object: ObjectReference, _ fix: Finding.Fix) -> PlanRequest {
        PlanRequest(FixRequest(object: object, fix: fix))
    }
}

enum FixPlanner {
    static func draft(
        _ object: ObjectReference, _ fix: Finding.Fix, _ world: PlanWorld
    ) async throws -> Draft {
        let path = try world.path(object)
        let before = try await world.read(path)
        do {
            _ = try Patching.json(fix.patch, to: before)
        } catch {
            throw MeshTopError(
                .conflict, "\(object.kind) \(object.namespace)/\(object.name)",
                why: "it is no longer as the finding saw it", advice: "look at the findings again; nothing was sent")
        }
        let patch = JSONValue.array(fix.patch).compactText
        return Draft(
            verb: "fix", title: "Fix \(object.kind) \(object.name): \(fix.title)",
            steps: [
                PlanStep(
                    object: object, path: path, write: .jsonPatch(fix.patch), before: before, after: nil,
                    inverse: .replace(ObjectText.restorable(before)))
            ],
            effects: ["\(fix.title); the finding goes away with it"],
            kubectl: PlanText.kubectl(
                world, object.namespace,
                ["patch", "\(object.kind.lowercased())/\(object.name)", "--type=json", "-p", patch]))
    }
}
