// The operator's own editor: which one, on which file, and what is kept when its text did not become a change.

internal import Actions
internal import Base
internal import CLinux

/// An edit in a file of its own, which nobody else may read and which is gone afterwards.
struct EditFile: Sendable {
    private let edit: ObjectEdit
    private let folder: PrivateFolder
    private let path: String

    init(_ edit: ObjectEdit) throws(MeshTopError) {
        self.edit = edit
        folder = try EditFolders.make()
        path = try folder.write(edit.fileName, edit.text)
    }

    /// Removes the text now: whoever ends the program next does not wait for the last that holds this value.
    func remove() { PrivateFolder.remove(folder.path) }

    /// What kubectl and git look at, in kubectl's order. It may hold arguments, so a shell takes it apart.
    static var editor: String {
        for name in ["KUBE_EDITOR", "EDITOR", "VISUAL"] {
            if let value = environmentVariable(name), value.contains(where: { $0 != " " }) { return value }
        }
        return "vi"
    }

    /// Runs the editor on the terminal; gives its exit code.
    func open(started: (Int32) -> Void = { _ in }) throws(MeshTopError) -> Int32 {
        // A plain command takes the shell's place, so that a signal meets the editor itself.
        let isPlain = Self.editor.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "/._- ".utf8.contains(byte)
        }
        let command = "\(isPlain ? "exec " : "")\(Self.editor) \"$1\""
        return try Subprocess.runInForeground("/bin/sh", ["-c", command, "sh", path], started: started)
    }

    /// What an editor that ended with this code left.
    func result(_ exitCode: Int32) -> EditResult {
        var fresh = edit
        do {
            fresh.text = String(decoding: try Files.read(path, limit: 16 << 20), as: UTF8.self)
        } catch {
            return .failed(error)
        }
        guard exitCode == 0 else {
            let name = SafeText.line(Self.editor, limit: 80)
            let why =
                exitCode == 127
                ? "it was not found"
                : exitCode > 128 ? "signal \(exitCode - 128) ended it" : "it ended with code \(exitCode)"
            let error = MeshTopError(
                .environment, "the editor \(name)", why: why, advice: "set KUBE_EDITOR or EDITOR; nothing was sent")
            // What was saved before is the operator's work all the same.
            return fresh.text == edit.text && edit.text == edit.original ? .failed(error) : .unreadable(fresh, error)
        }
        return EditResult(fresh)
    }

    private static let daysKept = 30.0

    /// Puts the text of an edit where it stays for a month, mode 0600; gives the path.
    static func keep(_ edit: ObjectEdit) throws(MeshTopError) -> String {
        let folder = "\(try Journal.stateFolder())/edits"
        try Files.makeFolder(folder)
        let stamp = Timestamp.wall().rfc3339.filter { $0.isNumber }
        let path = "\(folder)/\(stamp)-\(edit.fileName)"
        try Files.write(Array(edit.text.utf8), to: path)
        for name in try Files.list(folder) where isOld(name) { Files.remove("\(folder)/\(name)") }
        return path
    }

    /// Removes the kept texts of Secrets.
    static func forgetSecrets() throws(MeshTopError) {
        let folder = "\(try Journal.stateFolder())/edits"
        guard Files.isFolder(folder) else { return }
        // "20260101000000-secret-shop-name.yaml"
        for name in try Files.list(folder) where name.dropFirst(14).hasPrefix("-secret-") {
            Files.remove("\(folder)/\(name)")
        }
    }

    /// By the time in its name; what has another name was put there by somebody else.
    private static func isOld(_ name: String) -> Bool {
        let stamp = name.prefix(14)
        let oldest = (Timestamp.wall() + -daysKept * 86400).rfc3339.filter { $0.isNumber }.prefix(14)
        return stamp.count == 14 && stamp.allSatisfy { $0.isASCII && $0.isNumber } && stamp < oldest
    }
}

/// The program that has the terminal while it is lent, so that it does not outlive us on it.
final class Tenant: Sendable {
    private let process = Lock<Int32>(0)

    func note(_ id: Int32) { process.withLock { $0 = id } }

    /// Hangs up, as a terminal that goes away does, and waits a moment for the program to leave.
    func evict() {
        for attempt in 0..<100 {
            let id = process.withLock { $0 }
            guard id > 0 else { return }
            if attempt == 0 { kill(id, SIGHUP) }
            usleep(10_000)
        }
    }
}
