// Runs one kind's list and watch: does what `ReflectorMachine` decides and hands changes on.

package import Base

/// A change to what is known of one kind.
package enum StoreChange<Object: ClusterObject>: Sendable {
    /// The whole truth at one version.
    case replace([Object])
    case events([WatchEvent<Object>])
    case status(SourceState, String)
    /// All objects of the kind that could not be understood, as of now.
    case odd([OddObject])
}

package struct Reflector<Object: ClusterObject>: Sendable {
    package var client: KubeClient
    package var path: ResourcePath
    /// One namespace, or nil for all.
    package var namespace: String?
    package var pageSize: Int
    /// Strings that objects of all kinds share.
    package var pool: StringPool?
    /// The server is of a version that knows streaming lists.
    package var offersStreams: Bool
    /// Whether the server has ever sent a bookmark of this kind.
    private let bookmarks = Lock(false)
    private let odd = Lock<[ObjectKey: OddObject]>([:])
    /// A list that brings nothing for so long has failed.
    package var silenceSeconds = 30.0
    /// Spreads the pauses of many reflectors: uniform in 0..<1.
    package var jitter: @Sendable () -> Double = { Double.random(in: 0..<1) }
    private var clock: any TimeSource { client.clock }
    /// Called in order, from this reflector's task only.
    package var deliver: @Sendable (StoreChange<Object>) async -> Void

    package init(
        client: KubeClient, path: ResourcePath, namespace: String?, pageSize: Int = 500, pool: StringPool? = nil,
        offersStreams: Bool = false, deliver: @escaping @Sendable (StoreChange<Object>) async -> Void
    ) {
        self.client = client
        self.path = path
        self.namespace = namespace
        self.pageSize = pageSize
        self.pool = pool
        self.offersStreams = offersStreams
        self.deliver = deliver
    }

    /// Runs until the task is cancelled or the kind turns out forbidden or absent; gives the state it parked in.
    package func run() async -> SourceState {
        var machine = ReflectorMachine(offersStreams: offersStreams)
        var pending: [Object] = []
        var pendingOdd: [OddObject] = []
        var action = machine.handle(.start, now: clock.moment, jitter: 0)
        while !Task.isCancelled {
            let event: ReflectorMachine.Event
            switch action {
            case .list(let version, let token):
                if token == nil { (pending, pendingOdd) = ([], []) }
                event = await list(version: version, token: token, into: &pending, &pendingOdd)
            case .listWhole:
                (pending, pendingOdd) = ([], [])
                event = await list(version: "", token: nil, isPaged: false, into: &pending, &pendingOdd)
            case .streamList(let version):
                event = await watch(from: version, startsWithList: true, machine: &machine)
            case .replaceAndWatch(let version):
                await deliver(.replace(pending))
                await replaceOdd(pendingOdd)
                (pending, pendingOdd) = ([], [])
                await deliver(.status(.ok, ""))
                event = await watch(from: version, machine: &machine)
            case .watch(let version):
                event = await watch(from: version, machine: &machine)
            case .wait(let seconds):
                await deliver(.status(machine.health, machine.detail))
                do {
                    try await wait(seconds, &machine)
                } catch {
                    return machine.health  // cancelled
                }
                event = .waited
            case .park(let state, let reason):
                await deliver(.status(state, reason))
                return state
            }
            action = machine.handle(event, now: clock.moment, jitter: jitter())
        }
        return machine.health
    }

    /// Waits, and less long where the server is heard from meanwhile. One sign of life is enough: what is left of the
    /// pause then is short, and many others are heard from at the same time.
    private func wait(_ seconds: Double, _ machine: inout ReflectorMachine) async throws {
        guard machine.awaitsAnswer else { return try await clock.sleep(seconds: seconds) }
        let clock = clock
        let started = clock.moment
        guard try await client.signs.heard(during: { try await clock.sleep(seconds: seconds) }) else { return }
        let left = seconds - (clock.moment - started)
        let latest = machine.serverAnswers(jitter: jitter()) ?? left
        try await clock.sleep(seconds: max(0, min(left, latest)))
    }

    private func list(
        version: String, token: String?, isPaged: Bool = true, into pending: inout [Object],
        _ pendingOdd: inout [OddObject]
    ) async -> ReflectorMachine.Event {
        var query = isPaged ? [("limit", String(pageSize))] : []
        if let token {
            query.append(("continue", token))
        } else if !version.isEmpty {
            query.append(("resourceVersion", version))
        }
        // Bounded by silence, not by length: a large list over a slow line takes the time it takes.
        let call = KubeClient.Call("GET", path.collection(namespace), query: query, accept: Object.accept)
        do {
            let (parts, _) = try await client.decoded(
                call, ListStream<Object>.self, pool: pool, silenceSeconds: silenceSeconds)
            for await part in parts {
                switch part {
                case .opened: client.signs.answered()
                case .items(let objects):
                    for object in objects {
                        if let odd = OddObject(object, as: path) {
                            pendingOdd.append(odd)
                        } else {
                            pending.append(object)
                        }
                    }
                case .finished(let end):
                    pendingOdd += end.odd
                    return .page(resourceVersion: end.resourceVersion, continueToken: end.continueToken)
                case .refused(let response): return .listFailed(await refusal(response, call))
                case .failed(let why): return .unreachable(why)
                case .unreadable(let why): return .unreadable(why)
                }
            }
            return .unreachable("cancelled")
        } catch {
            return Self.unsent(error)
        }
    }

    /// No request was made: credentials are missing, or the way to them is.
    private static func unsent(_ error: any Error) -> ReflectorMachine.Event {
        (error as? MeshTopError)?.code == .network ? .unreachable("\(error)") : .unreadable("\(error)")
    }

    private func refusal(_ response: HTTPResponse, _ call: KubeClient.Call) async -> StatusError {
        if response.status == 401 { _ = await client.forgetCredentials() }
        return StatusError(response, call: call)
    }

    /// A server that sends bookmarks does so every minute: one that is silent for longer than two has forgotten us.
    private static var bookmarkPatienceSeconds: Double { 130 }
    /// A stream that brings nothing of its list for so long is kept back by something in between, or its server has
    /// trouble with it: a plain list is tried.
    private static var streamPatienceSeconds: Double { 5 }

    /// Watches until the stream ends; progress goes to the machine, events to `deliver`. A watch that starts with the
    /// list collects it until the bookmark that ends it, so that nobody sees half a list.
    private func watch(
        from version: String, startsWithList: Bool = false, machine: inout ReflectorMachine
    ) async -> ReflectorMachine.Event {
        var query = [
            ("watch", "1"), ("resourceVersion", version), ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", String(Int.random(in: 300...600))),
        ]
        if startsWithList {
            query += [("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan")]
        }
        let call = KubeClient.Call("GET", path.collection(namespace), query: query, accept: Object.watchAccept)
        var initial: InitialList<Object>? = startsWithList ? InitialList() : nil
        let heard = Lock(clock.moment)
        var watchdog: Task<Void, Never>?
        defer { watchdog?.cancel() }
        do {
            let silence = bookmarks.withLock { $0 } ? Self.bookmarkPatienceSeconds : nil
            let (parts, cancel) = try await client.decoded(
                call, WatchDecoder<Object>.self, pool: pool, silenceSeconds: silence)
            // From here on: a plugin that logs somebody in takes the time it takes.
            heard.withLock { $0 = clock.moment }
            if startsWithList { watchdog = Self.watchdog(clock, heard, cancel) }
            for await part in parts {
                switch part {
                case .opened:
                    client.signs.answered()
                    guard initial == nil else { continue }
                    _ = machine.handle(.watchOpened, now: clock.moment, jitter: 0)
                    await deliver(.status(.ok, ""))
                case .items(let decoded):
                    // A head alone says nothing: what keeps a body back may let that pass.
                    heard.withLock { $0 = clock.moment }
                    var events = decoded.map(judged)
                    if var list = initial {
                        initial = nil
                        let done = list.take(&events)
                        if let error = list.failure { return .listFailed(error) }
                        guard let version = done else {
                            initial = list
                            continue
                        }
                        watchdog?.cancel()
                        _ = machine.handle(
                            .page(resourceVersion: version, continueToken: nil), now: clock.moment, jitter: 0)
                        await deliver(.replace(list.objects))
                        await replaceOdd(list.odd)
                        await deliver(.status(.ok, ""))
                    }
                    if let error = await forward(events, machine: &machine) { return .watchFailed(error) }
                case .finished: return initial == nil ? .watchEnded : .unreadable("the list ended before its end")
                case .refused(let response):
                    let error = await refusal(response, call)
                    return initial == nil ? .watchFailed(error) : .listFailed(error)
                case .failed(let why): return .unreachable(why)
                case .unreadable(let why): return .unreadable(why)
                }
            }
            return .watchEnded
        } catch {
            return Self.unsent(error)
        }
    }

    /// What would be misread is none of the objects that are known.
    private func judged(_ event: WatchEvent<Object>) -> WatchEvent<Object> {
        guard case .upsert(let object) = event, let odd = OddObject(object, as: path) else { return event }
        return .odd(odd, isDeleted: false)
    }

    /// Ends a stream that has been silent for too long while its list was still to come.
    private static func watchdog(
        _ clock: any TimeSource, _ heard: Lock<Moment>, _ cancel: @escaping @Sendable () -> Void
    ) -> Task<Void, Never> {
        Task {
            while !Task.isCancelled {
                do { try await clock.sleep(seconds: 0.5) } catch { return }
                if clock.moment - heard.withLock({ $0 }) > streamPatienceSeconds { return cancel() }
            }
        }
    }

    private func forward(
        _ events: [WatchEvent<Object>], machine: inout ReflectorMachine
    ) async -> StatusError? {
        var changes: [WatchEvent<Object>] = []
        var failure: StatusError?
        let oddBefore = odd.withLock { $0 }
        for event in events {
            switch event {
            case .odd(let object, let isDeleted):
                changes.append(event)
                odd.withLock { odd in
                    if isDeleted || odd.count < OddObject.most { odd[object.key] = isDeleted ? nil : object }
                }
                if !object.resourceVersion.isEmpty {
                    _ = machine.handle(
                        .progressed(resourceVersion: object.resourceVersion), now: clock.moment, jitter: 0)
                }
            case .upsert(let object), .delete(let object):
                changes.append(event)
                odd.withLock { $0[object.meta.key] = nil }
                _ = machine.handle(
                    .progressed(resourceVersion: object.meta.resourceVersion), now: clock.moment, jitter: 0)
            case .bookmark(let version, _):
                bookmarks.withLock { $0 = true }
                if !version.isEmpty {
                    _ = machine.handle(.progressed(resourceVersion: version), now: clock.moment, jitter: 0)
                }
            case .error(let error): failure = error
            }
        }
        if !changes.isEmpty { await deliver(.events(changes)) }
        let oddNow = odd.withLock { $0 }
        if oddNow != oddBefore { await deliver(.odd(Array(oddNow.values))) }
        return failure
    }

    /// With a new list, those of the old one are gone.
    private func replaceOdd(_ objects: [OddObject]) async {
        let known = Dictionary(objects.map { ($0.key, $0) }) { $1 }
        let changed = odd.withLock { odd in
            defer { odd = known }
            return odd != known
        }
        if changed || !objects.isEmpty { await deliver(.odd(objects)) }
    }
}

/// The list at the start of a watch, until the bookmark that ends it.
private struct InitialList<Object: ClusterObject> {
    private var byKey: [ObjectKey: Object] = [:]
    private var oddByKey: [ObjectKey: OddObject] = [:]
    private(set) var failure: StatusError?

    var objects: [Object] { Array(byKey.values) }
    var odd: [OddObject] { Array(oddByKey.values) }

    /// Takes what belongs to the list from the front of some events; gives the list's version when it is whole.
    mutating func take(_ events: inout [WatchEvent<Object>]) -> String? {
        for (place, event) in events.enumerated() {
            switch event {
            case .upsert(let object): (byKey[object.meta.key], oddByKey[object.meta.key]) = (object, nil)
            case .delete(let object): (byKey[object.meta.key], oddByKey[object.meta.key]) = (nil, nil)
            case .odd(let object, let isDeleted):
                (byKey[object.key], oddByKey[object.key]) = (nil, isDeleted ? nil : object)
            case .bookmark(let version, let endsInitialEvents):
                guard endsInitialEvents else { continue }
                events.removeFirst(place + 1)
                return version
            case .error(let error):
                failure = error
                return nil
            }
        }
        events = []
        return nil
    }
}
