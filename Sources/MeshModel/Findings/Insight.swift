// Something worth knowing that nobody configured.

package import Base

package struct Insight: Sendable, Hashable, Codable {
    package var kind: String
    package var subject: String
    package var since: Timestamp
    package var severity: Finding.Severity
    package var evidence: String
    package var suggestion: String

    package init(
        kind: String, subject: String, since: Timestamp, severity: Finding.Severity, evidence: String,
        suggestion: String
    ) {
        self.kind = kind
        self.subject = subject
        self.since = since
        self.severity = severity
        self.evidence = evidence
        self.suggestion = suggestion
    }
}
