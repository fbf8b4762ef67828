// What an open window wants to know, and what it is told.

package import Actions
package import Base
package import Istio
package import Kube
package import MeshModel

/// Which question an answer belongs to: questions are counted.
package struct RequestID: Sendable, Hashable {
    package var number = 0
}

/// A question of a window that is open. It is asked once, and its answer is taken only while a window has that need.
package struct DataNeed: Sendable, Equatable {
    package let id: RequestID
    package let question: DataQuestion
    /// Asked again every second, as long as the window is open.
    package let isFollowed: Bool

    init(_ id: RequestID, _ question: DataQuestion, isFollowed: Bool = false) {
        (self.id, self.question, self.isFollowed) = (id, question, isFollowed)
    }
}

package enum DataQuestion: Sendable, Equatable {
    /// An object as the server has it. Answered with `document`.
    case yaml(ObjectReference)
    /// May a client send a request? Answered with `document`.
    case access(AccessRequest)
    /// What was changed, and what was asked of servers. Answered with `log`, or where it cannot be read with `document`.
    case log
    /// What was asked of servers. Answered with `calls`.
    case calls
    /// What the policies of a service say now. Answered with `policies`.
    case policies(ServiceID)
    /// An object for the editor. Answered with `edit`.
    case edit(ObjectReference)
    /// The same edit once more, on the object as it is now. Answered with `edit`.
    case renewedEdit(ObjectEdit)
}

package enum DataAnswer: Sendable {
    /// Sentences are broken at the width of the window; YAML and commands are not.
    case document(title: String, lines: [String], wraps: Bool = false)
    case log(changes: [JournalEntry], calls: [APICall], kubectl: [String])
    case calls([APICall])
    case policies([PolicyTemplate: PresentPolicy])
    case edit(Result<ObjectEdit, MeshTopError>)
}
