import Testing

@testable import Base

/// RE2's documentation, line by line: https://github.com/google/re2/wiki/Syntax
@Suite struct PatternTests {
    @Test(arguments: [
        (".", ["a", "é", "😀"], ["", "\n", "ab"]), ("(?s).", ["a", "\n"], [""]), ("[xyz]", ["x"], ["a"]),
        ("[^xyz]", ["a", "\n"], ["x"]), ("\\d", ["7"], ["x", "٣"]), ("\\D", ["x", "٣"], ["7"]),
        ("\\s", [" ", "\t", "\u{C}"], ["\u{B}", "\u{A0}"]), ("\\w", ["a", "_", "0"], ["é", "-"]),
        ("\\W", ["é", "-"], ["a"]), ("[[:alpha:]]", ["Z"], ["é", "1"]), ("[[:^alpha:]]", ["é", "1"], ["Z"]),
        ("[[:space:]]", ["\u{B}"], ["x"]), ("[[:word:]]", ["_"], ["-"]), ("[[:xdigit:]]+", ["0aF"], ["g"]),
        ("\\pN", ["٣", "½"], ["x"]), ("\\PN", ["x"], ["٣"]), ("\\p{Greek}+", ["λόγος"], ["logos"]),
        ("\\P{Greek}", ["x"], ["λ"]), ("\\p{^Greek}", ["x"], ["λ"]), ("\\p{Lu}", ["É"], ["é"]),
        ("xy", ["xy"], ["x"]), ("x|y", ["x", "y"], ["xy"]), ("x*", ["", "xxx"], ["y"]), ("x+", ["x"], [""]),
        ("x?", ["", "x"], ["xx"]), ("x{2,3}", ["xx", "xxx"], ["x", "xxxx"]), ("x{2,}", ["xx", "xxxxxx"], ["x"]),
        ("x{2}", ["xx"], ["x", "xxx"]), ("x{0}", [""], ["x"]), ("x*?y", ["xxy"], ["x"]),
        ("x{1,2}?", ["x", "xx"], [""]),
        ("(x)", ["x"], [""]), ("(?P<name>x)", ["x"], [""]), ("(?<name>x)", ["x"], [""]), ("(?:x|y)z", ["yz"], ["y"]),
        ("(?i)x", ["X"], ["y"]), ("(?i:x)y", ["Xy"], ["XY"]), ("(?i)k", ["K", "\u{212A}"], ["c"]),
        ("(?i-s:.)x", ["ax"], ["\nx"]), ("(?m)a$\n^b", ["a\nb"], ["ab"]), ("a$\n^b", [], ["a\nb"]),
        ("(?U)x+", ["xx"], [""]), ("\\Aa\\z", ["a"], ["a\n"]), ("a\\b-", ["a-"], ["ab"]), ("a\\Bb", ["ab"], ["a-"]),
        ("\\Qa.b*\\E", ["a.b*"], ["aab"]), ("\\x7F", ["\u{7F}"], []), ("\\x{1F600}", ["😀"], []), ("\\123", ["S"], []),
        ("\\*\\.", ["*."], ["a"]), ("[a\\-z]+", ["a-z"], ["b"]), ("[]a]+", ["]a"], ["b"]), ("{,2}", ["{,2}"], ["x"]),
    ])
    func eachLineOfTheSyntax(_ text: String, _ matching: [String], _ others: [String]) throws {
        let pattern = try Pattern(text)
        for one in matching { #expect(pattern.matchesWhole(one), "\(text) \(one)") }
        for one in others { #expect(!pattern.matchesWhole(one), "\(text) \(one)") }
    }

    @Test(arguments: [
        ("a(b", "missing ): a(b"), ("a)", "unexpected ): a)"), ("[a", "missing ]: [a"), ("\\", "trailing \\"),
        ("*a", "no argument for repetition operator: *"), ("a**", "bad repetition operator: **"),
        ("x{1001}", "invalid repetition size: {1001}"), ("x{2,1}", "invalid repetition size: {2,1}"),
        ("((a{100}){10}){10}", "invalid repetition size: {10}"), ("[z-a]", "invalid character class range: z-a"),
        ("\\p{Klingon}", "invalid character class range: \\p{Klingon}"), ("\\1", "invalid escape sequence: \\1"),
        ("\\Z", "invalid escape sequence: \\Z"), ("(?=a)", "invalid perl operator: (?="),
        ("(?!a)", "invalid perl operator: (?!"), ("(?<=a)", "invalid perl operator: (?<="),
        ("(?P=name)", "invalid perl operator: (?P"), ("(?P<n m>a)", "invalid named capture group: (?P<n m>"),
        ("(?>a)", "invalid perl operator: (?>"), ("\\C", "not supported here: \\C"),
    ])
    func whatIsNoPatternIsNamed(_ text: String, _ message: String) {
        #expect(throws: PatternError.self) { try Pattern(text) }
        do { _ = try Pattern(text) } catch { #expect(error.description == message) }
    }

    @Test func aPartIsFoundAnywhere() throws {
        #expect(try Pattern("b+").isFound(in: "aabbcc"))
        #expect(try !Pattern("^b").isFound(in: "ab"))
        #expect(try Pattern("").isFound(in: ""))
        #expect(try Pattern("(?m)^b").isFound(in: "a\nb"))
    }

    /// What took time without end: nested stars, alternatives that say the same, and optional parts in a row.
    @Test(arguments: [
        "(((((a*)*)*)*)*)*b", "(a|a)*b", "(a+a+)+b", "(a|aa|aaa)*b", "^(([a-z])+.)+[A-Z]([a-z])+$", ".*a.{14}b",
    ])
    func theWorkGrowsWithTheTextAlone(_ text: String) throws {
        let pattern = try Pattern(text)
        let few = pattern.searchSteps(in: String(repeating: "a", count: 2000))
        let many = pattern.searchSteps(in: String(repeating: "a", count: 20_000))
        #expect(few > 0 && many <= 11 * few)
        #expect(!pattern.isFound(in: String(repeating: "a", count: 20_000)))
    }

    @Test func theWorkOfACharacterIsBoundedByThePattern() throws {
        for size in [10, 100, 1000] {
            let pattern = try Pattern("(?:a?){\(size)}a{\(size)}")
            let text = String(repeating: "a", count: size)
            #expect(pattern.matchesWhole(text) && !pattern.matchesWhole(text.dropLast() + "b"))
            #expect(pattern.searchSteps(in: text) < (size + 1) * (5 * size + 5))
        }
    }

    @Test func sizeIsBounded() throws {
        #expect(throws: PatternError(code: .tooLarge, piece: "")) {
            try Pattern(String(repeating: "(\\pL{1000}|x)", count: 100))
        }
        #expect(throws: PatternError(code: .tooLarge, piece: "")) {
            try Pattern(String(repeating: "a", count: 1_000_000))
        }
        // Another fault is the one to name.
        #expect(
            throws: PatternError(code: .unexpectedParenthesis, piece: "\(String(repeating: "a{1000}", count: 100)))")
        ) {
            try Pattern("\(String(repeating: "a{1000}", count: 100)))")
        }
        let deep = String(repeating: "(", count: 10_000) + "a" + String(repeating: ")", count: 10_000)
        #expect(try Pattern(deep).matchesWhole("a"))
    }

    /// What is remembered of a text is bounded and forgotten; the answers stay.
    @Test func aPatternThatRemembersTooMuchForgets() throws {
        let pattern = try Pattern("(?:.*[a-f]){12}x|[ab].{12}y")
        var text = ""
        var number: UInt64 = 1
        for _ in 0..<20_000 {
            number = number &* 6_364_136_223_846_793_005 &+ 1
            text.append(["a", "b", "c", "d"][Int(number >> 60) % 4])
        }
        let isWanted = ["a", "b"].contains(text.suffix(13).first)
        #expect(!pattern.isFound(in: text) && pattern.isFound(in: text + "x"))
        #expect(pattern.isFound(in: text + "y") == isWanted)
    }

    @Test func manyMayAskAtOnce() async throws {
        let pattern = try Pattern("(a|b)*c")
        let answers = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                group.addTask {
                    pattern.matchesWhole(String(repeating: "ab", count: index) + (index % 2 == 0 ? "c" : ""))
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(answers == 100)
    }
}
