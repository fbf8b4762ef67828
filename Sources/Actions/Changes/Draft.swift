// A plan's parts before the dry run has completed them.

internal import Base
internal import Kube

/// A plan's parts before the dry run has completed them.
struct Draft: Sendable {
    var verb: String
    var title: String
    var steps: [PlanStep]
    var effects: [String] = []
    var warnings: [String] = []
    /// What nobody named and could be taken, a line each.
    var proposals: [String] = []
    var kubectl: String
    var verification = Verification.accepted
    var undoes: String?
    /// Errors are what it is for: a rise of them is no reason to doubt it.
    var comparesErrors = true
    var guarded: GuardRecord?
    var ending: GuardEnding?
    /// The name to type though the namespace is not marked as production.
    var typedConfirmation: String?
    /// What happened since to the objects of a change that is taken back.
    var drift: [DriftItem] = []
    /// What went with an object that is made anew, and was not kept.
    var notBroughtBack: [String] = []
    /// What files say of the objects, by the steps' paths.
    var files: [String: AppliedFile] = [:]
}

/// An object as a file has it, and how its kind merges.
struct AppliedFile: Sendable {
    var object: JSONValue
    var schema: PatchSchema?
}
