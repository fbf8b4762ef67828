// What is known of a server's kinds, shared by all who ask it: asked once, and known of each group as soon as that group
// has answered. Nobody waits for a group that he does not need.

internal import Base

/// One for each client. It has no client of its own: the client holds it.
actor DiscoveryCache {
    private var known: DiscoveryAnswer?
    private var discovery: Discovery?
    /// How often it was made anew.
    private var number = 0
    /// When the question was put whose answer is known.
    private var askedAt: Moment?
    /// A question is under way, and the server has not said yet which groups it has.
    private var isAsking = false
    /// Why the last question had no answer.
    private var failure: (any Error)?
    /// Questions so far, and the one whose answer is known: what groups say to an older one is not taken.
    private var questions = 0
    private var answered = 0
    private let changes = Signal()

    /// What is known once `suffices` says that it is enough, or once every group has answered or was given up. What was
    /// asked longer than `seconds` ago is asked anew.
    func discovery(
        _ client: KubeClient, within seconds: Double, until suffices: @Sendable (Discovery) -> Bool
    ) async throws -> Discovery {
        if !isFresh(client.clock.moment, seconds) {
            if !isAsking { ask(client) }
            while isAsking { try await nextChange() }
            if let failure { throw failure }
        }
        while let discovery {
            if discovery.awaited.isEmpty || suffices(discovery) { return discovery }
            try await nextChange()
        }
        throw failure ?? CancellationError()
    }

    /// What is served has changed: who asks next is told of it.
    func forget() { askedAt = nil }

    private func isFresh(_ now: Moment, _ seconds: Double) -> Bool {
        askedAt.map { now - $0 <= seconds } ?? false
    }

    private func nextChange() async throws {
        await changes.wait(after: changes.count)
        try Task.checkCancellation()
    }

    private func ask(_ client: KubeClient) {
        (isAsking, failure) = (true, nil)
        questions += 1
        let (number, moment) = (questions, client.clock.moment)
        Task {
            do {
                let answer = try await DiscoveryAnswer.read(client)
                take(answer, number, askedAt: moment)
                await withTaskGroup(of: Void.self) { tasks in
                    for part in answer.parts where part.isAwaited {
                        tasks.addTask { await self.take(await part.read(client), number) }
                    }
                }
            } catch {
                failure = error
                isAsking = false
                changes.fire()
            }
        }
    }

    private func take(_ answer: DiscoveryAnswer, _ number: Int, askedAt moment: Moment) {
        known = known.map(answer.after) ?? answer
        renew()
        (isAsking, askedAt, answered) = (false, moment, number)
        changes.fire()
    }

    private func take(_ part: DiscoveryPart, _ number: Int) {
        guard number == answered, let place = known?.parts.firstIndex(where: part.isOf) else { return }
        known?.parts[place].take(part)
        renew()
        changes.fire()
    }

    private func renew() {
        number += 1
        discovery = known?.discovery
        discovery?.number = number
    }
}

extension KubeClient {
    /// What the server serves. Waits until `suffices` holds of what is known, at most until every group has answered
    /// or was given up; throws where nothing is known. What was asked longer than `seconds` ago is asked anew.
    package func discovery(
        within seconds: Double = .infinity,
        until suffices: @Sendable (Discovery) -> Bool = { $0.awaited.isEmpty }
    ) async throws -> Discovery {
        try await served.discovery(self, within: seconds, until: suffices)
    }

    /// A change has brought kinds, or taken some.
    package func forgetDiscovery() async { await served.forget() }
}
