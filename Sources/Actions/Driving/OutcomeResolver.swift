// What became of changes whose answer nobody saw: the program ended, or the connection did, between sending and
// hearing. The objects tell.

internal import Base
internal import Kube

struct OutcomeResolver {
    let world: PlanWorld
    let journal: Journal

    /// Settles the entries of this context that are open and whose program is no longer at work; one line for each.
    func resolve() async throws -> [String] {
        let (entries, _) = try journal.read()
        let access = world.client.access
        var lines: [String] = []
        for entry in entries
        where entry.outcome == .sent && entry.context == access.contextName && access.isServer(entry.server)
            && !isAtWork(entry)
        {
            let found = try await look(entry)
            guard let outcome = found.outcome else {
                lines.append("\(entry.id) \(entry.title): outcome unknown: \(found.words)")
                continue
            }
            try journal.note(entry.id, outcome, found.words, sent: found.made < entry.steps.count ? found.made : nil)
            lines.append("\(entry.id) \(entry.title): \(found.words)")
        }
        return lines
    }

    /// Whether the program that wrote the entry may still be waiting for its answer.
    private func isAtWork(_ entry: JournalEntry) -> Bool {
        let now = world.client.clock.wall
        guard entry.host == hostName(), let process = entry.process else {
            return now - entry.time < 600
        }
        if process == processNumber() { return now - entry.time < 60 }
        return isRunning(process: process)
    }

    enum State { case made, notMade, other }

    /// `made`: how many of its objects have the change; they are sent one after the other.
    private func look(
        _ entry: JournalEntry
    ) async throws -> (outcome: JournalEntry.Outcome?, words: String, made: Int) {
        var states: [State] = []
        for step in entry.steps { states.append(Self.state(step, try await world.readIfPresent(step.path))) }
        let made = states.count { $0 == .made }
        if states.allSatisfy({ $0 == .made }) {
            return (.applied, "the answer was not seen; the cluster has the change", made)
        }
        if states.allSatisfy({ $0 == .notMade }) {
            return (.failed, "the answer was not seen; the cluster does not have the change", made)
        }
        if states.contains(.other) { return (nil, "the object is neither as it was nor as it was sent", made) }
        return (.applied, "the answer was not seen; \(made) of \(states.count) objects were changed", made)
    }

    static func state(_ step: JournalEntry.Step, _ now: JSONValue?) -> State {
        if step.isBroughtBack { return now == nil ? .notMade : .made }
        guard let after = step.after else { return now == nil ? .made : .notMade }
        guard let now, let content = ObjectText.content(now) else { return .notMade }
        if case .statusPatch(let patch)? = step.write {
            // Its controller may have answered already.
            return Patching.merge(patch, into: now) == now ? .made : .other
        }
        if !step.values.isEmpty {
            let present = step.values.map { Patching.value(at: $0.path, in: now) }
            if present == step.values.map(\.after) { return .made }
            return present == step.values.map(\.before) ? .notMade : .other
        }
        // Metadata is not kept in the journal, but for what a change was all about.
        let touched = step.write?.touched?.filter { $0.first != "metadata" } ?? []
        let isMade =
            touched.isEmpty
            ? content == after
            : touched.allSatisfy { Patching.value(at: $0, in: content) == Patching.value(at: $0, in: after) }
        if isMade { return .made }
        guard let inverse = step.inverse else { return .other }
        if case .delete = inverse { return .other }
        // The way back has nothing to do: the object is as it was.
        guard let back = inverse.applied(to: now) else { return .notMade }
        return ObjectText.content(back) == content ? .notMade : .other
    }
}

extension ChangeRunner {
    /// Settles what earlier programs left open; says so in one line each.
    package func resolveOutcomes() async throws -> [String] {
        try await OutcomeResolver(world: try await readingWorld(), journal: journal).resolve()
    }
}
