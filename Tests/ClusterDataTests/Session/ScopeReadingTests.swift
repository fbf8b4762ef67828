import Base
import ClusterData
import Istio
import Kube
import MeshModel
import TestSupport
import Testing

/// `-n` narrows what is read: others' pods are nobody's business, what the mesh is told is everybody's.
@Suite struct ScopeReadingTests {
    /// Lists that were asked for, without their queries; watches are left out.
    private final class Asked: Sendable {
        private let paths = Lock<Set<String>>([])

        func note(_ line: String) {
            guard !line.contains("watch=1"), line.hasPrefix("GET /api") else { return }
            let path = line.dropFirst(4).prefix { $0 != "?" }
            paths.withLock { _ = $0.insert(String(path)) }
        }

        var all: Set<String> { paths.withLock { $0 } }

        /// As the last words of their paths: "pods", "shop/pods".
        func lists(of resource: String) -> Set<String> {
            Set(
                all.filter { $0.hasSuffix("/\(resource)") }.map { path in
                    let words = path.split(separator: "/").map(String.init)
                    let name = words.firstIndex(of: "namespaces").flatMap { words.dropFirst($0 + 1).first }
                    let place = words.last == "namespaces" ? "" : name.map { $0 + "/" } ?? ""
                    return place + resource
                })
        }
    }

    private static func item(_ name: String, _ namespace: String) -> JSONValue {
        ["metadata": ["name": .string(name), "namespace": .string(namespace), "resourceVersion": "1"]]
    }

    private static func server(_ asked: Asked) throws -> CannedServer {
        try CannedServer { answer($0, asked) }
    }

    private static func answer(_ line: String, _ asked: Asked) -> CannedServer.Answer {
        asked.note(line)
        if line.contains(" /version") { return .init(200, ["gitVersion": "v1.30.0"]) }
        if line.hasSuffix(" /api") || line.hasSuffix(" /apis") { return .init(200, CannedServer.discovery) }
        if line.contains("watch=1") { return .init(200, [], staysOpen: true) }
        var items: [JSONValue] = []
        for namespace in ["shop", "pay", "istio-system"] where line.contains("/pods") {
            if line.contains("/namespaces/") ? line.contains("/\(namespace)/") : true {
                items.append(item("pod-of-\(namespace)", namespace))
            }
        }
        return .init(200, ["metadata": ["resourceVersion": "1"], "items": .array(items)])
    }

    private func session(_ server: CannedServer, _ scope: NamespaceScope) throws -> MeshSession {
        MeshSession(
            client: try server.client(),
            options: SessionOptions(scope: scope, asksMetrics: false, asksEnvoy: false))
    }

    private func pods(_ session: MeshSession) async -> Set<String> {
        Set(await session.objects.pods.keys.map(\.name))
    }

    @Test func podsAreReadInTheScopeAndTheRootNamespaceAlone() async throws {
        let asked = Asked()
        let server = try Self.server(asked)
        let session = try session(server, .some(["shop"]))
        await session.start()
        #expect(try await eventually { await session.isLoaded ? true : nil } == true)
        #expect(await pods(session) == ["pod-of-shop", "pod-of-istio-system"])
        #expect(asked.lists(of: "pods") == ["shop/pods", "istio-system/pods"])
        #expect(asked.lists(of: "virtualservices") == ["virtualservices"])
        #expect(asked.lists(of: "namespaces") == ["namespaces"])
        let kinds = await session.snapshot().kinds
        let read = try #require(kinds.first { $0.kind == "Pod" })
        #expect(read.state == .ok && read.namespacesRead == ["shop", "istio-system"])
        #expect(read.detail == "namespace istio-system, shop only: the others were not asked for (-n)")
        // Of the others nothing is known, which is not that there are none.
        #expect(await session.objects.gap(.pods, in: ["pay"]) != nil)
        #expect(await session.objects.gap(.pods, in: ["shop"]) == nil)
        await session.stop()
        withExtendedLifetime(server) {}
    }

    @Test func aScopeThatGrowsIsReadAndOneThatShrinksForgetsNothing() async throws {
        let asked = Asked()
        let server = try Self.server(asked)
        let session = try session(server, .some(["shop"]))
        await session.start()
        #expect(try await eventually { await session.isLoaded ? true : nil } == true)
        await session.setScope(.some(["pay"]))
        let grown = try await eventually { await pods(session).contains("pod-of-pay") ? true : nil }
        #expect(grown == true)
        #expect(await pods(session).count == 3)
        #expect(!asked.lists(of: "pods").contains("pods"))
        await session.setScope(.all)
        #expect(try await eventually { asked.lists(of: "pods").contains("pods") ? true : nil } == true)
        let isWhole = try await eventually { () -> Bool? in
            let pods = await session.snapshot().kinds.first { $0.kind == "Pod" }
            return pods?.state == .ok && pods?.namespacesRead == nil ? true : nil
        }
        #expect(isWhole == true)
        #expect(await pods(session).count == 3)
        await session.stop()
        withExtendedLifetime(server) {}
    }

    /// While it is asked, nobody says that it was not asked for; and when it is refused, the reason comes first.
    @Test func aNamespaceThatIsBeingReadIsNotOneThatNobodyAskedFor() async throws {
        let asked = Asked()
        let isOpen = Lock(false)
        let server = try CannedServer { line -> CannedServer.Answer in
            guard line.contains("/namespaces/pay/pods") else { return Self.answer(line, asked) }
            return isOpen.withLock { $0 }
                ? .init(403, ["kind": "Status", "message": "pods is forbidden"]) : .init(200, [], staysOpen: true)
        }
        let session = try session(server, .some(["shop"]))
        await session.start()
        #expect(try await eventually { await session.isLoaded ? true : nil } == true)
        await session.setScope(.some(["pay"]))
        func pods() async -> KindStatus? { await session.snapshot().kinds.first { $0.kind == "Pod" } }
        #expect(await pods()?.gap(in: ["pay"]) == "Pod not read yet in pay")
        #expect(await pods()?.detail.hasPrefix("namespace istio-system, shop only: pay not read yet; ") == true)
        #expect(await pods()?.gap(in: ["web"]) == "Pod not read in web: not asked for (-n)")
        await session.stop()
        isOpen.withLock { $0 = true }
        let refused = try self.session(server, .some(["shop", "pay"]))
        await refused.start()
        let words = try await eventually { () -> String? in
            let snapshot = await refused.snapshot()
            return await refused.isLoaded ? snapshot.partWords(snapshot.unread(["Pod"])) : nil
        }
        #expect(words?.hasPrefix("Pod not read in pay: ") == true)
        #expect(words?.contains("pods is forbidden") == true && words?.contains("(-n)") == false)
        await refused.stop()
        withExtendedLifetime(server) {}
    }

    @Test func withoutAScopeEverythingIsReadAtOnce() async throws {
        let asked = Asked()
        let server = try Self.server(asked)
        let session = try session(server, .all)
        await session.start()
        #expect(try await eventually { await session.isLoaded ? true : nil } == true)
        #expect(asked.lists(of: "pods") == ["pods"])
        #expect(await pods(session).count == 3)
        await session.stop()
        withExtendedLifetime(server) {}
    }
}
