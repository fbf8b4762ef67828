// Text from a cluster inside a query: quoted, so that it stays a value whatever it holds.

package enum PromQL {
    /// A pattern that matches exactly these texts, as it is written within quotes.
    /// https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals
    package static func oneOf(_ texts: [String]) -> String { quoted(texts.map(literal).joined(separator: "|")) }

    /// RE2's special characters, taken as they are.
    private static func literal(_ text: String) -> String {
        text.map { #"\.+*?()|[]{}^$"#.contains($0) ? "\\\($0)" : String($0) }.joined()
    }

    package static func quoted(_ text: String) -> String {
        text.map { $0 == "\\" || $0 == "\"" ? "\\\($0)" : $0 == "\n" ? "\\n" : String($0) }.joined()
    }
}
