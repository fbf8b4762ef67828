import Actions
import Base
import Kube
import TestSupport
import Testing

/// `meshtop doctor` on servers whose reviews answer from the roles of examples/.
@Suite struct DoctorRightsTests {
    static let demo = Result { try Demo() }

    private func doctor(
        _ role: RoleManifest, _ binding: RoleProxy.Binding = .cluster, _ arguments: [String] = [],
        reviews: Fault? = nil
    ) async throws -> String {
        let proxy = try RoleProxy(try Self.demo.get(), role, binding, reviews: reviews)
        let home = try TemporaryFolder()
        try home.write("kubeconfig", proxy.kubeconfig)
        let result = try await Program.run(["doctor"] + arguments, home: home)
        #expect(result.code == 0, "\(result.errors)")
        return result.output
    }

    private func lines(_ output: String, _ start: String) -> [String] {
        output.split(separator: "\n").map(String.init).filter { $0.hasPrefix(start) }
    }

    @Test func aViewerLacksNothingToLook() async throws {
        let output = try await doctor(.viewer())
        let count = RightsTable.of(.viewer).flatMap(\.permissions).count
        let changes = RightsTable.of(.operator).flatMap(\.permissions).count
        #expect(lines(output, "to look ") == ["to look      \(count) rights, all allowed"], "\(output)")
        #expect(lines(output, "to change ") == ["to change    \(changes) rights, \(changes) missing"], "\(output)")
        #expect(output.contains("  missing   create pods/eviction: evict"), "\(output)")
    }

    @Test func anOperatorLacksNothing() async throws {
        let output = try await doctor(.operator())
        #expect(lines(output, "to ").allSatisfy { $0.hasSuffix("all allowed") }, "\(output)")
        #expect(lines(output, "  missing").isEmpty && lines(output, "  not known").isEmpty, "\(output)")
        #expect(output.contains("  allowed   update deployments/scale, statefulsets/scale of apps: scale"), "\(output)")
    }

    /// Every right that is not granted is named, with what it is for.
    @Test func whatIsTakenAwayIsNamed() async throws {
        var role = try RoleManifest.operator()
        role.rules.removeAll {
            !$0.resources.isDisjoint(with: ["replicasets", "poddisruptionbudgets", "services/proxy"])
        }
        let output = try await doctor(role)
        #expect(
            lines(output, "  missing") == [
                "  missing   create services/proxy: metrics through the API server; not with --prometheus URL",
                "  missing   list replicasets of apps: revisions of a Deployment, its pods",
                "  missing   list controllerrevisions of apps: revisions of a StatefulSet or DaemonSet",
                "  missing   list poddisruptionbudgets of policy: evict: what the budgets allow",
            ], "\(output)")
    }

    @Test func aRoleInOneNamespaceCountsThere() async throws {
        let output = try await doctor(.operator(), .namespace("shop"), ["-n", "shop"])
        #expect(output.contains("  allowed   update deployments/scale, statefulsets/scale of apps: scale (in shop)"))
        #expect(output.contains("  missing   get, list, watch nodes"), "\(output)")
        #expect(output.contains("  allowed   get namespaces: whether a namespace is production (in shop)"), "\(output)")
        let two = try await doctor(.operator(), .namespace("shop"), ["-n", "shop", "-n", "istio-system"])
        #expect(two.contains("  missing   create pods/eviction: evict (allowed in shop alone)"), "\(two)")
    }

    /// What the server does not say is no refusal.
    @Test func whatIsNotAnsweredIsNotKnown() async throws {
        let output = try await doctor(.operator(), reviews: .answer(500, body: "{}"))
        #expect(lines(output, "  missing").isEmpty && lines(output, "  allowed").isEmpty, "\(output)")
        #expect(output.contains("  not known create pods/eviction: evict ("), "\(output)")
    }
}
