import Base
import TestSupport
import Testing

@testable import Actions

/// One named value, and what is written for it: its own places and nothing else.
@Suite(.serialized) struct SingleFieldTests {
    static let cluster = Result { try DemoCluster() }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    enum Outcome: Sendable {
        /// The places of the object, without the indices of lists; what makes the object one at all is not counted.
        case writes([String])
        /// A policy has no meaning with this field alone: the line names the one that is missing.
        case missing(String)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var template: PolicyTemplate
        var key: String
        var value: String
        var service = "ads"
        var outcome: Outcome
        var testDescription: String { "\(template.rawValue) \(service) \(key)=\(value)" }
    }

    private static let pool = "spec.trafficPolicy.connectionPool"
    private static let outlier = "spec.trafficPolicy.outlierDetection"
    private static let balancer = "spec.trafficPolicy.loadBalancer"

    static let cases: [Case] = [
        Case(template: .mtls, key: "mode", value: "PERMISSIVE", outcome: .writes(["spec.mtls.mode"])),
        Case(template: .mtls, key: "scope", value: "namespace", outcome: .missing("mode")),
        Case(template: .mtls, key: "port", value: "9090", outcome: .missing("mode")),
        Case(
            template: .circuitBreaker, key: "maxConnections", value: "7",
            outcome: .writes(["\(pool).tcp.maxConnections"])),
        Case(
            template: .circuitBreaker, key: "http1MaxPendingRequests", value: "7",
            outcome: .writes(["\(pool).http.http1MaxPendingRequests"])),
        Case(
            template: .circuitBreaker, key: "http2MaxRequests", value: "7",
            outcome: .writes(["\(pool).http.http2MaxRequests"])),
        Case(
            template: .circuitBreaker, key: "consecutive5xxErrors", value: "3",
            outcome: .writes(["\(outlier).consecutive5xxErrors"])),
        Case(template: .circuitBreaker, key: "interval", value: "7s", outcome: .writes(["\(outlier).interval"])),
        Case(
            template: .circuitBreaker, key: "baseEjectionTime", value: "7s",
            outcome: .writes(["\(outlier).baseEjectionTime"])),
        Case(
            template: .circuitBreaker, key: "maxEjectionPercent", value: "7",
            outcome: .writes(["\(outlier).maxEjectionPercent"])),
        Case(template: .timeoutAndRetries, key: "timeout", value: "1s", outcome: .writes(["spec.http.timeout"])),
        Case(
            template: .timeoutAndRetries, key: "attempts", value: "1", outcome: .writes(["spec.http.retries.attempts"])),
        Case(template: .timeoutAndRetries, key: "perTryTimeout", value: "1s", outcome: .missing("attempts")),
        Case(template: .timeoutAndRetries, key: "retryOn", value: "5xx", outcome: .missing("attempts")),
        Case(
            template: .timeoutAndRetries, key: "timeout", value: "1s", service: "users",
            outcome: .writes(["spec.rules.timeouts.request"])),
        Case(
            template: .timeoutAndRetries, key: "perTryTimeout", value: "1s", service: "users",
            outcome: .writes(["spec.rules.timeouts.backendRequest"])),
        Case(
            template: .timeoutAndRetries, key: "perTryTimeout", value: "700ms", service: "recommendation",
            outcome: .writes(["spec.http.retries.perTryTimeout"])),
        Case(template: .loadBalancing, key: "algorithm", value: "RANDOM", outcome: .writes(["\(balancer).simple"])),
        Case(template: .loadBalancing, key: "hashBy", value: "source-ip", outcome: .missing("algorithm")),
        Case(template: .loadBalancing, key: "hashKey", value: "x-user", outcome: .missing("algorithm")),
        Case(template: .loadBalancing, key: "algorithm", value: "consistent-hash", outcome: .missing("hashBy")),
        Case(template: .loadBalancing, key: "warmup", value: "9s", outcome: .writes(["\(balancer).warmup.duration"])),
        Case(
            template: .loadBalancing, key: "locality", value: "on",
            outcome: .writes(["\(balancer).localityLbSetting.enabled"])),
        Case(template: .fault, key: "delay", value: "1s", outcome: .missing("delayPercent")),
        Case(template: .fault, key: "delayPercent", value: "9", outcome: .missing("delay")),
        Case(template: .fault, key: "abort", value: "503", outcome: .missing("abortPercent")),
        Case(template: .fault, key: "abortPercent", value: "9", outcome: .missing("abort")),
        Case(
            template: .mirror, key: "to", value: "v2", service: "recommendation",
            outcome: .writes(["spec.http.mirror.host", "spec.http.mirror.subset"])),
        Case(template: .mirror, key: "percent", value: "9", outcome: .missing("to")),
        Case(template: .mirror, key: "remove", value: "v9", outcome: .missing("")),
        Case(template: .matchRoute, key: "to", value: "cart", outcome: .missing("")),
        Case(template: .matchRoute, key: "header", value: "x-tester=true", service: "reviews", outcome: .missing("to")),
        Case(template: .matchRoute, key: "cookie", value: "a=b", outcome: .missing("to")),
        Case(template: .matchRoute, key: "userAgent", value: "Mobile", outcome: .missing("to")),
        Case(template: .matchRoute, key: "uri", value: "/cart", outcome: .missing("to")),
        Case(template: .matchRoute, key: "source", value: "app=web", outcome: .missing("to")),
        Case(
            template: .authorization, key: "mode", value: "deny-all",
            outcome: .writes(["spec.action", "spec.rules"])),
        Case(template: .authorization, key: "namespaces", value: "web", outcome: .missing("mode")),
        Case(template: .jwt, key: "issuer", value: "https://a.example", outcome: .writes(["spec.jwtRules.issuer"])),
        Case(template: .jwt, key: "jwksUri", value: "https://a.example/k", outcome: .missing("issuer")),
        Case(template: .jwt, key: "required", value: "true", outcome: .missing("issuer")),
        Case(template: .rateLimit, key: "tokens", value: "9", outcome: .missing("interval")),
        Case(template: .rateLimit, key: "interval", value: "1s", outcome: .missing("tokens")),
        Case(
            template: .networkPolicy, key: "namespaces", value: "web",
            outcome: .writes(["spec.ingress.from.namespaceSelector.matchLabels.kubernetes.io/metadata.name"])),
        Case(template: .networkPolicy, key: "mesh", value: "on", outcome: .missing("namespaces")),
        Case(
            template: .sidecarInjection, key: "mode", value: "off",
            outcome: .writes(["metadata.labels.istio-injection"])),
        Case(template: .sidecarInjection, key: "revision", value: "1-28", outcome: .missing("mode")),
    ]

