import Base
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{\"a\"}", "tru", "01", "1.", "-", "\"\u{1}\"", "[1] 2", "\"\\x\"", "1e999",
    ])
    func whatIsNotJSONIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test func deepNestingIsRefusedNotCrashed() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError.self) { try JSONValue(parsing: deep) }
        let bytes = Array(("{\"a\":" + deep).utf8)
        #expect(throws: JSONError.self) {
            var scanner = JSONScanner(bytes.span)
            try scanner.beginObject()
            while try scanner.nextKey() { try scanner.skip() }
        }
    }

    @Test func stringsKeepEveryCharacter() throws {
        #expect(try JSONValue(parsing: #""a\"\\\/\b\f\n\r\té\ud83d\ude00""#) == "a\"\\/\u{8}\u{C}\n\r\té😀")
        #expect(try JSONValue(parsing: #""\ud800x""#) == "\u{FFFD}x")
        #expect(try JSONValue(parsing: [0x22, 0xFF, 0x22]) == "\u{FFFD}")
    }

    @Test func ofADuplicateKeyTheLastWins() throws {
        #expect(try JSONValue(parsing: #"{"a":1,"a":2}"#)["a"] == 2)
    }

    @Test func numbersKeepTheirKind() throws {
        #expect(try JSONValue(parsing: "9223372036854775807") == .int(.max))
        #expect(try JSONValue(parsing: "9223372036854775808").double == 9223372036854775808)
        #expect(try JSONValue(parsing: "1.0") == .double(1))
    }

    @Test func theScannerMakesTextSafe() throws {
        let bytes = Array(#"{"name":"\u001b[31mred\u202eevil"}"#.utf8)
        var scanner = JSONScanner(bytes.span)
        try scanner.beginObject()
        #expect(try scanner.nextKey())
        let name = try scanner.string() ?? ""
        #expect(!name.unicodeScalars.contains("\u{1b}"))
        #expect(name.contains("‹U+202E›"))
    }
}
