// YAML text to JSONValue trees: the same reading that kubectl gives a manifest.
// kubectl splits a stream at `---` lines, takes the first document of each part, resolves scalars as go-yaml v2 does
// and turns the result into JSON (k8s.io/apimachinery/pkg/util/yaml, sigs.k8s.io/yaml).

/// Why a YAML text was refused; lines and columns count from 1.
package struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    package var reason: String
    package var line: Int
    package var column: Int

    package init(reason: String, line: Int, column: Int) {
        self.reason = reason
        self.line = line
        self.column = column
    }

    package var description: String { "line \(line), column \(column): \(reason)" }
}

/// One document of a YAML stream and the line it starts on.
package struct YAMLDocument: Sendable, Hashable {
    package var value: JSONValue
    package var line: Int
}

package enum YAML {
    /// How many nodes a text may stand for once its aliases are expanded; a bound against alias bombs.
    package static let nodeLimit = 1_000_000
    package static let depthLimit = 128

    package enum Reading: Sendable {
        /// As kubectl reads manifests: `y` and `n` are Booleans.
        case kubernetes
        /// Of files of our own, where they are keys and names.
        case configuration
    }

    /// Every document of the stream. Empty documents are left out. Unknown anchors, tabs in indentation and texts that
    /// grow beyond `nodeLimit` are errors; so are duplicate keys, of which kubectl silently takes the last.
    package static func documents(
        _ bytes: [UInt8], as reading: Reading = .kubernetes
    ) throws(YAMLError) -> [YAMLDocument] {
        var documents: [YAMLDocument] = []
        let start = try leadingJSON(bytes, into: &documents)
        for part in try parts(bytes[start.offset...], line: start.line) {
            var composer = YAMLComposer(
                parser: YAMLEventParser(bytes: Array(bytes[part.range]), firstLine: part.line), reading)
            if let document = try composer.document() { documents.append(document) }
        }
        return documents
    }

    package static func documents(_ text: String) throws(YAMLError) -> [YAMLDocument] {
        try documents(Array(text.utf8))
    }

    /// The only document of a text; `.null` for an empty one.
    package static func document(
        _ bytes: [UInt8], as reading: Reading = .kubernetes
    ) throws(YAMLError) -> JSONValue {
        let all = try documents(bytes, as: reading)
        if all.count > 1 {
            throw YAMLError(reason: "one document expected, \(all.count) found", line: all[1].line, column: 1)
        }
        return all.first?.value ?? .null
    }

    /// JSON objects one after the other, as kubectl takes them without a `---` between; what is no JSON is left for
    /// the reading as YAML, where a `{` may begin a flow mapping.
    private static func leadingJSON(
        _ bytes: [UInt8], into documents: inout [YAMLDocument]
    ) throws(YAMLError) -> (offset: Int, line: Int) {
        var (offset, line) = (0, 1)
        func skipSpace(_ index: Int) -> Int {
            bytes[index...].firstIndex { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } ?? bytes.count
        }
        while true {
            let start = skipSpace(offset)
            guard start < bytes.count, bytes[start] == UInt8(ascii: "{") else { return (offset, line) }
            let startLine = line + bytes[offset..<start].count { $0 == 0x0A }
            let found: (value: JSONValue, end: Int)
            do {
                found = try JSONValue.prefix(of: bytes, from: start)
            } catch {
                if error.isDuplicate {
                    let behind = bytes[start..<min(error.offset, bytes.count)].count { $0 == 0x0A }
                    throw YAMLError(reason: error.reason, line: startLine + behind, column: 1)
                }
                return (offset, line)
            }
            documents.append(YAMLDocument(value: found.value, line: startLine))
            line = startLine + bytes[start..<found.end].count { $0 == 0x0A }
            offset = found.end
        }
    }

    /// The lines between those that begin with `---`. Text behind a `---` is refused as kubectl refuses it.
    private static func parts(
        _ bytes: ArraySlice<UInt8>, line firstLine: Int
    ) throws(YAMLError) -> [(range: Range<Int>, line: Int)] {
        var found: [(range: Range<Int>, line: Int)] = []
        var (start, startLine, line) = (bytes.startIndex, firstLine, firstLine)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let end = bytes[index...].firstIndex(of: 0x0A) ?? bytes.endIndex
            if bytes[index..<end].starts(with: [0x2D, 0x2D, 0x2D]) {
                let rest = bytes[(index + 3)..<end].drop { [0x20, 0x09, 0x0D].contains($0) }
                if let first = rest.first, first != UInt8(ascii: "#") {
                    throw YAMLError(
                        reason: "text behind the document separator ---; put it on the next line", line: line,
                        column: 4)
                }
                found.append((start..<index, startLine))
                (start, startLine) = (min(end + 1, bytes.endIndex), line + 1)
            }
            index = min(end + 1, bytes.endIndex)
            line += 1
        }
        found.append((start..<bytes.endIndex, startLine))
        return found.filter { !$0.range.isEmpty }
    }
}
