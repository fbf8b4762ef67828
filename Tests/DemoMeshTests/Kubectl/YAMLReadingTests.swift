import Base
import DemoMesh
import TestSupport
import Testing

/// YAML as the real kubectl reads it: `create --dry-run=client` prints the JSON that it makes of a manifest.
@Suite(.serialized) struct YAMLReadingTests: KubectlSuite {
    static let demo = Result { try Demo.withoutHistory() }

    private static let integers = [
        "0", "-0", "+0", "00", "007", "0644", "0400", "0755", "010", "-010", "+010", "-012", "08", "09", "019", "+1",
        "-1", "- 1", "0o17", "0O17", "-0o17", "0o8", "0o", "0x1F", "-0x1F", "+0x1F", "0X1F", "0x", "0xG", "0xffffffff",
        "0x7fffffffffffffff", "0xffffffffffffffff", "0x10000000000000000", "0b101", "0b11", "0B1", "-0b11", "+0b11",
        "0b", "0b2", "0b-1", "0b+1", "-0b-1", "-0b+1", "0o-1", "0x-1", "1_000", "1_", "_1", "1__0", "0_1", "-_1",
        "0x_1F",
        "0b_1", "18446744073709551615", "18446744073709551616", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "-9223372036854775809", "123456789012345678901234567890", "9007199254740993",
        "1234567890123456789.0", "1234567890123456768.0", "9223372036854775807.0", "9007199254740993.0",
        "1000000", "12345678",
    ]
    private static let floats = [
        "0.0", "-0.0", "1.0", "1.10", "100.0", "0.1", ".5", "5.", "-.5", "+.5", "-5.", "1.", ".", "..", "-", "+", "+.",
        ".e1", ".5e3", "._5", ".5_0", ".5_", ".5__0", ".5e1_0", ".5_e1", "1_0.5", "1.5_0", "1e3", "1E3", "1e+3", "1e-3",
        "1.5e3", "5.e3", "1e", "1e+",
        "1e400", "-1e400", "1e-400", ".5e400", "1e19", "9.2e18", "1e21", "1e20", "123456.7", "1234567.8", "0.00001",
        "0.0001", "3.14159265358979312", "1e100", "16777217.0", "0.1e1", "1.0e10", "1.7976931348623157e308", "5e-324",
        "NaN", "Inf", ".Infinity", "inf", "nan", "1.2.3", "0.10.0", "0x1p4", "0x1.8", "1,000", "1e3k",
    ]
    private static let words = [
        "y", "Y", "n", "N", "yes", "Yes", "YES", "yEs", "no", "No", "NO", "on", "On", "ON", "oN", "off", "Off", "OFF",
        "true", "True", "TRUE", "tRUE", "false", "False", "FALSE", "t", "f", "T", "F", "o", "O", "null", "Null",
        "NULL", "nULL", "~", "~~", "2001-01-01", "2001-1-1", "2001-13-45", "2001-12-14t21:59:43.10-05:00",
        "2001-12-14 21:59:43.10", "12:30:45", "1:30", "190:20:30", "=", "v1", "1Mi", "100m", "50%", "1 ", "a b", "-a",
        "?a", ":a", "a#b", "a:b", "'5'", "\"5\"", "''", "'y'", "\"0400\"", "\"\\u263a\\x41\\n\"", "'it''s'", "\"<<\"",
        "\"a\\\\b\"", "\"\\N\\_\\L\\P\"",
    ]
    private static let tagged = [
        "!!str 5", "!!str y", "!!str", "!!int \"5\"", "!!int 0x10", "!!int 1_000", "!!float 1", "!!float 1.5",
        "!!float 0400", "!!bool \"true\"", "!!bool yes", "!!bool y", "!!null \"\"", "!!null ~", "!!binary aGVsbG8=",
        "!!binary gIGC", "!!binary aGVs bG8=", "!!binary aGVsbG8", "!!binary \"\"", "!!timestamp 2001-01-01",
        "!!timestamp foo", "!!timestamp 2001-02-30", "! 5", "! '5'", "! y", "!foo 5", "!foo", "!!foo 5", "&a 5",
        "&b ! 5", "!<tag:yaml.org,2002:int> 5", "!!int 5.5", "!!int foo", "!!int 2001-01-01", "!!bool 1", "!!bool foo",
        "!!float foo", "!!null foo", "!!int \"\"", "!!float 18446744073709551615", "!!merge <<", ".inf", "-.inf",
        "+.inf", ".nan", ".Inf", ".NAN", "!!float .inf", "\"\\ud83d\\ude00\"", "[1,2", "%a", "@a", "`a", "a: b",
    ]

    private func manifest(_ lines: [String]) -> String {
        """
        apiVersion: networking.istio.io/v1alpha3
        kind: EnvoyFilter
        metadata: {name: yaml, namespace: shop}
        spec:
          x: 1
        \(lines.map { "  " + $0 }.joined(separator: "\n"))

        """
    }

    /// What both read; nil for a refusal.
    private func readings(_ lines: [String]) async throws -> (kubectl: JSONValue?, ours: JSONValue?) {
        let text = manifest(lines)
        let result = try await kubectl(
            "create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-", input: text)
        // A reading that we refuse is what this compares.
        return (
            result.code == 0 ? try JSONValue(parsing: result.output)["spec"] : nil,
            (try? YAML.documents(text))?.first?.value["spec"]
        )
    }

