// A file of lines that several programs append to, and that nobody else may have put there.

internal import CLinux

/// A private file of whole lines.
package struct LineFile: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// How long another program may hold the file: an append takes milliseconds.
    private static let lockSeconds = 5.0

    /// The whole file; nil when there is none.
    package func read() throws(MeshTopError) -> [UInt8]? {
        guard let descriptor = try PrivateFile.open(path, O_RDONLY, to: "read") else { return nil }
        defer { close(descriptor) }
        return try Files.read(descriptor, named: path, limit: 1 << 30)
    }

    /// Takes everything out of it, on the disk too.
    package func empty() throws(MeshTopError) {
        guard let descriptor = try PrivateFile.open(path, O_RDWR, to: "empty") else { return }
        defer { close(descriptor) }
        try lock(descriptor)
        guard ftruncate(descriptor, 0) == 0, fsync(descriptor) == 0 else { throw refused("empty", Files.reason()) }
    }

    /// Appends a line and syncs it to the disk before it returns. A line that stays half written is taken out again;
    /// one that another program left so is closed first, so that it does not swallow this one. With `reserve`, as many
    /// bytes more must fit behind it: lines that have to be written later.
    package func append(_ line: [UInt8], reserve: Int = 0) throws(MeshTopError) {
        guard let descriptor = try PrivateFile.open(path, O_RDWR | O_CREAT | O_APPEND, to: "write") else {
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
        PrivateFile.refused(path, purpose, why, advice)
    }
}
