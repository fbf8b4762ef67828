// What goes with a deleted CustomResourceDefinition or Namespace, kept in the journal so that an undo makes it anew.

package import Base

/// One object that goes with another one.
package struct KeptObject: Sendable, Hashable {
    package var object: ObjectReference
    package var path: String
    /// As it can be made anew; nil when it was a Secret whose values were forgotten.
    package var body: JSONValue?
}

package struct KeptContents: Sendable, Hashable {
    /// In the order that they are made in.
    package var objects: [KeptObject] = []
    /// What an undo does not bring back, and why; empty when that is nothing.
    package var missing: [String] = []
    /// How many are left to whoever made them.
    package var owned = 0
}
