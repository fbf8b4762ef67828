// What the journal has to keep of Secrets for an undo, in a file of its own that can be emptied.

package import Base

/// One JSON line for each change of a Secret: the change's id, the step's place, and what the journal's own line leaves
/// out. Mode 0600.
struct SealedSecrets: Sendable {
    let path: String

    /// What is kept apart.
    private static let members = ["write", "inverse", "after", "values", "places"]

    /// A step's line without its values, and what was taken out of it.
    static func parted(_ step: JSONValue) -> (open: JSONValue, sealed: JSONValue?) {
        if let parted = contentsParted(step) { return parted }
        // One that is made anew is in the line of its deletion.
        guard step["kind"] == "Secret", step["broughtBack"] == nil else { return (step, nil) }
        var (open, sealed) = (step, JSONValue.object(JSONObject()))
        for name in members {
            sealed[name] = step[name]
            open[name] = nil
        }
        open["sealed"] = true
        return (open, sealed)
    }

    /// The Secrets among what goes with a deleted object; nil where there are none.
    private static func contentsParted(_ step: JSONValue) -> (open: JSONValue, sealed: JSONValue?)? {
        let contents = step["contents"]?.array ?? []
        guard contents.contains(where: { $0["kind"] == "Secret" }) else { return nil }
        var open = step
        open["contents"] = .array(
            contents.map { kept in
                var kept = kept
                if kept["kind"] == "Secret" { kept["body"] = nil }
                return kept
            })
        return (open, ["bodies": .array(contents.map { $0["kind"] == "Secret" ? $0["body"] ?? .null : .null })])
    }

    func append(_ id: String, _ steps: [(place: Int, sealed: JSONValue)]) throws(MeshTopError) {
        for (place, sealed) in steps {
            let line: JSONValue = ["id": .string(id), "step": .int(Int64(place)), "sealed": sealed]
            try LineFile(path: path).append(Array(line.compactText.utf8))
        }
    }

    /// By "ID STEP"; a line that cannot be read is as good as forgotten.
    func read() throws(MeshTopError) -> [String: JSONValue] {
        guard let bytes = try LineFile(path: path).read() else { return [:] }
        var found: [String: JSONValue] = [:]
        for line in bytes.split(separator: 0x0A) {
            guard let value = try? JSONValue(parsing: Array(line)),  // the same
                let id = value["id"]?.string, let place = value["step"]?.int
            else { continue }
            found["\(id) \(place)"] = value["sealed"]
        }
        return found
    }

    /// A step's line as it was before it was parted; nil when its values were forgotten.
    static func whole(_ step: JSONValue, _ sealed: JSONValue?) -> JSONValue? {
        guard step["sealed"] == true else { return withContents(step, sealed) }
        guard let sealed else { return nil }
        var step = step
        for name in members { step[name] = sealed[name] }
        return step
    }

    private static func withContents(_ step: JSONValue, _ sealed: JSONValue?) -> JSONValue {
        guard let contents = step["contents"]?.array, let bodies = sealed?["bodies"]?.array,
            bodies.count == contents.count
        else { return step }
        var step = step
        step["contents"] = .array(
            zip(contents, bodies).map { kept, body in
                var kept = kept
                if !body.isNull { kept["body"] = body }
                return kept
            })
        return step
    }

    func forget() throws(MeshTopError) { try LineFile(path: path).empty() }
}

extension Journal {
    private var sealedPath: String {
        path.hasSuffix(".jsonl") ? path.dropLast(".jsonl".count) + "-secrets.jsonl" : path + "-secrets"
    }

    var sealed: SealedSecrets { SealedSecrets(path: sealedPath) }

    /// The values of Secrets go; changes of them cannot be taken back any more.
    package func forgetSecrets() throws(MeshTopError) { try sealed.forget() }
}
