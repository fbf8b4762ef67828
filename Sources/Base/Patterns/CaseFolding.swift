// Letters that `(?i)` takes for the same.

enum CaseFolding {
    /// Letters that have other forms, in order, and where each goes next in the cycle of its forms.
    private static let steps: (letters: [UInt32], next: [UInt32]) = {
        var pairs: [(UInt32, UInt32)] = []
        var start = 0
        for run in UnicodeTable.folding.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            let numbers = run.split(separator: ":").compactMap { Int($0, radix: 36) }
            guard numbers.count == 4 else { continue }
            start += numbers[0]
            for index in 0..<numbers[1] {
                let letter = start + index * numbers[2]
                pairs.append((UInt32(letter), UInt32(letter + numbers[3])))
            }
        }
        pairs.sort { $0.0 < $1.0 }
        return (pairs.map(\.0), pairs.map(\.1))
    }()

    /// The other forms of every letter of a range.
    static func forms(of range: ScalarRange, _ body: (UInt32) -> Void) {
        var index = place(of: range.low)
        while index < steps.letters.count, steps.letters[index] <= range.high {
            let letter = steps.letters[index]
            var form = steps.next[index]
            while form != letter {
                body(form)
                let place = place(of: form)
                guard place < steps.letters.count, steps.letters[place] == form else { break }
                form = steps.next[place]
            }
            index += 1
        }
    }

    /// The first letter that is not below this one.
    private static func place(of letter: UInt32) -> Int {
        var (low, high) = (0, steps.letters.count)
        while low < high {
            let middle = (low + high) / 2
            if steps.letters[middle] < letter { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
