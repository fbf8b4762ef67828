// All rollouts of a cluster in one list, whoever owns them, and the guarded shifts that this program drives itself.

internal import Base
package import ClusterData
internal import Istio
internal import Kube
package import MeshModel

package actor RolloutDesk {
    private struct Driven {
        var guardian: GuardedShift
        var status: GuardStatus?
    }

    private let session: MeshSession
    private nonisolated var clock: any TimeSource { session.client.clock }
    private let stateFolder: String
    private let changed: @Sendable ([RolloutView], [String]) -> Void
    private var driven: [String: Driven] = [:]
    /// What ended here, newest last: its outcome stays on the screen for a while.
    private var ended: [(view: RolloutView, at: Timestamp)] = []
    private var others: [RolloutView] = []
    private var notes: [String] = []
    private var watched: [WatchKey: ObjectWatch] = [:]
    private var lookedAt: Timestamp?
    /// Moves with every look whose answer is another.
    package private(set) var version = 0
    private static let firstAnswerSeconds = 10.0
    private static let pauseSeconds = 3.0
    private static let endedSeconds = 900.0
    private static let discoverySeconds = 300.0

    /// `changed` is given all rollouts, and what could not be read, whenever either is another.
    package init(
        _ session: MeshSession, stateFolder: String,
        changed: @escaping @Sendable ([RolloutView], [String]) -> Void = { _, _ in }
    ) {
        self.session = session
        self.stateFolder = stateFolder
        self.changed = changed
    }

    /// Has the runner's guarded shifts driven here.
    package func attach(to runner: ChangeRunner) async {
        await runner.driveGuardedShifts { record, runner, report in
            await self.drive(record, runner, report: report)
        }
        await runner.tellGuardedShifts { ending, report in await self.end(ending, report) }
    }

    // MARK: Driving

    private func drive(
        _ record: GuardRecord, _ runner: ChangeRunner, report: @escaping @Sendable (ChangeProgress) -> Void
    ) async {
        do {
            let guardian = try await GuardedRollouts.guardian(record, session, runner, stateFolder: stateFolder) {
                event in
                report(event.progress)
                Task { await self.heard(event, record.id) }
            }
            driven[record.id] = Driven(guardian: guardian)
            ended.removeAll { $0.view.record?.id == record.id || $0.view.object == record.target.route }
            await tell()
            let end = await guardian.run()
            driven[record.id] = nil
            var view = RolloutView(
                await guardian.mark, status: await guardian.status, driver: .nobody,
                history: await guardian.history, end: end, now: clock.now)
            if case .stopped(let why) = end { view.facts.insert("stopped: \(why)", at: 0) }
            if case .rolledBack(let why) = end { view.facts.insert("rolled back: \(why)", at: 0) }
            others.removeAll { $0.id == view.id }
            if end == .left { others.append(view) } else { ended.append((view, clock.now)) }
            if ended.count > 5 { ended.removeFirst() }
            await tell()
        } catch {
            report(
                .failed(error as? MeshTopError ?? MeshTopError(.environment, "the guarded shift", why: "\(error)")))
        }
    }

    private func heard(_ event: GuardEvent, _ id: String) async {
        // Events may overtake each other on their way: how it is now is what its driver says now.
        if case .status = event, let guardian = driven[id]?.guardian {
            let status = await guardian.status
            driven[id]?.status = status
        }
        await tell()
    }

    /// True when a guardian of this program makes the end itself.
    private func end(_ ending: GuardEnding, _ report: @escaping @Sendable (ChangeProgress) -> Void) async -> Bool {
        guard let guardian = driven[ending.id]?.guardian else { return false }
        if ending.action == .promote { await guardian.promote() } else { await guardian.rollBack() }
        report(.verifying("its driver here makes the step"))
        while driven[ending.id] != nil {
            do { try await clock.sleep(seconds: 0.05) } catch { return true }
        }
        let view = ended.last { $0.view.record?.id == ending.id }?.view
        switch (view?.verdict, ending.action) {
        case ("PROMOTED", .promote): report(.verified("promoted"))
        case ("ROLLED BACK", .rollBack): report(.verified("rolled back as asked"))
        default: report(.unverified("it ended in another way: \(view?.verdict ?? "unknown")"))
        }
        return true
    }

    // MARK: Looking

    /// Reads what cannot be seen in the mesh's snapshot: who holds a lease, and the objects of other owners.
    @discardableResult
    package func look() async -> [RolloutView] {
        var found: [RolloutView] = []
        var problems: [String] = []
        var seen: Set<ObjectReference> = []
        let snapshot = await session.snapshot()
        problems += snapshot.kinds.filter { MeshSnapshot.routeKinds.contains($0.kind) }.flatMap(Self.gaps)
        for row in snapshot.routes {
            guard let mark = row.rollout else { continue }
            let route = ObjectReference(kind: row.kind.rawValue, namespace: row.namespace, name: row.name)
            guard seen.insert(route).inserted else { continue }
            do throws(MeshTopError) {
                let record = try GuardRecord(mark, route: route)
                if driven[record.id] != nil { continue }
                found.append(RolloutView(record, status: nil, driver: await driver(route), now: clock.now))
            } catch {
                problems.append(error.description)
            }
        }
        for (kind, read) in [("Canary", FlaggerCanary.view), ("Rollout", ArgoRollout.view)] {
            do {
                let discovery = try await discovered()
                guard let path = RolloutOrders.resource(kind, discovery)?.path else {
                    if let why = RolloutOrders.gap(kind, discovery) { problems.append("\(kind) not read: \(why)") }
                    continue
                }
                for watch in try await watches(path) {
                    found += watch.objects.compactMap(read)
                    if let problem = watch.problem { problems.append("\(kind) not read: \(problem)") }
                }
            } catch {
                problems.append("\(kind) not read: \(error)")
            }
        }
        others = found
        lookedAt = clock.now
        // What the mesh's own reading of a kind says is said once.
        notes = problems.uniqued()
        await tell()
        return views(now: clock.now)
    }

    /// What could not be read or understood: there may be a rollout in it.
    package var problems: [String] { notes }

    /// Why not every object of a kind is known.
    private static func gaps(_ kind: KindStatus) -> [String] {
        if kind.isUnread { return [kind.unreadWords] }
        if kind.state == .starting { return ["\(kind.kind) not read: not yet"] }
        return kind.odd.isEmpty ? [] : ["\(kind.kind) not read: \(OddObject.words(kind.odd))"]
    }

    /// The rollouts of one name, each read by itself.
    package func named(_ name: String, in namespace: String) async throws -> [RolloutView] {
        let client = session.client
        var found: [RolloutView] = []
        for (kind, object) in try await NamedRoute.objects(namespace, name, client) {
            guard let record = GuardedRollouts.record(object, kind.rawValue) else { continue }
            found.append(
                RolloutView(record, status: nil, driver: await driver(record.target.route), now: clock.now))
        }
        let world = PlanWorld(client: client, discovery: try await discovered(), snapshot: nil)
        for (kind, read) in [("Canary", FlaggerCanary.view), ("Rollout", ArgoRollout.view)] {
            guard let path = RolloutOrders.resource(kind, world.discovery)?.path else { continue }
            do {
                found +=
                    try await world.readIfPresent(path.object(ObjectKey(namespace, name))).flatMap(read).map { [$0] }
                    ?? []
            } catch let error as MeshTopError where error.code == .forbidden {
                continue
            }
        }
        return found
    }

    private struct WatchKey: Hashable {
        var path: ResourcePath
        var namespace: String?
    }

    /// The watches of a resource where one looks now; those of a scope that was left are let go. The first look waits
    /// until they have answered.
    private func watches(_ path: ResourcePath) async throws -> [ObjectWatch] {
        let wanted = await session.namespacesInScope().map { WatchKey(path: path, namespace: $0) }
        for key in watched.keys where key.path.resource == path.resource && !wanted.contains(key) { watched[key] = nil }
        for key in wanted where watched[key] == nil {
            let watch = ObjectWatch(session.client, key.path, namespace: key.namespace)
            watched[key] = watch
            let deadline = clock.moment + Self.firstAnswerSeconds
            while !watch.hasAnswered, clock.moment < deadline { try await clock.sleep(seconds: 0.02) }
        }
        return wanted.compactMap { watched[$0] }
    }

    private func driver(_ route: ObjectReference) async -> RolloutView.Driver {
        do {
            return try await GuardLease(session.client, route).owner().map { .other($0) } ?? .nobody
        } catch {
            return .unknown("\(error)")
        }
    }

    private func discovered() async throws -> Discovery {
        try await session.client.discovery(within: Self.discoverySeconds) {
            $0.knowsWatchedKinds && $0.awaited.isDisjoint(with: RolloutOrders.groups.values)
        }
    }

    private var lastTold: ([RolloutView], [String])?

    private func tell() async {
        var records: [String: (GuardRecord, [GuardMoment])] = [:]
        for (id, item) in driven { records[id] = (await item.guardian.mark, await item.guardian.history) }
        here = driven.compactMap { id, item in
            records[id].map { RolloutView($0.0, status: item.status, driver: .here, history: $0.1, now: clock.now) }
        }
        let told = (views(now: clock.now), notes)
        if let lastTold, lastTold == told { return }
        lastTold = told
        version += 1
        changed(told.0, told.1)
    }

    private var here: [RolloutView] = []

    /// What runs first, then what is over.
    private func views(now: Timestamp) -> [RolloutView] {
        ended.removeAll { now - $0.at > Self.endedSeconds }
        let mine = Set(here.map(\.id))
        let running = here + others.filter { !mine.contains($0.id) }
        let taken = Set(running.filter { $0.owner == .meshTop }.map(\.id))
        let all = running + ended.map(\.view).filter { !taken.contains($0.id) }
        return all.sorted { ($0.isOver ? 1 : 0, $0.id) < ($1.isOver ? 1 : 0, $1.id) }
    }
}

extension RolloutDesk: Source {
    package var status: SourceStatus {
        guard let lookedAt else { return SourceStatus(name: .kubernetes, state: .starting) }
        return SourceStatus(
            name: .kubernetes, state: notes.isEmpty ? .ok : .stale, asOf: lookedAt,
            detail: notes.joined(separator: "; "))
    }

    package func run() async {
        while !Task.isCancelled {
            await look()
            do { try await clock.sleep(seconds: Self.pauseSeconds) } catch { return }
        }
    }
}
