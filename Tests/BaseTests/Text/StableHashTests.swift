import Base
import Testing

/// The values that FNV's authors publish.
@Suite struct StableHashTests {
    @Test(arguments: [("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8")])
    func itIsFNV1a(_ text: String, _ hash: String) { #expect(StableHash(text).text == hash) }

    @Test func piecesAreAsTheWhole() {
        var hash = StableHash("foo")
        hash.combine("bar".utf8)
        #expect(hash.value == StableHash("foobar").value)
    }
}
