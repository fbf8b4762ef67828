// What every planner needs: the cluster to read from, and the mesh to predict with.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

/// Reads the objects a plan is about; predicts from the last snapshot. Sends nothing but reads and dry runs.
struct PlanWorld: Sendable {
    var client: KubeClient
    /// The groups of the kinds that MeshTop reads are known in it; of others it may be that they have still to answer.
    var discovery: Discovery
    var snapshot: MeshSnapshot?
    /// What workloads carried in the past; nil without metrics.
    var loadHistory: (@Sendable (Set<ObjectKey>) async -> LoadHistory?)?
    /// What was changed before, for what is taken back.
    var journal: @Sendable () throws -> [JournalEntry] = { [] }
    /// Kinds that may not be listed, where one that was meant had to be found by its name.
    let unlisted = UnlistedKinds()

    /// For what depends on other groups: waits for them, where they have not answered yet.
    func discovery(until suffices: @Sendable (Discovery) -> Bool) async throws -> Discovery {
        discovery.awaited.isEmpty || suffices(discovery) ? discovery : try await client.discovery(until: suffices)
    }

    func discovery(of group: String) async throws -> Discovery {
        try await discovery { !$0.awaited.contains(group) }
    }

    /// Of the kinds that MeshTop reads, or of any other that the server has; those are also found by their plural and
    /// with their group, as kubectl takes them (`certificates.cert-manager.io`).
    func path(_ object: ObjectReference) throws(MeshTopError) -> String {
        let candidates = WatchedKind.all.filter { $0.kind == object.kind }
        for kind in candidates {
            if let path = discovery.path(for: kind) { return path.object(ObjectKey(object.namespace, object.name)) }
        }
        let found = try discovery.kind(of: ObjectWord(type: object.kind, name: object.name))
        return found.path.object(ObjectKey(found.isNamespaced ? object.namespace : "", object.name))
    }

    /// The same object with its kind as the server calls it, and without a namespace where its kind has none. A kind
    /// that several groups have keeps the group that was written.
    func resolved(_ object: ObjectReference) throws(MeshTopError) -> ObjectReference {
        if WatchedKind.all.contains(where: { $0.kind == object.kind && $0.isNamespaced }) { return object }
        let info = try discovery.kind(of: ObjectWord(type: object.kind, name: object.name))
        var found = ObjectReference(
            kind: info.kind, namespace: info.isNamespaced ? object.namespace : "", name: object.name)
        let own = info.path.object(ObjectKey(found.namespace, found.name))
        if try path(found) != own { found.kind = "\(info.resource).\(info.group)" }
        return found
    }

    /// What to say of an object's requests where no rate of them is known: that there are none can be said only of
    /// metrics that were read.
    func silence(at place: String, of object: ObjectReference, rate: Double?) -> String {
        if let metricsGap { return "whether there are requests \(place) is not known: \(metricsGap)" }
        let gap = rate == nil ? snapshot?.gap([object.kind, "Pod"], in: [object.namespace]) ?? "" : ""
        return gap.isEmpty ? "no requests measured \(place)" : "whether there are requests \(place) is not known\(gap)"
    }

    /// Why nobody can say what flows now; nil where metrics were read.
    var metricsGap: String? {
        let metrics = snapshot?.source(.metrics)
        switch metrics?.state {
        case .ok?, .slow?: return nil
        default: return metrics.map { $0.detail.isEmpty ? $0.state.rawValue : $0.detail } ?? "no metrics"
        }
    }

    /// Says that nobody knows who calls now, and why; empty where that is known.
    var unknownCallers: [String] { metricsGap.map { ["who calls it now is not known: \($0)"] } ?? [] }

    func read(_ path: String) async throws -> JSONValue {
        try await client.json(KubeClient.Call("GET", path))
    }

    /// The object, or nil when there is none.
    func readIfPresent(_ path: String) async throws -> JSONValue? {
        do {
            return try await read(path)
        } catch let error as MeshTopError where error.code == .notFound {
            return nil
        }
    }

    func apiVersion(_ kind: WatchedKind) throws(MeshTopError) -> String {
        guard let path = discovery.path(for: kind) else {
            let unanswered = discovery.unanswered(kind.group)
            throw MeshTopError(
                .notFound, kind.kind,
                why: unanswered.isEmpty
                    ? "the server does not serve it" : "whether it is served is not known\(unanswered)",
                advice: unanswered.isEmpty ? "install Istio's CRDs" : "try again")
        }
        return path.apiVersion
    }
}
