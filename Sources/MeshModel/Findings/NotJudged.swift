// What an analysis could not judge, since what a field points to was not read.

internal import Base

/// Objects of a kind that nobody has read: in one namespace, or somewhere.
package struct ReadGap: Sendable, Hashable, Codable {
    package var kind: String
    /// "" where the kind was not read at all, "*" where one would need it of every namespace.
    package var namespace: String
    /// Empty where nothing is to be said of it: nobody asked for the kind, or there is none.
    package var reason: String
    /// Objects were read that could not be understood.
    package var isOdd: Bool

    package init(kind: String, namespace: String, reason: String, isOdd: Bool = false) {
        self.kind = kind
        self.namespace = namespace
        self.reason = reason
        self.isOdd = isOdd
    }
}

/// A field that could be wrong, in the code that it would have then, with what one would have to read to know.
package struct NotJudged: Sendable, Hashable, Codable {
    package var code: String
    package var object: FindingObject
    package var path: String
    package var gap: ReadGap

    package init(code: String, object: FindingObject, path: String, gap: ReadGap) {
        self.code = code
        self.object = object
        self.path = path
        self.gap = gap
    }
}

extension Sequence where Element == NotJudged {
    /// "3 fields not judged: Service not read in pay, web: not asked for (-n)", one for each reason.
    package var lines: [String] {
        map(\.gap.reason).uniqued().map { reason in
            let own = filter { $0.gap.reason == reason }
            let kinds = own.map(\.gap.kind).uniqued().sorted().joined(separator: ", ")
            let names = own.map(\.gap.namespace).uniqued().sorted().filter { !["", "*"].contains($0) }
            let shown =
                names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
            let isWide = own.contains { $0.gap.namespace == "*" }
            let place = names.isEmpty ? isWide ? " everywhere" : "" : " in \(shown)\(isWide ? " and elsewhere" : "")"
            let count = Plural.count(Set(own.map { [$0.object.words, $0.path] }).count, "field")
            let isOdd = own.contains(where: \.gap.isOdd)
            return "\(count) not judged: \(kinds)\(isOdd ? "" : " not read\(place)"): \(reason)"
        }
    }
}
