// What of an object in a file the server would drop, and how it is mended where that is known.

package import Base
package import MeshModel

package enum ManifestMending {
    /// The findings about dropped fields that carry a mending.
    package static func fixes(of object: JSONValue) -> [Finding] { dropped(of: object).filter { $0.mending != nil } }

    /// All of them, by the schemas that are known here; none for kinds that have no analyzer.
    package static func dropped(of object: JSONValue) -> [Finding] {
        var set = ManifestSet()
        let text = Array(object.compactText.utf8)
        // What cannot be read is refused elsewhere, in words.
        guard (try? set.add(text, name: "", defaultNamespace: "default")) != nil else { return [] }
        let world = set.world(time: Timestamp(seconds: 0))
        var findings = Findings()
        for analyzer in SchemaRules.analyzers { analyzer.run(world, &findings) }
        return findings.all.filter { $0.code == FindingCode.droppedField.rawValue }
    }
}
