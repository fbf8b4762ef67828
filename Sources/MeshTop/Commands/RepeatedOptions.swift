// An option that takes one value, given twice with different ones: the parser would take the last without a word.

import ArgumentParser
internal import Base

enum RepeatedOptions {
    /// Short names of options with one value. A test compares them with what the parser knows.
    static let longNames = ["-o": "--output"]

    /// Throws when the arguments give a single-valued option two different values. The parser itself is asked which
    /// options these are, and only when a name occurs twice: to list all options takes longer than many a command.
    static func check(_ arguments: [String]) throws(MeshTopError) {
        let given = values(arguments)
        let isRepeated = Dictionary(grouping: given) { longNames[$0.key] ?? $0.key }.values.contains {
            Set($0.flatMap(\.value)).count > 1
        }
        guard isRepeated else { return }
        guard let help = try? JSONValue(parsing: Array(MeshTopCommand._dumpHelp().utf8)), let root = help["command"]
        else { return }
        for option in options(root, arguments) where option["kind"] == "option" && option["isRepeating"] != true {
            let names = option.list("names").compactMap { name -> String? in
                name.text("name").map { name["kind"] == "long" ? "--\($0)" : "-\($0)" }
            }
            let values = names.flatMap { given[$0] ?? [] }
            let distinct = Set(values).sorted()
            guard distinct.count > 1, let name = names.first(where: { given[$0] != nil }) else { continue }
            throw MeshTopError(
                .usage, name,
                why: "it is given twice: \(distinct.map { SafeText.line($0, limit: 80) }.joined(separator: " and "))",
                advice: "give it once")
        }
    }

    /// What follows each option, by the option's name as written. Flags get the next word too, which harms nothing: they
    /// are never asked about.
    private static func values(_ arguments: [String]) -> [String: [String]] {
        var values: [String: [String]] = [:]
        var place = 0
        while place < arguments.count, arguments[place] != "--" {
            let word = arguments[place]
            defer { place += 1 }
            guard word.hasPrefix("-"), word.count > 1 else { continue }
            if let equals = word.firstIndex(of: "=") {
                values[String(word[..<equals]), default: []].append(String(word[word.index(after: equals)...]))
            } else {
                values[word, default: []].append(place + 1 < arguments.count ? arguments[place + 1] : "")
            }
        }
        return values
    }

    /// The options of the command that the arguments name, its parents' included.
    static func options(_ root: JSONValue, _ arguments: [String]) -> [JSONValue] {
        var command = root
        var options = root.list("arguments")
        for word in arguments {
            guard let next = command.list("subcommands").first(where: { $0["commandName"]?.string == word }) else {
                continue
            }
            command = next
            options += next.list("arguments")
        }
        return options
    }
}
