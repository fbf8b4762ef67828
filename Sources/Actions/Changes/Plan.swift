// A change worked out in full: what is sent, on which version, and how it is taken back.

package import Base
package import MeshModel

/// One request that changes one object, with all that is needed to send it, check it and take it back.
package struct PlanStep: Sendable, Hashable {
    /// How the object is written.
    package enum Write: Sendable, Hashable {
        /// RFC 6902 operations; a `test` on resourceVersion is put in front when it is sent.
        case jsonPatch([JSONValue])
        /// RFC 7386; metadata.resourceVersion is put in when it is sent.
        case mergePatch(JSONValue)
        /// The same, of the status subresource.
        case statusPatch(JSONValue)
        case strategicMergePatch(JSONValue)
        /// What somebody wants of the object; the server makes it so.
        case serverSideApply(JSONValue, ServerSideApply)
        case create(JSONValue)
        /// A whole object, sent with the resourceVersion that was read.
        case replace(JSONValue)
        /// The scale subresource.
        case scale(Int)
        case delete
        /// A pod, by the eviction subresource, which asks the disruption budgets.
        case evict
    }

    package var object: ObjectReference
    package var path: String
    package var write: Write
    /// The object as it was read when the plan was made; nil when it does not exist.
    package var before: JSONValue?
    /// The object as the dry run gave it back; nil when it is deleted, or was not run.
    package var after: JSONValue?
    package var inverse: Write?
    /// What a file says, merged into what is there: the way back leads from what the server makes of it.
    package var isApplied = false
    /// The form of an eviction that the server knows.
    package var evictionVersion = "policy/v1"
    /// Who writes it; an apply on the server's side names its own.
    package var fieldManager = OwnManagers.changes
    /// Where the object stands in a manifest, for errors.
    package var place: String?
    /// What it needs that the same change creates before it: the server cannot try it without.
    package var awaits: String?
    /// It went with what an undo makes anew: where it cannot be made, the others are all the same.
    package var isBroughtBack = false
    /// What a deletion takes with it; nil where it holds nothing.
    package var contents: KeptContents?

    package var resourceVersion: String? { before?.at("metadata", "resourceVersion")?.string }
    package var generation: Int? { before?.at("metadata", "generation")?.int }
    /// What the journal keeps of the outcome: the content, or the status where that is what was written.
    var kept: JSONValue? {
        if case .statusPatch = write { return after.map { ["status": $0["status"] ?? .null] } }
        return ObjectText.content(after)
    }
    package var uid: String? { before?.at("metadata", "uid")?.string }
}

/// What the check afterwards waits for.
package enum Verification: Sendable, Hashable {
    case accepted
    case rollout(ObjectReference, replicas: Int?)
    /// Configured shares by destination index of one rule.
    case shares(ObjectReference, section: RouteSummary.Section, index: Int, shares: [Double])
}

package struct Plan: Sendable, Hashable {
    package var id: String
    package var verb: String
    package var title: String
    package var context: String
    package var server: String
    package var steps: [PlanStep]
    package var verification: Verification
    package var preview: ChangePreview
    /// The journal entry that this plan takes back.
    package var undoes: String?
    /// The rollout that this plan starts or goes on with.
    package var guarded: GuardRecord?
    /// The rollout that it ends, whose driver is told.
    package var ending: GuardEnding?
    /// Whether errors that follow are held against it: not where they are what it is for, nor where a guarded shift
    /// compares them at every look.
    package var comparesErrors = true
    /// What went with an object that this makes anew, and was not kept.
    package var notBroughtBack: [String] = []

    /// Something of it can be taken back.
    var canUndo: Bool { steps.contains { $0.inverse != nil } }
}

extension PlanStep.Write {
    /// Stored in the journal so that an undo works after a restart.
    var json: JSONValue {
        switch self {
        case .jsonPatch(let operations): ["kind": "jsonPatch", "body": .array(operations)]
        case .mergePatch(let body): ["kind": "mergePatch", "body": body]
        case .statusPatch(let body): ["kind": "statusPatch", "body": body]
        case .strategicMergePatch(let body): ["kind": "strategicMergePatch", "body": body]
        case .serverSideApply(let body, let how):
            [
                "kind": "serverSideApply", "body": body, "fieldManager": .string(how.fieldManager),
                "forcesConflicts": .bool(how.forcesConflicts),
            ]
        case .create(let body): ["kind": "create", "body": body]
        case .replace(let body): ["kind": "replace", "body": body]
        case .scale(let replicas): ["kind": "scale", "body": .int(Int64(replicas))]
        case .delete: ["kind": "delete"]
        case .evict: ["kind": "evict"]
        }
    }

    init?(json: JSONValue) {
        guard let kind = json["kind"]?.string else { return nil }
        let body = json["body"]
        switch (kind, body) {
        case ("jsonPatch", .array(let operations)?): self = .jsonPatch(operations)
        case ("mergePatch", let body?): self = .mergePatch(body)
        case ("statusPatch", let body?): self = .statusPatch(body)
        case ("strategicMergePatch", let body?): self = .strategicMergePatch(body)
        case ("serverSideApply", let body?):
            self = .serverSideApply(
                body,
                ServerSideApply(
                    fieldManager: json["fieldManager"]?.string, forcesConflicts: json["forcesConflicts"] == true))
        case ("create", let body?): self = .create(body)
        case ("replace", let body?): self = .replace(body)
        case ("scale", let body?):
            guard let replicas = body.int else { return nil }
            self = .scale(replicas)
        case ("delete", _): self = .delete
        case ("evict", _): self = .evict
        default: return nil
        }
    }
}
