// Themes by name or by file: the user's folder, next to the binary, or built in.

internal import Base
internal import CLinux
internal import Views

struct ThemeFiles: Sendable {
    /// A theme by name, or by path when it holds a slash or ends in .yaml.
    func find(_ name: String) throws(MeshTopError) -> Theme {
        if name.utf8.contains(UInt8(ascii: "/")) || name.hasSuffix(".yaml") { return try read(name, named: name) }
        for folder in Self.folders() {
            let path = "\(folder)/\(name).yaml"
            if Files.exists(path) { return try read(path, named: name) }
        }
        if let known = Theme.builtIn.first(where: { $0.name == name }) { return known }
        throw MeshTopError(
            .usage, "theme \(name)", why: "there is no such theme",
            advice: "choose one of \(Theme.builtIn.map(\.name).joined(separator: ", ")), or give a file")
    }

    private func read(_ path: String, named name: String) throws(MeshTopError) -> Theme {
        let bytes = try Files.read(path, limit: 1 << 20)
        let document: JSONValue
        do {
            document = try YAML.document(bytes, as: .configuration)
        } catch {
            throw MeshTopError(.usage, path, why: error.description, advice: "mend that line")
        }
        do {
            return try Theme(name: name, document: document)
        } catch {
            throw MeshTopError(.usage, path, why: error.why, advice: "mend that entry")
        }
    }

    /// Where theme files are looked for: the user's own first.
    private static func folders() -> [String] {
        var folders: [String] = []
        if let own = Configuration.folder() { folders.append("\(own)/themes") }
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        if count > 0 {
            let path = String(decoding: buffer[0..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let folder = path.split(separator: "/").dropLast().joined(separator: "/")
            folders += ["/\(folder)/themes", "/\(folder)/../share/meshtop/themes"]
        }
        return folders
    }
}
