import Base
import Testing

@Suite struct YAMLTests {
    @Test func aManifestReadsAsKubectlReadsIt() throws {
        let text = """
            # a comment
            metadata:
              name: reviews
              labels: {app: reviews, version: "1"}
            spec:
              replicas: 3
              weight: 0.5
              on: yes
              empty:
              quoted: "yes"
              lines: |
                one
                two
              list:
              - a
              - b: 1
                c: 2
            """
        let value = try YAML.document(Array(text.utf8))
        #expect(value.at("metadata", "labels", "version") == "1")
        #expect(value.at("spec", "replicas") == 3)
        #expect(value.at("spec", "weight") == 0.5)
        // YAML 1.1 knows `on` as a Boolean, as a key too.
        #expect(value.at("spec", "true") == true)
        #expect(value.at("spec", "empty") == .null)
        #expect(value.at("spec", "quoted") == "yes")
        #expect(value.at("spec", "lines") == "one\ntwo\n")
        #expect(value.at("spec", "list") == ["a", ["b": 1, "c": 2]])
    }

    @Test(arguments: [
        ("a:\n\tb: 1", "tab"), ("a: 1\na: 2", "appears twice"), ("a: *x", "unknown anchor"), ("a: [1", ""),
        ("a: 'x", ""),
    ])
    func aBadTextNamesItsLine(text: String, reason: String) {
        #expect { try YAML.documents(text) } throws: { error in
            let error = error as? YAMLError
            return error.map { $0.line >= 1 && (reason.isEmpty || $0.reason.contains(reason)) } ?? false
        }
    }

    @Test func anAliasBombIsRefused() {
        var text = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        for (from, to) in zip("abcdefgh", "bcdefghi") {
            text += "\(to): &\(to) [" + Array(repeating: "*\(from)", count: 10).joined(separator: ",") + "]\n"
        }
        #expect(throws: YAMLError.self) { try YAML.documents(text) }
    }

    @Test func whatIsWrittenReadsBackTheSame() throws {
        let value: JSONValue = [
            "plain": "abc", "number-like": "123", "date": "2026-01-01", "bool": "true", "colon": "a: b",
            "hash": "a #b", "empty": "", "star": "*", "multi": "x\ny\n", "multi2": "x\ny", "null": .null, "int": 42,
            "double": 1.5, "flag": false, "nested": ["list": [["a": 1], ["b", "c"], []], "map": [:]],
            "regex": ".*Mobile.*", "esc": "\u{1b}[31m", "dash": "- x", "percent": "50%", "path": "/api/*",
        ]
        #expect(try YAML.document(Array(YAML.text(value).utf8)) == value)
    }
}
