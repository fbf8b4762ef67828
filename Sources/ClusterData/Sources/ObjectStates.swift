// What is known of each watched kind: the changes that its reflector brings, and how far it may be read.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

extension ObjectSource {
    /// The namespaces in which a kind is read, because the whole cluster is forbidden.
    func noteNamespaces(_ kind: WatchedKind, _ namespaces: Set<String>, fresh: Set<String>) async {
        awaited[kind, default: []].formUnion(fresh)
        if namespaces.isEmpty, states[kind]?.state == .starting {
            states[kind] = (.forbidden, refusals[kind] ?? "")
        } else if fresh.isEmpty {
            return
        }
        await tell(kind)
        await noteServer()
    }

    func apply<Object: ClusterObject>(
        _ kind: WatchedKind, _ change: StoreChange<Object>, namespace: String?, fold: KindFold<Object>
    ) async {
        if case .status(let state, let detail) = change {
            if let namespace {
                note(kind, namespace, state, detail)
            } else {
                (readable[kind], awaited[kind], unread[kind]) = (nil, nil, nil)
                if state == .forbidden, kind.isNamespaced, kind.home == nil {
                    // Not known yet: some namespaces may be allowed.
                    refusals[kind] = detail
                    states[kind] = (.starting, "asking which namespaces may be read")
                } else {
                    states[kind] = (state, detail)
                }
            }
            await tell(kind)
        } else if await store.fold(kind, change, namespace: namespace, fold) == .none {
            return
        }
        await noteServer()
    }

    /// One namespace of several: the kind is as good as the best of them, and says which it is read in.
    private func note(_ kind: WatchedKind, _ namespace: String, _ state: SourceState, _ detail: String) {
        awaited[kind]?.remove(namespace)
        if state == .ok {
            readable[kind, default: []].insert(namespace)
            unread[kind]?[namespace] = nil
        } else {
            readable[kind]?.remove(namespace)
            unread[kind, default: [:]][namespace] = detail
        }
        states[kind] = readable[kind]?.isEmpty == false ? (.ok, "") : (state, detail)
    }

    /// Of a kind that is read in some namespaces: which, and why not in others, those first that were asked for.
    private func detail(_ kind: WatchedKind, _ detail: String) -> String {
        guard states[kind]?.state == .ok, let names = readable[kind]?.sorted(), !names.isEmpty else { return detail }
        let waiting = (awaited[kind] ?? []).sorted()
        let missing = (unread[kind] ?? [:]).filter { !waiting.contains($0.key) }.sorted { $0.key < $1.key }
        var parts = missing.prefix(3).map { "\($0.key): \($0.value)" }
        if !waiting.isEmpty { parts.insert("\(Self.shown(waiting)) not read yet", at: 0) }
        if let why = refusals[kind] { parts.append(why == Self.notAskedFor ? "the others were \(why)" : why) }
        return "namespace \(Self.shown(names)) only: \(parts.joined(separator: "; "))"
    }

    private static func shown(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }

    static let notAskedFor = "not asked for (-n)"

    /// Tells the store how far a kind can be read.
    func tell(_ kind: WatchedKind) async {
        guard let known = states[kind] else { return }
        version += 1
        await store.take(
            .kind(
                KindReadiness(
                    kind: kind, state: known.state, detail: detail(kind, known.detail), namespaces: readable[kind],
                    others: PartReading(
                        awaited: awaited[kind] ?? [], refused: unread[kind] ?? [:], others: refusals[kind] ?? ""),
                    revision: version)))
    }

    /// The source as a whole is as good as its kinds: down when all that can be watched are.
    private func noteServer() async {
        let known = states.values.filter { $0.state != .absent && $0.state != .forbidden }
        let bad = known.filter { $0.state.isBehind }
        if let first = bad.first, bad.count * 2 >= known.count {
            status.state = first.state == .unauthorized ? .unauthorized : .stale
            status.detail = first.detail
        } else if !known.isEmpty {
            status.state = .ok
            status.asOf = clock.now
            status.detail = currentWords
        }
        // A watch that brings a hundred changes a second is as alive as one that brings one.
        if status.state == reported.state, status.detail == reported.detail, let last = reported.asOf,
            clock.now - last < 1
        {
            return
        }
        await report()
    }

    /// Tells the store how the server is.
    func report() async {
        reported = status
        version += 1
        await store.take(.status(status, Aging(seconds: Self.heartbeatSeconds * 2 + 2, words: heartbeatFailure)))
    }

    /// What is to be said of a server that answers: the kinds that are not as it has them now, else those that this
    /// user may not list, else its version.
    var currentWords: String {
        func names(_ isMeant: (WatchedKind, SourceState) -> Bool) -> [String] {
            states.filter { isMeant($0.key, $0.value.state) }.map(\.key.kind).sorted()
        }
        let behind = names { $1.isBehind }
        if !behind.isEmpty {
            let shown = behind.prefix(3).joined(separator: ", ")
            return "not current: \(shown)" + (behind.count > 3 ? " and \(behind.count - 3) more" : "")
        }
        let forbidden = names { $1 == .forbidden && !$0.isSupporting }
        return forbidden.isEmpty ? versionWords : "no permission to list \(forbidden.joined(separator: ", "))"
    }
}

extension SourceStatus.State {
    /// What is shown is known not to be what the server has.
    package var isBehind: Bool { [.down, .stale, .unauthorized].contains(self) }
}
