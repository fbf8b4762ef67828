// What the documents for users show to be typed: blocks of commands, files, and commands within sentences.

import Base
import TestSupport

struct Readme {
    /// Each of its stories is run as it is printed.
    static let documents = ["README.md", "docs/configuration.md", "docs/usage.md"]
    /// For those who work on the program: what is typed there builds, tests and writes files of the clone.
    static let forDevelopers = ["architecture.md", "develop.md", "kube.md"]

    /// A fenced block, with the line where it begins.
    struct Block: Sendable, CustomStringConvertible {
        var document: String
        var line: Int
        var language: String
        var lines: [String]

        var description: String { "\(document):\(line): \(lines.first ?? "")" }
        var text: String { lines.map { $0 + "\n" }.joined() }
        /// The name in the first line's comment, of a file that is shown.
        var fileName: String? {
            guard let first = lines.first, first.hasPrefix("# "), first.hasSuffix(".yaml") else { return nil }
            return String(first.dropFirst(2))
        }
    }

    static let clone = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

    var blocks: [Block] = []
    /// Code within sentences, each with its line breaks made spaces.
    var spans: [String] = []
    /// Lines that Markdown shows as code because they are indented: no rule says what those are.
    var indented: [String] = []

    init() throws {
        for document in Self.documents { try read(document) }
    }

    private mutating func read(_ document: String) throws {
        let text = String(decoding: try Files.read("\(Self.clone)/\(document)"), as: UTF8.self)
        var open: Block?
        var prose = ""
        for (place, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                if let block = open {
                    blocks.append(block)
                    open = nil
                } else {
                    open = Block(document: document, line: place + 1, language: String(line.dropFirst(3)), lines: [])
                }
            } else if open != nil {
                open?.lines.append(String(line))
            } else {
                if line.hasPrefix("    ") { indented.append(String(line)) }
                prose += line + "\n"
            }
        }
        let pieces = prose.split(separator: "`", omittingEmptySubsequences: false)
        spans += pieces.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map {
            $0.element.split(whereSeparator: { $0 == " " || $0 == "\n" }).joined(separator: " ")
        }
    }

    /// Blocks that are typed: each is one story, in its order.
    var stories: [Block] { blocks.filter { $0.language == "sh" } }
    var files: [Block] { blocks.filter { $0.language == "yaml" } }

    /// Commands within sentences that are not the beginning of one in a block: a story each.
    var asides: [Block] {
        let typed = stories.flatMap(\.lines)
        let commands = spans.filter { span in
            span.contains(" ") && ReadmeExample.isProgram(span) && !typed.contains { $0.hasPrefix(span) }
        }
        return Set(commands).sorted().map { Block(document: "", line: 0, language: "sh", lines: [$0]) }
    }
}

/// How one line of a story is run.
enum ReadmeExample: Equatable {
    /// Runs to its end with one of these exit codes.
    case command(codes: [Int32])
    /// Opens the dashboard with these arguments.
    case dashboard(String)
    /// Serves until it is ended; writes this file.
    case server(kubeconfig: String?)
    /// Goes on until Ctrl-C.
    case guarded
    /// Sets a variable for the lines behind it.
    case variable(String)
    /// Is not run as it is, for this reason; `make -n` says whether it is there.
    case dryMake(String)

    /// Targets of make that install packages, build, or run for long. A target that is not here is run.
    private static let dryTargets = [
        "demo": "installs packages, builds and opens the dashboard", "test": "runs this very test",
        "golden": "builds the tests and writes files of the clone",
        "lint": "reads the whole clone, in its folder", "install": "writes below /usr/local",
        "build": "builds the release binary", "dist": "builds the release binary", "deb": "builds the release binary",
        "bench": "builds the release binary and measures for minutes", "fuzz": "builds with a sanitizer and runs on",
        "figures": "builds the release binary and simulates for minutes",
    ]
    /// Verbs that change a cluster: without --yes they end with 3.
    private static let changing: Set<String> = [
        "shift", "promote", "abort", "pause", "resume", "retry", "scale", "hpa", "restart", "rollback", "evict",
        "expose-stats", "policy", "fix", "apply", "edit", "delete", "undo",
    ]

    /// Whether a line starts with a program; of a sentence's code only such is a command.
    static func isProgram(_ line: String) -> Bool {
        guard let first = line.split(separator: " ").first else { return false }
        let name = String(first)
        return name == "meshtop" || name == "export" || Tool.path(name) != name
    }

    /// Nil for what no rule tells how to run.
    static func of(_ line: String) -> ReadmeExample? {
        // What a comment says is not of the command.
        let command = line.split(separator: "#", omittingEmptySubsequences: false).first.map(String.init) ?? line
        let words = command.split(separator: " ").map(String.init)
        guard let first = words.first, isProgram(line) else { return nil }
        if first == "export" { return words.last.map { .variable(String($0.prefix { $0 != "=" })) } }
        if first == "make" {
            guard words.count > 1 else { return nil }
            return dryTargets[words[1]].map { .dryMake($0) } ?? .command(codes: [0])
        }
        guard let place = words.firstIndex(of: "meshtop") else { return .command(codes: [0]) }
        let arguments = words[(place + 1)...]
        guard let verb = arguments.first, !verb.hasPrefix("-") else {
            return .dashboard(arguments.joined(separator: " "))
        }
        if verb == "demo-server" {
            return .server(kubeconfig: words.firstIndex(of: "--kubeconfig-out").map { words[$0 + 1] })
        }
        if arguments.contains("--help") { return .command(codes: [0]) }
        if arguments.contains("--guard") || arguments.contains("--resume") { return .guarded }
        return .command(codes: changing.contains(verb) && !arguments.contains("--yes") ? [3] : [0])
    }
}
