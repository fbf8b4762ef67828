// A file of lines that several programs append to, and that nobody else may have put there.

internal import CLinux

/// A private file of whole lines. What is at its path is looked at before it is used: a pipe would block for ever, a
/// link or another account's file would carry what is written to a place that somebody else chose.
package struct LineFile: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// How long another program may hold the file: an append takes milliseconds.
    private static let lockSeconds = 5.0

    /// The whole file; nil when there is none.
    package func read() throws(MeshTopError) -> [UInt8]? {
        guard let descriptor = try opened(O_RDONLY, "read") else { return nil }
        defer { close(descriptor) }
        return try Files.read(descriptor, named: path, limit: 1 << 30)
    }

    /// Takes everything out of it, on the disk too.
    package func empty() throws(MeshTopError) {
        guard let descriptor = try opened(O_RDWR, "empty") else { return }
        defer { close(descriptor) }
        try lock(descriptor)
        guard ftruncate(descriptor, 0) == 0, fsync(descriptor) == 0 else { throw refused("empty", Files.reason()) }
    }

    /// Appends a line and syncs it to the disk before it returns. A line that stays half written is taken out again;
    /// one that another program left so is closed first, so that it does not swallow this one. With `reserve`, as many
    /// bytes more must fit behind it: lines that have to be written later.
    package func append(_ line: [UInt8], reserve: Int = 0) throws(MeshTopError) {
        guard let descriptor = try opened(O_RDWR | O_CREAT | O_APPEND, "write") else {
            throw refused("write", Files.reason())
        }
        defer { close(descriptor) }
        try lock(descriptor)
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0 else { throw refused("write", Files.reason()) }
        let text = (isTorn(descriptor, size) ? [0x0A] : []) + line + [0x0A]
        guard Files.writeAll(text, to: descriptor),
            Files.writeAll([UInt8](repeating: 0x20, count: reserve), to: descriptor),
            fsync(descriptor) == 0
        else {
            let why = Files.reason()
            // Where even this fails the next append closes the line.
            _ = ftruncate(descriptor, size)
            throw refused("write", why)
        }
        guard reserve > 0 else { return }
        let end = size + off_t(text.count)
        guard ftruncate(descriptor, end) == 0 else { throw refused("write", Files.reason()) }
        // Where the file system cannot keep room, it has at least just had it.
        _ = mt_reserve(descriptor, end, off_t(reserve))
        guard fsync(descriptor) == 0 else { throw refused("write", Files.reason()) }
    }

    /// Its last line has no end.
    private func isTorn(_ descriptor: Int32, _ size: off_t) -> Bool {
        guard size > 0 else { return false }
        var last: UInt8 = 0
        return pread(descriptor, &last, 1, size - 1) != 1 || last != 0x0A
    }

    /// Nil when there is no such file and it is not to be made.
    private func opened(_ flags: Int32, _ purpose: String) throws(MeshTopError) -> Int32? {
        let descriptor = mt_open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            switch mt_errno() {
            case ENOENT where flags & O_CREAT == 0: return nil
            case ELOOP: throw refused(purpose, "it is a symbolic link", Self.moveAway)
            // A pipe that nobody reads, a socket.
            case ENXIO: throw refused(purpose, "it is no regular file", Self.moveAway)
            case EISDIR: throw refused(purpose, "it is a folder", Self.moveAway)
            default: throw refused(purpose, Files.reason(), "check the path and its mode")
            }
        }
        var facts = stat()
        var fault: (why: String, advice: String)?
        if fstat(descriptor, &facts) != 0 {
            fault = (Files.reason(), "check the path and its mode")
        } else if facts.st_mode & mode_t(S_IFMT) != mode_t(S_IFREG) {
            fault = (Self.word(facts.st_mode), Self.moveAway)
        } else if facts.st_uid != geteuid() {
            fault = ("it belongs to another user (uid \(facts.st_uid))", Self.moveAway)
        } else if facts.st_mode & 0o022 != 0 {
            fault = ("others may write it (mode \(String(facts.st_mode & 0o777, radix: 8)))", "chmod 600 it")
        }
        guard let fault else { return descriptor }
        close(descriptor)
        throw refused(purpose, fault.why, fault.advice)
    }

    private static let moveAway = "move it away; a file of your own is made there"

    private static func word(_ mode: mode_t) -> String {
        switch mode & mode_t(S_IFMT) {
        case mode_t(S_IFIFO): "it is a named pipe"
        case mode_t(S_IFDIR): "it is a folder"
        case mode_t(S_IFCHR), mode_t(S_IFBLK): "it is a device"
        default: "it is no regular file"
        }
    }

    /// One program at a time; one that holds the file and stands still does not stop this one for ever.
    private func lock(_ descriptor: Int32) throws(MeshTopError) {
        let start = Moment.now()
        while mt_lock(descriptor) != 0 {
            let code = mt_errno()
            if code == EINTR { continue }
            // A file system without locks: appends are whole there as far as it makes them so.
            if code == ENOLCK || code == EOPNOTSUPP { return }
            guard code == EWOULDBLOCK else { throw refused("write", Files.reason()) }
            guard Moment.now() - start < Self.lockSeconds else {
                throw refused("write", "another program holds it", "see 'fuser \(path)', then try again")
            }
            usleep(5000)
        }
    }

    private func refused(_ purpose: String, _ why: String, _ advice: String? = nil) -> MeshTopError {
        MeshTopError(.environment, "cannot \(purpose) \(path)", why: why, advice: advice)
    }
}
