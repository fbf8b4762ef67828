// The watched kinds: found by discovery, each followed by a reflector, with a heartbeat for the server behind them.

internal import Base
internal import Istio
internal import Kube
package import MeshModel

/// Reads the API server. What it may read, and where, is worked out here; the objects are in the store.
package actor ObjectSource: Source {
    nonisolated let client: KubeClient
    nonisolated var clock: any TimeSource { client.clock }
    let store: MeshStore
    let options: SessionOptions
    let rights: RightsKeeper
    private var scope: NamespaceScope
    /// The namespaces in which pods, workloads and services are read; nil stands for the whole cluster.
    private(set) var reach: Set<String>?
    let reachChanges = Signal()
    /// A person wants what was refused to be tried again.
    let refreshes = Signal()
    package internal(set) var status = SourceStatus(name: .kubernetes, state: .starting, detail: "connecting")
    package internal(set) var version = 0
    var reported = SourceStatus(name: .kubernetes, state: .starting, detail: "connecting")

    private(set) var discovery: Discovery?
    /// Strings that objects share, for all kinds.
    let pool = StringPool()
    var states: [WatchedKind: (state: SourceState, detail: String)] = [:]
    /// Why a kind may not be read in the whole cluster, and the namespaces in which it is.
    var refusals: [WatchedKind: String] = [:]
    var readable: [WatchedKind: Set<String>] = [:]
    /// Why others of its namespaces are not read.
    var unread: [WatchedKind: [String: String]] = [:]
    /// Namespaces of which nothing has been heard yet.
    var awaited: [WatchedKind: Set<String>] = [:]
    var heartbeatFailure: String?
    /// Seconds by which the server's clock is ahead of ours.
    var clockLead = 0.0

    init(_ client: KubeClient, _ store: MeshStore, _ options: SessionOptions, _ rights: RightsKeeper) {
        self.client = client
        self.store = store
        self.options = options
        self.rights = rights
        scope = options.scope
        if options.readsScopeAlone, case .some(let names) = options.scope {
            reach = Set(names).union([MeshConfig.rootNamespace])
        }
    }

    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.listenForLife() }
            group.addTask {
                guard await self.connect() else { return }
                await self.follow()
            }
        }
    }

    /// What was read is not forgotten: a scope that goes beyond it is read too.
    func setScope(_ scope: NamespaceScope) async {
        self.scope = scope
        refreshes.fire()
        guard let known = reach else { return }
        if case .some(let names) = scope { reach = known.union(names) } else { reach = nil }
        guard reach != known else { return }
        // Said before anybody looks: what is being read is not what nobody asked for.
        let kinds = reach == nil ? [] : states.keys.filter { isNarrowed($0) && readable[$0] != nil }
        for kind in kinds { awaited[kind, default: []].formUnion(reach?.subtracting(known) ?? []) }
        for kind in kinds { await tell(kind) }
        reachChanges.fire()
    }

    /// Whether a kind is read in the namespaces of `reach` alone.
    func isNarrowed(_ kind: WatchedKind) -> Bool {
        reach != nil && kind.isNamespaced && kind.home == nil && !kind.isMeshConfiguration
    }

    // MARK: Discovery

    /// Asks until the server says which kinds it has; false when the task was cancelled before.
    private func connect() async -> Bool {
        var pause = 0.8
        while !Task.isCancelled {
            var longest = 30.0
            do {
                discovery = try await client.discovery { _ in true }
                status = SourceStatus(name: .kubernetes, state: .ok, asOf: clock.now, detail: versionWords)
                return true
            } catch {
                status.state = SourceState(error)
                status.detail = "\(error)"
                // Where nobody answers, asking is as cheap as the question whether anybody does.
                if (error as? MeshTopError)?.code == .network { longest = Self.heartbeatSeconds }
                await report()
            }
            do {
                try await clock.sleep(seconds: pause * (1 + Double.random(in: 0..<0.5)))
            } catch {
                return false
            }
            pause = min(pause * 2, longest)
        }
        return false
    }

    private func follow() async {
        var known: [(store: KindStore, path: ResourcePath?)] = []
        for kindStore in KindStore.all {
            let kind = kindStore.kind
            let path = discovery?.path(for: kind)
            let isOpen = path != nil || discovery?.awaited.contains(kind.group) == true
            states[kind] = isOpen ? (.starting, "") : missing(kind)
            await tell(kind)
            known.append((kindStore, path))
        }
        await store.take(.discovered)
        await report()
        await withTaskGroup(of: Void.self) { group in
            for (kindStore, path) in known {
                group.addTask {
                    var found = path
                    if found == nil { found = await self.served(kindStore.kind) }
                    if let found { await kindStore.open(KindFollower(source: self, path: found)) }
                }
            }
            group.addTask { await self.nameSilentGroups() }
        }
    }

    /// Where the server has a kind; waits for its group alone, and where it has none until it has.
    private func served(_ kind: WatchedKind) async -> ResourcePath? {
        // Another kind may have heard of its group already.
        if discovery?.awaited.contains(kind.group) == true { await look { !$0.awaited.contains(kind.group) } }
        if let path = discovery?.path(for: kind) { return path }
        states[kind] = missing(kind)
        await tell(kind)
        return await servedAgain(kind)
    }

    /// Says which other groups do not answer, and asks them again now and then: what they hold is seen by nobody.
    private func nameSilentGroups() async {
        var told: [String] = []
        while !Task.isCancelled {
            await look(within: told.isEmpty ? .infinity : Self.retrySeconds / 2) { $0.awaited.isEmpty }
            let gaps = discovery?.gapsBesideWatchedKinds ?? []
            if gaps != told { await store.take(.silentGroups(gaps)) }
            told = gaps
            await pause(Self.retrySeconds)
        }
    }

    /// Takes over what is known of the server once `suffices` holds of it; nothing new where it does not say.
    private func look(within seconds: Double = .infinity, until suffices: @Sendable (Discovery) -> Bool) async {
        guard let found = try? await client.discovery(within: seconds, until: suffices) else { return }
        // Answers may overtake each other on their way here.
        if found.number >= discovery?.number ?? 0 { discovery = found }
    }

    /// A kind that the server does not name is absent; one whose group does not answer is not known to be.
    func missing(_ kind: WatchedKind) -> (state: SourceState, detail: String) {
        if let words = discovery?.gapWords(kind.group) { return (.down, words) }
        return (.absent, "the server has no \(kind.resource).\(kind.group)")
    }

    /// Streaming lists are on by default since Kubernetes 1.34.
    var offersStreams: Bool { options.streamsLists && (discovery?.minorVersion ?? 0) >= 34 }

    /// Where to look when the cluster as a whole is forbidden: the scope, else every namespace that can be listed,
    /// else the context's own.
    func candidateNamespaces() async -> Set<String> {
        if case .some(let names) = scope { return Set(names) }
        let listed = await store.read { objects, _ in objects.namespaces.keys.map(\.name) }
        return Set(listed.isEmpty ? [client.access.namespace ?? "default"] : listed)
    }

    /// Where the server has a kind now. One question serves all kinds that wait.
    func pathNow(_ kind: WatchedKind) async -> ResourcePath? {
        let isSilent = discovery?.gap(kind.group) != nil
        await look(within: (isSilent ? Self.gapSeconds : Self.retrySeconds) / 2) { !$0.awaited.contains(kind.group) }
        return discovery?.path(for: kind)
    }
}

/// Follows one kind for a source, as the type that the kind is read as.
private struct KindFollower: KindReader {
    var source: ObjectSource
    var path: ResourcePath

    func read<Object: ClusterObject>(_ kind: WatchedKind, _ fold: @escaping KindFold<Object>) async {
        await source.supervise(KindPlace(kind: kind, path: path), fold)
    }
}

extension SourceState {
    /// What a source is after this error.
    init(_ error: any Error) {
        self =
            switch (error as? MeshTopError)?.code {
            case .unauthorized: .unauthorized
            case .forbidden: .forbidden
            default: .down
            }
    }
}
