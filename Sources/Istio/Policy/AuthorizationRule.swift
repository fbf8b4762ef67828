// One rule of an AuthorizationPolicy against one request.
// https://istio.io/latest/docs/reference/config/security/authorization-policy/ and .../conditions/

internal import Base

package struct AuthorizationRule: Sendable {
    let value: JSONValue
    let policyNamespace: String
    let trustDomains: [String]

    /// What the place that enforces the rule cannot see.
    enum Blindness: Sendable {
        case none
        /// HTTP attributes do not exist there: an ALLOW rule with one never matches, a DENY rule does without it.
        case http(isDeny: Bool)
    }

    private static let httpOperations = ["hosts", "methods", "paths", "notHosts", "notMethods", "notPaths"]
    private static let httpSources = [
        "requestPrincipals", "notRequestPrincipals", "remoteIpBlocks", "notRemoteIpBlocks",
    ]

    func matches(_ question: AccessQuestion, _ blindness: Blindness) -> Truth {
        if case .http(isDeny: false) = blindness, hasHTTP { return .no }
        var isBlind = false
        if case .http = blindness { isBlind = true }
        let from = value.list("from").map { matchesSource($0["source"] ?? [:], question, isBlind) }
        let to = value.list("to").map { matchesOperation($0["operation"] ?? [:], question, isBlind) }
        let when = value.list("when").map { matchesCondition($0, question, isBlind) }
        return .all([from.isEmpty ? .yes : .any(from), to.isEmpty ? .yes : .any(to), .all(when)])
    }

    /// Whether the rule looks at anything that only HTTP has.
    var hasHTTP: Bool {
        value.list("to").contains { to in Self.httpOperations.contains { to.at("operation", $0) != nil } }
            || value.list("from").contains { from in Self.httpSources.contains { from.at("source", $0) != nil } }
            || value.list("when").contains { $0["key"]?.string?.hasPrefix("request.") == true }
    }

    // MARK: From

    private func matchesSource(_ source: JSONValue, _ question: AccessQuestion, _ isBlind: Bool) -> Truth {
        let principals = principals(of: question.source)
        let from = question.source
        let namespace = from.hasIdentity ? from.namespace : ""
        let accounts = from.hasIdentity ? from.serviceAccount : ""
        var parts: [Truth] = []
        parts.append(pair(source, "principals") { pattern in .any(principals.map { Truth(text(pattern, $0)) }) })
        parts.append(pair(source, "namespaces") { Truth(text($0, namespace)) })
        parts.append(
            pair(source, "serviceAccounts") { pattern in
                let full = pattern.contains("/") ? pattern : "\(policyNamespace)/\(pattern)"
                return Truth(text(full, "\(namespace)/\(accounts)"))
            })
        parts.append(
            pair(source, "ipBlocks") { block in inBlock(question.source.address, block, "the client's address") })
        if !isBlind {
            parts.append(
                pair(source, "remoteIpBlocks") { block in inBlock(nil, block, "the original client's address") })
            let token = tokenPrincipal(question)
            parts.append(pair(source, "requestPrincipals") { Truth(text($0, token)) })
        }
        return .all(parts)
    }

    /// A list and its `not` twin: one of the first must match and none of the second.
    private func pair(_ object: JSONValue, _ key: String, _ test: (String) -> Truth) -> Truth {
        let no = "not\(key.prefix(1).uppercased())\(key.dropFirst())"
        let wanted = object.texts(key).map(test)
        let unwanted = object.texts(no).map { test($0).negated }
        return .all([wanted.isEmpty ? .yes : .any(wanted), .all(unwanted)])
    }

    /// A client's principal in the mesh's trust domain and in its aliases.
    private func principals(of source: AccessQuestion.Source) -> [String] {
        guard source.hasIdentity else { return [""] }
        // `cluster.local` in a policy stands for the mesh's own trust domain.
        return Set(trustDomains + ["cluster.local"]).sorted().map {
            "\($0)/ns/\(source.namespace)/sa/\(source.serviceAccount)"
        }
    }

    private func tokenPrincipal(_ question: AccessQuestion) -> String {
        guard let claims = question.claims else { return "" }
        return "\(claims["iss"]?.first ?? "")/\(claims["sub"]?.first ?? "")"
    }

    // MARK: To

    private func matchesOperation(_ operation: JSONValue, _ question: AccessQuestion, _ isBlind: Bool) -> Truth {
        func known(_ value: String?, _ name: String, _ test: (String) -> Bool) -> Truth {
            value.map { Truth(test($0)) } ?? .unknown(name)
        }
        var parts = [
            pair(operation, "ports") { port in known(question.port.map(String.init), "the port") { text(port, $0) } }
        ]
        guard !isBlind else { return .all(parts) }
        parts.append(pair(operation, "methods") { method in known(question.method, "the method") { text(method, $0) } })
        parts.append(
            pair(operation, "hosts") { host in
                known(question.host, "the host") { text(host.lowercased(), $0.lowercased()) }
            })
        parts.append(
            pair(operation, "paths") { path in known(question.path, "the path") { PathPattern.matches(path, $0) } })
        return .all(parts)
    }

    // MARK: When

    private func matchesCondition(_ condition: JSONValue, _ question: AccessQuestion, _ isBlind: Bool) -> Truth {
        let key = condition.text("key") ?? ""
        if isBlind, key.hasPrefix("request.") { return .yes }
        func test(_ pattern: String) -> Truth { attribute(key, pattern, question) }
        let wanted = condition.texts("values").map(test)
        let unwanted = condition.texts("notValues").map { test($0).negated }
        return .all([wanted.isEmpty ? .yes : .any(wanted), .all(unwanted)])
    }

    private func attribute(_ key: String, _ pattern: String, _ question: AccessQuestion) -> Truth {
        let source = question.source
        let claims = question.claims
        switch key {
        case "source.namespace": return Truth(text(pattern, source.hasIdentity ? source.namespace : ""))
        case "source.principal": return .any(principals(of: source).map { Truth(text(pattern, $0)) })
        case "source.serviceAccount":
            let full = pattern.contains("/") ? pattern : "\(policyNamespace)/\(pattern)"
            return Truth(text(full, source.hasIdentity ? "\(source.namespace)/\(source.serviceAccount)" : "/"))
        case "source.ip": return inBlock(source.address, pattern, "the client's address")
        case "remote.ip": return .unknown("the original client's address")
        case "destination.port": return question.port.map { Truth(pattern == String($0)) } ?? .unknown("the port")
        case "destination.ip": return .unknown("the pod's address")
        case "connection.sni": return .unknown("the TLS server name")
        case "request.auth.principal": return Truth(text(pattern, tokenPrincipal(question)))
        case "request.auth.audiences": return .any((claims?["aud"] ?? []).map { Truth(text(pattern, $0)) })
        case "request.auth.presenter": return .any((claims?["azp"] ?? []).map { Truth(text(pattern, $0)) })
        default:
            if let name = bracketed(key, "request.headers") {
                return question.headers[name.lowercased()].map { Truth(text(pattern, $0)) } ?? .no
            }
            if let name = bracketed(key, "request.auth.claims") {
                return .any((claims?[name] ?? []).map { Truth(text(pattern, $0)) })
            }
            return .unknown(key)
        }
    }

    /// `request.headers[x-user]` gives x-user; nested claims `[a][b]` are written a.b.
    private func bracketed(_ key: String, _ prefix: String) -> String? {
        guard key.hasPrefix("\(prefix)["), key.hasSuffix("]") else { return nil }
        let inner = key.dropFirst(prefix.count + 1).dropLast()
        return inner.split(separator: "]").map { $0.drop { $0 == "[" } }.joined(separator: ".")
    }

    // MARK: Texts

    /// Exact, `prefix*`, `*suffix`, or `*` for anything that is there.
    private func text(_ pattern: String, _ value: String) -> Bool {
        if pattern == "*" { return !value.isEmpty }
        if pattern.hasPrefix("*") { return value.hasSuffix(pattern.dropFirst()) }
        if pattern.hasSuffix("*") { return value.hasPrefix(pattern.dropLast()) }
        return pattern == value
    }

    private func inBlock(_ address: String?, _ block: String, _ name: String) -> Truth {
        guard let address else { return .unknown(name) }
        return AddressBlock(block).map { Truth($0.contains(address)) } ?? .no
    }
}

