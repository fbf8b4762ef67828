// A minor version of Istio or Kubernetes.

internal import Base

/// "1.28" of "1.28.3", "v1.28" or an image's tag such as "1.28.3-distroless".
package struct MinorVersion: Sendable, Hashable, Codable, Comparable {
    package var minor: Int

    package init(_ minor: Int) { self.minor = minor }

    /// Nil where the text is no version 1.x.
    package init?(_ text: String) {
        let bare = text.hasPrefix("v") ? text.dropFirst() : Substring(text)
        let parts = bare.split(omittingEmptySubsequences: false) { ".-+".contains($0) }
        guard parts.count >= 2, parts[0] == "1", parts[1].allSatisfy(\.isNumber), let minor = Int(parts[1]),
            (0...999).contains(minor)
        else { return nil }
        self.minor = minor
    }

    package var text: String { "1.\(minor)" }
    package static func < (left: Self, right: Self) -> Bool { left.minor < right.minor }
}
