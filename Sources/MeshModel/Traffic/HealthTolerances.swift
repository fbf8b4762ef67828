// Kiali's measure of health: how large a share of which codes is degraded, and which is failure.
// Defaults and annotation: https://kiali.io/docs/configuration/health/

internal import Base

/// One rule: a share of matching codes of a protocol in a direction.
package struct HealthTolerance: Sendable {
    var code: CodePattern
    /// Percent of requests.
    var degraded: Double
    var failure: Double
    var protocolName: CodePattern
    var direction: CodePattern

    package enum Direction: String, Sendable { case inbound, outbound }
}

/// A regular expression in which X stands for a digit, as Kiali writes code patterns.
struct CodePattern: Sendable {
    private enum Form: Sendable {
        case any
        case digits([UInt8])
        case range(ClosedRange<Int>)
        case texts([String])
        /// Somebody else's pattern.
        case expression(Pattern)
    }
    private let form: Form
    /// Annotations are read anew with every snapshot, and many objects have the same.
    private static let patterns = Lock<[String: Pattern]>([:])
    private static let mostPatterns = 200

    /// Nil for a text that is no expression.
    init?(_ text: String) {
        if [".*", "", "*"].contains(text) {
            form = .any
        } else if text.count == 3, text.allSatisfy({ $0.isNumber || $0 == "X" || $0 == "x" }) {
            form = .digits(Array(text.utf8))
        } else {
            let expanded = text.map { $0 == "X" || $0 == "x" ? "\\d" : String($0) }.joined()
            guard let pattern = Self.pattern(expanded) else { return nil }
            form = .expression(pattern)
        }
    }

    /// Three signs, of which X is any digit.
    init(digits: String) { form = .digits(Array(digits.utf8)) }

    static let any = CodePattern(form: .any)

    private init(form: Form) { self.form = form }

    private init(range: ClosedRange<Int>) { form = .range(range) }

    init(oneOf texts: [String]) { form = .texts(texts) }

    /// Kiali's default for gRPC: `^[1-9]$|^1[0-6]$`.
    static let grpcErrors = CodePattern(range: 1...16)

    func matches(_ text: String) -> Bool {
        switch form {
        case .any: return true
        case .digits(let pattern):
            return text.utf8.count == pattern.count
                && zip(text.utf8, pattern).allSatisfy { byte, wanted in
                    wanted | 0x20 == UInt8(ascii: "x") ? (0x30...0x39).contains(byte) : byte == wanted
                }
        case .range(let range): return Int(text).map(range.contains) ?? false
        case .texts(let texts): return texts.contains(text)
        case .expression(let pattern): return pattern.isFound(in: text)
        }
    }

    private static func pattern(_ text: String) -> Pattern? {
        if let known = patterns.withLock({ $0[text] }) { return known }
        guard let pattern = try? Pattern(text) else { return nil }
        patterns.withLock { patterns in
            if patterns.count >= mostPatterns { patterns = [:] }
            patterns[text] = pattern
        }
        return pattern
    }
}

package struct HealthTolerances: Sendable {
    package var rules: [HealthTolerance]

    static let standard = HealthTolerances(rules: [
        rule(CodePattern(digits: "5XX"), 0, 10, ["http"]), rule(CodePattern(digits: "4XX"), 10, 20, ["http"]),
        rule(.grpcErrors, 0, 10, ["grpc"]), rule(CodePattern(oneOf: ["-"]), 0, 10, ["http", "grpc"]),
    ])

    private static func rule(
        _ code: CodePattern, _ degraded: Double, _ failure: Double, _ protocols: [String]
    ) -> HealthTolerance {
        HealthTolerance(
            code: code, degraded: degraded, failure: failure, protocolName: CodePattern(oneOf: protocols),
            direction: .any)
    }

    /// The annotation `health.kiali.io/rate` replaces the defaults for its object:
    /// `code,degraded,failure,protocol,direction;…`, five fields each. Nil when it cannot be read.
    init?(annotation: String) {
        rules = []
        for part in annotation.split(separator: ";") {
            let fields = part.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
            guard fields.count == 5, let code = CodePattern(fields[0]), let degraded = Double(fields[1]),
                let failure = Double(fields[2]), let protocolName = CodePattern(fields[3]),
                let direction = CodePattern(fields[4])
            else { return nil }
            rules.append(
                HealthTolerance(
                    code: code, degraded: degraded, failure: failure, protocolName: protocolName, direction: direction))
        }
        if rules.isEmpty { return nil }
    }

    private init(rules: [HealthTolerance]) { self.rules = rules }

    /// An object's own tolerances where it has some.
    package static func of(_ annotations: [String: String]?) -> HealthTolerances {
        annotations?["health.kiali.io/rate"].flatMap { HealthTolerances(annotation: $0) } ?? standard
    }

    /// The worst that any rule says of the requests; nil without requests.
    package func judge(_ counts: CodeCounts, _ direction: HealthTolerance.Direction) -> Health? {
        var worst: Health?
        for (name, codes) in [("http", counts.http), ("grpc", counts.grpc)] {
            let total = codes.values.reduce(0, +)
            guard total > 0 else { continue }
            worst = max(worst ?? .healthy, .healthy)
            for rule in rules where rule.protocolName.matches(name) && rule.direction.matches(direction.rawValue) {
                let matching = codes.reduce(0) { $0 + (rule.code.matches($1.key) ? $1.value : 0) }
                let percent = matching / total * 100
                guard percent > 0 else { continue }
                if percent >= rule.failure {
                    worst = .failing
                } else if percent >= rule.degraded {
                    worst = max(worst ?? .degraded, .degraded)
                }
            }
        }
        return worst
    }
}

/// Requests per second by code, of both protocols. No answer is "-"; a gRPC answer without a status counts by its HTTP
/// code, as HTTP.
package struct CodeCounts: Sendable {
    private(set) var http: [String: Double] = [:]
    private(set) var grpc: [String: Double] = [:]

    package init(http: [String: Double] = [:], grpc: [String: Double] = [:]) {
        self.http = http
        self.grpc = grpc
    }

    package mutating func add(_ edge: MeshEdge) {
        guard edge.meshProtocol != .tcp else { return }
        if edge.meshProtocol == .grpc, !edge.grpcStatuses.isEmpty {
            for (status, rate) in edge.grpcStatuses { grpc[status, default: 0] += rate }
            let rest = (edge.requestsPerSecond ?? 0) - edge.grpcStatuses.values.reduce(0, +)
            // Requests that no server gave a status to.
            if rest > 1e-9 { grpc["-", default: 0] += rest }
            return
        }
        for (code, rate) in edge.responses { http[code == "0" || code.isEmpty ? "-" : code, default: 0] += rate }
    }
}
