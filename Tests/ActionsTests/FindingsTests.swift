import Actions
import Base
import ClusterData
import Istio
import MeshModel
import TestSupport
import Testing

/// What a finding or a breaker offers goes through the ordinary preview, the journal and the undo.
@Suite(.serialized) struct FindingsTests {
    static let cluster = Result { try DemoCluster() }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    /// The cluster's findings, as a dashboard has them.
    private func findings() async throws -> [Finding] {
        var options = SessionOptions()
        (options.asksMetrics, options.asksEnvoy) = (false, false)
        let session = MeshSession(client: try cluster.client(), options: options)
        await session.start()
        let loaded = try await eventually { await session.isLoaded ? true : nil }
        #expect(loaded == true)
        let found = await session.snapshot().findings
        await session.stop()
        return found
    }

    private func reference(_ finding: Finding) -> ObjectReference {
        ObjectReference(kind: finding.object.kind, namespace: finding.object.namespace, name: finding.object.name)
    }

    @Test(arguments: ["MT0004", "MT0002"]) func aFixMendsWhatItWasFoundFor(_ code: String) async throws {
        let runner = try cluster.runner()
        let before = try await findings().filter { $0.code == code && $0.fix }
        let finding = try #require(before.first { $0.object.namespace == "manager-agent-ai-dev" })
        let path = "\(Paths.istio)/manager-agent-ai-dev/destinationrules/\(finding.object.name)"
        let old = try await cluster.get(path)["spec"]
        let preview = try await runner.plan(.fix(reference(finding), try #require(finding.mending)))
        #expect(preview.refusal == nil)
        #expect(preview.diff.contains { $0.kind == .added })
        #expect(preview.kubectl.contains("--type=json"))
        #expect(await runner.finish(preview.planID).wasApplied)
        #expect(try await !findings().contains { $0.code == code && $0.object == finding.object })
        if code == "MT0002" {
            let errors = try await cluster.get(path).at(
                "spec", "trafficPolicy", "outlierDetection", "consecutive5xxErrors")
            #expect(errors == 3)
        }
        _ = await runner.finish(try await runner.plan(.undo(preview.planID)).planID)
        #expect(try await cluster.get(path)["spec"] == old)
    }

    /// A preview says which findings the change would add and which it would mend.
    @Test func aPreviewForeseesTheFindings() async throws {
        var options = SessionOptions()
        (options.asksMetrics, options.asksEnvoy) = (false, false)
        let session = MeshSession(client: try cluster.client(), options: options)
        await session.start()
        #expect(try await eventually { await session.isLoaded ? true : nil } == true)
        let runner = ChangeRunner(
            client: try cluster.client(), journal: try cluster.journal, foresight: ChangeForesight(session)
        ) { await session.snapshot() }
        let subsets = try await runner.plan(
            .delete(ObjectReference(kind: "DestinationRule", namespace: "shop", name: "reviews")))
        #expect(
            subsets.findings?.added.contains { $0.code == "IST0101" && $0.resource == "VirtualService shop/reviews" }
                == true)
        #expect(subsets.findingLines.contains { $0.isNew && $0.text.contains("IST0101") })
        let retired = try #require(
            await session.snapshot().findings.first {
                $0.code == "MT0004" && $0.fix && $0.object.namespace == "manager-agent-ai-dev"
            })
        let mended = try await runner.plan(.fix(reference(retired), try #require(retired.mending)))
        #expect(mended.findings?.removed.contains { $0.code == "MT0004" && $0.object == retired.object } == true)
        #expect(mended.findings?.added.isEmpty == true)
        // Weights change nothing of the kind.
        let shift = try await runner.plan(
            .shift(
                route: ObjectReference(kind: "VirtualService", namespace: "shop", name: "reviews"), section: .http,
                index: 1, weights: [60, 20, 20]))
        #expect(shift.findings == FindingsDelta(added: [], removed: []))
        await session.stop()
    }

    /// With one namespace read: what breaks there is said as ever, and what cannot be told is said too.
    @Test func aPreviewForeseesTheFindingsOfOneNamespace() async throws {
        var options = SessionOptions(scope: .some(["shop"]))
        (options.asksMetrics, options.asksEnvoy) = (false, false)
        let session = MeshSession(client: try cluster.client(), options: options)
        let runner = ChangeRunner(
            client: try cluster.client(), journal: try cluster.journal, foresight: ChangeForesight(session)
        ) { await session.snapshot() }
        let deletion = PlanRequest.delete(ObjectReference(kind: "Service", namespace: "shop", name: "checkout"))
        let early = try await runner.plan(deletion)
        #expect(early.findings == nil)
        #expect(early.unjudgedLines == ["findings not judged: not everything has been read yet"])
        await session.start()
        #expect(try await eventually { await session.isLoaded ? true : nil } == true)
        let preview = try await runner.plan(deletion)
        #expect(
            preview.findings?.added.contains { $0.code == "IST0101" && $0.resource == "VirtualService shop/checkout" }
                == true)
        #expect(preview.unjudgedLines.isEmpty)
        let manifest = """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: wrong, namespace: shop}
            spec:
              hosts: [wrong.example.com]
              http: [{route: [{destination: {host: nosuch.manager-agent-ai-prod.svc.cluster.local}}]}]
            """
        let wrong = try await runner.plan(.apply(yaml: manifest, defaultNamespace: "shop"))
        #expect(wrong.findings?.added.isEmpty == true)
        #expect(
            wrong.unjudgedLines == [
                "1 field not judged: Service not read in manager-agent-ai-prod: not asked for (-n)"
            ])
        await session.stop()
    }

    @Test func aFixOfWhatHasChangedIsRefused() async throws {
        let runner = try cluster.runner()
        let object = ObjectReference(kind: "DestinationRule", namespace: "shop", name: "payment")
        let fix = Finding.Fix("remove what is not there", [["op": "remove", "path": "/spec/nothing"]])
        await #expect(throws: MeshTopError.self) { try await runner.plan(.fix(object, fix)) }
    }

    @Test func aClientsProxiesAreToldToTell() async throws {
        let runner = try cluster.runner()
        let path = "/apis/apps/v1/namespaces/shop/deployments/cart-v1"
        let object = ObjectReference(kind: "Deployment", namespace: "shop", name: "cart-v1")
        func annotation() async throws -> String? {
            try await cluster.get(path).at("spec", "template", "metadata", "annotations", "proxy.istio.io/config")?
                .string
        }
        let before = try await annotation()
        let preview = try await runner.plan(.exposeStats(object))
        #expect(preview.refusal == nil)
        #expect(await runner.finish(preview.planID).wasApplied)
        let config = try YAML.document(Array(try #require(try await annotation()).utf8))
        let stats = config.at("proxyStatsMatcher", "inclusionRegexps")?.array?.compactMap(\.string) ?? []
        #expect(stats.contains(".*circuit_breakers.*") && stats.contains(".*outlier_detection.*"))
        // Asked again there is nothing to do.
        #expect(try await runner.plan(.exposeStats(object)).objects.isEmpty)
        _ = await runner.finish(try await runner.plan(.undo(preview.planID)).planID)
        #expect(try await annotation() == before)
    }
}
