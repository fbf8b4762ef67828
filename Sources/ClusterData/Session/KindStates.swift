// What is known of each watched kind: the changes that its reflector brings, and how far it may be read.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

extension MeshSession {
    /// The namespaces in which a kind is read, because the whole cluster is forbidden.
    func noteNamespaces(_ kind: WatchedKind, _ namespaces: Set<String>, fresh: Set<String>) {
        awaited[kind, default: []].formUnion(fresh)
        guard namespaces.isEmpty, objects.states[kind]?.state == .starting else { return }
        setState(kind, .forbidden, refusals[kind] ?? "")
        noteKubernetes()
        schedulePublish()
    }

    func apply<Object: ClusterObject>(
        _ kind: WatchedKind, _ change: StoreChange<Object>, namespace: String?, fold: KindFold<Object>
    ) {
        if case .status(let state, let detail) = change {
            if let namespace {
                note(kind, namespace, state, detail)
            } else {
                readable[kind] = nil
                objects.namespacesRead[kind] = nil
                awaited[kind] = nil
                if state == .forbidden, kind.isNamespaced, kind.home == nil {
                    // Not known yet: some namespaces may be allowed.
                    refusals[kind] = detail
                    setState(kind, .starting, "asking which namespaces may be read")
                } else {
                    setState(kind, state, detail)
                }
            }
        } else if case .odd(let found) = change {
            objects.noteOdd(found, kind, namespace: namespace)
        } else {
            if case .replace = change { objects.forgetOdd(kind, namespace: namespace) }
            let effect = fold(&objects, change, namespace)
            objects.note(effect, kind)
            // Most updates of a busy cluster change nothing that anybody sees.
            if effect == .none { return }
        }
        noteKubernetes()
        schedulePublish()
    }

    /// One namespace of several: the kind is as good as the best of them, and says which it is read in.
    func note(_ kind: WatchedKind, _ namespace: String, _ state: SourceStatus.State, _ detail: String) {
        awaited[kind]?.remove(namespace)
        if state == .ok {
            readable[kind, default: []].insert(namespace)
        } else {
            readable[kind]?.remove(namespace)
        }
        objects.namespacesRead[kind] = readable[kind]
        let names = (readable[kind] ?? []).sorted()
        guard !names.isEmpty else { return setState(kind, state, detail) }
        let shown = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
        setState(kind, .ok, "namespace \(shown) only: \(refusals[kind] ?? "")")
    }

    func setState(_ kind: WatchedKind, _ state: SourceStatus.State, _ detail: String) {
        if let known = objects.states[kind], known.state == state, known.detail == detail { return }
        objects.states[kind] = (state, detail)
    }

    /// The source as a whole is as good as its kinds: down when all that can be watched are.
    func noteKubernetes() {
        let states = objects.states.values.filter { $0.state != .absent && $0.state != .forbidden }
        let bad = states.filter { $0.state.isBehind }
        if let first = bad.first, bad.count * 2 >= states.count {
            kubernetesStatus.state = first.state == .unauthorized ? .unauthorized : .stale
            kubernetesStatus.detail = first.detail
        } else if !states.isEmpty {
            kubernetesStatus.state = .ok
            kubernetesStatus.asOf = clock.now
            kubernetesStatus.detail = currentWords
        }
    }

    /// What is to be said of a server that answers: the kinds that are not as it has them now, else those that this
    /// user may not list, else its version.
    var currentWords: String {
        func names(_ isMeant: (WatchedKind, SourceStatus.State) -> Bool) -> [String] {
            objects.states.filter { isMeant($0.key, $0.value.state) }.map(\.key.kind).sorted()
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
