import Base
import DemoMesh
import Kube
import MeshModel
import TestSupport
import Testing

@testable import Actions

/// After a change the services that it is about are watched: errors that were not there before are said.
@Suite(.serialized) struct ErrorCheckTests {
    static let cluster = Result { try DemoCluster() }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    /// The mesh with so many errors at shop/payment, as metrics of a moment say.
    private static func snapshot(
        errors: Double, asOf: Timestamp, rate: Double = 50, on name: String = "payment"
    ) -> MeshSnapshot {
        var snapshot = MeshSnapshot(time: asOf, context: "meshtop-demo")
        snapshot.sources = [SourceStatus(name: .metrics, state: .ok, asOf: asOf)]
        var row = ServiceSummary(id: ServiceID(namespace: "shop", name: name), hosts: [name])
        (row.requestsPerSecond, row.errorRatio) = (rate, errors)
        snapshot.services = [row]
        // Payment has no route of its own.
        guard name != "payment" else { return snapshot }
        snapshot.routes = [
            RouteSummary(
                kind: .virtualService, namespace: "shop", name: name, host: name, index: 0, destinations: [],
                service: row.id)
        ]
        return snapshot
    }

    /// Applies a change; the first picture is from before, those after it as told.
    private func outcome(
        of request: PlanRequest, before: Double, after: Double, secondsLater: Double, rate: Double = 50,
        on name: String = "payment"
    ) async throws -> ChangeProgress? {
        let wasPlanned = Lock(false)
        let looks = Lock(0)
        let runner = ChangeRunner(client: try cluster.client(), journal: try cluster.journal, verifySeconds: 3) {
            // The first look after the plan is the one before sending.
            guard wasPlanned.withLock({ $0 }),
                looks.withLock({
                    $0 += 1; return $0
                }) > 1
            else {
                return Self.snapshot(errors: before, asOf: .now(), rate: rate, on: name)
            }
            return Self.snapshot(errors: after, asOf: .now() + secondsLater, rate: rate, on: name)
        }
        let preview = try await runner.plan(request)
        wasPlanned.withLock { $0 = true }
        let last = await runner.finish(preview.planID).last
        wasPlanned.withLock { $0 = false }
        _ = await runner.finish(try await runner.plan(.undo(preview.planID)).planID)
        return last
    }

    private let breaker = PlanRequest.policy(
        .circuitBreaker, namespace: "shop", target: "payment", values: ["maxConnections": "90"])

    @Test func errorsThatCameWithTheChangeAreSaid() async throws {
        let last = try await outcome(of: breaker, before: 0.001, after: 0.05, secondsLater: 2)
        let words = try #require(last?.unverifiedWords, "\(String(describing: last))")
        #expect(words.contains("the error ratio rose from 0.1 % to 5 %"))
    }

    /// A guarded shift looks every few seconds, and must not be kept from it by a check of the step before.
    @Test func aStepOfAGuardedShiftIsNotWaitedFor() async throws {
        let step = PlanRequest.guardStep(
            route: ObjectReference(kind: "VirtualService", namespace: "shop", name: "recommendation"), section: .http,
            index: 0, weights: [80, 20], mark: ["id": "step"])
        let last = try await outcome(of: step, before: 0.001, after: 0.05, secondsLater: 2, on: "recommendation")
        #expect(last?.verifiedWords == "the cluster has it", "\(String(describing: last))")
    }

    @Test func thatNothingGotWorseIsSaidOnceTheWindowIsWhole() async throws {
        let last = try await outcome(of: breaker, before: 0.02, after: 0.021, secondsLater: 70)
        let words = try #require(last?.verifiedWords, "\(String(describing: last))")
        #expect(words.contains("errors 2.1 %, before 2 %"))
    }

    /// A window that reaches back before the change proves nothing.
    @Test func aMixtureIsNotCalledFine() async throws {
        let last = try await outcome(of: breaker, before: 0.02, after: 0.02, secondsLater: 5)
        let words = try #require(last?.verifiedWords, "\(String(describing: last))")
        #expect(words.contains("errors not compared"))
    }

    @Test func fewRequestsTellNothing() async throws {
        let last = try await outcome(of: breaker, before: 0, after: 0.5, secondsLater: 70, rate: 0.1)
        let words = try #require(last?.verifiedWords, "\(String(describing: last))")
        #expect(!words.contains("error"))
    }

    /// Who injects failures has asked for them.
    @Test func injectedFailuresAreNoSurprise() async throws {
        let fault = PlanRequest.policy(
            .fault, namespace: "shop", target: "payment", values: ["abort": "503", "abortPercent": "10"])
        let last = try await outcome(of: fault, before: 0, after: 0.1, secondsLater: 5)
        let words = try #require(last?.verifiedWords, "\(String(describing: last))")
        #expect(!words.contains("error"))
    }
}
