// The earlier templates of a workload: a Deployment's ReplicaSets keep them, ControllerRevisions those of the others.
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/controller-revision-v1/

internal import Base
internal import Kube

struct RevisionHistory {
    struct Revision {
        var number: Int
        var template: JSONValue
        var images: [String]
    }

    static let kinds: Set<String> = ["Deployment", "StatefulSet", "DaemonSet"]
    static let field = FormField(
        "revision", "Revision (empty: the one before)", kind: .number(1...Int(Int32.max)),
        option: .init("The revision; the one before this without it.", valueName: "n"))
    private static let annotation = "deployment.kubernetes.io/revision"

    /// In the order of their numbers.
    var revisions: [Revision]
    /// The number of the template that holds now; nil where it is not known.
    var current: Int?

    /// The one before the template that holds now.
    var previous: Revision? { revisions.last { $0.number < current ?? Int.max } }

    var advice: String {
        let known = revisions.map { "\($0.number) (\($0.images.joined(separator: ", ")))" }
        return known.isEmpty ? "no revisions of it are kept" : "revisions: \(known.joined(separator: ", "))"
    }

    static func read(_ workload: JSONValue, _ object: ObjectReference, _ world: PlanWorld) async throws
        -> RevisionHistory
    {
        let isDeployment = object.kind == "Deployment"
        let path = ResourcePath(
            group: "apps", version: "v1", resource: isDeployment ? "replicasets" : "controllerrevisions")
        let uid = workload.at("metadata", "uid")
        let revisions = try await world.read(path.collection(object.namespace)).list("items").filter {
            OwnedPods.controller($0)?["uid"] == uid
        }.compactMap { isDeployment ? ofReplicaSet($0) : ofControllerRevision($0) }.sorted { $0.number < $1.number }
        // Of the others the newest number is what holds: a template that comes back is numbered anew.
        let current =
            isDeployment
            ? workload.at("metadata", "annotations", annotation)?.string.flatMap { Int($0) }
            : revisions.last?.number
        return RevisionHistory(revisions: revisions, current: current)
    }

    private static func ofReplicaSet(_ set: JSONValue) -> Revision? {
        guard let number = set.at("metadata", "annotations", annotation)?.string.flatMap({ Int($0) }),
            var template = set.at("spec", "template")
        else { return nil }
        // The controller's own mark, which tells the ReplicaSets apart.
        template.set(["metadata", "labels", "pod-template-hash"], to: nil)
        return Revision(number: number, template: template, images: images(template))
    }

    /// Its data is a strategic merge patch that puts the template in the place of the one that is there.
    private static func ofControllerRevision(_ revision: JSONValue) -> Revision? {
        guard let number = revision["revision"]?.int, var template = revision.at("data", "spec", "template") else {
            return nil
        }
        template["$patch"] = nil
        return Revision(number: number, template: template, images: images(template))
    }

    static func images(_ template: JSONValue?) -> [String] {
        (template?["spec"] ?? [:]).list("containers").compactMap { $0.text("image") }
    }
}
