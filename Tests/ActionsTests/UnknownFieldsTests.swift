import Base
import MeshModel
import TestSupport
import Testing

@testable import Actions

/// A server whose objects have fields that MeshTop has never heard of, as a newer Istio or Kubernetes would serve them.
/// What a verb plans is carried out here, without any schema, and everything unknown must still be there.
@Suite(.serialized) struct UnknownFieldsTests {
    static let cluster = Result { try FutureCluster() }
    private var cluster: FutureCluster { get throws { try Self.cluster.get() } }
    private static let shop = "shop"

    static let policies: [(PolicyTemplate, [String: String])] = [
        (.mtls, ["mode": "PERMISSIVE"]), (.mtls, ["mode": "PERMISSIVE", "port": "9090"]),
        (.mtls, ["mode": "PERMISSIVE", "scope": "namespace"]),
        (.circuitBreaker, ["maxConnections": "7"]), (.timeoutAndRetries, ["timeout": "4s"]),
        (.loadBalancing, ["algorithm": "consistent-hash", "hashBy": "header", "hashKey": "x-user"]),
        (.loadBalancing, ["algorithm": "RANDOM", "warmup": "10s", "locality": "on"]),
        (.fault, ["delay": "1s", "delayPercent": "9", "abort": "503", "abortPercent": "9"]), (.fault, ["delay": ""]),
        (.mirror, ["to": "v2", "percent": "5"]),
        (.mirror, ["to": ""]), (.matchRoute, ["to": "v2", "header": "x-a=b"]),
        (.authorization, ["mode": "allow-namespace", "namespaces": "web"]), (.authorization, ["mode": "deny-all"]),
        (.jwt, ["issuer": "https://a", "jwksUri": "https://a/keys", "required": "true"]),
        (.rateLimit, ["tokens": "5", "interval": "1s"]), (.networkPolicy, ["namespaces": "web"]),
        (.sidecarInjection, ["mode": "off"]),
    ]

    static let others: [PlanRequest] = {
        let workload = ObjectReference(kind: "Deployment", namespace: shop, name: "reviews")
        let route = ObjectReference(kind: "VirtualService", namespace: shop, name: "reviews")
        return [
            .shift(route: route, section: .http, index: 0, weights: [50, 50]), .scale(workload, replicas: 5),
            .restart(workload), .exposeStats(workload), .autoscaler(workload, max: 9, cpu: 50),
            .pauseRollout(workload), .rollback(workload), .delete(route),
            .apply(
                yaml: """
                    apiVersion: networking.istio.io/v1
                    kind: DestinationRule
                    metadata: {name: reviews}
                    spec: {host: reviews, trafficPolicy: {connectionPool: {tcp: {maxConnections: 3}}}}
                    """, defaultNamespace: shop),
        ]
    }()

    @Test(arguments: policies.indices) func aPolicyKeepsWhatItDoesNotKnow(_ index: Int) async throws {
        let (template, values) = Self.policies[index]
        try await check(.policy(template, namespace: Self.shop, target: "reviews", values: values))
    }

    @Test(arguments: others) func aVerbKeepsWhatItDoesNotKnow(_ request: PlanRequest) async throws {
        try await check(request)
    }

    /// Applies, looks for everything unknown, takes it back, and compares with what was there before.
    private func check(_ request: PlanRequest) async throws {
        let world = try await cluster.world()
        let steps = try await request.draft(world).steps
        #expect(!steps.isEmpty)
        for step in steps {
            guard let before = step.before else { continue }
            let marks = Self.marks(before, [])
            #expect(marks.count >= 2, "\(step.object): the object has nothing unknown to lose")
            if step.write == .delete {
                guard case .create(let body)? = step.inverse else {
                    Issue.record("a deletion is taken back by a creation")
                    continue
                }
                #expect(Self.marks(body, []) == marks)
                continue
            }
            let after = try #require(step.write.applied(to: before), "\(step.write)")
            #expect(after != before)
            // A new first rule moves the others on, so the marks are counted by what they are, not by where.
            #expect(
                Set(marks.map(\.value)).isSubset(of: Set(Self.marks(after, []).map(\.value))), "\(after.prettyText)")
            var meanwhile = after
            meanwhile.set(["spec", "x-somebody-else"], to: "theirs")
            let inverse = try #require(step.inverse)
            var undone = try #require(inverse.applied(to: meanwhile))
            #expect(undone.at("spec", "x-somebody-else") == "theirs")
            undone.set(["spec", "x-somebody-else"], to: nil)
            #expect(undone == before, "\(LineDiff.unified(before.prettyText, undone.prettyText))")
        }
    }

    private struct Mark: Hashable {
        var path: [String]
        var value: JSONValue
    }

    /// Every member whose name starts with x-, wherever it is.
    private static func marks(_ value: JSONValue, _ path: [String]) -> [Mark] {
        switch value {
        case .object(let object):
            object.members.flatMap { key, member in
                (key.hasPrefix("x-future") ? [Mark(path: path + [key], value: member)] : [])
                    + marks(member, path + [key])
            }
        case .array(let elements): elements.enumerated().flatMap { marks($1, path + [String($0)]) }
        default: []
        }
    }
}
