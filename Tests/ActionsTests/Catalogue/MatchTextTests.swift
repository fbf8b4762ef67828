import Base
import Testing

@testable import Actions

/// How a text to match by is read.
@Suite struct MatchTextTests {
    @Test(
        arguments: [
            ("b", .exact("b")), ("1.2.3", .exact("1.2.3")), ("a b/c;d", .exact("a b/c;d")),
            ("exact:a*b", .exact("a*b")), ("exact:regex:x", .exact("regex:x")), ("prefix:/api/", .prefix("/api/")),
            ("regex:Mobile", .regex("Mobile")), ("contains:a(b)", .regex(".*a\\(b\\).*")),
            (".*Mobile.*", .regex(".*Mobile.*")), ("^v[0-9]$", .regex("^v[0-9]$")), ("a|b", .regex("a|b")),
            ("[a-c]+x", .regex("[a-c]+x")), ("\\d+", .regex("\\d+")), ("v1\\.2", .regex("v1\\.2")),
        ] as [(String, MatchText.Match)]) func aTextIsTakenAsWhatItIs(_ text: String, _ wanted: MatchText.Match) throws
    {
        #expect(try MatchText("header", text).match == wanted)
    }

    @Test func aUserAgentWithoutSignsIsLookedForAnywhere() throws {
        #expect(try MatchText("userAgent", "Chrome/120.0", plain: .contains).match == .regex(".*Chrome/120\\.0.*"))
        let pattern = try MatchText("userAgent", ".*Mobile.*", plain: .contains)
        #expect(pattern.match == .regex(".*Mobile.*") && pattern.isGuessed)
        #expect(pattern.words("user agent").contains("taken as one for how it looks"))
    }

    @Test(arguments: ["Mozilla (X11)", "*/*", "a+b", "what?", "{\"a\":1}", "DOMAIN\\user", "a[1]", "5$x"])
    func whatCouldBeEitherIsRefusedWithBothSpellings(_ text: String) {
        for plain in [MatchText.Plain.exact, .contains] {
            do throws(MeshTopError) {
                _ = try MatchText("header", text, plain: plain)
                Issue.record("\(text) was taken")
            } catch {
                #expect(error.advice?.contains("regex:\(text)") == true, "\(error)")
                #expect(error.advice?.contains("\(plain == .exact ? "exact" : "contains"):\(text)") == true, "\(error)")
            }
        }
    }

    @Test(arguments: ["regex:(", "regex:a(?=b)", "^(a", "regex:\\1", "regex:", "prefix:", "regex:a**", ".*[z-a]"])
    func whatRE2CannotReadIsRefused(_ text: String) {
        #expect(throws: MeshTopError.self) { try MatchText("header", text) }
    }

    @Test(
        arguments: [
            ("b", "^(.*?; ?)?(ab=b)(;.*)?$"), ("prefix:b.", "^(.*?; ?)?(ab=b\\.[^;]*)(;.*)?$"),
            ("^b|c$", "^(.*?; ?)?(ab=(?:b|c))(;.*)?$"),
        ]) func aCookieIsOneAmongOthers(_ text: String, _ wanted: String) throws
    {
        let pattern = try MatchText("cookie", text).cookie(named: "ab")
        #expect(pattern == wanted)
        #expect(throws: Never.self) { try Pattern(pattern) }
    }

    @Test(
        arguments: [
            ["exact": "b"], ["exact": "a*b"], ["exact": "exact:b"], ["prefix": "x"], ["regex": ".*a.*"],
            ["exact": "a|b"], ["regex": "plain"],
        ] as [JSONValue]) func whatTheObjectHasIsReadBackAsTheSame(_ match: JSONValue) throws
    {
        let written = try #require(MatchText.written(match))
        #expect(try MatchText("header", written).stringMatch == match, "\(written)")
    }
}