    /// What an object of these kinds needs to be one, or to be this service's.
    private static let scaffold = [
        "apiVersion", "kind", "metadata.name", "metadata.namespace", "spec.host", "spec.hosts", "spec.selector",
        "spec.podSelector", "spec.policyTypes", "spec.http.route",
    ]

    @Test func everyFieldOfEveryTemplateIsTried() {
        for template in PolicyTemplate.allCases {
            let tried = Set(Self.cases.filter { $0.template == template }.map(\.key))
            #expect(tried == Set(template.fields.map(\.key)), "\(template.rawValue)")
        }
    }

    @Test(arguments: cases) func aValueWritesItsOwnPlacesAlone(_ one: Case) async throws {
        let world = try await cluster.runner().readingWorld()
        func draft() async throws -> Draft {
            try await PolicyPlanner.draft(
                one.template, namespace: "shop", target: one.service, values: [one.key: one.value], world)
        }
        switch one.outcome {
        case .missing(let key):
            let error = await #expect(throws: MeshTopError.self) { _ = try await draft() }
            #expect(key.isEmpty || error?.why.hasPrefix("\(key) is missing") == true, "\(error?.description ?? "")")
            #expect(error?.description.contains("\n") == false)
        case .writes(let places):
            var written: Set<String> = []
            for step in try await draft().steps {
                let after = try #require(step.write.applied(to: step.before))
                let before = step.before.map { Self.leaves($0, []) } ?? [:]
                let now = Self.leaves(after, [])
                for path in Set(before.keys).union(now.keys) where before[path] != now[path] {
                    if step.before == nil, Self.scaffold.contains(where: { path == $0 || path.hasPrefix("\($0).") }) {
                        continue
                    }
                    written.insert(path)
                }
            }
            #expect(written == Set(places), "\(written.sorted())")
        }
    }

