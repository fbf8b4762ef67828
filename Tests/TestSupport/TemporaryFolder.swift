// A folder that is there for one test and gone after it.

package import Base
internal import CLinux

package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws(MeshTopError) {
        var template = Array("/tmp/meshtop-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw MeshTopError(.environment, "mkdtemp", why: "failed") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// Writes a file, making the folders above it, and gives its path.
    @discardableResult
    package func write(_ name: String, _ text: String) throws(MeshTopError) -> String {
        let file = "\(path)/\(name)"
        try Files.makeFolder(file.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" })
        try Files.write(Array(text.utf8), to: file)
        return file
    }

    package func read(_ name: String) -> String {
        // A file that is not there yet reads as empty: callers wait for its text.
        ((try? Files.read("\(path)/\(name)")).map { String(decoding: $0, as: UTF8.self) }) ?? ""
    }

    private static func remove(_ path: String) {
        var information = stat()
        guard lstat(path, &information) == 0 else { return }
        if information.st_mode & mode_t(S_IFMT) == mode_t(S_IFDIR) {
            for name in (try? Files.list(path)) ?? [] { remove("\(path)/\(name)") }  // what cannot be listed stays
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
