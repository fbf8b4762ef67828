// Files of this user alone: journals, kept secrets, logs.

internal import CLinux

/// What is at a path is looked at before it is used: a pipe would block for ever, a link or another account's file would
/// carry what is written to a place that somebody else chose.
package enum PrivateFile {
    /// Nil when there is no such file and it is not to be made.
    package static func open(_ path: String, _ flags: Int32, to purpose: String) throws(MeshTopError) -> Int32? {
        func refused(_ why: String, _ advice: String) -> MeshTopError { Self.refused(path, purpose, why, advice) }
        let descriptor = mt_open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            switch mt_errno() {
            case ENOENT where flags & O_CREAT == 0: return nil
            case ELOOP: throw refused("it is a symbolic link", moveAway)
            // A pipe that nobody reads, a socket.
            case ENXIO: throw refused("it is no regular file", moveAway)
            case EISDIR: throw refused("it is a folder", moveAway)
            default: throw refused(Files.reason(), "check the path and its mode")
            }
        }
        var facts = stat()
        var fault: (why: String, advice: String)?
        if fstat(descriptor, &facts) != 0 {
            fault = (Files.reason(), "check the path and its mode")
        } else if facts.st_mode & mode_t(S_IFMT) != mode_t(S_IFREG) {
            fault = (word(facts.st_mode), moveAway)
        } else if facts.st_uid != geteuid() {
            fault = ("it belongs to another user (uid \(facts.st_uid))", moveAway)
        } else if facts.st_mode & 0o022 != 0 {
            fault = ("others may write it (mode \(String(facts.st_mode & 0o777, radix: 8)))", "chmod 600 it")
        }
        guard let fault else { return descriptor }
        close(descriptor)
        throw refused(fault.why, fault.advice)
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

    static func refused(_ path: String, _ purpose: String, _ why: String, _ advice: String?) -> MeshTopError {
        MeshTopError(.environment, "cannot \(purpose) \(SafeText.line(path, limit: 500))", why: why, advice: advice)
    }
}
