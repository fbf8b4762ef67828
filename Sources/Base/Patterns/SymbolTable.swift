// Which characters a program cannot tell apart: they are one symbol.

struct SymbolTable: Sendable {
    /// The first scalar of each symbol.
    private let starts: [UInt32]
    private let ascii: [Int]
    private let wordSymbols: Set<Int>
    let newline: Int?

    init(_ program: PatternProgram) {
        var starts: Set<UInt32> = [0]
        for set in program.sets {
            for range in set.ranges {
                starts.insert(range.low)
                starts.insert(range.high + 1)
            }
        }
        if program.usesLines { starts.formUnion([0x0A, 0x0B]) }
        let word = NamedClasses.perl("w") ?? ScalarSet()
        if program.usesWords {
            for range in word.ranges { starts.formUnion([range.low, range.high + 1]) }
        }
        starts.remove(ScalarSet.last + 1)
        let ordered = starts.sorted()
        self.starts = ordered
        var symbol = 0
        ascii = (UInt32(0)..<128).map { scalar in
            while symbol + 1 < ordered.count, ordered[symbol + 1] <= scalar { symbol += 1 }
            return symbol
        }
        newline = program.usesLines ? ascii[0x0A] : nil
        wordSymbols =
            program.usesWords
            ? Set((0..<128).filter { word.contains(UInt32($0)) }.map { [ascii] in ascii[$0] }) : []
    }

    /// The end of the text is a symbol too.
    var end: Int { starts.count }
    var count: Int { starts.count + 1 }

    func isWord(_ symbol: Int) -> Bool { wordSymbols.contains(symbol) }

    func example(_ symbol: Int) -> UInt32 { starts[symbol] }

    func symbol(_ scalar: UInt32) -> Int {
        if scalar < 128 { return ascii[Int(scalar)] }
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= scalar { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }
}
