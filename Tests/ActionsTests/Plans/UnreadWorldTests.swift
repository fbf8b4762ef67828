import Base
import Kube
import MeshModel
import TestSupport
import Testing

@testable import Actions

/// What was not read of the mesh is not taken for nothing: a preview names it.
@Suite struct UnreadWorldTests {
    private let cluster: DemoCluster

    init() throws { cluster = try DemoCluster(speed: 1) }

    private func draft(_ request: PlanRequest, _ snapshot: MeshSnapshot) async throws -> Draft {
        let client = try cluster.client()
        let world = PlanWorld(client: client, discovery: try await client.discovery(), snapshot: snapshot)
        return try await request.draft(world)
    }

    private static func kind(_ name: String, _ group: String, _ state: SourceState, only: Set<String>? = nil)
        -> KindStatus
    {
        var kind = KindStatus(kind: name, group: group, state: state, count: 0)
        kind.reason = "not for you"
        kind.namespacesRead = only
        return kind
    }
    private static let routes = kind("VirtualService", "networking.istio.io", .forbidden)

    @Test(arguments: [
        ("DestinationRule", "reviews", "VirtualService"), ("Service", "users", "VirtualService"),
        ("Service", "users", "HTTPRoute"), ("VirtualService", "recommendation", "VirtualService"),
        ("Deployment", "ads-v1", "Service"),
    ])
    func whatMayNeedADeletedObjectIsNotKnown(_ kind: String, _ name: String, _ unread: String) async throws {
        var snapshot = Snapshots.calls()
        let object = ObjectReference(kind: kind, namespace: "shop", name: name)
        let said = "whether something else needs it is not known"
        #expect(try await !draft(.delete(object), snapshot).warnings.contains { $0.hasPrefix(said) })
        snapshot.kinds = [Self.kind(unread, "", .forbidden)]
        let warnings = try await draft(.delete(object), snapshot).warnings
        #expect(warnings.contains("\(said); \(unread) not read: not for you"), "\(warnings)")
        // Of objects that were not understood neither.
        snapshot.kinds = [Self.kind(unread, "", .ok)]
        snapshot.kinds[0].odd = [OddObject(key: ObjectKey("shop", "odd"), reason: "spec is a list")]
        let odd = try await draft(.delete(object), snapshot).warnings
        #expect(odd.contains { $0.hasPrefix(said) && $0.contains("shop/odd") }, "\(odd)")
    }

    /// The route may be of another namespace, and call the host by its full name.
    @Test func aSubsetIsMissedInOtherNamespacesToo() async throws {
        var snapshot = Snapshots.calls()
        let reviews = ServiceID(namespace: "shop", name: "reviews")
        let host = "reviews.shop.svc.cluster.local"
        snapshot.routes = [
            RouteSummary(
                kind: .virtualService, namespace: "web", name: "front", host: "reviews", index: 0,
                destinations: [.init(host: host, subset: "v1", weight: 100)])
        ]
        snapshot.routes[0].destinations[0].service = reviews
        let rule = ObjectReference(kind: "DestinationRule", namespace: "shop", name: "reviews")
        let warnings = try await draft(.delete(rule), snapshot).warnings
        #expect(warnings.contains { $0.hasPrefix("VirtualService web/front sends to its subset v1") }, "\(warnings)")
    }

    @Test(arguments: ["observed", "deny-all", "allow-namespace"])
    func whoCallsIsNotKnownWithoutMetrics(_ mode: String) async throws {
        var snapshot = Snapshots.calls(to: "ratings", from: [])
        snapshot.sources = [SourceStatus(name: .metrics, state: .down, detail: "it answers 503")]
        let request = PlanRequest.policy(
            .authorization, namespace: "shop", target: "ratings",
            values: ["mode": mode, "namespaces": mode == "allow-namespace" ? "shop" : ""])
        let said = "who calls it now is not known: it answers 503"
        if mode == "observed" {
            let error = await #expect(throws: MeshTopError.self) { try await draft(request, snapshot) }
            #expect("\(try #require(error))".contains(said))
        } else {
            #expect(try await draft(request, snapshot).warnings.contains(said))
        }
        let tls = PlanRequest.policy(.mtls, namespace: "shop", target: "ratings", values: ["mode": "STRICT"])
        let strict = try await draft(tls, snapshot)
        #expect(strict.warnings.contains { $0.hasSuffix("not known: it answers 503") }, "\(strict.warnings)")
    }

    @Test func aLimitSaysWhyNoLoadIsKnown() async throws {
        var snapshot = Snapshots.calls(to: "ratings", from: [])
        snapshot.services = []
        snapshot.sources = [SourceStatus(name: .metrics, state: .down, detail: "it answers 503")]
        let request = PlanRequest.policy(
            .circuitBreaker, namespace: "shop", target: "ratings",
            values: ["maxConnections": "10", "consecutive5xxErrors": "3"])
        let effects = try await draft(request, snapshot).effects
        #expect(effects.contains("no live data to size the limits by: it answers 503"), "\(effects)")
        // Of outlier detection only what was not named is Istio's.
        let rest = effects.filter { $0.contains("as Istio has it") }
        #expect(
            rest == [
                "what of outlier detection is not named is as Istio has it: looked at every 10s, out for 30s, at most 10 % of the replicas"
            ])
    }

    /// With -n the clients of other namespaces are known by their calls alone.
    @Test func clientsThatWereNotReadAreNotCountedAsOneInSilence() async throws {
        var snapshot = Snapshots.calls(to: "ratings", from: [("reviews-v1", 9, 1)])
        snapshot.workloads = []
        snapshot.kinds = [Self.kind("Deployment", "apps", .ok, only: ["istio-system"])]
        let request = PlanRequest.policy(
            .circuitBreaker, namespace: "shop", target: "ratings", values: ["maxConnections": "10"])
        let effects = try await draft(request, snapshot).effects
        #expect(
            effects.contains {
                $0.hasPrefix("how many replicas shop/reviews-v1 has is not known") && $0.hasSuffix("not for you")
            }, "\(effects)")
    }

    @Test func aShiftToPodsThatWereNotReadSaysSo() async throws {
        let split = try #require(Self.split)
        var snapshot = Snapshots.calls()
        snapshot.routes = [split]
        let request = PlanRequest.shift(
            route: ObjectReference(kind: "VirtualService", namespace: "shop", name: "recommendation"), section: .http,
            index: 0, weights: [50, 50])
        #expect(try await draft(request, snapshot).warnings.isEmpty)
        snapshot.kinds = [Self.kind("Pod", "", .ok, only: ["istio-system"])]
        let warnings = try await draft(request, snapshot).warnings
        #expect(
            warnings
                == ["v1", "v2"].map {
                    "\($0): whether it has ready pods is not known; Pod not read in shop: not for you"
                })
        snapshot.routes = []
        snapshot.kinds = [Self.routes]
        let effects = try await draft(request, snapshot).effects
        #expect(
            effects == [
                "no live data for this rule; VirtualService not read: not for you: the effect cannot be predicted"
            ])
    }

    private static var split: RouteSummary? {
        var route = RouteSummary(
            kind: .virtualService, namespace: "shop", name: "recommendation", host: "recommendation", index: 0,
            destinations: ["v1", "v2"].map { .init(host: "recommendation", subset: $0, weight: 50) })
        for place in route.destinations.indices {
            route.destinations[place].service = ServiceID(namespace: "shop", name: "recommendation")
        }
        return route
    }
}
