// One kind of a session for as long as the session lives: in the whole cluster where that is allowed, in the allowed
// namespaces where it is not, and looked for again where it is absent.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

/// A kind and where the server has it.
struct KindPlace: Sendable {
    var kind: WatchedKind
    var path: ResourcePath
}

extension ObjectSource {
    /// Seconds until what was refused or absent is tried again.
    static let retrySeconds = 60.0
    /// The same of what is refused again and again: there may be hundreds of kinds in namespaces.
    private static let longestRetrySeconds = 900.0
    /// Seconds until a group that did not answer is asked for again.
    static let gapSeconds = 10.0
    /// Seconds until other namespaces are looked at, of a scope or a cluster that changed.
    private static let lookSeconds = 2.0

    /// Reads a kind until the task is cancelled.
    func supervise<Object: ClusterObject>(_ place: KindPlace, _ fold: @escaping KindFold<Object>) async {
        var place = place
        while !Task.isCancelled {
            if isNarrowed(place.kind) {
                await readReach(place, fold)
                continue
            }
            let whole = reflector(place, namespace: nil, fold)
            switch await whole.run() {
            case .forbidden where place.kind == .namespaces:
                await readNamed(place, fold)
                await pauseUnlessAsked(Self.retrySeconds)
            case .forbidden:
                await clear(place.kind, fold)
                if place.kind.home == nil {
                    await readAllowedNamespaces(place, fold)
                } else {
                    await pause(Self.retrySeconds)
                }
            case .absent:
                await clear(place.kind, fold)
                guard let found = await servedAgain(place.kind) else { return }
                place.path = found
            default: return
            }
        }
    }

    /// Who may not list namespaces may yet look at his own: whether they are production is worth asking each.
    private func readNamed<Object: ClusterObject>(_ place: KindPlace, _ fold: @escaping KindFold<Object>) async {
        var found: [Object] = []
        for name in await candidateNamespaces().sorted() {
            let call = KubeClient.Call("GET", place.path.object(ObjectKey("", name)))
            guard let object = try? await client.json(call) else { continue }
            let page = try? ListPage<Object>(Array((["items": [object]] as JSONValue).compactText.utf8))
            found += page?.objects ?? []
        }
        _ = await store.fold(place.kind, .replace(found), namespace: nil, fold)
    }

    /// Reads the namespaces of the scope, until the whole cluster is wanted.
    private func readReach<Object: ClusterObject>(_ place: KindPlace, _ fold: @escaping KindFold<Object>) async {
        let kind = place.kind
        refusals[kind] = Self.notAskedFor
        await withTaskGroup(of: Void.self) { group in
            var running: Set<String> = []
            while !Task.isCancelled {
                let seen = reachChanges.count
                guard let wanted = reach else { break }
                let fresh = wanted.subtracting(running)
                running.formUnion(fresh)
                await noteNamespaces(kind, running, fresh: fresh)
                for namespace in fresh { group.addTask { await self.readNamespace(place, namespace, fold) } }
                await reachChanges.wait(after: seen)
            }
            group.cancelAll()
        }
        (refusals[kind], readable[kind], unread[kind], awaited[kind]) = (nil, nil, nil, nil)
        states[kind] = (.starting, "reading the other namespaces")
        await tell(kind)
    }

    private func reflector<Object: ClusterObject>(
        _ place: KindPlace, namespace: String?, _ fold: @escaping KindFold<Object>
    ) -> Reflector<Object> {
        var reflector = Reflector<Object>(
            client: client, path: place.path, namespace: namespace ?? place.kind.home, pageSize: options.pageSize,
            pool: pool,
            offersStreams: offersStreams
        ) {
            change in
            await self.apply(place.kind, change, namespace: namespace, fold: fold)
        }
        reflector.silenceSeconds = options.silenceSeconds
        return reflector
    }

