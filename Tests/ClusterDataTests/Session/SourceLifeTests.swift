import ClusterData
import Kube
import MeshModel
import TestSupport
import Testing

@testable import Base

/// What a source is worth as time passes, on a clock that the test moves.
@Suite struct SourceLifeTests {
    private static func answer(_ line: String) -> CannedServer.Answer {
        if line.contains(" /version") { return .init(200, ["gitVersion": "v1.30.0"]) }
        if line.hasSuffix(" /api") || line.hasSuffix(" /apis") { return .init(200, CannedServer.discovery) }
        if line.contains("watch=1") { return .init(200, [], staysOpen: true) }
        return .init(200, ["metadata": ["resourceVersion": "1"], "items": []])
    }

    private static func prometheus(_ line: String) -> CannedServer.Answer {
        .init(200, ["status": "success", "data": ["resultType": "vector", "result": []]])
    }

    /// Moves the clock until the source is in a state; gives the seconds that took. A pause lets the network answer.
    private func seconds(
        _ clock: TestClock, _ session: MeshSession, _ source: SourceName, until state: SourceStatus.State
    ) async throws -> Double? {
        let start = clock.moment
        return try await eventually(every: 0.01) {
            if await session.snapshot().source(source)?.state == state { return clock.moment - start }
            clock.advance(by: 0.25)
            return nil
        }
    }

    @Test func aServerThatIsSilentIsStaleAndWellAgainWhenItAnswers() async throws {
        let (listed, watched) = (Lock<Set<Substring>>([]), Lock<Set<Substring>>([]))
        let server = try CannedServer { line in
            if let cut = line.firstIndex(of: "?") {
                (line.contains("watch=1") ? watched : listed).withLock { _ = $0.insert(line[..<cut]) }
            }
            return Self.answer(line)
        }
        let proxy = try FaultProxy(to: server.port)
        let clock = TestClock()
        let session = MeshSession(
            client: try CannedServer.client(of: "http://127.0.0.1:\(proxy.port)", clock: clock),
            options: SessionOptions(asksMetrics: false, asksEnvoy: false))
        await session.start()
        #expect(try await eventually { await session.isLoaded ? true : nil } == true)
        // A watch that is still to be opened would be refused, and say so before any heartbeat.
        let followed = try await eventually { listed.withLock { $0 } == watched.withLock { $0 } ? true : nil }
        #expect(followed == true, "watched: \(watched.withLock { $0 }.sorted())")
        #expect(await session.snapshot().source(.kubernetes)?.state == .ok)
        // New connections are closed; the watches that run stay as they are.
        proxy.setDown(true)
        let age = try #require(try await seconds(clock, session, .kubernetes, until: .stale))
        #expect(age > 12, "two heartbeats and a little")
        #expect(await session.snapshot().source(.kubernetes)?.detail.contains("127.0.0.1:\(proxy.port)") == true)
        proxy.setDown(false)
        #expect(try await seconds(clock, session, .kubernetes, until: .ok) != nil)
        await session.stop()
        proxy.stop()
        withExtendedLifetime(server) {}
    }

    /// A context that is left at once: the two may come in either order.
    @Test func aSessionThatWasLeftBeforeItBeganAsksNothing() async throws {
        let asked = Lock(0)
        let left = try CannedServer { line in
            asked.withLock { $0 += 1 }
            return Self.answer(line)
        }
        let other = try CannedServer(Self.answer)
        let sessions = try [left, other].map {
            MeshSession(client: try $0.client(), options: SessionOptions(asksEnvoy: false))
        }
        await sessions[0].stop()
        for session in sessions { await session.start() }
        await sessions[0].refresh()
        #expect(try await eventually { await sessions[1].isLoaded ? true : nil } == true)
        #expect(asked.withLock { $0 } == 0)
        await sessions[1].stop()
        withExtendedLifetime((left, other)) {}
    }

    /// What one chart shows is asked for at once; the hours before, one question after each tick, and each once.
    @Test func theHoursBeforeAreAskedForByAndBy() async throws {
        let server = try CannedServer(Self.answer)
        let asked = Lock<[String]>([])
        let metrics = try CannedServer { line, body in
            guard line.contains("query_range") else { return Self.prometheus(line) }
            let form = String(decoding: body, as: UTF8.self).split(separator: "&")
            asked.withLock { $0 += form.filter { $0.hasPrefix("step=") }.map { String($0.dropFirst(5)) } }
            return .init(200, ["status": "success", "data": ["resultType": "matrix", "result": []]])
        }
        let clock = TestClock()
        let session = MeshSession(
            client: try server.client(clock: clock),
            options: SessionOptions(metrics: try .url(metrics.url), asksEnvoy: false))
        await session.start()
        #expect(
            try await eventually { await session.snapshot().source(.metrics)?.state == .ok ? true : nil } == true)
        // Five measures of services at each step, and one of edges.
        let fine = [String](repeating: "5", count: 6)
        let all = fine + [String](repeating: "60", count: 5) + [String](repeating: "300", count: 5)
        let isDone = try await eventually(every: 0.01) { () -> Bool? in
            clock.advance(by: 1)
            return asked.withLock { $0.count } >= all.count ? true : nil
        }
        #expect(isDone == true)
        for _ in 0..<3 {
            let time = await session.snapshot().source(.metrics)?.asOf
            _ = try await eventually(every: 0.01) { () -> Bool? in
                clock.advance(by: 1)
                return await session.snapshot().source(.metrics)?.asOf != time ? true : nil
            }
        }
        #expect(asked.withLock { $0 } == all)
        await session.stop()
        withExtendedLifetime((server, metrics)) {}
    }

    /// Metrics are stale after three turns without an answer, and no sooner than after 15 s.
    @Test(arguments: [(2.0, 15.0), (10, 30)]) func metricsAgeByTheirTurns(refresh: Double, limit: Double) async throws {
        let server = try CannedServer(Self.answer)
        let metrics = try CannedServer(Self.prometheus)
        let proxy = try FaultProxy(to: metrics.port)
        let clock = TestClock()
        var options = SessionOptions(
            refreshSeconds: refresh, metrics: try .url("http://127.0.0.1:\(proxy.port)"), asksEnvoy: false)
        options.asksHistory = false
        let session = MeshSession(client: try server.client(clock: clock), options: options)
        await session.start()
        #expect(
            try await eventually { await session.snapshot().source(.metrics)?.state == .ok ? true : nil } == true)
        let answered = clock.now
        // It takes requests and answers none.
        proxy.setFrozen(true)
        let silent = try #require(try await seconds(clock, session, .metrics, until: .stale))
        #expect(silent > limit && silent <= limit + 0.5, "stale after \(silent) s")
        let status = try #require(await session.snapshot().source(.metrics))
        #expect(status.detail == "no answer since \(answered.clock)")
        await session.stop()
        proxy.setFrozen(false)
        proxy.stop()
        withExtendedLifetime((server, metrics)) {}
    }
}
