import Base
import ClusterData
import Istio
import MeshModel
import TestSupport
import Testing

/// Policies that a waypoint enforces: they are aimed at services and Gateways, and pods behind see the waypoint alone.
@Suite struct WaypointTests {
    private static let ambient =
        """
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}}
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: way, namespace: shop}
        spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}

        """ + application("web", sidecar: false) + application("orders", sidecar: false)
        + application("old", namespace: "side")

    private func policy(_ name: String, _ spec: String, namespace: String = "shop") -> String {
        """
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: \(name), namespace: \(namespace)}
        spec: \(spec)

        """
    }

    private func ask(_ question: String, _ policies: String...) throws -> AccessReport.Row {
        let world = try manifests(Self.ambient + policies.joined())
        let report = try AccessDesk(world).answer(AccessRequest(question.split(separator: " ").map(String.init)))
        return try #require(report.rows.first)
    }

    private let readers =
        #"{targetRefs: [{kind: Service, group: "", name: orders}], rules: [{to: [{operation: {methods: [GET]}}]}]}"#

    @Test func aPolicyForAServiceHoldsAtItsWaypoint() throws {
        let allow = policy("readers", readers)
        let allowed = try ask("web -> orders GET /x", allow).answer
        #expect(allowed.verdict == .allowed)
        #expect(allowed.because == "waypoint shop/way: ALLOW shop/readers, rule 0")
        let denied = try ask("web -> orders POST /x", allow).answer
        #expect(denied.verdict == .denied)
        #expect(denied.because.contains("waypoint shop/way") && denied.because.contains("shop/readers"))
        // Another service is not behind that policy.
        #expect(try ask("orders -> web POST /x", allow).answer.verdict == .allowed)
    }

    @Test func aPolicyForAllWaypointsComesFromTheRootNamespace() throws {
        let spec =
            #"{action: DENY, targetRefs: [{group: gateway.networking.k8s.io, kind: GatewayClass, name: istio-waypoint}], rules: [{}]}"#
        #expect(try ask("web -> orders GET /x", policy("none", spec)).answer.verdict == .allowed)
        #expect(
            try ask("web -> orders GET /x", policy("none", spec, namespace: "istio-system")).answer.verdict == .denied)
    }

    @Test func behindTheWaypointThePodSeesTheWaypoint() throws {
        func only(_ account: String) -> String {
            policy(
                "pods",
                "{selector: {matchLabels: {app: orders}}, rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/\(account)]}}]}]}"
            )
        }
        #expect(try ask("web -> orders GET /x", only("web")).answer.verdict == .denied)
        #expect(try ask("web -> orders GET /x", only("way")).answer.verdict == .allowed)
    }

    @Test func whatASidecarSendsMayGoPastTheWaypoint() throws {
        let answer = try ask("side/old -> shop/orders POST /x", policy("readers", readers)).answer
        #expect(answer.verdict == .depends)
        #expect(answer.because.contains("whether its proxy sends through the waypoint"))
        #expect(try ask("outside -> orders POST /x", policy("readers", readers)).answer.verdict == .allowed)
    }

    @Test func aServiceMayOptOut() throws {
        let world = try manifests(
            Self.ambient.replacing(
                "metadata: {name: orders, namespace: shop}",
                with: "metadata: {name: orders, namespace: shop, labels: {istio.io/use-waypoint: none}}")
                + policy("readers", readers))
        let report = try AccessDesk(world).answer(AccessRequest(["web", "->", "orders", "POST", "/x"]))
        #expect(report.verdict == .allowed)
    }

    @Test func thePoliciesPaneNamesTheWaypoint() throws {
        let world = try manifests(Self.ambient + policy("readers", readers))
        let made = SnapshotBuilder.build(
            SnapshotInputs(time: Timestamp(seconds: 1000), context: "test", objects: world.objects))
        let orders = try #require(made.policies.first { $0.workload == "orders-v1" })
        #expect(orders.authorization.map(\.waypoint) == ["shop/way"])
        #expect(orders.standard == "denied at waypoint shop/way unless an ALLOW rule names it, allowed past it")
        #expect(made.policies.first { $0.workload == "web-v1" }?.authorization.isEmpty == true)
    }

    /// A request to a pod's own address passes a waypoint for workloads, where policies for services do not hold.
    @Test(arguments: [("workload", false), ("all", false), ("service", true)])
    func aWaypointForWorkloadsTakesWhatIsSentToPods(_ takes: String, _ isPast: Bool) throws {
        let world = try manifests(
            Self.ambient.replacing(
                "metadata: {name: way, namespace: shop}",
                with: "metadata: {name: way, namespace: shop, labels: {istio.io/waypoint-for: \(takes)}}")
                + policy("readers", readers)
                + policy(
                    "all",
                    "{action: DENY, targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: way}], rules: [{to: [{operation: {methods: [DELETE]}}]}]}"
                ))
        func ask(_ method: String) throws -> AccessReport.Row {
            let report = try AccessDesk(world).answer(AccessRequest(["web", "orders-v1", method, "/x"]))
            return try #require(report.rows.first)
        }
        #expect(try ask("POST").answer.verdict == .allowed)
        #expect(try ask("DELETE").answer.verdict == (isPast ? .allowed : .denied))
    }
}
