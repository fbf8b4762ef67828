// The question as a person types it: `api-gateway -> orders GET /health claim.iss=…`.

package import Base
package import Kube

package struct AccessRequest: Sendable, Hashable {
    package var source: String
    package var destination: String
    /// The kinds that the two were written with; nil where a name alone was.
    package var sourceKind: String?
    package var destinationKind: String?
    package var port: Int?
    package var method: String?
    package var path: String?
    package var host: String?
    package var address: String?
    package var headers: [String: String] = [:]
    package var claims: [String: [String]]?

    package static let usage =
        "CLIENT -> DESTINATION [METHOD] [PATH] [port=N] [host=H] [ip=A] [header.NAME=V] [claim.NAME=V]"

    package init(source: String, destination: String) {
        self.source = source
        self.destination = destination
    }

    /// Words as typed, with or without the arrow.
    package init(_ words: [String]) throws(MeshTopError) {
        var rest = words.filter { $0 != "->" && $0 != "→" }[...]
        guard let source = rest.popFirst(), let written = rest.popFirst() else {
            throw Self.wrong("a client and a destination are needed")
        }
        self.init(source: source, destination: written)
        if let colon = written.lastIndex(of: ":"), let number = Int(written[written.index(after: colon)...]) {
            destination = String(written[..<colon])
            port = number
        }
        for word in rest {
            if word.hasPrefix("/") {
                path = word
            } else if let equals = word.firstIndex(of: "=") {
                try set(String(word[..<equals]), String(word[word.index(after: equals)...]))
            } else if method == nil, word.allSatisfy({ $0.isLetter || $0 == "-" }) {
                method = word.uppercased()
            } else {
                throw Self.wrong("\(SafeText.line(word, limit: 60)) is neither a method, a path nor NAME=VALUE")
            }
        }
        if let port, !(1...65535).contains(port) { throw Self.wrong("port \(port) lies outside 1 to 65535") }
    }

    /// With KIND/NAME read as every command reads it: NAMESPACE/NAME is meant where there is such a namespace.
    package func resolved(
        namespace: String?, _ isNamespace: (String) -> Bool, _ kind: (ObjectWord) -> ResourceInfo?
    ) -> AccessRequest {
        func named(_ text: String) -> (name: String, kind: String?) {
            guard let word = ObjectWord(text), !isNamespace(word.type), let found = kind(word) else {
                return (text, nil)
            }
            return (namespace.map { "\($0)/\(word.name)" } ?? word.name, found.kind)
        }
        var request = self
        (request.source, request.sourceKind) = named(source)
        (request.destination, request.destinationKind) = named(destination)
        return request
    }

    private static func wrong(_ why: String) -> MeshTopError {
        MeshTopError(.usage, "the question", why: why, advice: "write \(usage)")
    }

    private mutating func set(_ key: String, _ value: String) throws(MeshTopError) {
        if key == "port" {
            guard let number = Int(value) else { throw Self.wrong("port takes a number") }
            port = number
        } else if key == "host" {
            host = value
        } else if key == "ip" {
            address = value
        } else if key.hasPrefix("header.") {
            headers[key.dropFirst(7).lowercased()] = value
        } else if key.hasPrefix("claim.") {
            claims = claims ?? [:]
            claims?[String(key.dropFirst(6))] = value.split(separator: ",").map(String.init)
        } else {
            throw Self.wrong("\(SafeText.line(key, limit: 60)) is none of port, host, ip, header.NAME and claim.NAME")
        }
    }

    /// What is asked for, in words.
    var requestWords: String {
        var words = [method ?? "any method", path ?? "any path"]
        if let port { words.append("port \(port)") }
        if let host { words.append("host \(host)") }
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { words.append("\(name): \(value)") }
        if let claims {
            words.append(
                "token \(claims.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.joined(separator: ","))" }.joined(separator: " "))"
            )
        }
        return SafeText.line(words.joined(separator: " "), limit: 300)
    }
}

package struct AccessReport: Sendable, Hashable {
    package struct Row: Sendable, Hashable {
        package var target: String
        package var answer: AccessAnswer
        package var mtls: String
    }

    package var source: String
    package var destination: String
    package var request: String
    package var rows: [Row]
    /// Kinds and objects that could decide and were not read or not understood, with the reason.
    package var unknown: [String] = []

    /// Allowed or denied when all pods agree.
    package var verdict: AccessAnswer.Verdict {
        let verdicts = Set(rows.map(\.answer.verdict))
        return verdicts.count == 1 ? verdicts.first ?? .depends : .depends
    }

    package var lines: [String] {
        var lines = ["\(source)", "  asks \(destination): \(request)", ""]
        for row in rows {
            let sign = row.answer.verdict == .allowed ? "●" : row.answer.verdict == .denied ? "✖" : "▲"
            lines.append("\(sign) \(row.target): \(row.answer.verdict.rawValue.uppercased()), \(row.answer.because)")
            if let response = row.answer.response { lines.append("    the client gets: \(response)") }
            lines.append("    mTLS: \(row.mtls)")
            for step in row.answer.steps { lines.append("    \(step.policy): \(step.outcome)") }
        }
        if !unknown.isEmpty { lines += ["", "not known:"] + unknown.map { "  ✖ \($0)" } }
        return lines.map { SafeText.line($0, limit: 400) }
    }

    package var json: JSONValue {
        [
            "verdict": .string(verdict.rawValue), "source": .string(source), "destination": .string(destination),
            "request": .string(request), "unknown": .array(unknown.map { .string(SafeText.line($0, limit: 400)) }),
            "targets": .array(
                rows.map { row in
                    [
                        "workload": .string(row.target), "verdict": .string(row.answer.verdict.rawValue),
                        "because": .string(row.answer.because),
                        "response": row.answer.response.map { .string($0) } ?? .null,
                        "mtls": .string(row.mtls),
                        "steps": .array(
                            row.answer.steps.map { ["policy": .string($0.policy), "outcome": .string($0.outcome)] }),
                    ]
                }),
        ]
    }
}
