// Large answers compressed, as the real server does for clients that ask for it.

internal import Base
internal import CZlib

enum Gzip {
    /// The real server leaves smaller answers alone (APIResponseCompression).
    static let smallest = 128 * 1024

    /// Whether the client takes gzip and does not prefer plain bytes.
    static func isWanted(_ acceptEncoding: String?) -> Bool {
        var quality: [String: Double] = [:]
        for clause in (acceptEncoding ?? "").split(separator: ",") {
            let parts = clause.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            guard let coding = parts.first else { continue }
            quality[coding] = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
        }
        let gzip = quality["gzip"] ?? 0
        return gzip > 0 && gzip >= quality["identity"] ?? 0
    }

    /// Nil when zlib refuses, which it does only without memory. The fastest level: the client is on this machine.
    static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard mt_gzip_start(&stream, 1) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        var isWhole = false
        let result = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            bytes.withUnsafeBufferPointer { input in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(buffer.count)
                isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            count = isWhole ? bound - Int(stream.avail_out) : 0
        }
        return isWhole ? result : nil
    }
}
