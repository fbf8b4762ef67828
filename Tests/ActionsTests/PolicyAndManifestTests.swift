import Actions
import Base
import DemoMesh
import Kube
import MeshModel
import TestSupport
import Testing

@Suite(.serialized) struct PolicyAndManifestTests {
    static let cluster = Result { try DemoCluster() }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    @Test func aCircuitBreakerIsAddedAndTakenBack() async throws {
        let runner = try cluster.runner()
        let rules = {
            try await self.cluster.get("\(Paths.istio)/shop/destinationrules").list("items").filter {
                $0.at("spec", "host")?.string?.hasPrefix("search") == true
            }
        }
        let before = try await rules()
        let preview = try await runner.plan(
            .policy(.circuitBreaker, namespace: "shop", target: "search", values: ["maxConnections": "7"]))
        #expect(preview.refusal == nil)
        #expect(await runner.finish(preview.planID).wasApplied)
        let made = try await rules()
        #expect(made.contains { $0.at("spec", "trafficPolicy", "connectionPool", "tcp", "maxConnections")?.int == 7 })
        _ = await runner.finish(try await runner.plan(.undo(preview.planID)).planID)
        #expect(try await rules().map { $0["spec"] } == before.map { $0["spec"] })
    }

    /// What nobody named stays as it is.
    @Test func aBreakerKeepsTheLimitsThatWereNotNamed() async throws {
        let runner = try cluster.runner()
        let snapshot = MeshSnapshot(
            time: .now(), context: "meshtop-demo",
            breakers: [
                BreakerSummary(
                    namespace: "shop", destinationRule: "payment", host: "payment",
                    service: ServiceID(namespace: "shop", name: "payment"))
            ])
        let before = try await cluster.get(Paths.destinationRule("payment")).at("spec", "trafficPolicy")
        #expect(before?.at("outlierDetection", "consecutive5xxErrors")?.int == 3)
        let seeing = try cluster.runner(snapshot: snapshot)
        let preview = try await seeing.plan(
            .policy(.circuitBreaker, namespace: "shop", target: "payment", values: ["maxConnections": "81"]))
        let changed = preview.diff.filter { $0.kind == .added || $0.kind == .removed }.map(\.text)
        #expect(changed.count == 2 && changed.allSatisfy { $0.contains("maxConnections") }, "\(changed)")
        await runner.discard(preview.planID)
    }

    @Test func negativeWeightsAreRefusedAndOddSumsAreSaid() async throws {
        let runner = try cluster.runner()
        func route(_ first: Int, _ second: Int) -> String {
            """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: w, namespace: shop}
            spec:
              hosts: [ads]
              http:
              - route:
                - {destination: {host: ads}, weight: \(first)}
                - {destination: {host: cart}, weight: \(second)}
            """
        }
        let error = await #expect(throws: MeshTopError.self) {
            try await runner.plan(.apply(yaml: route(-50, 150), defaultNamespace: "shop"))
        }
        #expect(error?.description.contains("spec.http[0] has the weight -50") == true)
        let preview = try await runner.plan(.apply(yaml: route(50, 60), defaultNamespace: "shop"))
        #expect(preview.warnings.contains { $0.contains("sum to 110, not 100") }, "\(preview.warnings)")
    }

    @Test func mutualTLSIsSetForAServicesPods() async throws {
        let runner = try cluster.runner()
        let preview = try await runner.plan(
            .policy(.mtls, namespace: "shop", target: "ratings", values: ["mode": "PERMISSIVE"]))
        #expect(await runner.finish(preview.planID).wasApplied)
        let list = try await cluster.get("/apis/security.istio.io/v1/namespaces/shop/peerauthentications").list("items")
        #expect(
            list.contains {
                $0.at("spec", "mtls", "mode")?.string == "PERMISSIVE"
                    && $0.at("spec", "selector", "matchLabels", "app")?.string == "ratings"
            })
    }

    @Test func timeoutAndRetriesGoIntoTheRoute() async throws {
        let runner = try cluster.runner()
        let preview = try await runner.plan(
            .policy(
                .timeoutAndRetries, namespace: "shop", target: "reviews",
                values: ["timeout": "4s", "attempts": "3", "perTryTimeout": "1s"]))
        #expect(await runner.finish(preview.planID).wasApplied)
        let rules = try await cluster.get(Paths.virtualService("reviews")).at("spec", "http")!.array!
        #expect(rules.contains { $0.text("timeout") == "4s" && $0.at("retries", "attempts")?.int == 3 })
    }

    @Test(arguments: [["maxConnections": "-1"], ["maxConnections": "many"], ["interval": "soon"], ["nonsense": "1"]])
    func wrongSettingsAreRefused(_ values: [String: String]) async throws {
        let runner = try cluster.runner()
        await #expect(throws: MeshTopError.self) {
            let preview = try await runner.plan(
                .policy(.circuitBreaker, namespace: "shop", target: "ads", values: values))
            if let refusal = preview.refusal { throw MeshTopError(.invalid, "plan", why: refusal) }
        }
    }

    // MARK: Files

    static let good = """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: email-limits}
        spec:
          host: email
          trafficPolicy: {connectionPool: {tcp: {maxConnections: 5}}}
        """

    @Test func aFileIsAppliedAndUndone() async throws {
        let runner = try cluster.runner()
        let preview = try await runner.plan(.apply(yaml: Self.good, defaultNamespace: "shop"))
        #expect(preview.refusal == nil)
        #expect(await runner.finish(preview.planID).wasApplied)
        #expect(try await cluster.exists(Paths.destinationRule("email-limits")))
        _ = await runner.finish(try await runner.plan(.undo(preview.planID)).planID)
        #expect(try await !cluster.exists(Paths.destinationRule("email-limits")))
    }

    /// One bad document among several: nothing is applied.
    @Test(arguments: [
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: bad}\nspec: {host: x, trafficPolicy: {circuitBreaker: {consecutiveErrors: 5}}}",
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: bad}\nspec: {trafficPolicy: {}}",
        "apiVersion: nope.example.com/v1\nkind: Thing\nmetadata: {name: bad}",
        "kind: DestinationRule", "just text", "a:\n\t- tab", "a: &a [x]\nb: *c", "a: 1\na: 2",
    ]) func oneBadDocumentAmongSeveralAppliesNothing(_ bad: String) async throws {
        let runner = try cluster.runner()
        let good = Self.good.swapping("email-limits", "first-of-two")
        do {
            let preview = try await runner.plan(.apply(yaml: "\(good)\n---\n\(bad)\n", defaultNamespace: "shop"))
            #expect(preview.refusal != nil)
            #expect(await runner.finish(preview.planID).failure != nil)
        } catch let error as MeshTopError {
            #expect(!error.description.contains("\n"))
        }
        #expect(try await !cluster.exists(Paths.destinationRule("first-of-two")))
    }

    @Test func aliasesThatExplodeAreRefused() async throws {
        var yaml = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        for level in 1..<12 {
            yaml += "a\(level): &a\(level) [\((0..<9).map { _ in "*a\(level - 1)" }.joined(separator: ","))]\n"
        }
        let (runner, bomb) = (try cluster.runner(), yaml)
        await #expect(throws: MeshTopError.self) { try await runner.plan(.apply(yaml: bomb, defaultNamespace: "shop")) }
    }
}