/// Paths of rules: exact, with `*` at one end, or with `{*}` for a segment and `{**}` for the rest.
enum PathPattern {
    static func matches(_ pattern: String, _ path: String) -> Bool {
        let path = String(path.prefix { $0 != "?" })
        guard pattern.contains("{") else {
            if pattern == "*" { return true }
            if pattern.hasPrefix("*") { return path.hasSuffix(pattern.dropFirst()) }
            if pattern.hasSuffix("*") { return path.hasPrefix(pattern.dropLast()) }
            return pattern == path
        }
        return match(
            pattern.split(separator: "/", omittingEmptySubsequences: false)[...],
            path.split(separator: "/", omittingEmptySubsequences: false)[...])
    }

    private static func match(_ pattern: ArraySlice<Substring>, _ path: ArraySlice<Substring>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        switch first {
        case "{**}":
            let rest = pattern.dropFirst()
            return (0...path.count).contains { match(rest, path.dropFirst($0)) }
        case "{*}": return path.first?.isEmpty == false && match(pattern.dropFirst(), path.dropFirst())
        default: return path.first == first && match(pattern.dropFirst(), path.dropFirst())
        }
    }
}

/// An IPv4 network such as 10.0.0.0/8, or one address. IPv6 addresses match only as they are written.
struct AddressBlock: Sendable {
    private var text: String
    private var network: UInt32?
    private var bits: Int

    init?(_ text: String) {
        self.text = text
        let parts = text.split(separator: "/", maxSplits: 1)
        guard let first = parts.first else { return nil }
        network = Self.number(String(first))
        bits = parts.count == 2 ? Int(parts[1]) ?? -1 : 32
        guard network == nil || (0...32).contains(bits) else { return nil }
    }

    func contains(_ address: String) -> Bool {
        guard let network, let number = Self.number(address) else { return text == address }
        return bits == 0 || network >> UInt32(32 - bits) == number >> UInt32(32 - bits)
    }

    private static func number(_ text: String) -> UInt32? {
        let bytes = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard bytes.count == 4 else { return nil }
        var number: UInt32 = 0
        for byte in bytes {
            guard let byte else { return nil }
            number = number << 8 | UInt32(byte)
        }
        return number
    }
}
