// What a person sees before a change is sent, and what became of it afterwards.

package import Base
package import Istio
package import MeshModel

/// A planned change as shown before it is sent. All text in it is safe for a terminal.
package struct ChangePreview: Sendable, Hashable {
    package struct DiffLine: Sendable, Hashable {
        /// `file` names an object, `hunk` a place in it; both carry their own marks.
        package enum Kind: Sendable, Hashable { case context, added, removed, hunk, file }
        package var kind: Kind
        package var text: String

        package init(kind: Kind, text: String) {
            self.kind = kind
            self.text = text
        }
    }

    package struct Mend: Sendable, Hashable {
        /// What it does, in words.
        package var title: String
        package var request: PlanRequest

        package init(title: String, request: PlanRequest) {
            self.title = title
            self.request = request
        }
    }

    /// Names the plan for `apply` and the journal.
    package var planID: String
    package var title: String
    package var context: String
    package var objects: [ObjectReference]
    package var diff: [DiffLine]
    /// The predicted effect in numbers, one sentence a line.
    package var effects: [String]
    /// Who else writes the object and will undo the change.
    package var managers: [String]
    package var warnings: [String]
    /// What an analysis of the mesh would say anew, and no longer; nil where it was not asked.
    package var findings: FindingsDelta?
    /// It was asked, and the cluster was still being read.
    package var isUnjudged = false
    /// The same change as a kubectl command line.
    package var kubectl: String
    /// Nil when the server accepted the dry run, else its refusal in one line.
    package var refusal: String?
    /// The name to type before the change is sent, in namespaces marked as production.
    package var typedConfirmation: String?
    /// The name is asked for whatever the namespace: what is changed is gone.
    package var isDeletion = false
    /// The route whose guarded shift this starts or goes on with.
    package var rollout: ObjectReference?
    /// How many of the objects the server could not try: what they need comes with the change itself.
    package var untried = 0
    /// What the server said to the dry run that it did not refuse.
    package var verdict: String {
        untried == 0
            ? "the server accepts it"
            : "the server accepts \(max(0, objects.count - untried)) of \(objects.count); \(untried) could not be tried before"
    }
    /// What happened since to the objects of a change that is taken back; empty when nothing did.
    package var drift: [DriftItem] = []
    /// Somebody else's work would be overwritten.
    package var hasConflicts: Bool { drift.contains { $0.kind == .conflict } }
    /// Values that nobody named: each with where it comes from, and not part of the change.
    package var proposals: [String] = []
    /// What the server would drop or change of it, one line a field.
    package var losses: [String] = []
    /// The same change with the mending that is known for what the server drops.
    package var mend: Mend?
    /// A person has to say yes to something else before the change itself.
    package var needsAcknowledgement: Bool { hasConflicts || !losses.isEmpty }
    /// Each place with its three states, conflicts first.
    package var driftLines: [(kind: DriftItem.Kind, text: String)] {
        DriftItem.Kind.allCases.flatMap { kind -> [(kind: DriftItem.Kind, text: String)] in
            let mark =
                switch kind {
                case .conflict: "✖ changed by both"
                case .goesBack: "● goes back"
                case .asBefore: "○ is back already"
                case .kept: "○ somebody else's, stays"
                }
            return drift.filter { $0.kind == kind }.map {
                (kind, "\(mark): \($0.path)  before \($0.before), changed to \($0.made), now \($0.now)")
            }
        }
    }
    /// Over what was shown, so that a journal can tell which preview was confirmed.
    package var fingerprint: String {
        var hash = StableHash()
        let shown =
            [title, context] + diff.map(\.text) + effects + managers + warnings + findingLines.map(\.text)
            + unjudgedLines + losses
        for text in shown + [kubectl] {
            hash.combine(text.utf8)
            hash.combine("\n".utf8)
        }
        return hash.text
    }
    /// What an analysis could not say, one line for each reason.
    package var unjudgedLines: [String] {
        isUnjudged ? ["findings not judged: not everything has been read yet"] : findings?.notJudged.lines ?? []
    }
    /// One line for each finding that comes or goes.
    package var findingLines: [(isNew: Bool, severity: Finding.Severity, text: String)] {
        func line(_ finding: Finding, _ isNew: Bool) -> (isNew: Bool, severity: Finding.Severity, text: String) {
            let place = "\(finding.code) \(finding.resource) \(finding.path)"
            return (isNew, finding.severity, isNew ? "\(place): \(finding.message)" : place)
        }
        return (findings?.added ?? []).map { line($0, true) } + (findings?.removed ?? []).map { line($0, false) }
    }
    /// Nothing would change. To drive on a rollout that stands is something, though its object stays as it is.
    package var isEmpty: Bool { rollout == nil && !diff.contains { $0.kind == .added || $0.kind == .removed } }

    package init(
        planID: String, title: String, context: String, objects: [ObjectReference], diff: [DiffLine],
        effects: [String] = [], managers: [String] = [], warnings: [String] = [], kubectl: String = "",
        refusal: String? = nil, typedConfirmation: String? = nil
    ) {
        self.planID = planID
        self.title = title
        self.context = context
        self.objects = objects
        self.diff = diff
        self.effects = effects
        self.managers = managers
        self.warnings = warnings
        self.kubectl = kubectl
        self.refusal = refusal
        self.typedConfirmation = typedConfirmation
    }
}

/// A change of several objects that ended at one of them. Each is named as "Kind namespace/name".
package struct StoppedChange: Sendable, Hashable {
    /// What an undo is asked for by.
    package var journalID: String
    package var applied: [String]
    package var refused: String
    package var notSent: [String]

    package init(journalID: String, applied: [String], refused: String, notSent: [String]) {
        self.journalID = journalID
        self.applied = applied
        self.refused = refused
        self.notSent = notSent
    }

    init(_ plan: Plan, after sent: Int) {
        let names = plan.steps.map { step in
            "\(step.object.kind) \(step.object.namespace.isEmpty ? "" : "\(step.object.namespace)/")\(step.object.name)"
        }
        self.init(
            journalID: plan.id, applied: Array(names.prefix(sent)), refused: names[sent],
            notSent: Array(names.dropFirst(sent + 1)))
    }

    /// What became of each, in up to three lines.
    package var lines: [String] {
        [("applied", applied), ("refused", [refused]), ("not sent", notSent)].filter { !$0.1.isEmpty }.map {
            "\($0.0): \($0.1.joined(separator: ", "))"
        }
    }
}

/// Whether a change that was sent can be taken back.
package enum WayBack: Sendable, Hashable {
    case open
    case none
    /// It deletes, and what it deletes is still there: nothing is brought back before that is gone.
    case onceGone
}

/// How far a change has come.
package enum ChangeProgress: Sendable, Hashable {
    case sending
    case applied(journalID: String, undo: WayBack = .open)
    /// The cluster has it; waiting for observedGeneration, the rollout or the observed share.
    case verifying(String)
    case verified(String)
    /// Applied, but the check afterwards did not agree within its time.
    case unverified(String)
    /// A guarded shift took its canary out again, and why.
    case rolledBack(String)
    /// Nobody drives it any more, and it stands.
    case left(String)
    /// One of several objects was refused; what became of each. The failure itself follows.
    case stopped(StoppedChange)
    case failed(MeshTopError)

    package var isFinal: Bool {
        switch self {
        case .sending, .applied, .verifying, .stopped: false
        case .verified, .unverified, .rolledBack, .left, .failed: true
        }
    }
}