    /// All in one manifest, then apart what one of the two refused or read otherwise.
    private func compare(_ scalars: [String], _ line: (Int, String) -> String) async throws -> [String] {
        let (whole, own) = try await readings(scalars.enumerated().map { line($0, $1) })
        if let whole, whole == own { return [] }
        var different: [String] = []
        for (index, scalar) in scalars.enumerated() {
            let (theirs, ours) = try await readings([line(index, scalar)])
            if theirs != ours {
                different.append(
                    "\(scalar): kubectl \(theirs?.compactText ?? "refuses"), we \(ours?.compactText ?? "refuse")")
            }
        }
        return different
    }

    @Test(arguments: [integers, floats, words, tagged])
    func valuesReadTheSame(_ scalars: [String]) async throws {
        let different = try await compare(scalars) { "v\($0): \($1)" }
        #expect(different == [])
    }

    /// Each in a mapping of its own: two may stand for the same key.
    @Test(arguments: [integers, floats, words, tagged])
    func keysReadTheSame(_ scalars: [String]) async throws {
        let different = try await compare(scalars) { "k\($0): {? \($1) \n  : 1}" }
        #expect(different == [])
    }

    @Test(arguments: [
        "a: {<<: {q: 1}, q: 2}", "a: {q: 2, <<: {q: 1}}", "a: {<<: [{q: 1}, {q: 2, r: 3}], r: 4}", "a: {\"<<\": 5}",
        "a: {<<: 5}", "a: {<<: [1]}", "a: {<<: ~}", "a: {! <<: {q: 1}}", "a: {!!merge <<: {q: 1}}",
        "a: {!!str <<: {q: 1}}", "a: &a {q: 1}\n  b: {<<: *a, r: 2}\n  c: {<<: [*a, {r: 3, q: 5}]}",
        "a: &a 0400\n  b: {*a : 1}\n  c: *a", "a: &a .inf\n  b: 1", "a: {b: &a y, *a : 2}", "a: {[1]: 2}",
        "a: {{b: 1}: 2}", "a: *x", "a: &a [*a]", "a: |\n    x\n    ---\n  b: 1", "a: >-\n    x\n\n    y\n  b: 1",
        "a: 'x\n\n    y'", "a: \"x\\\n    y\"", "a: x\n    y", "a: ! \n    5", "a: !!int\n    5", "a: [y, 0400, ~, ]",
        "a: {y, 0400}", "\"a\": {\"b\":1}", "a: {b: }", "? a\n  : b", "? [a]\n  : b", "a: \"\\e\\0\"",
        "ü: &ü ! 5", "a: ü\n  b: &b ! 5", "...\n---", "---x", "--- x", "--- # c",
    ])
    func structuresReadTheSame(_ line: String) async throws {
        let (theirs, ours) = try await readings([line])
        #expect(theirs == ours)
    }

    @Test(arguments: [
        #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"\ud83d\ude00\/"}}"#,
        "{\"apiVersion\":\"v1\",\n\t\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"},\"n\":[1.0,1e3,-0,1e-7]}",
        #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}"#,
        "# c\n---\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n# c\n",
    ])
    func streamsReadTheSame(_ text: String) async throws {
        let result = try await kubectl(
            "create", "--dry-run=client", "--validate=false", "-n", "shop", "-o", "json", "-f", "-", input: text)
        expect(result, 0)
        let printed = try YAML.documents(result.output).map(\.value)
        let theirs = printed.flatMap { $0["kind"] == "List" ? $0.list("items") : [$0] }
        let ours = try YAML.documents(text).map(\.value)
        #expect(
            theirs.map { object in
                var object = object
                object.set(["metadata", "namespace"], to: nil)
                return object
            } == ours)
    }

    /// What we write is what kubectl reads back, as a value and as a key.
    @Test func whatWeWriteReadsBackInKubectl() async throws {
        var object: JSONValue = [:]
        let odd = [
            "\u{7F}", "\u{85}a", "a\u{2028}b", "\u{FEFF}x", "a\u{FEFF}", "\tx", " x", "x ", "x:", "a: b", "a #b", "---",
            "...",
            "--- a", "😀", "\u{10FFFF}", "a\nb", "a\nb\n", "\ta\nb", "a\n\tb", "a \nb ", "\n", "\n\n", "a\n\n", " a\nb",
            "a\u{85}b\nc", "a\r\nb", "\u{0}", "é", "-", "- a", "? a", "<<", "null", "! a", "&a", "*a", "|", ">", "",
            "a\n---\nb",
        ]
        for (index, text) in (Self.integers + Self.floats + Self.words + Self.tagged + odd).enumerated() {
            object["v\(index)"] = .string(text)
            object["k\(index)"] = .object(JSONObject([(text, .string(text))]))
            object["l\(index)"] = [.string(text)]
        }
        for (index, number) in [1e30, -1.5, 1e-9, Double.leastNonzeroMagnitude, 123456789.25].enumerated() {
            object["n\(index)"] = .double(number)
        }
        let whole: JSONValue = [
            "apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter",
            "metadata": ["name": "yaml", "namespace": "shop"], "spec": object,
        ]
        let text = YAML.text(whole)
        #expect(try YAML.document(Array(text.utf8)) == whole)
        let result = try await kubectl(
            "create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-", input: text)
        expect(result, 0)
        let read = try JSONValue(parsing: result.output)["spec"]
        for (key, value) in try #require(object.object).members { #expect(read?[key] == value, "\(key)") }
    }
}