    /// Reads the namespaces where this user may, and gives up when the whole cluster may be read after all.
    private func readAllowedNamespaces<Object: ClusterObject>(
        _ place: KindPlace, _ fold: @escaping KindFold<Object>
    ) async {
        guard place.kind.isNamespaced else {
            await pause(Self.retrySeconds)
            return
        }
        await withTaskGroup(of: Void.self) { group in
            var running: Set<String> = []
            var nextProbe = clock.moment + Self.retrySeconds
            while !Task.isCancelled {
                let allowed = await allowedNamespaces(place)
                let fresh = allowed.subtracting(running)
                running.formUnion(fresh)
                await noteNamespaces(place.kind, running, fresh: fresh)
                for namespace in fresh { group.addTask { await self.readNamespace(place, namespace, fold) } }
                await pause(Self.lookSeconds)
                guard clock.moment >= nextProbe else { continue }
                nextProbe = clock.moment + Self.retrySeconds
                let call = KubeClient.Call("GET", place.path.collection(nil), query: [("limit", "1")])
                if let response = try? await client.exchange(call), response.status == 200 { break }
            }
            group.cancelAll()
        }
    }

    private func readNamespace<Object: ClusterObject>(
        _ place: KindPlace, _ namespace: String, _ fold: @escaping KindFold<Object>
    ) async {
        var wait = Self.retrySeconds
        while !Task.isCancelled {
            let started = clock.moment
            let ended = await reflector(place, namespace: namespace, fold).run()
            guard ended == .forbidden, !Task.isCancelled else { return }
            // The rules were wrong or have changed.
            await rights.forget(namespace)
            await apply(place.kind, StoreChange<Object>.replace([]), namespace: namespace, fold: fold)
            if clock.moment - started > Self.retrySeconds { wait = Self.retrySeconds }
            await pauseUnlessAsked(wait)
            wait = min(wait * 2, Self.longestRetrySeconds)
        }
    }

    /// Of the namespaces in scope those where the kind may be listed and watched; one for which the server gives no
    /// rules is tried.
    private func allowedNamespaces(_ place: KindPlace) async -> Set<String> {
        let candidates = await candidateNamespaces()
        let wanted = ["list", "watch"].map { Permission($0, place.path.group, place.path.resource) }
        return await withTaskGroup(of: (String, Bool).self) { group in
            var allowed: Set<String> = []
            var waiting = ArraySlice(candidates.sorted())
            func askNext() {
                guard let namespace = waiting.popFirst() else { return }
                group.addTask {
                    let rights = await self.rights.rights(namespace)
                    let isRefused = wanted.contains { if case .no = rights.answer($0) { true } else { false } }
                    return (namespace, !isRefused)
                }
            }
            for _ in 0..<8 { askNext() }
            for await (namespace, isAllowed) in group {
                if isAllowed { allowed.insert(namespace) }
                askNext()
            }
            return allowed
        }
    }

    /// Waits until the server serves a kind that it did not; nil when the task was cancelled.
    func servedAgain(_ kind: WatchedKind) async -> ResourcePath? {
        while !Task.isCancelled {
            await pause(discovery?.gap(kind.group) == nil ? Self.retrySeconds : Self.gapSeconds)
            if let path = await pathNow(kind) { return path }
            let now = missing(kind)
            if let known = states[kind], known == now { continue }
            states[kind] = now
            await tell(kind)
        }
        return nil
    }

    /// What is not there, or may not be seen, is not shown.
    private func clear<Object: ClusterObject>(_ kind: WatchedKind, _ fold: KindFold<Object>) async {
        _ = await store.fold(kind, .replace([]), namespace: nil, fold)
    }

    /// Until the time is over, or a person wants to know.
    private func pauseUnlessAsked(_ seconds: Double) async {
        let seen = refreshes.count
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.pause(seconds) }
            group.addTask { await self.refreshes.wait(after: seen) }
            await group.next()
            group.cancelAll()
        }
    }

    func pause(_ seconds: Double) async {
        // Cancelled is as good as over: the caller looks.
        try? await clock.sleep(seconds: seconds * (1 + Double.random(in: 0..<0.2)))
    }
}
