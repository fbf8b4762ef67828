// Plans to pause, resume and take back the rollout of a Deployment.

internal import ClusterData

enum RolloutPlanner {
    private static let annotation = "deployment.kubernetes.io/revision"

    private static func read(
        _ object: ObjectReference, _ what: String, _ world: PlanWorld
    ) async throws -> (String, JSONValue) {
        guard object.kind == "Deployment" else {
            throw MeshTopError(
                .usage, "\(object.kind) \(object.name)", why: "only a Deployment can be \(what)",
                advice: "choose a Deployment")
        }
        let path = try world.path(object)
        return (path, try await world.read(path))
    }

    static func pause(_ object: ObjectReference, _ values: WorkloadValues, _ world: PlanWorld) async throws -> Draft {
        let (path, before) = try await read(object, "paused", world)
        let isPaused = before.at("spec", "paused")?.bool ?? false
        let pauses: Bool
        switch values.text("state") {
        case "", "other": pauses = !isPaused
        case "paused": pauses = true
        case "running": pauses = false
        case let text:
            throw MeshTopError(.usage, "state=\(text)", why: "not a state", advice: "use paused or running")
        }
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

    private struct Revision {
        var number: Int
        var template: JSONValue
        var images: [String]
    }

    static func rollback(
        _ object: ObjectReference, _ values: WorkloadValues, _ world: PlanWorld
    ) async throws -> Draft {
        let (path, before) = try await read(object, "rolled back", world)
        if before.at("spec", "paused") == true {
            throw MeshTopError(
                .usage, "Deployment \(object.name)", why: "its rollout is paused", advice: "resume it first")
        }
        let wanted = try values.number("revision", 1...Int(Int32.max))
        let revisions = try await revisions(of: before, object, world)
        let current = before.at("metadata", "annotations", annotation)?.string.flatMap { Int($0) }
        let found =
            wanted.map { number in revisions.last { $0.number == number } }
            ?? revisions.last { $0.number < current ?? Int.max }
        guard let found else {
            let known = revisions.map { "\($0.number) (\($0.images.joined(separator: ", ")))" }
            throw MeshTopError(
                .notFound, "Deployment \(object.name)",
                why: wanted.map { "it has no revision \($0)" } ?? "it has no revision before this one",
                advice: "revisions: \(known.joined(separator: ", "))")
        }
        var after = before
        after.set(["spec", "template"], to: found.template)
        let now = images(before.at("spec", "template"))
        let replicas = before.at("spec", "replicas")?.int ?? 1
        return Draft(
            verb: "rollback", title: "Roll \(object.name) back to revision \(found.number)",
            steps: [ObjectChange.step(object, path, from: before, to: after)],
            effects: [
                now == found.images
                    ? "its images stay \(now.joined(separator: ", "))"
                    : "its images become \(found.images.joined(separator: ", ")), now \(now.joined(separator: ", "))",
                "its \(replicas) pods are replaced as the update strategy allows",
            ],
            warnings: world.snapshot?.routes.contains {
                $0.service?.namespace == object.namespace && $0.destinations.count > 1
            } == true
                ? ["only the pods go back: weights of routes stay as they are"] : [],
            kubectl: PlanText.kubectl(
                world, object.namespace,
                ["rollout", "undo", "deployment/\(object.name)", "--to-revision=\(found.number)"]),
            verification: .rollout(object, replicas: nil))
    }

    /// The templates that the Deployment's ReplicaSets keep, by number.
    private static func revisions(
        of deployment: JSONValue, _ object: ObjectReference, _ world: PlanWorld
    ) async throws -> [Revision] {
        let path = ResourcePath(group: "apps", version: "v1", resource: "replicasets").collection(object.namespace)
        let uid = deployment.at("metadata", "uid")
        return try await world.read(path).list("items").compactMap { set -> Revision? in
            guard (set["metadata"] ?? [:]).list("ownerReferences").contains(where: { $0["uid"] == uid }),
                let number = set.at("metadata", "annotations", annotation)?.string.flatMap({ Int($0) }),
                var template = set.at("spec", "template")
            else { return nil }
            // The controller's own mark, which tells the ReplicaSets apart.
            template.set(["metadata", "labels", "pod-template-hash"], to: nil)
            return Revision(number: number, template: template, images: images(template))
        }.sorted { $0.number < $1.number }
    }

    private static func images(_ template: JSONValue?) -> [String] {
        (template?["spec"] ?? [:]).list("containers").compactMap { $0.text("image") }
    }
}
