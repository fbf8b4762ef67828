// Other people's data that lies beside the project and is never part of it: CRDs, analysis cases, example manifests.

package import Base

package enum Corpus {
    /// The folder beside the clone that holds the corpora.
    private static let root: String = {
        let clone = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/" + clone + "/../shared"
    }()

    /// Whether a test of this corpus runs: where it is there, and always in CI, where its absence is a failure.
    package static func runs(_ name: String) -> Bool {
        Files.exists("\(root)/\(name)") || environmentVariable("CI") == "true"
    }

    /// The path of a file in a corpus; missing is an error, never a silent pass.
    package static func path(_ name: String) throws(MeshTopError) -> String {
        let path = "\(root)/\(name)"
        guard Files.exists(path) else {
            throw MeshTopError(
                .environment, "corpus \(name)", why: "it is not beside the clone", advice: "put ../shared there")
        }
        return path
    }
}
