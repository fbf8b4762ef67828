// What became of an object since a change.

/// One place of an object that is no longer as a change left it, or that goes back with it. Values are safe to show.
package struct DriftItem: Sendable, Hashable {
    package enum Kind: Sendable, Hashable, CaseIterable {
        /// The change wrote it and somebody else wrote it since: what they wrote is lost when it goes back.
        case conflict
        /// As the change left it: it goes back.
        case goesBack
        /// As it was before the change already.
        case asBefore
        /// Somebody else's alone: it stays.
        case kept
    }
    package var kind: Kind
    /// "VirtualService reviews spec.http.1.route.0.weight"
    package var path: String
    package var before: String
    package var made: String
    package var now: String

    package init(kind: Kind, path: String, before: String, made: String, now: String) {
        (self.kind, self.path, self.before, self.made, self.now) = (kind, path, before, made, now)
    }
}
