// A change that was made, as the journal knows it.

package import Base

/// A change as the journal knows it, folded from its lines.
package struct JournalEntry: Sendable, Hashable {
    /// `sent` with nothing after it means that MeshTop ended in between: the outcome is unknown.
    package enum Outcome: String, Sendable, Hashable {
        case sent, applied, verified, unverified, failed, undone
    }
    package struct Step: Sendable, Hashable {
        package var object: ObjectReference
        package var path: String
        package var write: PlanStep.Write?
        package var inverse: PlanStep.Write?
        /// The object's content after the change, to see drift before an undo.
        package var after: JSONValue?
        /// The fields that the change writes, before and after it; empty where it writes the object as a whole.
        package var values: [Value] = []
        /// Of a large object: `after` has only the places that the change wrote.
        package var isPartial = false
        /// A Secret's values were kept apart and are gone.
        package var isForgotten = false
        /// What a deletion took with it.
        package var contents: KeptContents?
        /// An undo made it anew after it went with another object.
        package var isBroughtBack = false
    }
    /// One field; nil stands for one that is not there.
    package struct Value: Sendable, Hashable {
        package var path: [String]
        package var before: JSONValue?
        package var after: JSONValue?
    }

    package var id: String
    package var time: Timestamp
    package var user: String
    /// The program that made it, to know whether it is still at work.
    package var host: String
    package var process: Int?
    package var context: String
    package var server: String
    package var verb: String
    package var title: String
    package var outcome: Outcome
    package var detail: String
    /// Stands for the preview that was confirmed.
    package var preview: String
    package var steps: [Step]
    /// How many of the steps were carried out, where it is known that not all were.
    package var sent: Int?
}
