import Actions
import Base
import CLinux
import DemoMesh
import Kube
import MeshModel
import TestSupport
import Testing

/// The roles of examples/ are what the table of rights says, and the table is what the program asks for.
@Suite struct RoleManifestTests {
    /// Of a right that one of several objects is enough for, each of them.
    private static func permissions(_ rights: [RequiredRight]) -> Set<Permission> {
        Set(
            rights.flatMap { right in
                right.permissions.flatMap { permission -> [Permission] in
                    guard case .oneOf(let objects) = right.scope else { return [permission] }
                    return objects.map {
                        Permission(permission.verb, permission.group, permission.resource, name: $0.name)
                    }
                }
            })
    }

    /// What a role grants, verb by verb and resource by resource.
    private static func granted(_ role: RoleManifest) -> Set<Permission> {
        Set(
            role.rules.flatMap { rule in
                rule.groups.flatMap { group in
                    rule.resources.flatMap { resource in
                        rule.verbs.flatMap { verb in
                            rule.names.isEmpty
                                ? [Permission(verb, group, resource)]
                                : rule.names.map { Permission(verb, group, resource, name: $0) }
                        }
                    }
                }
            })
    }

    @Test(arguments: RequiredRight.Role.allCases) func aRoleGrantsWhatTheTableNames(_ role: RequiredRight.Role) throws {
        let manifest = try role == .viewer ? RoleManifest.viewer() : .operator()
        // Who changes something looks first.
        let needed = Self.permissions(role == .viewer ? RightsTable.of(.viewer) : RightsTable.all)
        let missing = needed.filter { !manifest.allows($0) }.map(\.words).sorted()
        #expect(missing == [], "not in the manifest")
        let beyond = Self.granted(manifest).filter { grant in
            !needed.contains(grant) && !needed.contains(Permission(grant.verb, grant.group, grant.resource))
        }
        #expect(beyond.map(\.words).sorted() == [], "in the manifest, not in the table")
    }

