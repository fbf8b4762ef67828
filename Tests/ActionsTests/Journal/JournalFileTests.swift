import Base
import CLinux
import DemoMesh
import TestSupport
import Testing

@testable import Actions

/// The journal's file: lines stay whole, and what is no file of one's own is refused before anything is sent.
@Suite struct JournalFileTests {
    static let demo = Result { try Demo.withoutHistory() }
    private let ads = ObjectReference(kind: "Deployment", namespace: "shop", name: "ads-v1")

    private func lines(_ journal: Journal) throws -> [String] {
        String(decoding: try Files.read(journal.path), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func scale(_ cluster: DemoCluster, to replicas: Int) async throws -> [ChangeProgress] {
        let runner = try cluster.runner()
        return await runner.finish(
            try await runner.plan(.scale(ads, replicas: replicas, movesBounds: false)).planID)
    }

    @Test func aTornTailDoesNotSwallowTheNextEntry() async throws {
        let cluster = try DemoCluster(Demo.withoutHistory())
        try Files.write(Array(#"{"id":"torn","verb":"sca"#.utf8), to: cluster.journal.path)
        #expect(try await scale(cluster, to: 5).wasApplied)
        let (entries, bad) = try cluster.journal.read()
        #expect(entries.map(\.title).count == 1 && entries[0].verb == "scale")
        #expect(bad == [1])
        #expect(try lines(cluster.journal)[0] == #"{"id":"torn","verb":"sca"#)
        // Nothing of the room for the outcome is left in it.
        #expect(try Files.read(cluster.journal.path).last == 0x0A)
        #expect(try lines(cluster.journal).allSatisfy { !$0.hasSuffix(" ") })
    }

    enum Stranger: String, CaseIterable {
        case pipe, link, dangling, folder, device, writable, secretsPipe, secretsLink, anothers

        /// Only root can make a file another's.
        static var known: [Stranger] { allCases.filter { $0 != .anothers || geteuid() == 0 } }
    }

    private func put(_ stranger: Stranger, _ path: String, _ folder: String) async throws -> String {
        let secrets = path.replacing(".jsonl", with: "-secrets.jsonl")
        func run(_ command: String, _ arguments: String...) async throws {
            #expect(try await Tool.run(command, arguments).code == 0)
        }
        switch stranger {
        case .pipe: try await run("mkfifo", path)
        case .link:
            try Files.write([], to: "\(folder)/other")
            try await run("ln", "-s", "\(folder)/other", path)
        case .dangling: try await run("ln", "-s", "\(folder)/nowhere", path)
        case .folder: try Files.makeFolder(path)
        case .device: try await run("ln", "-s", "/dev/full", path)
        case .writable:
            try Files.write([], to: path)
            try await run("chmod", "666", path)
        case .anothers:
            try Files.write([], to: path)
            try await run("chown", "65534", path)
        case .secretsPipe: try await run("mkfifo", secrets)
        case .secretsLink: try await run("ln", "-s", "/dev/null", secrets)
        }
        return stranger.rawValue.hasPrefix("secrets") ? secrets : path
    }

    @Test(arguments: Stranger.known) func whatIsNoFileOfOnesOwnRefusesTheChange(_ stranger: Stranger) async throws {
        let (demo, folder) = (try Self.demo.get(), try TemporaryFolder())
        let journal = Journal(path: "\(folder.path)/journal.jsonl")
        let path = try await put(stranger, journal.path, folder.path)
        let secret = Paths.secret("told")
        let runner = ChangeRunner(client: try demo.client(), journal: journal) { nil }
        let preview = try await runner.plan(
            .apply(
                yaml: "{apiVersion: v1, kind: Secret, metadata: {name: told, namespace: shop}, stringData: {a: b}}",
                defaultNamespace: "shop"))
        let failure = try #require(await runner.finish(preview.planID).failure)
        #expect(failure.description.contains(path) && !failure.description.contains("\n"), "\(failure)")
        #expect(failure.code == .environment && failure.advice != nil)
        #expect(try await !demo.exists(secret))
        // Reading does not wait for ever either.
        if path == journal.path { #expect(throws: MeshTopError.self) { try journal.read() } }
    }

    @Test func programsThatAppendAtOnceKeepTheirLinesWhole() async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/journal.jsonl"
        let texts = (0..<200).map { "\($0) " + String(repeating: "x", count: $0 * 97 % 9000) }
        // Every append opens the file anew, as another program does.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, text) in texts.enumerated() {
                group.addTask {
                    try LineFile(path: path).append(Array(text.utf8), reserve: index % 3 == 0 ? 4096 : 0)
                }
            }
            try await group.waitForAll()
        }
        let lines = String(decoding: try Files.read(path), as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.sorted() == texts.sorted())
    }
}

extension Paths {
    fileprivate static func secret(_ name: String) -> String { "/api/v1/namespaces/shop/secrets/\(name)" }
}
