import Base
import Istio
import Kube
import MeshModel
import TestSupport
import Testing

/// What istioctl's precheck decides: from /version, from access reviews and from the services.
@Suite struct InstallRulesTests {
    private func verdict(
        kubernetes: String? = "v1.34.1", to target: Int = 29, from present: Int? = nil,
        rights: [InstallRight: RightsAnswer] = Dictionary(
            uniqueKeysWithValues: InstallRight.all.map { ($0, RightsAnswer.yes) }),
        _ objects: ClusterObjects = ClusterObjects()
    ) -> (codes: [String], unknown: [String]) {
        let facts = InstallFacts(
            kubernetes: kubernetes, target: MinorVersion(target), present: present.map(MinorVersion.init),
            rootNamespace: "istio-system", rights: rights)
        let found = InstallRules.findings(facts, objects)
        return (found.findings.map { "\($0.code) \($0.resource) \($0.path)" }, found.unknown)
    }

    @Test(arguments: [
        ("v1.31.0", 29, true), ("v1.30.9", 29, false), ("v1.30.2+k3s1", 28, true), ("1.29", 28, false),
        ("v1.28.5-gke.1", 24, true), ("v1.27.0", 24, false),
    ])
    func kubernetesThatIsTooOldForTheRelease(_ version: String, _ release: Int, _ isFine: Bool) {
        #expect(verdict(kubernetes: version, to: release).codes == (isFine ? [] : ["IST0142 Cluster /version"]))
    }

    @Test(arguments: [(nil, 29), ("main", 29), ("v1.34.0", 99)] as [(String?, Int)])
    func whatCannotBeComparedIsUnknown(_ version: String?, _ release: Int) {
        let found = verdict(kubernetes: version, to: release)
        #expect(found.codes.isEmpty)
        #expect(found.unknown.count == 1)
    }

    @Test func missingRightsAreNamedAndSilentServersAreUnknown() {
        var rights = Dictionary(uniqueKeysWithValues: InstallRight.all.map { ($0, RightsAnswer.yes) })
        rights[InstallRight.all[1]] = .no("RBAC says no")
        rights[InstallRight.all[9]] = .unknown("no answer")
        let found = verdict(rights: rights)
        #expect(found.codes == ["IST0141 Cluster clusterroles.rbac.authorization.k8s.io"])
        #expect(found.unknown == ["whether you may create deployments.apps in namespace istio-system: no answer"])
    }

    @Test(arguments: [(21, 22, true), (20, 29, true), (22, 29, false), (20, 21, false)])
    func aZipkinServiceLosesItsTraces(_ from: Int, _ to: Int, _ isFound: Bool) throws {
        var set = ManifestSet()
        try set.add(
            Array(
                "apiVersion: v1\nkind: Service\nmetadata: {name: zipkin, namespace: istio-system}\nspec: {ports: [{port: 9411}]}\n"
                    .utf8),
            name: "test", defaultNamespace: "default")
        let objects = set.world(time: .now()).objects
        let codes = verdict(to: to, from: from, objects).codes
        #expect(codes == (isFound ? ["IST0169 Service istio-system/zipkin metadata.name"] : []))
        var without = ManifestSet()
        try without.add(
            Array(
                "apiVersion: v1\nkind: Service\nmetadata: {name: jaeger, namespace: istio-system}\nspec: {ports: [{port: 9411}]}\n"
                    .utf8),
            name: "test", defaultNamespace: "default")
        #expect(verdict(to: to, from: from, without.world(time: .now()).objects).codes.isEmpty)
        // Services that could not be read: nothing is said to be well.
        #expect(verdict(to: to, from: from).unknown.isEmpty == !isFound)
    }

    /// The eleven questions, asked in Istio's namespace or in none, and answered by a server.
    @Test func theServerIsAskedForEveryRight() async throws {
        let server = try CannedServer { line, bytes in
            if line.hasPrefix("GET /version") { return .init(200, ["gitVersion": "v1.33.2"] as JSONValue) }
            let body = String(decoding: bytes, as: UTF8.self)
            let isAllowed = !body.contains(#""resource":"customresourcedefinitions""#)
            let isPlaced = body.contains(#""namespace":"mesh""#)
            let isClusterWide = ["roles\"", "serviceaccounts", "services\"", "deployments", "configmaps"]
                .allSatisfy { !body.contains(#""resource":"\#($0)"#) }
            guard body.contains(#""verb":"create""#), isPlaced != isClusterWide else { return .init(400, [:]) }
            return .init(201, ["status": ["allowed": .bool(isAllowed), "reason": "by test"]])
        }
        let facts = await InstallInquiry.facts(
            try server.client(), target: MinorVersion(29), present: nil, rootNamespace: "mesh")
        #expect(facts.kubernetes == "v1.33.2")
        #expect(facts.rights.count == 11)
        #expect(facts.rights.values.count { $0 == .yes } == 10)
        let found = InstallRules.findings(facts, ClusterObjects())
        #expect(found.findings.map(\.path) == ["customresourcedefinitions.apiextensions.k8s.io"])
        #expect(found.unknown.isEmpty)
    }

    @Test(
        arguments: [
            ("1.28.3", 28), ("v1.9", 9), ("1.29-alpha.3b", 29), ("2.1", nil), ("1", nil), ("1.x", nil), ("", nil),
            ("1.99999", nil),
        ] as [(String, Int?)])
    func releasesAreReadFromTags(_ text: String, _ minor: Int?) { #expect(MinorVersion(text)?.minor == minor) }
}
