// The one error that reaches a person.

/// An error for people: what was tried, what went wrong, what to do. Printed once, at the top, as
/// `meshtop: WHAT: WHY; DO THIS`.
package struct MeshTopError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is; decides a command's exit code.
    package enum Code: Sendable, Hashable {
        case usage, environment, kubeconfig, network, certificate, unauthorized, forbidden, notFound, conflict
        case invalid, server, decoding, notConfirmed, verificationFailed, readOnly
    }

    package var code: Code
    package var what: String
    package var why: String
    package var advice: String?

    package init(_ code: Code, _ what: String, why: String, advice: String? = nil) {
        self.code = code
        self.what = SafeText.line(what)
        self.why = SafeText.line(why)
        self.advice = advice.map { SafeText.line($0) }
    }

    /// One line, without the leading program name. What a cause has said already is not said again.
    package var description: String {
        let clauses = ([why] + [advice].compactMap { $0 }).flatMap(QuotedValue.clauses)
        return "\(what): \(clauses.uniqued().joined(separator: "; "))"
    }

    /// Exit codes of the command line (design.md section 4).
    package var exitCode: Int32 {
        switch code {
        case .notConfirmed: 3
        case .conflict, .invalid, .forbidden, .unauthorized, .server: 4
        case .verificationFailed: 5
        default: 2
        }
    }
}
