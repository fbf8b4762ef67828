// What a person would read on a web page that came in place of an answer: its title and its words, a line of them.

package struct PageText {
    private(set) var title = ""
    private(set) var words = ""

    /// Scripts and styles may come first; what a person reads of a page of refusal is short.
    private static let mostBytes = 64 << 10
    private static let mostWords = 300
    private static let unseen = ["script", "style", "template", "noscript"]
    /// These stand within a word or beside one; all others part words.
    private static let inline = ["a", "abbr", "b", "code", "em", "font", "i", "small", "span", "strong", "u"]

    package init(_ page: some Sequence<UInt8>) {
        let bytes = Array(page.prefix(Self.mostBytes))
        var (seen, heading): ([UInt8], [UInt8]) = ([], [])
        var place = 0
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "<"), let tag = Tag(bytes, at: place) else {
                seen.append(bytes[place])
                place += 1
                continue
            }
            place = tag.end
            if Self.unseen.contains(tag.name), !tag.isClosing {
                place = Self.closing(tag.name, bytes, from: place)
            } else if tag.name == "title", !tag.isClosing, heading.isEmpty {
                let end = Self.closing(tag.name, bytes, from: place)
                heading = Array(bytes[place..<end])
                place = end
            } else if !Self.inline.contains(tag.name) {
                seen.append(UInt8(ascii: " "))
            }
        }
        title = Self.text(heading)
        words = Self.text(seen)
        // A page tends to begin with its title once more.
        if !title.isEmpty, words.hasPrefix(title) { words = words.dropFirst(title.count).trimmingSpace() }
    }

    /// "a web page, "Blocked": Incident 77".
    package var description: String { "a web page\(details)" }

    /// What follows the words "a web page"; empty where the page says nothing.
    package var details: String { (title.isEmpty ? "" : ", \"\(title)\"") + (words.isEmpty ? "" : ": \(words)") }

    private struct Tag {
        package var name: String
        var isClosing = false
        /// Behind it; of one that was cut off the end of the text.
        var end: Int

        /// Nil for a sign that begins no tag.
        init?(_ bytes: [UInt8], at start: Int) {
            let rest = bytes[(start + 1)...]
            if rest.starts(with: Array("!--".utf8)) {
                name = "!--"
                end = rest.firstRange(of: Array("-->".utf8))?.upperBound ?? bytes.count
                return
            }
            guard let first = rest.first, "/!?".utf8.contains(first) || Self.isLetter(first) else { return nil }
            isClosing = first == UInt8(ascii: "/")
            let letters = (isClosing ? rest.dropFirst() : rest).prefix(while: Self.isOfName)
            name = String(decoding: letters, as: UTF8.self).lowercased()
            end = rest.firstIndex(of: UInt8(ascii: ">")).map { $0 + 1 } ?? bytes.count
        }

        private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
        static func isOfName(_ byte: UInt8) -> Bool { isLetter(byte) || (0x30...0x39).contains(byte) }
        static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
    }

    /// Where the tag that ends an element begins; the end of the text where none does. Other tags are not looked into:
    /// with an end to find for each, a hostile page would cost its square.
    private static func closing(_ name: String, _ bytes: [UInt8], from start: Int) -> Int {
        let end = Array("/\(name)".utf8)
        var place = start
        while let sign = bytes[place...].firstIndex(of: UInt8(ascii: "<")) {
            let word = bytes[(sign + 1)...].prefix(end.count)
            let isEnd = word.map(Tag.lowercased) == end
            let next = sign + 1 + end.count
            if isEnd, next == bytes.count || !Tag.isOfName(bytes[next]) { return sign }
            place = sign + 1
        }
        return bytes.count
    }

    private static func text(_ bytes: [UInt8]) -> String {
        let plain = unescaped(String(decoding: bytes, as: UTF8.self))
        return SafeText.line(plain.split(whereSeparator: \.isWhitespace).joined(separator: " "), limit: mostWords)
    }

    private static let entities = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "copy": "©", "mdash": "—",
        "ndash": "–", "hellip": "…",
    ]

    /// `&lt;`, `&#39;`, `&#x27;`; what is none of the known ones stays as it is.
    private static func unescaped(_ text: String) -> String {
        var plain = ""
        var rest = text[...]
        while let sign = rest.firstIndex(of: "&") {
            plain += rest[..<sign]
            let word = rest[rest.index(after: sign)...].prefix(10).prefix { $0 != ";" }
            let isEnded = word.endIndex < rest.endIndex && rest[word.endIndex] == ";"
            if isEnded, let found = entities[String(word)] ?? number(word) {
                plain += found
                rest = rest[rest.index(after: word.endIndex)...]
            } else {
                plain += "&"
                rest = rest[rest.index(after: sign)...]
            }
        }
        return plain + rest
    }

    private static func number(_ word: Substring) -> String? {
        guard word.hasPrefix("#") else { return nil }
        let digits = word.dropFirst()
        let isHexadecimal = digits.hasPrefix("x") || digits.hasPrefix("X")
        let value = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return value.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
    }
}
