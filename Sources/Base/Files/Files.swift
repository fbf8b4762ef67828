// Reading and writing files with errors that a person can act on.

internal import CLinux

package enum Files {
    /// The errno's text.
    static func reason() -> String { String(cString: strerror(mt_errno())) }

    /// The whole file. Larger than `limit` bytes is an error, and so is a named pipe, whose writer may never come; a
    /// shell's `<(…)` is read. `waitsForWriter`: the pipe may be meant, to hand over what another program writes.
    package static func read(
        _ path: String, limit: Int = 64 << 20, waitsForWriter: Bool = false
    ) throws(MeshTopError) -> [UInt8] {
        let descriptor = mt_open(path, O_RDONLY | O_CLOEXEC | (waitsForWriter ? 0 : O_NONBLOCK), 0)
        guard descriptor >= 0 else {
            throw MeshTopError(
                .environment, "cannot read \(path)", why: reason(), advice: "check the path and its mode")
        }
        defer { close(descriptor) }
        var facts = stat()
        if !waitsForWriter, fstat(descriptor, &facts) == 0, facts.st_mode & mode_t(S_IFMT) == mode_t(S_IFIFO),
            mt_is_unnamed_pipe(descriptor) == 0
        {
            throw MeshTopError(
                .environment, "cannot read \(path)", why: "it is a named pipe, which may never have anything in it",
                advice: "put a file there")
        }
        _ = mt_make_blocking(descriptor)
        return try read(descriptor, named: path, limit: limit)
    }

    /// The rest of an open file.
    static func read(_ descriptor: Int32, named path: String, limit: Int) throws(MeshTopError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = chunk.withUnsafeMutableBytes { CLinux.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, mt_errno() == EINTR { continue }
            guard count >= 0 else {
                throw MeshTopError(.environment, "cannot read \(path)", why: reason())
            }
            if count == 0 { return bytes }
            bytes += chunk[0..<count]
            guard bytes.count <= limit else {
                throw MeshTopError(.environment, "cannot read \(path)", why: "larger than \(limit) bytes")
            }
        }
    }

    /// Says whether a file is another than before: its time of change, size and place. Nil when it is not there.
    package static func fingerprint(_ path: String) -> [Int]? {
        var information = stat()
        guard stat(path, &information) == 0 else { return nil }
        let time = information.st_mtim
        return [Int(time.tv_sec), Int(time.tv_nsec), Int(information.st_size), Int(bitPattern: information.st_ino)]
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether a file is there. What cannot be known is an error: a folder that may not be searched, a link that leads
    /// nowhere or in a circle, a file where a folder should be.
    package static func isPresent(_ path: String) throws(MeshTopError) -> Bool {
        var facts = stat()
        if stat(path, &facts) == 0 { return true }
        let missing = mt_errno() == ENOENT
        if missing, lstat(path, &facts) != 0, mt_errno() == ENOENT {
            // Nothing of that name, if the folder it would be in can be searched or is not there either.
            guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return false }
            let folder = String(path[..<slash])
            if try isPresent(folder), !isFolder(folder) {
                throw MeshTopError(.environment, "cannot read \(path)", why: "\(folder) is no folder", advice: nil)
            }
            return false
        }
        let why = missing ? "a link in its path leads nowhere" : reason()
        throw MeshTopError(
            .environment, "cannot read \(path)", why: why,
            advice: "mend it: what it says of read-only and production must not be missed")
    }

    package static func isFolder(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & mode_t(S_IFMT) == mode_t(S_IFDIR)
    }

    package static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

    /// Creates a folder and those above it, mode 0700.
    package static func makeFolder(_ path: String) throws(MeshTopError) {
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            built += "/" + part
            if mkdir(built, 0o700) != 0, mt_errno() != EEXIST {
                throw MeshTopError(.environment, "cannot create \(path)", why: reason())
            }
        }
    }

    /// Writes a file in one step (a temporary file renamed over it), mode 0600.
    package static func write(_ bytes: [UInt8], to path: String) throws(MeshTopError) {
        let temporary = "\(path).\(getpid())-\(UInt32.random(in: 0...(.max)))"
        let descriptor = mt_open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw MeshTopError(.environment, "cannot write \(path)", why: reason()) }
        let complete = writeAll(bytes, to: descriptor) && fsync(descriptor) == 0
        close(descriptor)
        guard complete, rename(temporary, path) == 0 else {
            let why = reason()
            unlink(temporary)
            throw MeshTopError(.environment, "cannot write \(path)", why: why)
        }
    }

    /// Removes a file; one that is not there is removed already.
    package static func remove(_ path: String) { unlink(path) }

    /// Writes every byte; false when the descriptor takes no more (a closed pipe, a full disk).
    package static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { CLinux.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, mt_errno() == EINTR { continue }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }

    /// Names in a folder, sorted, without "." and "..".
    package static func list(_ path: String) throws(MeshTopError) -> [String] {
        guard let folder = opendir(path) else {
            throw MeshTopError(.environment, "cannot read \(path)", why: reason())
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

/// Who runs this process: the account's name, whatever the environment says; the number where it has none.
package func currentUserName() -> String {
    guard let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name else { return "uid \(geteuid())" }
    return SafeText.line(String(cString: name), limit: 64)
}

/// This machine, as others would call it.
package func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
    return SafeText.line(String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
}

package func processNumber() -> Int { Int(getpid()) }

/// Whether a process of this machine is still there, under whatever account.
package func isRunning(process: Int) -> Bool { kill(pid_t(process), 0) == 0 || mt_errno() == EPERM }

/// The process's environment.
package func environmentVariable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}
