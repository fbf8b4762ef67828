import Base
import DemoMesh
import TestSupport
import Testing

/// How far back a watch of the demo mesh can start.
@Suite struct WatchLogTests {
    private let path = "/api/v1/namespaces/default/configmaps"

    @Test func watchesStartFromWhatWasFiveMinutesAgoAndNoEarlier() async throws {
        var options = DemoMeshOptions()
        options.historySeconds = 10
        options.clockStart = Timestamp(seconds: 1_800_000_000)
        let demo = try Demo(options)
        func make(_ name: String) async throws -> Int {
            let made = try await demo.ask(
                "POST", path,
                ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "namespace": "default"]])
            return try #require(made.json.at("metadata", "resourceVersion")?.string.flatMap { Int($0) })
        }
        func watch(from version: Int) async throws -> String {
            let answer = try await demo.ask("GET", "\(path)?watch=true&resourceVersion=\(version)&timeoutSeconds=1")
            return String(decoding: answer.body, as: UTF8.self)
        }

        let first = try await make("first")
        try await demo.server.advance(seconds: 480)
        let second = try await make("second")
        #expect(try await watch(from: first - 1).contains(#""name":"first""#), "kept for eight minutes")
        try await demo.server.advance(seconds: 240)
        _ = try await make("third")
        let old = try await watch(from: first - 1)
        #expect(old.contains("too old resource version") && old.contains("410"))
        #expect(try await watch(from: second).contains(#""name":"third""#), "what came after is known")
    }
}
