// How what is read is doing: each source, and each watched kind.

package import Base
package import Kube

package enum SourceName: String, Sendable, Hashable, Codable, CaseIterable {
    case kubernetes, metrics, tracing, envoy
}

/// How a source is doing, with the age of what it last gave.
package struct SourceStatus: Sendable, Hashable, Codable {
    package typealias State = SourceState

    package var name: SourceName
    package var state: State
    /// When the data on screen was true; nil when nothing ever arrived.
    package var asOf: Timestamp?
    /// One line: the reason, or what was reached.
    package var detail: String

    package init(name: SourceName, state: State, asOf: Timestamp? = nil, detail: String = "") {
        self.name = name
        self.state = state
        self.asOf = asOf
        self.detail = detail
    }
}

/// One watched kind: how many objects, and why none when there are none.
package struct KindStatus: Sendable, Hashable, Codable {
    package var kind: String
    package var group: String
    package var state: SourceStatus.State
    package var count: Int
    package var detail: String
    /// `detail` without the objects that could not be understood.
    package var reason = ""
    /// Its objects that could not be understood; `detail` names some.
    package var odd: [OddObject] = []
    /// Where it is read; nil stands for everywhere.
    package var namespacesRead: Set<String>?
    /// Those that are being read for the first time.
    package var namespacesAwaited: Set<String> = []
    /// Why some of the others are not read, by name, and why the rest is not.
    package var namespacesRefused: [String: String] = [:]
    package var othersReason = ""

    package init(kind: String, group: String, state: SourceStatus.State, count: Int, detail: String = "") {
        self.kind = kind
        self.group = group
        self.state = state
        self.count = count
        self.detail = detail
        reason = detail
    }
}
