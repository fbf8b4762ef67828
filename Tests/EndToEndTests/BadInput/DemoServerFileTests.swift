import Base
import DemoMesh
import TestSupport
import Testing

/// `demo-server --kubeconfig-out`: what somebody else keeps there stays, and so do links.
@Suite struct DemoServerFileTests {
    private let home: TemporaryFolder
    private let file: String

    init() throws {
        home = try TemporaryFolder()
        file = "\(home.path)/kc"
    }

    /// Starts the server and ends it once it has said that it serves, or gives how it ended.
    private func serve(_ more: String...) async throws -> (code: Int32, log: String) {
        let log = "\(home.path)/log"
        let process = try BackgroundProcess(
            Tool.meshtop, ["demo-server", "--kubeconfig-out", file] + more, log: log,
            environment: Program.environment(home))
        let ended = try await eventually(within: 60) { () -> Int32? in
            if let code = process.poll() { return code }
            return home.read("log").contains("KUBECONFIG=") ? process.stop() : nil
        }
        return (try #require(ended), home.read("log"))
    }

    private func isKubeconfig(_ path: String) throws -> Bool {
        String(decoding: try Files.read(path), as: UTF8.self).contains("current-context: meshtop-demo")
    }

    @Test func itsOwnAndAnEmptyFileAreReplaced() async throws {
        try Files.write([], to: file)
        #expect(try await serve().code == 0)
        let first = try Files.read(file)
        #expect(try await serve().code == 0)
        #expect(try Files.read(file) != first)
        #expect(try isKubeconfig(file))
    }

    @Test(arguments: [
        "notes of mine\n", "apiVersion: v1\nkind: Config\nclusters: []\n", "ours and a cluster", "ours and a word",
    ])
    func anothersFileStays(_ text: String) async throws {
        var text = text
        if text == "ours and a cluster" {
            text = try Demo.withoutHistory().server.kubeconfig.replacing(
                "clusters:\n", with: "clusters:\n- name: prod\n  cluster:\n    server: https://prod.example\n")
        }
        if text == "ours and a word" { text = try Demo.withoutHistory().server.kubeconfig + "mine: 1\n" }
        try home.write("kc", text)
        let refused = try await serve()
        #expect(refused.code == 2, "\(refused.log)")
        #expect(refused.log.contains(file) && refused.log.contains("--force"), "\(refused.log)")
        #expect(home.read("kc") == text)
        #expect(try await serve("--force").code == 0)
        #expect(try isKubeconfig(file))
    }

    @Test(arguments: [true, false]) func linksStayLinks(_ isSymbolic: Bool) async throws {
        try home.write("target", "")
        #expect(try await Tool.run("ln", (isSymbolic ? ["-s"] : []) + ["\(home.path)/target", file]).code == 0)
        #expect(try await serve().code == 0)
        #expect(try isKubeconfig("\(home.path)/target"))
        #expect(try await Tool.run("test", [file, "-ef", "\(home.path)/target"]).code == 0)
        #expect(try await Tool.run("test", ["-h", file]).code == (isSymbolic ? 0 : 1))
        // What the link leads to is looked at, not the link.
        try home.write("target", "mine")
        if isSymbolic {
            #expect(try await serve().code == 2)
            #expect(home.read("target") == "mine")
        }
    }

    @Test(arguments: ["pipe", "nowhere", "folder"]) func whatIsNoFileIsRefused(_ kind: String) async throws {
        switch kind {
        case "pipe": #expect(try await Tool.run("mkfifo", [file]).code == 0)
        case "nowhere": #expect(try await Tool.run("ln", ["-s", "\(home.path)/gone", file]).code == 0)
        default: try Files.makeFolder(file)
        }
        for more in [[], ["--force"]] {
            let refused = more.isEmpty ? try await serve() : try await serve("--force")
            #expect(refused.code == 2 && refused.log.contains(file), "\(refused.log)")
        }
    }
}
