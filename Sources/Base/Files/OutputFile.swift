// A file that a command writes at a person's word, without taking away what somebody else keeps there.

internal import CLinux

package struct OutputFile: Sendable {
    /// As it was named.
    private let name: String
    /// Behind any links.
    private let path: String
    private let hasOtherNames: Bool

    /// Refuses what is no file, and a file that has something in it which is not our own; with `force` that too goes.
    package init(_ name: String, force: Bool, isOwn: ([UInt8]) -> Bool) throws(MeshTopError) {
        self.name = name
        func refused(_ why: String, _ advice: String) -> MeshTopError {
            MeshTopError(.usage, "cannot write \(name)", why: why, advice: advice)
        }
        var facts = stat()
        guard stat(name, &facts) == 0 else {
            let why = Files.reason()
            guard mt_errno() == ENOENT else { throw refused(why, "check the path") }
            if lstat(name, &facts) == 0 {
                throw refused("it is a link that leads nowhere", "remove it, or name its target")
            }
            (path, hasOtherNames) = (name, false)
            return
        }
        guard facts.st_mode & mode_t(S_IFMT) == mode_t(S_IFREG) else {
            throw refused("it is no regular file", "name a file")
        }
        if !force, facts.st_size > 0, !isOwn(try Files.read(name)) {
            throw refused("it is there, and another wrote it", "choose another name, or add --force to replace it")
        }
        guard let resolved = realpath(name, nil) else { throw refused(Files.reason(), "check the path") }
        defer { free(resolved) }
        path = String(cString: resolved)
        hasOtherNames = facts.st_nlink > 1
    }

    /// Links stay: the file that they lead to is written, and one of several names in place.
    package func write(_ bytes: [UInt8]) throws(MeshTopError) {
        guard hasOtherNames else { return try Files.write(bytes, to: path) }
        let descriptor = mt_open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0)
        guard descriptor >= 0 else {
            throw MeshTopError(.environment, "cannot write \(name)", why: Files.reason())
        }
        defer { close(descriptor) }
        guard ftruncate(descriptor, 0) == 0, Files.writeAll(bytes, to: descriptor), fsync(descriptor) == 0 else {
            throw MeshTopError(.environment, "cannot write \(name)", why: Files.reason())
        }
    }
}
