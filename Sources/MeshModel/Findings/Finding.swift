// What an analysis has to say of an object.

package import Base
package import Kube

/// Something in the configuration that is wrong, ignored or dangerous. Codes IST… mean what istioctl's mean
/// (https://istio.io/latest/docs/reference/config/analysis/), codes MT… are MeshTop's own.
package struct Finding: Sendable, Hashable, Codable {
    package enum Severity: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
        case error, warning, info

        private var rank: Int { self == .error ? 2 : self == .warning ? 1 : 0 }
        package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
    }

    /// A mechanical mending: operations of a JSON patch (RFC 6902) on the object that the finding is about.
    package struct Fix: Sendable, Hashable, Codable {
        /// What the patch does, in words.
        package var title: String
        package var patch: [JSONValue]

        package init(_ title: String, _ patch: [JSONValue]) {
            self.title = title
            self.patch = patch
        }
    }

    package var code: String
    package var severity: Severity
    package var object: FindingObject
    /// The field's path in the object.
    package var path: String
    package var message: String
    package var mending: Fix?

    package init(
        code: String, severity: Severity, object: FindingObject, path: String, message: String, mending: Fix? = nil
    ) {
        self.code = code
        self.severity = severity
        self.object = object
        self.path = path
        self.message = message
        self.mending = mending
    }

    /// "Kind namespace/name", or "Kind name" of what has no namespace.
    package var resource: String { object.words }
    package var fix: Bool { mending != nil }
}

/// The object that a finding is about.
package struct FindingObject: Sendable, Hashable, Codable, Comparable {
    package var kind: String
    package var namespace: String
    package var name: String

    package init(kind: String, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    init(_ kind: WatchedKind, _ meta: ObjectMeta) {
        self.init(kind: kind.kind, namespace: meta.namespace, name: meta.name)
    }

    package var words: String {
        name.isEmpty ? kind : namespace.isEmpty ? "\(kind) \(name)" : "\(kind) \(namespace)/\(name)"
    }

    package static func < (left: FindingObject, right: FindingObject) -> Bool {
        (left.namespace, left.kind, left.name) < (right.namespace, right.kind, right.name)
    }
}

/// Where analyzers leave what they find.
package struct Findings: Sendable, Hashable {
    package private(set) var all: [Finding] = []
    /// What they would have looked at if it had been read.
    package private(set) var notJudged: [NotJudged] = []

    package init(all: [Finding] = [], notJudged: [NotJudged] = []) {
        self.all = all
        self.notJudged = notJudged
    }

    /// The severity is the code's own.
    package mutating func report(
        _ code: FindingCode, _ object: FindingObject, _ path: String, _ message: String, fix: Finding.Fix? = nil
    ) {
        all.append(
            Finding(
                code: code.rawValue, severity: code.severity, object: object, path: path,
                message: SafeText.line(message, limit: 600), mending: fix))
    }

    package mutating func report(
        _ code: FindingCode, _ kind: WatchedKind, _ meta: ObjectMeta, _ path: String, _ message: String,
        fix: Finding.Fix? = nil
    ) {
        report(code, FindingObject(kind, meta), path, message, fix: fix)
    }

    /// Reports that something is missing, unless it may be among what was not read: then that is noted.
    package mutating func report(
        _ code: FindingCode, _ kind: WatchedKind, _ meta: ObjectMeta, _ path: String, unless gaps: [ReadGap?],
        _ message: @autoclosure () -> String, fix: Finding.Fix? = nil
    ) {
        guard let gap = gaps.lazy.compactMap({ $0 }).first else {
            return report(code, kind, meta, path, message(), fix: fix)
        }
        pass(code, kind, meta, path, gap)
    }

    /// Notes that a field could not be judged.
    package mutating func pass(
        _ code: FindingCode, _ kind: WatchedKind, _ meta: ObjectMeta, _ path: String, _ gap: ReadGap
    ) {
        guard !gap.reason.isEmpty else { return }
        notJudged.append(NotJudged(code: code.rawValue, object: FindingObject(kind, meta), path: path, gap: gap))
    }

    package static func += (left: inout Findings, right: Findings) {
        left.all += right.all
        left.notJudged += right.notJudged
    }
}