    @Test func secretsAndWildcardsAreInNeither() throws {
        for rule in try RoleManifest.operator().rules {
            #expect(!rule.resources.contains { $0.hasPrefix("secrets") } && !rule.resources.contains("*"))
            #expect(!rule.verbs.contains("*") && !rule.groups.contains("*"))
        }
        for right in RightsTable.all { #expect(!right.resources.contains { $0.hasPrefix("secrets") }) }
    }

    /// A kind that is watched and not in the table would be one that nobody is told about.
    @Test(arguments: WatchedKind.all) func everyWatchedKindIsInTheTable(_ kind: WatchedKind) {
        let rights = RightsTable.of(.viewer).filter { $0.group == kind.group && $0.resources.contains(kind.resource) }
        #expect(Set(rights.flatMap(\.verbs)).isSuperset(of: ["get", "list", "watch"]))
        let listing = rights.first { $0.verbs.contains("list") }
        #expect(listing?.scope == (kind.isNamespaced ? .namespaces : .cluster))
    }

    /// What a verb is disabled for is a right that doctor names.
    @Test(arguments: VerbTable.all.map(\.id), ["Deployment", "StatefulSet", "VirtualService"])
    func aVerbsRightsAreInTheTable(_ id: String, _ kind: String) throws {
        let verb = try #require(VerbTable.all.first { $0.id == id })
        // They work on whatever is named.
        if ["edit", "delete"].contains(id) { return }
        let known = Self.permissions(RightsTable.of(.operator))
        let asked = verb.permissions(ObjectReference(kind: kind, namespace: "shop", name: "a")).map {
            Permission($0.verb, $0.group, $0.resource)
        }.filter { id != "scale" || !$0.resource.hasPrefix("virtual") }
        #expect(asked.filter { !known.contains($0) }.map(\.words) == [])
    }

    // MARK: On a server that enforces them

    @Test func aViewerReadsEverythingThatIsShown() async throws {
        let demo = try Demo()
        let role = try RoleProxy(demo, .viewer())
        let home = try TemporaryFolder()
        try home.write("kubeconfig", role.kubeconfig)
        for words in [["snapshot"], ["rollouts"], ["can", "frontend", "orders", "GET", "/health", "-n", "shop"]] {
            let result = try await Program.run(words, home: home)
            #expect(result.code == 0, "\(words) \(result.errors)")
        }
        // Certificates of Gateways are in Secrets: those alone are not checked.
        let analysis = try await Program.run(["analyze", "--partial", "--fail-on", "never"], home: home)
        #expect(analysis.code == 0, "\(analysis.errors)")
        #expect(role.refused.filter { $0.resource != "secrets" } == [])
        try Self.expectInTable(role.asked, RightsTable.of(.viewer))
        #expect(role.asked.contains { $0.resource == "pods/portforward" })
        #expect(role.asked.contains { $0.resource == "services/proxy" && $0.verb == "create" })
    }

    private static let verbs: [[String]] = [
        ["shift", "reviews", "v2=30"], ["scale", "deployment/orders-v1", "--replicas", "3"],
        ["hpa", "deployment/orders-v1", "--min", "2", "--max", "8", "--cpu", "70"],
        ["restart", "deployment/orders-v1"], ["restart", "statefulset/orders-db"],
        ["pause", "deployment/orders-v1"],
        ["evict", "deployment/orders-v1"], ["expose-stats", "deployment/checkout-v1"],
        ["policy", "circuit-breaker", "payment", "maxConnections=80"],
        ["policy", "mtls-mode", "orders", "mode=STRICT"],
        ["policy", "fault", "orders", "delay=2s", "delayPercent=10"],
        ["policy", "timeout-retries", "orders", "timeout=3s"],
        ["policy", "load-balancing", "orders", "algorithm=RANDOM"],
        ["policy", "match-route", "reviews", "to=v2", "uri=prefix:/new"],
        ["policy", "mirror", "reviews", "to=v3", "percent=5"],
        ["policy", "authorization", "orders", "mode=deny-all"],
        ["policy", "jwt", "orders", "issuer=https://issuer.example", "jwksUri=https://issuer.example/keys"],
        ["policy", "rate-limit", "orders", "tokens=100", "interval=1s"],
        ["policy", "network-policy", "orders", "namespaces=shop"],
        ["policy", "sidecar-injection", "orders", "mode=off"],
    ]

    /// The server tries every change, with the rights of the real one.
    @Test(arguments: verbs) func anOperatorsVerbIsLetThrough(_ words: [String]) async throws {
        let role = try RoleProxy(try Self.storefront.get(), .operator())
        let home = try TemporaryFolder()
        try home.write("kubeconfig", role.kubeconfig)
        let result = try await Program.run(words + ["-n", "shop", "--dry-run", "server"], home: home)
        #expect(result.code == 0, "\(result.output)\(result.errors)")
        #expect(result.output.contains("the server accepts it"), "\(result.output)")
        #expect(role.refused == [])
        try Self.expectInTable(role.asked, RightsTable.all)
    }

    static let storefront = Result { try Demo() }

    @Test func anOperatorChangesAndTakesBack() async throws {
        let demo = try Demo()
        let role = try RoleProxy(demo, .operator())
        let home = try TemporaryFolder()
        try home.write("kubeconfig", role.kubeconfig)
        let short = ["--no-metrics", "--yes"]
        for words in [
            ["policy", "fault", "payment", "abort=503", "abortPercent=1", "-n", "shop"], ["undo"],
            ["scale", "statefulset/orders-db", "--replicas", "4", "-n", "shop"], ["undo"],
            ["fix", "destinationrule/api-gateway-dr", "-n", "manager-agent-ai-dev", "--code", "MT0002"], ["undo"],
            ["restart", "deployment/orders-v1", "-n", "shop"], ["rollback", "deployment/orders-v1", "-n", "shop"],
            ["restart", "statefulset/orders-db", "-n", "shop"], ["rollback", "statefulset/orders-db", "-n", "shop"],
        ] {
            let result = try await Program.run(words + short, home: home)
            #expect(result.code == 0, "\(words)\n\(result.output)\(result.errors)")
        }
        #expect(role.refused == [])
        try Self.expectInTable(role.asked, RightsTable.all)
    }

    @Test func anOperatorDrivesTheOwnersOfRoutes() async throws {
        let demo = try Demo(.rollouts)
        let role = try RoleProxy(demo, .operator())
        let home = try TemporaryFolder()
        try home.write("kubeconfig", role.kubeconfig)
        for words in [["pause", "quotes"], ["resume", "canary/quotes"], ["abort", "prices"]] {
            let result = try await Program.run(words + ["-n", "shop", "--yes"], home: home)
            #expect(result.code == 0, "\(words)\n\(result.output)\(result.errors)")
        }
        #expect(role.refused == [])
        try Self.expectInTable(role.asked, RightsTable.all)
    }

    /// Left by Ctrl-C at its first step, and taken out by a command.
    @Test func anOperatorDrivesAGuardedShift() async throws {
        let demo = try Demo()
        let role = try RoleProxy(demo, .operator())
        let home = try TemporaryFolder()
        try home.write("kubeconfig", role.kubeconfig)
        let process = try BackgroundProcess(
            Tool.meshtop, ["shift", "reviews", "v2", "--guard", "--yes", "-n", "shop"], log: "\(home.path)/output",
            environment: Program.environment(home))
        let looks = try await eventually { home.read("output").contains("decides") ? true : nil }
        #expect(looks == true, "\(home.read("output"))")
        process.signal(SIGINT)
        let code = try await eventually { process.poll() }
        #expect(code != nil && home.read("output").contains("left as it stands"), "\(home.read("output"))")
        let ended = try await Program.run(["shift", "--roll-back", "--yes", "-n", "shop"], home: home)
        #expect(ended.code == 0, "\(ended.output)\(ended.errors)")
        #expect(role.refused == [])
        try Self.expectInTable(role.asked, RightsTable.all)
        let leases = Set(role.asked.filter { $0.resource == "leases" }.map(\.verb))
        #expect(leases.isSuperset(of: ["get", "create", "delete"]), "\(leases)")
    }

    private static func expectInTable(_ asked: Set<Permission>, _ rights: [RequiredRight]) throws {
        let known = permissions(rights)
        let beyond = asked.filter { permission in
            permission.resource != "secrets" && !known.contains(permission)
                && !known.contains(Permission(permission.verb, permission.group, permission.resource))
        }
        #expect(beyond.map(\.words).sorted() == [], "asked for, and not in the table")
    }
}