@Suite struct JournalTests {
    @Test func aTornLineIsReportedAndBlocksNothing() throws {
        let cluster = try DemoCluster()
        let file = LineFile(path: cluster.journal.path)
        for line in [
            #"{"id":"one","verb":"scale","title":"Scale a","outcome":"sent"}"#, #"{"id":"tw"#,
            #"{"id":"one","outcome":"applied","detail":""}"#,
        ] { try file.append(Array(line.utf8)) }
        let (entries, bad) = try cluster.journal.read()
        #expect(entries.map(\.outcome) == [.applied])
        #expect(bad == [2])
    }

    @Test func anUndoOfADriftedObjectWarns() async throws {
        let cluster = try DemoCluster()
        let runner = try cluster.runner()
        let reviews = ObjectReference(kind: "VirtualService", namespace: "shop", name: "reviews")
        let preview = try await runner.plan(.shift(route: reviews, section: .http, index: 1, weights: [50, 30, 20]))
        #expect(await runner.finish(preview.planID).wasApplied)
        try await cluster.mergePatch(Paths.virtualService("reviews"), ["spec": ["exportTo": ["."]]])
        let back = try await runner.plan(.undo(nil))
        #expect(back.warnings.joined().contains("changed"), "\(back.warnings)")
    }

    /// What somebody else wrote into the same field is not taken back with our own change.
    @Test func anUndoNeverOverwritesSomebodyElsesChange() async throws {
        let cluster = try DemoCluster()
        let runner = try cluster.runner()
        let reviews = ObjectReference(kind: "VirtualService", namespace: "shop", name: "reviews")
        let preview = try await runner.plan(.shift(route: reviews, section: .http, index: 1, weights: [50, 30, 20]))
        #expect(await runner.finish(preview.planID).wasApplied)
        let path = Paths.virtualService("reviews")
        let patch: JSONValue = [["op": "replace", "path": "/spec/http/1/route/0/weight", "value": 61]]
        try await cluster.client().send(
            KubeClient.Call(
                "PATCH", path, contentType: "application/json-patch+json", body: Array(patch.compactText.utf8)))
        let error = await #expect(throws: MeshTopError.self) { try await runner.plan(.undo(nil)) }
        #expect(error?.code == .conflict && error?.exitCode == 4)
        #expect(error?.why.contains("spec.http.1.route.0.weight is 61, MeshTop left 50") == true, "\(error?.why ?? "")")
        #expect(try await cluster.get(path).at("spec", "http")?[1]?.list("route").first?["weight"] == 61)
    }

    @Test func whatChangesNothingIsNotSentAndNotJournalled() async throws {
        let cluster = try DemoCluster()
        let runner = try cluster.runner()
        let preview = try await runner.plan(.apply(yaml: PolicyAndManifestTests.good, defaultNamespace: "shop"))
        #expect(await runner.finish(preview.planID).wasApplied)
        let again = try await runner.plan(.apply(yaml: PolicyAndManifestTests.good, defaultNamespace: "shop"))
        #expect(again.isEmpty && again.objects.isEmpty)
        #expect(await !runner.finish(again.planID).wasApplied)
        #expect(try cluster.journal.read().entries.count == 1)
    }

    @Test func thereIsNothingToUndoInAnEmptyJournal() async throws {
        let cluster = try DemoCluster()
        let runner = try cluster.runner()
        let error = await #expect(throws: MeshTopError.self) { try await runner.plan(.undo(nil)) }
        #expect(error?.exitCode == 2)
    }
}

extension String {
    func swapping(_ part: String, _ other: String) -> String {
        var result = ""
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(part) {
                result += other
                rest = rest.dropFirst(part.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}
