import Base
import ClusterData
import Kube
import MeshModel
import TestSupport
import Testing

/// A group that does not answer keeps back its own kinds alone.
@Suite struct SilentGroupSourceTests {
    /// A server of legacy discovery with every watched kind, and one group beside them.
    private func server(silent: Set<String>) throws -> CannedServer {
        let groups = (WatchedKind.all.map(\.group) + ["other.example"]).uniqued().filter { !$0.isEmpty }
        return try CannedServer { line in
            let path = line.split(separator: " ").last.map(String.init) ?? ""
            let parts = path.split(separator: "/").map(String.init)
            if path == "/version" { return .init(200, ["gitVersion": "v1.24.0"]) }
            if path == "/api" { return .init(200, ["kind": "APIVersions", "versions": ["v1"]]) }
            if path == "/apis" {
                let all = groups.map { group -> JSONValue in
                    let versions = WatchedKind.all.filter { $0.group == group }.map { $0.versions[0] }.uniqued()
                    return [
                        "name": .string(group),
                        "versions": .array(
                            (versions.isEmpty ? ["v1"] : versions).map { ["version": .string($0)] }),
                    ]
                }
                return .init(200, ["kind": "APIGroupList", "groups": .array(all)])
            }
            if !path.contains("?"), parts.count == (parts.first == "api" ? 2 : 3) {
                let group = parts.first == "api" ? "" : parts[1]
                if silent.contains(group) { return .init(200, [], staysOpen: true) }
                let kinds = WatchedKind.all.filter { $0.group == group && $0.versions[0] == parts.last }
                let resources = kinds.map { kind -> JSONValue in
                    [
                        "name": .string(kind.resource), "kind": .string(kind.kind),
                        "namespaced": .bool(kind.isNamespaced), "verbs": ["list", "watch"],
                    ]
                }
                return .init(200, ["kind": "APIResourceList", "resources": .array(resources)])
            }
            if line.contains("watch=1") { return .init(200, [], staysOpen: true) }
            return .init(200, ["metadata": ["resourceVersion": "1"], "items": []])
        }
    }

    private func session(_ server: CannedServer, patience: Double) async throws -> MeshSession {
        var client = try server.client()
        client.timeoutSeconds = patience
        let session = MeshSession(client: client, options: SessionOptions(asksMetrics: false, asksEnvoy: false))
        await session.start()
        return session
    }

    @Test func anUnrelatedGroupDelaysNothing() async throws {
        let server = try server(silent: ["other.example"])
        let session = try await session(server, patience: 30)
        let isLoaded = try await eventually(within: 10) { await session.isLoaded ? true : nil }
        let late = await session.snapshot().kinds.filter { $0.state != .ok }
        #expect(isLoaded == true, "\(late)")
        #expect(try await session.client.discovery { _ in true }.awaited == ["other.example"])
        let kinds = await session.snapshot().kinds
        #expect(kinds.allSatisfy { $0.state == .ok }, "\(kinds.filter { $0.state != .ok })")
        await session.stop()
    }

    @Test func theOthersAreReadWhileAGroupIsAwaited() async throws {
        let server = try server(silent: ["gateway.networking.k8s.io"])
        let session = try await session(server, patience: 30)
        let others = try await eventually(within: 10) { () -> [KindStatus]? in
            let kinds = await session.snapshot().kinds
            let others = kinds.filter { $0.group != "gateway.networking.k8s.io" }
            return !others.isEmpty && others.allSatisfy { $0.state == .ok } ? kinds : nil
        }
        let late = await session.snapshot().kinds.filter { $0.state != .ok }
        let own = others?.filter { $0.group == "gateway.networking.k8s.io" } ?? []
        #expect(!own.isEmpty && own.allSatisfy { $0.state == .starting }, "\(late)")
        #expect(await !session.isLoaded)
        await session.stop()
    }

    @Test func whatDoesNotAnswerIsNamed() async throws {
        let server = try server(silent: ["gateway.networking.k8s.io", "other.example"])
        let session = try await session(server, patience: 3)
        let snapshot = try await eventually { () -> MeshSnapshot? in
            let snapshot = await session.snapshot()
            let own = snapshot.kinds.filter { $0.group == "gateway.networking.k8s.io" }
            return snapshot.silentGroups.isEmpty || own.contains { $0.state == .starting } ? nil : snapshot
        }
        let words = snapshot?.silentGroups ?? []
        #expect(words.count == 1 && words[0].contains("what other.example serves: "), "\(words)")
        let own = snapshot?.kinds.filter { $0.group == "gateway.networking.k8s.io" } ?? []
        #expect(own.allSatisfy { $0.state == .down && $0.detail.contains("what gateway.networking") }, "\(own)")
        await session.stop()
    }
}
