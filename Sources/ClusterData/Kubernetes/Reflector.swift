// Runs one kind's list and watch: does what `ReflectorMachine` decides and hands changes on.

/// A change to what is known of one kind.
package enum StoreChange<Object: ClusterObject>: Sendable {
    /// The whole truth at one version.
    case replace([Object])
    case events([WatchEvent<Object>])
    case status(SourceStatus.State, String)
}

package struct Reflector<Object: ClusterObject>: Sendable {
    package var client: KubeClient
    package var path: ResourcePath
    /// One namespace, or nil for all.
    package var namespace: String?
    package var pageSize: Int
    /// Strings that objects of all kinds share.
    package var pool: StringPool?
    /// Called in order, from this reflector's task only.
    package var deliver: @Sendable (StoreChange<Object>) async -> Void

    package init(
        client: KubeClient, path: ResourcePath, namespace: String?, pageSize: Int = 500, pool: StringPool? = nil,
        deliver: @escaping @Sendable (StoreChange<Object>) async -> Void
    ) {
        self.client = client
        self.path = path
        self.namespace = namespace
        self.pageSize = pageSize
        self.pool = pool
        self.deliver = deliver
    }

    /// Runs until the task is cancelled or the kind turns out forbidden or absent; gives the state it parked in.
    package func run() async -> SourceStatus.State {
        var machine = ReflectorMachine()
        var pending: [Object] = []
        var action = machine.handle(.start, jitter: 0)
        while !Task.isCancelled {
            let event: ReflectorMachine.Event
            switch action {
            case .list(let version, let token):
                if token == nil { pending = [] }
                event = await list(version: version, token: token, into: &pending)
            case .replaceAndWatch(let version):
                await deliver(.replace(pending))
                pending = []
                await deliver(.status(.ok, ""))
                event = await watch(from: version, machine: &machine)
            case .watch(let version):
                event = await watch(from: version, machine: &machine)
            case .wait(let seconds):
                await deliver(.status(machine.health, machine.detail))
                do {
                    try await Task.sleep(nanoseconds: UInt64(seconds * 1e9))
                } catch {
                    return machine.health  // cancelled
                }
                event = .waited
            case .park(let state, let reason):
                await deliver(.status(state, reason))
                return state
            }
            action = machine.handle(event, jitter: Double.random(in: 0..<1))
        }
        return machine.health
    }

    private func list(
        version: String, token: String?, into pending: inout [Object]
    ) async -> ReflectorMachine.Event {
        var query = [("limit", String(pageSize))]
        if let token {
            query.append(("continue", token))
        } else if !version.isEmpty {
            query.append(("resourceVersion", version))
        }
        // Bounded by silence, not by length: a large list over a slow line takes the time it takes.
        let call = KubeClient.Call("GET", path.collection(namespace), query: query, accept: Object.accept)
        do {
            for await part in try await client.decoded(call, ListStream<Object>.self, pool: pool, silenceSeconds: 30) {
                switch part {
                case .opened: break
                case .items(let objects): pending += objects
                case .finished(let end):
                    return .page(resourceVersion: end.resourceVersion, continueToken: end.continueToken)
                case .refused(let response): return .listFailed(await refusal(response, call))
                case .failed(let why): return .unreachable(why)
                }
            }
            return .unreachable("cancelled")
        } catch {
            return .unreachable("\(error)")
        }
    }

    private func refusal(_ response: HTTPResponse, _ call: KubeClient.Call) async -> StatusError {
        if response.status == 401 { _ = await client.forgetCredentials() }
        return StatusError(response, call: call)
    }

    /// Watches until the stream ends; progress goes to the machine, events to `deliver`.
    private func watch(from version: String, machine: inout ReflectorMachine) async -> ReflectorMachine.Event {
        let call = KubeClient.Call(
            "GET", path.collection(namespace),
            query: [
                ("watch", "1"), ("resourceVersion", version), ("allowWatchBookmarks", "true"),
                ("timeoutSeconds", String(Int.random(in: 300...600))),
            ], accept: Object.watchAccept)
        do {
            for await part in try await client.decoded(call, WatchDecoder<Object>.self, pool: pool) {
                switch part {
                case .opened:
                    _ = machine.handle(.watchOpened, jitter: 0)
                    await deliver(.status(.ok, ""))
                case .items(let events):
                    if let error = await forward(events, machine: &machine) { return .watchFailed(error) }
                case .finished: return .watchEnded
                case .refused(let response): return .watchFailed(await refusal(response, call))
                case .failed(let why): return .unreachable(why)
                }
            }
            return .watchEnded
        } catch {
            return .unreachable("\(error)")
        }
    }

    private func forward(
        _ events: [WatchEvent<Object>], machine: inout ReflectorMachine
    ) async -> StatusError? {
        var changes: [WatchEvent<Object>] = []
        var failure: StatusError?
        for event in events {
            switch event {
            case .upsert(let object), .delete(let object):
                changes.append(event)
                _ = machine.handle(.progressed(resourceVersion: object.meta.resourceVersion), jitter: 0)
            case .bookmark(let version, _):
                if !version.isEmpty { _ = machine.handle(.progressed(resourceVersion: version), jitter: 0) }
            case .error(let error): failure = error
            }
        }
        if !changes.isEmpty { await deliver(.events(changes)) }
        return failure
    }
}
