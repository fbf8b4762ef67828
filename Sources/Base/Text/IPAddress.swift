// IP addresses and networks in every spelling: what proxies, policies and credentials are decided by.

/// An IPv4 or IPv6 address. An IPv4 address that is written in IPv6 form (`::ffff:10.0.0.1`) is the IPv4 one.
package struct IPAddress: Sendable, Hashable {
    /// 4 or 16 bytes, most significant first.
    package let bytes: [UInt8]

    package var isIPv4: Bool { bytes.count == 4 }

    /// 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        isIPv4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    /// `10.0.0.1`, `2001:db8::1`, `::ffff:10.0.0.1`, with or without a zone behind `%`. Nil for anything else: no leading
    /// zeros, no short forms (`127.1`), as Go's netip reads them.
    package init?(_ text: String) {
        guard text.utf8.count <= 64 else { return nil }
        let plain = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)[0]
        guard let found = plain.contains(":") ? Self.six(plain) : Self.four(plain) else { return nil }
        let isMapped = found.count == 16 && found[..<10].allSatisfy { $0 == 0 } && found[10] == 255 && found[11] == 255
        bytes = isMapped ? Array(found[12...]) : found
    }

    private static func four(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
                part.utf8.count == 1 || part.utf8.first != 48, let byte = UInt8(part)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func six(_ text: Substring) -> [UInt8]? {
        /// The groups of one side of `::`; the last may be an IPv4 address.
        func groups(_ side: Substring) -> [UInt8]? {
            if side.isEmpty { return [] }
            var bytes: [UInt8] = []
            let parts = side.split(separator: ":", omittingEmptySubsequences: false)
            for (place, part) in parts.enumerated() {
                if place == parts.count - 1, part.contains(".") {
                    guard let four = four(part) else { return nil }
                    bytes += four
                    continue
                }
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ $0 != 43 && $0 != 45 }),
                    let value = UInt16(part, radix: 16)
                else { return nil }
                bytes += [UInt8(value >> 8), UInt8(value & 255)]
            }
            return bytes
        }
        guard let gap = String(text).firstRange(of: "::") else {
            guard let all = groups(text), all.count == 16 else { return nil }
            return all
        }
        let whole = String(text)
        let (head, tail) = (whole[..<gap.lowerBound], whole[gap.upperBound...])
        guard !tail.contains("::"), !tail.hasPrefix(":"), !head.contains("."), let left = groups(head),
            let right = groups(tail), left.count + right.count <= 14
        else { return nil }
        return left + Array(repeating: 0, count: 16 - left.count - right.count) + right
    }
}

/// `10.0.0.0/8`, `2001:db8::/32`.
package struct IPNetwork: Sendable, Hashable {
    package let address: IPAddress
    package let prefix: Int

    /// Nil for anything but an address, a slash and a length.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let address = IPAddress(parts[0]), !parts[0].contains("%"),
            parts[1].utf8.allSatisfy({ (48...57).contains($0) }), var length = Int(parts[1])
        else { return nil }
        // The length of a network that is written as a mapped one counts the 96 bits before it.
        if address.isIPv4, parts[0].contains(":") { length -= 96 }
        guard (0...(address.bytes.count * 8)).contains(length) else { return nil }
        self.address = address
        prefix = length
    }

    package func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        for (place, byte) in address.bytes.enumerated() {
            let bits = min(8, max(0, prefix - place * 8))
            let mask = bits == 0 ? 0 : UInt8(truncatingIfNeeded: 0xFF << (8 - bits))
            if byte & mask != other.bytes[place] & mask { return false }
        }
        return true
    }
}
