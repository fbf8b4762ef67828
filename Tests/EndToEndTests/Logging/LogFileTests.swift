import Base
import CLinux
import DemoMesh
import TestSupport
import Testing

/// What `--log-file` keeps, as the built program writes it.
@Suite struct LogFileTests {
    private func text(_ path: String) throws -> String { String(decoding: try Files.read(path), as: UTF8.self) }

    @Test func requestsSourcesVerbsAndErrorsAreLines() async throws {
        let demo = try Demo(.storefront)
        let log = "\(demo.folder.path)/meshtop.log"
        try demo.folder.write("config/meshtop/config.yaml", Program.shortWindow)
        let scaled = try await Program.run(
            [
                "scale", "deployment/ads-v1", "--replicas", "3", "-n", "shop", "--yes", "--log-file", log,
                "--kubeconfig",
                demo.kubeconfigFile,
            ], home: demo.folder)
        #expect(scaled.code == 0, "\(scaled.errors)")
        let refused = try await Program.run(
            [
                "scale", "deployment/nosuch", "--replicas", "2", "-n", "shop", "--log-file", log, "--kubeconfig",
                demo.kubeconfigFile,
            ], home: demo.folder)
        #expect(refused.code != 0)
        let lines = try text(log).split(separator: "\n").map(String.init)
        func has(_ parts: String...) -> Bool {
            lines.contains { line in parts.allSatisfy { line.contains($0) } }
        }
        #expect(has("info", "request GET /apis/apps/v1", " 200 ", " ms ", " bytes"))
        #expect(has("source kubernetes", "is ok"))
        #expect(has("verb scale planned as", "Deployment shop/ads-v1") && has("verb", "applied, journal"))
        #expect(has("verb", "verified: "))
        #expect(has("error", "nosuch"))
        let form = try Pattern(#"\d{4}-\d\d-\d\dT[0-9:.]+Z (debug|info|warning|error) +\S.*"#)
        for line in lines { #expect(form.matchesWhole(line), "\(line)") }
        var status = stat()
        #expect(stat(log, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    /// The embedded mesh's users are known by a part of the address, which is a credential.
    @Test func noCredentialIsInIt() async throws {
        let demo = try Demo(.storefront)
        let log = "\(demo.folder.path)/meshtop.log"
        let config = "\(demo.folder.path)/token.yaml"
        let kubeconfig = try YAML.document(try Files.read(demo.kubeconfigFile))
        var secrets: [String] = []
        for cluster in kubeconfig.list("clusters") {
            let server = cluster.at("cluster", "server")?.string ?? ""
            if let last = server.split(separator: "/").last, server.split(separator: "/").count > 2 {
                secrets.append(String(last))
            }
        }
        for user in kubeconfig.list("users") {
            if let token = user.at("user", "token")?.string { secrets.append(token) }
        }
        try Files.write(try Files.read(demo.kubeconfigFile), to: config)
        let result = try await Program.run(
            ["snapshot", "-o", "json", "--kubeconfig", config, "--log-file", log, "--log-level", "trace"],
            home: demo.folder)
        #expect(result.code == 0, "\(result.errors)")
        let written = try text(log)
        #expect(written.contains("request GET /api"))
        #expect(!secrets.isEmpty)
        for secret in secrets { #expect(!written.contains(secret)) }
    }

    @Test func aLevelKeepsWhatIsGraver() async throws {
        let demo = try Demo(.storefront)
        let log = "\(demo.folder.path)/meshtop.log"
        _ = try await Program.run(
            ["snapshot", "-o", "json", "--kubeconfig", demo.kubeconfigFile, "--log-file", log, "--log-level", "error"],
            home: demo.folder)
        #expect(try text(log).isEmpty)
        _ = try await Program.run(
            [
                "scale", "deployment/nosuch", "--replicas", "2", "-n", "shop", "--log-file", log, "--log-level",
                "error",
                "--kubeconfig", demo.kubeconfigFile,
            ], home: demo.folder)
        let lines = try text(log).split(separator: "\n")
        #expect(!lines.isEmpty && lines.allSatisfy { $0.contains("Z error ") }, "\(lines)")
    }

    /// As README says: at 10 MiB it is turned over, and two old ones stay.
    @Test func aFullLogIsTurnedOver() async throws {
        let demo = try Demo(.storefront)
        let log = "\(demo.folder.path)/meshtop.log"
        for number in 1...3 {
            try Files.write([UInt8](repeating: UInt8(0x30 + number), count: 10 << 20), to: log)
            let result = try await Program.run(
                ["snapshot", "--no-metrics", "--kubeconfig", demo.kubeconfigFile, "--log-file", log], home: demo.folder)
            #expect(result.code == 0, "\(result.errors)")
            let size = try Files.read(log).count
            #expect(size > 0 && size < 1 << 20)
        }
        #expect(try Files.read("\(log).1", limit: 20 << 20).first == 0x33)
        #expect(try Files.read("\(log).2", limit: 20 << 20).first == 0x32)
        #expect(!Files.exists("\(log).3"))
    }

    @Test(arguments: ["folder", "fifo", "link", "nowhere"])
    func aLogThatCannotBeWrittenIsOneErrorAtTheStart(_ what: String) async throws {
        let home = try TemporaryFolder()
        let log = "\(home.path)/\(what)"
        switch what {
        case "folder": try Files.makeFolder(log)
        case "fifo": #expect(mkfifo(log, 0o600) == 0)
        case "link": #expect(symlink("/etc/hostname", log) == 0)
        default: break
        }
        let path = what == "nowhere" ? "\(log)/deeper/x.log" : log
        let result = try await Program.run(["journal", "--log-file", path], home: home)
        #expect(result.code == 2)
        #expect(result.errors.hasPrefix("meshtop: cannot write the log"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    /// A disk that is full later does no harm.
    @Test func whatCannotBeWrittenLaterIsLeftOut() async throws {
        let demo = try Demo(.storefront)
        let log = "\(demo.folder.path)/meshtop.log"
        let line = "ulimit -f 1; trap '' XFSZ; exec \"$0\" \"$@\""
        let result = try await Tool.run(
            "bash",
            [
                "-c", line, Tool.meshtop, "snapshot", "-o", "json", "--kubeconfig", demo.kubeconfigFile, "--log-file",
                log,
                "--log-level", "trace",
            ], environment: Program.environment(demo.folder))
        #expect(result.code == 0, "\(result.errors)")
        let count = try Files.read(log).count
        #expect(count > 0 && count <= 1024)
    }
}