    /// Every value that is no object and no list, by its place; those of a list's entries together.
    private static func leaves(_ value: JSONValue, _ path: [String]) -> [String: [JSONValue]] {
        switch value {
        case .object(let object) where !object.isEmpty:
            object.members.reduce(into: [:]) { all, member in
                all.merge(leaves(member.1, path + [member.0])) { $0 + $1 }
            }
        case .array(let elements) where !elements.isEmpty:
            elements.reduce(into: [:]) { all, element in all.merge(leaves(element, path)) { $0 + $1 } }
        default: [path.joined(separator: "."): [value]]
        }
    }

    // MARK: Proposals

    @Test func whatNobodyNamedIsProposedWithItsReasonAndOff() async throws {
        let runner = try cluster.runner(snapshot: Snapshots.calls(to: "ads"))
        func plan(_ values: [String: String]) async throws -> ChangePreview {
            try await runner.plan(.policy(.circuitBreaker, namespace: "shop", target: "ads", values: values))
        }
        let named = try await plan(["consecutive5xxErrors": "3"])
        #expect(!named.diff.contains { $0.text.contains("maxConnections") })
        #expect(
            named.proposals.contains { $0.hasPrefix("maxConnections=20: twice the 10 under way") },
            "\(named.proposals)")
        #expect(!named.proposals.contains { $0.hasPrefix("consecutive5xxErrors") })
        let taken = try await plan(["consecutive5xxErrors": "3", "maxConnections": "proposed"])
        #expect(taken.diff.contains { $0.kind == .added && $0.text.contains("maxConnections: 20") })
        #expect(!taken.diff.contains { $0.text.contains("http2MaxRequests") })
        let nothing = try await plan([:])
        #expect(nothing.objects.isEmpty && nothing.proposals.count == 7)
    }

    /// What a try may take follows from the timeout that is named; an HTTPRoute has no place for `retryOn`.
    @Test(
        arguments: [
            (["timeout": "1s"], "perTryTimeout=330ms: 3 tries of it fit into 1s"),
            (["timeout": "1s", "attempts": "4"], "perTryTimeout=200ms: 5 tries of it fit into 1s"),
            (["timeout": "15s"], "perTryTimeout=5s: 3 tries of it fit into 15s"),
            (["attempts": "2"], "perTryTimeout=3s: 3 tries of it fit into 10s"),
            (["timeout": "1s", "attempts": "0"], ""),
        ])
    func theTimeOfATryIsProposedFromTheWhole(_ given: [String: String], _ said: String) async throws {
        let runner = try cluster.runner()
        let preview = try await runner.plan(
            .policy(.timeoutAndRetries, namespace: "shop", target: "users", values: given))
        #expect(preview.proposals.filter { $0.hasPrefix("perTryTimeout") } == (said.isEmpty ? [] : [said]))
        #expect(!preview.proposals.contains { $0.hasPrefix("retryOn") })
        var all = Dictionary(
            uniqueKeysWithValues: PolicyTemplate.timeoutAndRetries.fields.map {
                ($0.key, PresentPolicy.proposedWhereUnset)
            })
        all.merge(given) { $1 }
        let taken = try await runner.plan(
            .policy(.timeoutAndRetries, namespace: "shop", target: "users", values: all))
        #expect(taken.proposals.isEmpty && taken.effects.contains("as proposed, \(said)") != said.isEmpty)
        #expect(!taken.warnings.contains { $0.contains("do not fit into") })
    }

    /// `--proposed` leaves alone what holds.
    @Test func allProposalsAreForWhatIsNotSet() async throws {
        let runner = try cluster.runner()
        let all = Dictionary(
            uniqueKeysWithValues: PolicyTemplate.timeoutAndRetries.fields.map {
                ($0.key, PresentPolicy.proposedWhereUnset)
            })
        let preview = try await runner.plan(
            .policy(.timeoutAndRetries, namespace: "shop", target: "recommendation", values: all))
        #expect(preview.isEmpty && preview.proposals.isEmpty)
        let error = await #expect(throws: MeshTopError.self) {
            try await runner.plan(
                .policy(.jwt, namespace: "shop", target: "ads", values: ["issuer": "proposed"]))
        }
        #expect(error?.why.contains("nothing to propose") == true)
    }
}
