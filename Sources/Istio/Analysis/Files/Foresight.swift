// What a change would do to the findings, before it is sent.

package import Base
package import MeshModel

/// What becomes of one object: how the server would have it afterwards, or that it goes.
package enum ObjectFate: Sendable, Hashable {
    case becomes(JSONValue)
    /// The object as it was read.
    case goes(JSONValue)

    var object: JSONValue {
        switch self {
        case .becomes(let object), .goes(let object): object
        }
    }
}

/// Findings that come and that go with a change.
package struct FindingsDelta: Sendable, Hashable {
    package var added: [Finding]
    package var removed: [Finding]
    /// What could come with it, where what a field points to was not read.
    package var notJudged: [NotJudged] = []

    package init(added: [Finding], removed: [Finding]) {
        self.added = added
        self.removed = removed
    }
}

package enum Foresight {
    private struct Place: Hashable {
        var code: String
        var object: FindingObject
        var path: String

        init(_ finding: Finding) { (code, object, path) = (finding.code, finding.object, finding.path) }
    }

    /// `before` are the findings of `objects` as they are; `analysis` has worked them out, and works out anew only what
    /// the change touches. Kinds that no analyzer reads change nothing.
    package static func delta(
        _ fates: [ObjectFate], on objects: ClusterObjects, before: Findings, _ analysis: Analysis, time: Timestamp
    ) -> FindingsDelta {
        var set = ManifestSet(over: objects)
        for fate in fates {
            let object = fate.object
            guard let kind = object["kind"]?.string, let version = object["apiVersion"]?.string,
                let watched = WatchedKind.named(kind, apiVersion: version)
            else { continue }
            let isGone = if case .goes = fate { true } else { false }
            // The server's own object: what cannot be read of it is not looked at.
            try? set.take(served: object, watched, isGone: isGone)
        }
        var analysis = analysis
        let after = analysis.look(at: set.world(time: time))
        let (old, new) = (Set(before.all.map(Place.init)), Set(after.all.map(Place.init)))
        var delta = FindingsDelta(
            added: after.all.filter { !old.contains(Place($0)) },
            removed: before.all.filter { !new.contains(Place($0)) })
        let own = Set(fates.map { FindingObject($0.object) })
        let unjudged = Set(before.notJudged)
        delta.notJudged = after.notJudged.filter { own.contains($0.object) || !unjudged.contains($0) }
        return delta
    }
}

extension FindingObject {
    fileprivate init(_ object: JSONValue) {
        self.init(
            kind: object["kind"]?.string ?? "", namespace: object.at("metadata", "namespace")?.string ?? "",
            name: object.at("metadata", "name")?.string ?? "")
    }
}
