// Where texts lie while they are in an editor. A killed program leaves its folder behind; the next start removes it.

internal import Actions
internal import Base
internal import CLinux

enum EditFolders {
    private static func base() throws(MeshTopError) -> String { "\(try Journal.stateFolder())/editing" }

    /// A new folder that says whose it is: process, when that started, and host.
    static func make() throws(MeshTopError) -> PrivateFolder {
        let base = try base()
        try Files.makeFolder(base)
        let id = processNumber()
        return try PrivateFolder("\(id)-\(state(of: id)?.start ?? "0")-\(hostName())", in: base)
    }

    /// Removes the folders of programs of this host that are no longer there. What cannot be removed is left: it stands
    /// in nobody's way.
    static func sweep() {
        guard let base = try? base(), Files.isFolder(base), let names = try? Files.list(base) else { return }
        for name in names where isOrphan(name) { PrivateFolder.remove("\(base)/\(name)") }
    }

    /// Ours by its name, of this host, and its process is gone; a number that another process has now does not count.
    private static func isOrphan(_ name: String) -> Bool {
        let parts = name.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let id = Int(parts[0]), id > 0, parts[2].dropLast(7) == hostName() else { return false }
        guard isRunning(process: id) else { return true }
        // Without a state it has ended just now, or cannot be looked at.
        guard let now = state(of: id) else { return !isRunning(process: id) }
        return now.hasEnded || now.start != parts[1]
    }

    /// When it started, in ticks since the machine did, and whether nothing is left of it but its exit code, which its
    /// parent has not asked for yet.
    /// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    private static func state(of id: Int) -> (start: String, hasEnded: Bool)? {
        guard let bytes = try? Files.read("/proc/\(id)/stat") else { return nil }  // it is gone
        // The program's name, in parentheses, may hold anything.
        let rest = String(decoding: bytes, as: UTF8.self).split(separator: ")").last ?? ""
        let fields = rest.split(separator: " ")
        return fields.count > 19 ? (String(fields[19]), ["Z", "X"].contains(fields[0])) : nil
    }
}
