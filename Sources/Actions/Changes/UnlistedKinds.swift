// Kinds of which an operator does not see all: what is not seen of them is not known to be absent.

internal import Base
internal import MeshModel

final class UnlistedKinds: Sendable {
    private struct Place: Hashable {
        var kind: WatchedKind
        var namespace: String?
    }
    private let reasons = Lock<[Place: String]>([:])
    private let skipped = Lock<Set<String>>([])

    func note(_ kind: WatchedKind, _ namespace: String?, _ why: String) {
        reasons.withLock { $0[Place(kind: kind, namespace: namespace)] = why }
    }

    /// Objects of a kind that was listed and that were not understood.
    func noteSkipped(_ words: String) { _ = skipped.withLock { $0.insert(words) } }

    /// One line for each.
    var words: [String] {
        let skipped = skipped.withLock { $0 }.map { "\($0): what these say was not looked at" }.sorted()
        return skipped
            + reasons.withLock { all in
                all.map { place, why in
                    "\(Plural.of(place.kind.kind)) \(place.namespace.map { "in \($0)" } ?? "of all namespaces") cannot be listed (\(why)): at most those of the expected name were looked at"
                }.sorted()
            }
    }

    /// Before another one is made that may contradict one that was not seen.
    func refuseToMake(_ kind: WatchedKind, in namespace: String, for what: String) throws(MeshTopError) {
        guard let why = reasons.withLock({ $0[Place(kind: kind, namespace: namespace)] }) else { return }
        throw MeshTopError(
            .forbidden, what, why: "whether a \(kind.kind) is for it is not known: \(why)",
            advice: "ask for the right to list them, or edit the one that you mean by its name; nothing was sent")
    }
}
