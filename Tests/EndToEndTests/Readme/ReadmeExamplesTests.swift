import Base
import CLinux
import TestSupport
import Testing

/// Whatever README.md and the documents for users show to be typed or written does what it says, as it is printed, on the embedded mesh.
@Suite struct ReadmeExamplesTests {
    private static let readme = try? Readme()
    static let stories = (readme?.stories ?? []) + (readme?.asides ?? [])
    static let files = readme?.files ?? []

    @Test func everyDocumentIsRunOrForDevelopers() throws {
        let known = Set(Readme.documents + Readme.forDevelopers.map { "docs/\($0)" })
        let documents = try Files.list("\(Readme.clone)/docs").filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }
        #expect(Set(documents).subtracting(known) == [])
    }

    @Test func everyExampleIsOfAKindThatIsRun() throws {
        let readme = try Readme()
        #expect(readme.indented == [], "code has a fence that says what it is")
        #expect(readme.stories.count > 5 && readme.files.count > 2 && readme.asides.count > 2)
        for block in readme.blocks {
            #expect(["sh", "yaml", "text"].contains(block.language), "\(block): no rule says how this is run")
        }
        for line in (readme.stories + readme.asides).flatMap(\.lines) {
            #expect(ReadmeExample.of(line) != nil, "\(line): no rule says how this is run")
        }
        for file in readme.files { #expect(file.fileName != nil, "\(file): its first line does not name it") }
    }

    /// The rules themselves: what a new example would be taken for.
    @Test(
        arguments: [
            ("meshtop scale deploy/a --replicas 3", .command(codes: [3])),
            ("meshtop scale deploy/a --replicas 3 --yes   # no --yes", .command(codes: [0])),
            ("cat a.yaml | meshtop apply -f - --yes", .command(codes: [0])), ("meshtop", .dashboard("")),
            ("meshtop --wall   # a screen", .dashboard("--wall")), ("nosuchprogram --now", nil),
            ("meshtop shift --resume --yes", .guarded), ("export A=b", .variable("A")),
        ] as [(String, ReadmeExample?)])
    func aLineIsRunByItsFirstWords(_ line: String, _ kind: ReadmeExample?) {
        #expect(ReadmeExample.of(line) == kind)
    }

    @Test(arguments: stories) func aBlockRunsAsPrinted(_ block: Readme.Block) async throws {
        let stage = try await ReadmeStage()
        for line in block.lines where !line.isEmpty { try await stage.run(line) }
    }

    /// A file of the configuration is one that the dashboard starts with; any other is one that is valid.
    @Test(arguments: files) func aFileIsTaken(_ block: Readme.Block) async throws {
        let stage = try await ReadmeStage()
        let name = try #require(block.fileName)
        guard ["config.yaml", "keys.yaml"].contains(name) else {
            try stage.home.write(name, block.text)
            try await stage.run("meshtop analyze -f \(name) --fail-on error")
            return
        }
        try stage.home.write("config/meshtop/\(name)", block.text)
        let screen = try await stage.screen("")
        if name == "keys.yaml" {
            let key = try #require(YAML.document(Array(block.text.utf8)).text("shift"))
            try await screen.type("/reviews")
            try await screen.keys("Enter", key.uppercased())
            try await screen.wait("Shift", "v1", "v2")
            try await screen.keys("Escape")
        }
        try await stage.leave(screen)
    }

    @Test(arguments: ["ansi16", "color-blind", "dark", "light"])
    func aCopyOfAThemeIsATheme(_ name: String) async throws {
        let stage = try await ReadmeStage()
        let theme = try Files.read("\(Readme.clone)/themes/\(name).yaml")
        try stage.home.write("config/meshtop/themes/mine.yaml", String(decoding: theme, as: UTF8.self))
        try await stage.leave(try await stage.screen("--theme mine"))
    }
}

/// A person's terminal: a home, a mesh, and what was exported.
final class ReadmeStage {
    let home: TemporaryFolder
    private let demo: Demo
    private var environment: [String: String]
    private var servers: [BackgroundProcess] = []

