import Base
import TestSupport
import Testing

@testable import Kube

/// What a server serves is asked once, and nobody waits for a group that he does not need.
@Suite struct DiscoveryCacheTests {
    /// A server of legacy discovery, one of whose groups never answers.
    private final class Stage: Sendable {
        let asked = Lock<[String: Int]>([:])
        /// Paths that are refused.
        let refused = Lock<Set<String>>([])
        /// Groups that answer, with the one resource that each has.
        let kinds = Lock(["apps": "Deployment", "example.com": "Widget"])
        let server: CannedServer

        init() throws {
            let (asked, refused, kinds) = (asked, refused, kinds)
            server = try CannedServer { line in
                let path = line.split(separator: " ").last.map(String.init) ?? ""
                asked.withLock { $0[path, default: 0] += 1 }
                if refused.withLock({ $0.contains(path) }) { return .init(403, ["message": "kept from you"]) }
                func resource(_ kind: String) -> CannedServer.Answer {
                    .init(
                        200,
                        [
                            "kind": "APIResourceList",
                            "resources": [["name": .string(kind.lowercased() + "s"), "kind": .string(kind)]],
                        ])
                }
                switch path {
                case "/version": return .init(200, ["gitVersion": "v1.30.0"])
                case "/api": return .init(200, ["kind": "APIVersions", "versions": ["v1"]])
                case "/api/v1": return resource("Pod")
                case "/apis":
                    let names = ["apps", "silent.example", "example.com"]
                    return .init(
                        200,
                        [
                            "kind": "APIGroupList",
                            "groups": .array(
                                names.map { ["name": .string($0), "versions": [["version": "v1"]]] }),
                        ])
                default:
                    let group = path.split(separator: "/").dropFirst().first.map(String.init) ?? ""
                    if let kind = kinds.withLock({ $0[group] }) { return resource(kind) }
                    return .init(200, [], staysOpen: true)
                }
            }
        }

        func client(patience: Double = 30) throws -> KubeClient {
            var client = try server.client()
            client.timeoutSeconds = patience
            return client
        }

        func count(_ path: String) -> Int { asked.withLock { $0[path] ?? 0 } }
    }

    private func kinds(_ discovery: Discovery) -> [String] { discovery.resources.map(\.kind).sorted() }

    @Test func aGroupThatNobodyNeedsIsNotWaitedFor() async throws {
        let stage = try Stage()
        let client = try stage.client()
        for _ in 0..<3 {
            let found = try await client.discovery { $0.awaited.isSubset(of: ["silent.example"]) }
            #expect(kinds(found) == ["Deployment", "Pod", "Widget"])
            #expect(found.awaited == ["silent.example"] && found.failed.isEmpty)
            #expect(found.gapWords("silent.example")?.contains("it has not answered yet") == true)
            #expect(found.unanswered() == "; it does not answer for silent.example")
        }
        // It is asked all the same.
        #expect(try await eventually { stage.count("/apis/silent.example/v1") > 0 ? true : nil } == true)
        #expect(stage.count("/apis") == 1 && stage.count("/apis/silent.example/v1") == 1)
    }

    @Test func manyWhoAskAtOnceAreOneQuestion() async throws {
        let stage = try Stage()
        let client = try stage.client()
        try await withThrowingTaskGroup(of: Discovery.self) { tasks in
            for _ in 0..<8 { tasks.addTask { try await client.discovery { !$0.awaited.contains("apps") } } }
            for try await found in tasks { #expect(kinds(found).contains("Deployment")) }
        }
        #expect(stage.count("/api") == 1 && stage.count("/apis/apps/v1") == 1)
    }

    /// It was waited for once: it is asked again, and until it answers the reason of then holds.
    @Test func aGroupThatDidNotAnswerIsNotWaitedForAgain() async throws {
        let stage = try Stage()
        let client = try stage.client(patience: 1)
        let first = try await client.discovery()
        let reason = try #require(first.failed["silent.example"])
        #expect(first.awaited.isEmpty && kinds(first) == ["Deployment", "Pod", "Widget"])
        let second = try await client.discovery(within: 0)
        #expect(second.failed["silent.example"] == reason && second.awaited.isEmpty && stage.count("/apis") == 2)
        stage.kinds.withLock { $0["silent.example"] = "Speech" }
        _ = try await client.discovery(within: 0)
        let third = try await eventually {
            let now = try await client.discovery()
            return now.failed.isEmpty ? now : nil
        }
        #expect(third.map(kinds) == ["Deployment", "Pod", "Speech", "Widget"])
    }

    @Test func whatChangedIsAskedAnew() async throws {
        let stage = try Stage()
        stage.kinds.withLock { $0["silent.example"] = "Speech" }
        let client = try stage.client()
        _ = try await client.discovery()
        stage.kinds.withLock { $0["example.com"] = "Gadget" }
        #expect(try await kinds(client.discovery()).contains("Widget"))
        await client.forgetDiscovery()
        #expect(try await kinds(client.discovery()) == ["Deployment", "Gadget", "Pod", "Speech"])
        #expect(stage.count("/apis") == 2)
    }

    @Test(arguments: ["/apis", "/api"]) func whatWasKnownIsNotForgottenWhenItIsKeptBack(_ path: String) async throws {
        let stage = try Stage()
        stage.kinds.withLock { $0["silent.example"] = "Speech" }
        let client = try stage.client()
        let known = try await client.discovery()
        stage.refused.withLock { _ = $0.insert(path) }
        let now = try await client.discovery(within: 0)
        #expect(kinds(now) == kinds(known) && now.failed.isEmpty && now.groupsUnread == nil)
        #expect(stage.count(path) == 2)
    }

    @Test func afterAFailureItIsAskedAgain() async throws {
        let stage = try Stage()
        stage.refused.withLock { $0 = ["/api", "/apis"] }
        let client = try stage.client()
        await #expect(throws: MeshTopError.self) { try await client.discovery() }
        stage.refused.withLock { $0 = [] }
        #expect(try await kinds(client.discovery { $0.awaited.count == 1 }) == ["Deployment", "Pod", "Widget"])
    }

    @Test func whoIsCancelledWaitsNoLonger() async throws {
        let stage = try Stage()
        let client = try stage.client()
        _ = try await client.discovery { $0.awaited == ["silent.example"] }
        let waiting = Task { try await client.discovery { _ in false } }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
