// Manifests that are applied together: texts with the names of their files, as they come from a disk or a pipe.

package import Base

package struct Manifests: Sendable, Hashable {
    package struct File: Sendable, Hashable {
        /// As it is named in errors; empty where there is no file.
        package var name: String
        package var text: String

        package init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    package var files: [File]
    /// What kubectl would be given for the same files: `-f DIR -R`.
    package var arguments: [String]
    /// Nil for the merge that kubectl makes itself.
    package var serverSide: ServerSideApply?
    /// Who writes what is merged from the client's side; nil for the usual one.
    package var fieldManager: String?
    /// The namespace was asked for: an object that names another one is refused.
    package var enforcesNamespace = false
    /// What is known to be dropped goes where it takes effect.
    package var isMended = false

    package init(files: [File], arguments: [String]) {
        self.files = files
        self.arguments = arguments
    }

    private static let extensions = [".yaml", ".yml", ".json"]
    private static let depthLimit = 32

    /// Reads what `kubectl apply` would: a file whatever its name, `-` from standard input, of a folder the files that
    /// end in .yaml, .yml or .json, and with `recursive` those in its folders too. Errors name the path.
    /// `waitsForWriter`: a named pipe is read as kubectl reads it; whoever may not wait leaves that out.
    package static func read(
        _ paths: [String], recursive: Bool, waitsForWriter: Bool = false
    ) throws(MeshTopError) -> Manifests {
        var manifests = Manifests(files: [], arguments: paths.flatMap { ["-f", $0] } + (recursive ? ["-R"] : []))
        for path in paths {
            let names = path == "-" ? ["-"] : try files(path, recursive: recursive, depth: 0)
            guard !names.isEmpty else {
                throw MeshTopError(
                    .usage, SafeText.line(path), why: "no .yaml, .yml or .json file is in this folder",
                    advice: recursive ? "give another folder" : "add -R to look in its folders too")
            }
            for name in names {
                let bytes = try Files.read(
                    name == "-" ? "/dev/stdin" : name, waitsForWriter: waitsForWriter && name == path)
                manifests.files.append(
                    File(
                        name: name == "-" ? "standard input" : SafeText.line(name),
                        text: String(decoding: bytes, as: UTF8.self)))
            }
        }
        return manifests
    }

    private static func files(_ path: String, recursive: Bool, depth: Int) throws(MeshTopError) -> [String] {
        guard Files.isFolder(path) else { return [path] }
        // Links may lead in a circle.
        guard depth < depthLimit else {
            throw MeshTopError(
                .usage, SafeText.line(path), why: "folders are nested deeper than \(depthLimit)",
                advice: "give the folder that is meant")
        }
        var found: [String] = []
        for name in try Files.list(path) {
            let inner = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
            if Files.isFolder(inner) {
                if recursive { found += try files(inner, recursive: true, depth: depth + 1) }
            } else if extensions.contains(where: name.hasSuffix) {
                found.append(inner)
            }
        }
        return found
    }
}
