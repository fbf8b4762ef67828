// A folder for files that nobody else may read, gone with the value that stands for it.

internal import CLinux

/// A new folder of mode 0700, under `$TMPDIR` or `/tmp` unless another place is given; removed with all that is in it by
/// `deinit`.
package final class PrivateFolder: Sendable {
    package let path: String

    package init(_ label: String, in place: String? = nil) throws(MeshTopError) {
        let base = place ?? environmentVariable("TMPDIR").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        var template = Array("\(base)/\(label)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw MeshTopError(
                .environment, "cannot make a folder in \(base)", why: Files.reason(),
                advice: "set TMPDIR to one you may write")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// Removes such a folder that somebody left behind.
    package static func remove(_ path: String) {
        // What an editor left beside its file, backups and swap files, goes too.
        for name in (try? Files.list(path)) ?? [] { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    /// A file of mode 0600; gives its path.
    package func write(_ name: String, _ text: String) throws(MeshTopError) -> String {
        let file = "\(path)/\(name)"
        try Files.write(Array(text.utf8), to: file)
        return file
    }
}
