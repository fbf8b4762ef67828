// Why a strategic merge patch cannot be made or taken, in apimachinery's words.

internal import Base

package struct StrategicPatchError: Error, Sendable, Hashable, CustomStringConvertible {
    /// How the API server answers: the request is malformed, does not fit the object, or something else.
    package enum Kind: Sendable, Hashable { case malformed, unfit, other }
    package var kind: Kind
    package var reason: String

    package init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    package var description: String { reason }

    static let primitiveList = StrategicPatchError(
        .malformed, "Invalid patch format of primitive list")
    static let retainKeys = StrategicPatchError(.malformed, "Invalid patch format of retainKeys")
    static let elementOrder = StrategicPatchError(.malformed, "Invalid patch format of setElementOrder list")
    static let listOfLists = StrategicPatchError(.unfit, "lists of lists are not supported")

    static func noMergeKey(_ element: JSONValue, _ key: String) -> StrategicPatchError {
        StrategicPatchError(.other, "map: \(element.compactText) does not contain declared merge key: \(key)")
    }

    static func badType(_ value: JSONValue) -> StrategicPatchError {
        StrategicPatchError(.other, "expected an object, got \(value.compactText)")
    }
}
