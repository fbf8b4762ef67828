// What was read and what was not: nothing is called missing that may be where nobody has looked.

internal import Base
internal import Kube
package import MeshModel

extension ClusterObjects {
    /// Whether all objects of a kind are known, in one namespace or everywhere: what one says that was not understood is
    /// not.
    package func knows(_ kind: WatchedKind, in namespace: String? = nil) -> Bool {
        guard states[kind]?.state == .ok, !hasOdd(kind, in: namespace) else { return false }
        guard let read = namespacesRead[kind] else { return true }
        // Of a namespace that is not there nothing is missing.
        guard let namespace else {
            return knowsNamespaces && namespaces.keys.allSatisfy { read.contains($0.name) }
        }
        return read.contains(namespace) || knowsNamespaces && namespaces[ObjectKey("", namespace)] == nil
    }

    private var knowsNamespaces: Bool {
        !namespaces.isEmpty && states[.namespaces]?.state == .ok && !hasOdd(.namespaces, in: nil)
    }

    /// What one would have to read to know all objects of a kind, in one namespace or everywhere; nil where they are
    /// known. Its reason is empty where nobody asked for the kind or the cluster has none.
    package func readGap(_ kind: WatchedKind, in namespace: String? = nil) -> ReadGap? {
        guard !knows(kind, in: namespace) else { return nil }
        guard let state = states[kind]?.state, state != .absent else {
            return ReadGap(kind: kind.kind, namespace: "", reason: "")
        }
        var gap = status(kind).readGap(in: namespace)
        if gap.reason.isEmpty { gap.reason = "for a reason that was not given" }
        return gap
    }

    /// The same, of a kind that the cluster need not have.
    func readGapUnlessAbsent(_ kind: WatchedKind, in namespace: String? = nil) -> ReadGap? {
        states[kind]?.state == .absent ? nil : readGap(kind, in: namespace)
    }

    /// Why nobody can say that nothing has a host, as rules of a namespace write it. A ServiceEntry may name any host;
    /// a service of a namespace that was not read may be meant by the host of a service.
    package func hostGap(_ host: String, in namespace: String) -> ReadGap? {
        if let gap = readGapUnlessAbsent(.serviceentries) { return gap }
        let full = HostIndex.full(host, in: namespace)
        let parts = full.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts.count >= 3, parts[2] == "svc", !parts[1].hasPrefix("*") { return readGap(.services, in: parts[1]) }
        return Wildcard.overlap(full, "*.svc.cluster.local") ? readGap(.services) : nil
    }

    /// Whether a ServiceEntry stands for a host, whoever may see it.
    package func hasEntry(_ host: String, in namespace: String) -> Bool {
        let full = HostIndex.full(host, in: namespace)
        return (configs[.serviceentries] ?? [:]).values.contains { entry in
            entry.spec.texts("hosts").contains { Wildcard.overlap($0, full) }
        }
    }
}

extension AnalysisWorld {
    func gap(_ kind: WatchedKind, in namespace: String? = nil) -> ReadGap? { objects.readGap(kind, in: namespace) }

    /// The same, of a kind that the cluster need not have.
    func gapUnlessAbsent(_ kind: WatchedKind, in namespace: String? = nil) -> ReadGap? {
        objects.readGapUnlessAbsent(kind, in: namespace)
    }

    /// Of pods, or the workloads that stand for them.
    func podGap(in namespace: String? = nil) -> ReadGap? {
        isFilesAlone && objects.knows(.deployments) ? nil : gap(.pods, in: namespace)
    }

    /// Why nobody can say that nothing has a host. Of files without a service these are somewhere else.
    func hostGap(_ host: String, in namespace: String) -> ReadGap? {
        if isFilesAlone, let gap = gap(.services) { return gap }
        return objects.hostGap(host, in: namespace)
    }
}
