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
    package internal(set) var status = SourceStatus(name: .kubernetes, state: .starting, detail: "connecting")
    package internal(set) var version = 0
    var reported = SourceStatus(name: .kubernetes, state: .starting, detail: "connecting")

    private(set) var discovery: Discovery?
    private var discoveredAt = Timestamp(seconds: 0)
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

    /// What a person's word for a kind stands for on this server; nil where it has none, or has not said.
    func kind(of word: ObjectWord) -> ResourceInfo? { discovery?.resource(named: word.type) }

    // MARK: Discovery

    /// Asks until the server says which kinds it has; false when the task was cancelled before.
    private func connect() async -> Bool {
        var pause = 0.8
        while !Task.isCancelled {
            var longest = 30.0
            do {
                let found = try await Discovery.load(client)
                discovery = found
                discoveredAt = clock.now
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
            let path = discovery?.path(for: kindStore.kind)
            let (state, detail) = path == nil ? missing(kindStore.kind) : (.starting, "")
            states[kindStore.kind] = (state, detail)
            await tell(kindStore.kind)
            known.append((kindStore, path))
        }
        await store.take(.discovered)
        await report()
        await withTaskGroup(of: Void.self) { group in
            for (kindStore, path) in known {
                group.addTask {
                    var found = path
                    if found == nil { found = await self.servedAgain(kindStore.kind) }
                    if let found { await kindStore.open(KindFollower(source: self, path: found)) }
                }
            }
        }
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

    /// What the server serves now; nil when it does not say. One question serves all kinds that wait.
    func refreshedDiscovery() async -> Discovery? {
        let patience = discovery?.hasGaps == true ? Self.gapSeconds / 2 : Self.retrySeconds / 2
        if let discovery, clock.now - discoveredAt < patience { return discovery }
        // What was known of groups is not forgotten because they are kept back now.
        guard let found = try? await Discovery.load(client),
            found.groupsUnread == nil || discovery?.groupsUnread != nil
        else { return nil }
        discovery = found
        discoveredAt = clock.now
        return found
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
