// Which resource of a server is meant: by a kind that MeshTop reads, or by a person's word.

package import Base
package import Kube
package import MeshModel

extension WatchedKind {
    /// The one namespace in which a kind is read, where others hold only what is none of the mesh's business.
    package var home: String? { self == .configmaps ? MeshConfig.rootNamespace : nil }
}

extension Discovery {
    /// The served form of a kind that MeshTop reads; nil when the server has none (the CRD is not installed), or does
    /// not say what it has.
    package func path(for kind: WatchedKind) -> ResourcePath? {
        let served = resources.filter { $0.group == kind.group && $0.resource == kind.resource }
        for version in kind.versions where served.contains(where: { $0.version == version }) {
            return ResourcePath(group: kind.group, version: version, resource: kind.resource)
        }
        return nil
    }

    /// Every group of the kinds that MeshTop reads has answered, or was given up.
    package var knowsWatchedKinds: Bool { WatchedKind.all.allSatisfy { !awaited.contains($0.group) } }

    /// A sentence for each group that does not answer and holds no kind that MeshTop reads: those are named by kind.
    package var gapsBesideWatchedKinds: [String] {
        failed.keys.filter { group in !WatchedKind.all.contains { $0.group == group } }.sorted().compactMap(gapWords)
    }

    /// What a word stands for is as it will be when every group has answered: a kind that MeshTop reads, or one whose
    /// group comes before all that have not.
    package func isSettled(_ word: String) -> Bool {
        if awaited.isEmpty { return true }
        guard knowsWatchedKinds, let found = resource(named: word) else { return false }
        if WatchedKind.all.contains(where: { path(for: $0) == found.path }) { return true }
        return !groups.prefix { $0 != found.group }.contains(where: awaited.contains)
            && !awaited.contains(found.group)
    }

    /// The resource that a word stands for. Where several groups have it, the kinds that MeshTop reads come first.
    package func resource(named word: String) -> ResourceInfo? {
        let found = resources(named: word)
        return found.first { info in
            WatchedKind.all.contains { path(for: $0) == info.path }
        } ?? found.first
    }

    /// The kind that a word stands for, and whether its objects are in namespaces. What the server does not have, or
    /// does not say, is an error that names what it does not say.
    package func kind(of word: ObjectWord) throws(MeshTopError) -> ResourceInfo {
        if let found = resource(named: word.type) { return found }
        let unanswered = unanswered()
        throw MeshTopError(
            .notFound, "\(SafeText.line(word.type))/\(SafeText.line(word.name))",
            why: unanswered.isEmpty
                ? "the server serves no resource of that name"
                : "whether the server serves a resource of that name is not known\(unanswered)",
            advice: "check the kind: 'kubectl api-resources' lists them")
    }
}