    init() async throws {
        demo = try Demo()
        home = try TemporaryFolder()
        environment = Program.environment(home)
        environment["KUBECONFIG"] = demo.kubeconfigFile
        // As `make install` puts it there, with the plugin and the man pages.
        let installation = try Installation.shared.get()
        environment["PATH"] = "\(installation.prefix)/bin:\(environmentVariable("PATH") ?? "/usr/bin:/bin")"
        environment["MANPATH"] = "\(installation.prefix)/share/man"
        try home.write("config/meshtop/config.yaml", "window: 15\nrefresh: 1\n")
        try home.write(".metrics-password", "secret\n")
        for file in try Readme().files {
            guard let name = file.fileName, name != "config.yaml", name != "keys.yaml" else { continue }
            try home.write(name, file.text)
        }
        try home.write("editor", "#!/bin/sh\nsed -i s/hello/goodbye/ \"$1\"\n")
        #expect(chmod("\(home.path)/editor", 0o700) == 0)
        environment["KUBE_EDITOR"] = "\(home.path)/editor"
    }

    func run(_ line: String) async throws {
        switch ReadmeExample.of(line) {
        case .command(let codes):
            let result = try await shell(line)
            #expect(codes.contains(result.code), "\(line)\n\(result.output)\(result.errors)")
        case .dryMake:
            let target = line.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            let result = try await Tool.run("make", ["-n", "-C", Readme.clone, target])
            #expect(result.code == 0, "\(line): \(result.errors)")
        case .variable(let name):
            let value = try await shell("\(line)\nprintf %s \"$\(name)\"").output
            #expect(!value.isEmpty, "\(line)")
            environment[name] = value
        case .dashboard(let arguments): try await leave(try await screen(arguments))
        case .server(let kubeconfig): try await serve(line, kubeconfig)
        case .guarded: try await interrupt(line)
        case nil: Issue.record("\(line): no rule says how this is run")
        }
    }

    private func shell(_ line: String) async throws -> ToolResult {
        try await Tool.run("sh", ["-c", "cd '\(home.path)'\n\(line)"], environment: environment)
    }

    private func start(_ line: String) throws -> (process: BackgroundProcess, log: String) {
        let log = "\(home.path)/output-\(servers.count)"
        let process = try BackgroundProcess(
            "sh", ["-c", "cd '\(home.path)'\nexec \(line)"], log: log, environment: environment)
        servers.append(process)
        return (process, log)
    }

    private func serve(_ line: String, _ kubeconfig: String?) async throws {
        let (server, log) = try start(line)
        let serves = try await eventually { textSoFar(log).contains("serving ") ? true : nil }
        #expect(serves == true && server.poll() == nil, "\(line)\n\(textSoFar(log))")
        guard let kubeconfig else { return }
        let found = try await shell("KUBECONFIG=\(kubeconfig) meshtop snapshot --pane services")
        #expect(found.code == 0 && found.output.contains("reviews"), "\(found.errors)")
    }

    /// Lets it look at the canary once, and presses Ctrl-C.
    private func interrupt(_ line: String) async throws {
        let (process, log) = try start(line)
        let looks = try await eventually { textSoFar(log).contains("decides") ? true : nil }
        #expect(looks == true, "\(line)\n\(textSoFar(log))")
        process.signal(SIGINT)
        let code = try await eventually { process.poll() }
        #expect(code != nil && textSoFar(log).contains("left as it stands"), "\(line)\n\(textSoFar(log))")
    }

    /// The dashboard on its first screen.
    func screen(_ arguments: String) async throws -> Screen {
        let screen = try await Screen(arguments, environment: environment)
        // A wall begins where it likes; every screen has the mesh's name and its objects.
        try await screen.wait("meshtop-demo", "reviews")
        return screen
    }

    func leave(_ screen: Screen) async throws {
        try await screen.type(":q")
        try await screen.keys("Enter")
        try await screen.wait("finished")
        #expect(screen.exitCode == 0, "\(screen.home.read("errors"))")
    }
}

private func textSoFar(_ path: String) -> String {
    // Not there yet is empty.
    (try? Files.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
}
