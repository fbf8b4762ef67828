// A body that arrives in pieces and is put together by whoever waits for it: growing one array copies all that is there
// while every connection of the network's thread waits, 90 ms for 64 MB.

/// Pieces of a bounded size, in order.
struct BodyPieces: Sendable {
    private var pieces: [[UInt8]] = []
    private(set) var count = 0

    /// Copying one takes well under a millisecond.
    private static let size = 256 << 10

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        count += bytes.count
        var rest = bytes[...]
        while !rest.isEmpty {
            if pieces.last.map({ $0.count == Self.size }) ?? true {
                var piece: [UInt8] = []
                // Small answers are most of them: only a second piece is made as large as it may become.
                if !pieces.isEmpty { piece.reserveCapacity(Self.size) }
                pieces.append(piece)
            }
            let last = pieces.count - 1
            let part = rest.prefix(Self.size - pieces[last].count)
            pieces[last].append(contentsOf: part)
            rest = rest.dropFirst(part.count)
        }
    }

    /// One array of it all. Each piece is let go as it is copied, so that there is never twice the body.
    consuming func joined() -> [UInt8] {
        if pieces.count == 1 { return pieces[0] }
        var whole: [UInt8] = []
        whole.reserveCapacity(count)
        for place in pieces.indices {
            whole += pieces[place]
            pieces[place] = []
        }
        return whole
    }
}
