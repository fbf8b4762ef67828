// From when until when a certificate is good: the one thing that MeshTop reads of X.509.
// https://www.rfc-editor.org/rfc/rfc5280#section-4.1

package struct CertificateDates: Sendable, Hashable {
    package var notBefore: Timestamp
    package var notAfter: Timestamp

    /// Of the first certificate of a PEM text; nil when there is none that can be read.
    package init?(pem: [UInt8]) {
        let lines = String(decoding: pem, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
        guard let start = lines.firstIndex(of: "-----BEGIN CERTIFICATE-----"),
            let end = lines[start...].firstIndex(of: "-----END CERTIFICATE-----"),
            let bytes = Base64.decode(lines[(start + 1)..<end].joined())
        else { return nil }
        self.init(der: bytes)
    }

    init?(der: [UInt8]) {
        var outer = DER(bytes: der[...])
        // Certificate { TBSCertificate { [0] version?, serial, algorithm, issuer, validity { notBefore, notAfter } … } }
        guard var certificate = outer.enter(0x30), var body = certificate.enter(0x30) else { return nil }
        if body.tag == 0xA0 { body.skip() }
        for _ in 0..<3 { body.skip() }
        guard var validity = body.enter(0x30), let before = validity.time(), let after = validity.time() else {
            return nil
        }
        (notBefore, notAfter) = (before, after)
    }
}

/// A cursor over values of one level.
private struct DER {
    package var bytes: ArraySlice<UInt8>

    var tag: UInt8? { bytes.first }

    /// Takes a value: its tag and content; nil when it is cut off.
    private mutating func take() -> (tag: UInt8, content: ArraySlice<UInt8>)? {
        guard let tag = bytes.popFirst(), var length = bytes.popFirst().map(Int.init) else { return nil }
        if length >= 0x80 {
            let count = length & 0x7F
            guard count > 0, count <= 4, bytes.count >= count else { return nil }
            length = bytes.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            bytes = bytes.dropFirst(count)
        }
        guard bytes.count >= length else { return nil }
        let content = bytes.prefix(length)
        bytes = bytes.dropFirst(length)
        return (tag, content)
    }

    mutating func skip() { _ = take() }

    mutating func enter(_ wanted: UInt8) -> DER? {
        guard let value = take(), value.tag == wanted else { return nil }
        return DER(bytes: value.content)
    }

    /// UTCTime `yymmddhhmmssZ` or GeneralizedTime `yyyymmddhhmmssZ`.
    mutating func time() -> Timestamp? {
        guard let value = take(), [0x17, 0x18].contains(value.tag) else { return nil }
        var digits = String(decoding: value.content, as: UTF8.self)
        if value.tag == 0x17 { digits = (digits < "50" ? "20" : "19") + digits }
        let parts = Array(digits)
        guard parts.count == 15, parts[14] == "Z" else { return nil }
        func part(_ range: Range<Int>) -> String { String(parts[range]) }
        return Timestamp(
            rfc3339: "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(8..<10)):\(part(10..<12)):\(part(12..<14))Z")
    }
}
