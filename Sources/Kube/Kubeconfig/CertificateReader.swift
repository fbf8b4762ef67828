// Certificates that live in files: whoever renews them writes the files again, and nobody restarts MeshTop for that.

internal import Base

/// Reads files when they change. A file that is away for a moment, or half written, leaves what was read before.
struct CertificateReader: Sendable {
    private struct Reading: Sendable {
        var fingerprint: [Int]
        package var bytes: [UInt8]
    }
    private var readings: [String: Reading] = [:]

    /// Puts what the files say now in place of what they said when the kubeconfig was read.
    mutating func refresh(_ connection: inout ConnectionSettings, _ files: ClusterAccess.CertificateFiles) {
        if let bytes = read(files.authority, "CERTIFICATE") { connection.certificateAuthority = bytes }
        // A certificate and the key of another do not fit: both or none.
        let pair = (read(files.clientCertificate, "CERTIFICATE"), read(files.clientKey, "PRIVATE KEY"))
        if let certificate = pair.0 { connection.clientCertificate = certificate }
        if let key = pair.1 { connection.clientKey = key }
    }

    private mutating func read(_ path: String?, _ kind: String) -> [UInt8]? {
        guard let path else { return nil }
        guard let fingerprint = Files.fingerprint(path), readings[path]?.fingerprint != fingerprint else {
            return readings[path]?.bytes
        }
        // An unreadable or half-written file is tried again with the next request.
        guard let bytes = try? Files.read(path, limit: 4 << 20),
            String(decoding: bytes, as: UTF8.self).contains("\(kind)-----")
        else { return readings[path]?.bytes }
        readings[path] = Reading(fingerprint: fingerprint, bytes: bytes)
        return bytes
    }
}
