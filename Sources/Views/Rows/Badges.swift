// Which objects have findings, so that their rows say so.

internal import MeshModel

struct Badges: Sendable {
    private var worst: [FindingObject: Finding.Severity] = [:]

    init() {}

    init(_ findings: [Finding]) {
        for finding in findings where finding.severity > .info {
            worst[finding.object] = max(worst[finding.object] ?? .info, finding.severity)
        }
    }

    /// A sign behind a name; nothing where nothing was found.
    func sign(_ kind: String, _ namespace: String, _ name: String) -> String {
        switch worst[FindingObject(kind: kind, namespace: namespace, name: name)] {
        case .error: " ✖"
        case .warning: " ▲"
        default: ""
        }
    }

    /// "9 errors, 17 warnings"
    static func counts(_ findings: [Finding]) -> String {
        [Finding.Severity.error, .warning].compactMap { severity -> String? in
            let count = findings.count { $0.severity == severity }
            return count == 0 ? nil : "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }.joined(separator: ", ")
    }

    static func glyph(_ severity: Finding.Severity) -> String {
        switch severity {
        case .error: "✖"
        case .warning: "▲"
        case .info: "·"
        }
    }

    static func role(_ severity: Finding.Severity) -> Role {
        switch severity {
        case .error: .failing
        case .warning: .degraded
        case .info: .muted
        }
    }
}
