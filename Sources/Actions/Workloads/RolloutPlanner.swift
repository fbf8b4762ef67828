// Plans to pause and resume the rollout of a Deployment, and to bring a workload back to an earlier revision.

internal import Base
internal import MeshModel

/// A Deployment's rollout paused or resumed; nil: the other of the two.
struct PauseRequest: ChangeRequest {
    var object: ObjectReference
    var pauses: Bool?

    func resolving(_ resolve: (ObjectReference) throws -> ObjectReference) throws -> Self {
        Self(object: try resolve(object), pauses: pauses)
    }

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await RolloutPlanner.pause(object, pauses: pauses, world)
    }
}

/// An earlier template of a workload; nil: the one before this.
struct RollbackRequest: ChangeRequest {
    var object: ObjectReference
    var revision: Int?

    func resolving(_ resolve: (ObjectReference) throws -> ObjectReference) throws -> Self {
        Self(object: try resolve(object), revision: revision)
    }

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await RolloutPlanner.rollback(object, revision: revision, world)
    }
}

extension PlanRequest {
    package static func pauseRollout(_ object: ObjectReference, pauses: Bool? = nil) -> PlanRequest {
        PlanRequest(PauseRequest(object: object, pauses: pauses))
    }

    package static func rollback(_ object: ObjectReference, revision: Int? = nil) -> PlanRequest {
        PlanRequest(RollbackRequest(object: object, revision: revision))
    }
}

enum RolloutPlanner {
    static func pause(_ object: ObjectReference, pauses wanted: Bool?, _ world: PlanWorld) async throws -> Draft {
        guard object.kind == "Deployment" else {
            throw MeshTopError(
                .usage, "\(object.kind) \(object.name)", why: "pausing is not supported for a \(object.kind)",
                advice: object.kind == "StatefulSet"
                    ? "only Deployments pause; hold pods back with spec.updateStrategy.rollingUpdate.partition"
                    : "choose a Deployment: Kubernetes pauses nothing else")
        }
        let path = try world.path(object)
        let before = try await world.read(path)
        let isPaused = before.at("spec", "paused")?.bool ?? false
        let pauses = wanted ?? !isPaused
        var after = before
        if pauses {
            after.set(["spec", "paused"], to: true)
        } else if isPaused {
            after.set(["spec", "paused"], to: nil)
        }
        let step = ObjectChange.step(object, path, from: before, to: after)
        return Draft(
            verb: pauses ? "pause" : "resume", title: "\(pauses ? "Pause" : "Resume") the rollout of \(object.name)",
            steps: pauses == isPaused ? [] : [step],
            effects: [
                pauses
                    ? "a change of its template is not rolled out until it is resumed; its count still changes"
                    : "its template is rolled out as it is now"
            ],
            kubectl: PlanText.kubectl(
                world, object.namespace, ["rollout", pauses ? "pause" : "resume", "deployment/\(object.name)"]))
    }

    // MARK: Roll back

    static func rollback(
        _ object: ObjectReference, revision wanted: Int?, _ world: PlanWorld
    ) async throws -> Draft {
        guard RevisionHistory.kinds.contains(object.kind) else {
            throw MeshTopError(
                .usage, "\(object.kind) \(object.name)", why: "nobody keeps revisions of it",
                advice: "choose a Deployment, a StatefulSet or a DaemonSet")
        }
        let path = try world.path(object)
        let before = try await world.read(path)
        if before.at("spec", "paused") == true {
            throw MeshTopError(
                .usage, "\(object.kind) \(object.name)", why: "its rollout is paused", advice: "resume it first")
        }
        let history = try await RevisionHistory.read(before, object, world)
        let found = wanted.map { number in history.revisions.last { $0.number == number } } ?? history.previous
        guard let found else {
            throw MeshTopError(
                .notFound, "\(object.kind) \(object.name)",
                why: wanted.map { "it has no revision \($0)" } ?? "it has no revision before this one",
                advice: history.advice)
        }
        var after = before
        after.set(["spec", "template"], to: found.template)
        let now = RevisionHistory.images(before.at("spec", "template"))
        let pods = before.at("spec", "replicas")?.int ?? before.at("status", "desiredNumberScheduled")?.int
        return Draft(
            verb: "rollback", title: "Roll \(object.name) back to revision \(found.number)",
            steps: [ObjectChange.step(object, path, from: before, to: after)],
            effects: [
                now == found.images
                    ? "its images stay \(now.joined(separator: ", "))"
                    : "its images become \(found.images.joined(separator: ", ")), now \(now.joined(separator: ", "))",
                "its \(pods.map { "\(Plural.count($0, "pod")) \(Plural.verb($0))" } ?? "pods are") replaced as the update strategy allows",
            ],
            warnings: [RolloutCheck.heldBack(before)].compactMap { $0 } + routeWarnings(object, world),
            kubectl: PlanText.kubectl(
                world, object.namespace,
                ["rollout", "undo", "\(object.kind.lowercased())/\(object.name)", "--to-revision=\(found.number)"]),
            verification: .rollout(object, replicas: nil))
    }

    private static func routeWarnings(_ object: ObjectReference, _ world: PlanWorld) -> [String] {
        let isSplit = (world.snapshot?.routes ?? []).contains {
            $0.service?.namespace == object.namespace && $0.destinations.count > 1
        }
        return isSplit ? ["only the pods go back: weights of routes stay as they are"] : []
    }
}
