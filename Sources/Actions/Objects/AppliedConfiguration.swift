// kubectl's record of what was applied last, which its next apply compares with to see what the file no longer says.

internal import Base
internal import Kube

enum AppliedConfiguration {
    static let annotation = ObjectMeta.lastApplied
    private static let path = ["metadata", "annotations", annotation]

    /// An object of a file with the record of itself, as util.GetModifiedConfiguration makes it.
    static func recorded(_ object: JSONValue) -> JSONValue {
        var object = object
        var annotations = object.at("metadata", "annotations")?.object ?? JSONObject()
        annotations[annotation] = nil
        object.set(["metadata", "annotations"], to: .object(annotations))
        let record = GoJSON.line(object)
        object.set(path, to: .string(record))
        return object
    }

    /// What was applied last; nil when nothing was, an error when the record cannot be read.
    static func read(_ object: JSONValue) throws(JSONError) -> JSONObject? {
        guard let text = text(object) else { return nil }
        // An empty one says nothing.
        if text.isEmpty { return JSONObject() }
        guard case .object(let members) = try JSONValue(parsing: text) else {
            throw JSONError("it is no object", at: 0)
        }
        return members
    }

    static func text(_ object: JSONValue?) -> String? { object?.at("metadata", "annotations", annotation)?.string }
}
