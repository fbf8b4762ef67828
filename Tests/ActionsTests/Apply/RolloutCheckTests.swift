import Base
import Testing

@testable import Actions

/// kubectl's rules for `rollout status`, by the cases of its own tests: each kind's status has its own fields.
@Suite struct RolloutCheckTests {
    private func object(_ spec: JSONValue, _ status: JSONValue, generation: Int64 = 1, seen: Int64 = 1) -> JSONValue {
        var status = status
        status["observedGeneration"] = .int(seen)
        return ["metadata": ["generation": .int(generation)], "spec": spec, "status": status]
    }

    private func isDone(_ sighting: Sighting) -> Bool { if case .done = sighting { true } else { false } }
    private func isStuck(_ sighting: Sighting) -> Bool { if case .stuck = sighting { true } else { false } }

    /// wanted, updated, replicas, available → done. pkg/polymorphichelpers/rollout_status_test.go
    @Test(
        arguments: [
            (1, 0, 1, 1, false), (1, 1, 2, 2, false), (2, 2, 2, 1, false), (1, 1, 1, 1, true), (0, 0, 0, 0, true),
        ] as [(Int64, Int64, Int64, Int64, Bool)])
    func deployments(_ wanted: Int64, _ updated: Int64, _ total: Int64, _ available: Int64, _ done: Bool) {
        let value = object(
            ["replicas": .int(wanted)],
            [
                "updatedReplicas": .int(updated), "replicas": .int(total), "availableReplicas": .int(available),
                "readyReplicas": .int(min(total, wanted)),
            ])
        #expect(isDone(RolloutCheck.state(value, kind: "Deployment")) == done)
    }

    @Test func aDeploymentThatWillNotComeIsStuck() {
        let deadline: JSONValue = ["type": "Progressing", "reason": "ProgressDeadlineExceeded"]
        let value = object(["replicas": 1], ["replicas": 1, "conditions": [deadline]])
        #expect(isStuck(RolloutCheck.state(value, kind: "Deployment")))
        let paused = object(
            ["replicas": 2, "paused": true], ["replicas": 2, "readyReplicas": 2, "updatedReplicas": 0])
        #expect(isStuck(RolloutCheck.state(paused, kind: "Deployment")))
    }

    /// A DaemonSet's restart never verified: its counters have other names.
    @Test(
        arguments: [(0, 0, 2, false), (2, 1, 2, false), (2, 2, 2, true), (0, 0, 0, true)]
            as [(Int64, Int64, Int64, Bool)])
    func daemonSets(_ updated: Int64, _ available: Int64, _ wanted: Int64, _ done: Bool) {
        let value = object(
            [:],
            [
                "updatedNumberScheduled": .int(updated), "numberAvailable": .int(available),
                "desiredNumberScheduled": .int(wanted),
            ])
        #expect(isDone(RolloutCheck.state(value, kind: "DaemonSet")) == done)
        var late = value
        late.set(["metadata", "generation"], to: 2)
        #expect(!isDone(RolloutCheck.state(late, kind: "DaemonSet")))
    }

    @Test(
        arguments: [
            // wanted, partition, ready, updated, same revision → done
            (3, 0, 3, 3, true, true), (3, 0, 3, 2, false, false), (3, 0, 2, 3, true, false), (3, 2, 3, 0, false, false),
            (3, 2, 3, 1, false, true), (3, 5, 3, 0, false, true),
        ] as [(Int64, Int64, Int64, Int64, Bool, Bool)])
    func statefulSets(_ wanted: Int64, _ partition: Int64, _ ready: Int64, _ updated: Int64, _ same: Bool, _ done: Bool)
    {
        let value = object(
            [
                "replicas": .int(wanted),
                "updateStrategy": ["type": "RollingUpdate", "rollingUpdate": ["partition": .int(partition)]],
            ],
            [
                "replicas": .int(wanted), "readyReplicas": .int(ready), "updatedReplicas": .int(updated),
                "currentRevision": "a", "updateRevision": same ? "a" : "b",
            ])
        #expect(isDone(RolloutCheck.state(value, kind: "StatefulSet")) == done)
    }

    @Test func onDeleteWaitsForNobodyAndSaysSo() {
        for kind in ["StatefulSet", "DaemonSet"] {
            let value = object(
                ["replicas": 2, "updateStrategy": ["type": "OnDelete"]],
                [
                    "replicas": 2, "readyReplicas": 2, "desiredNumberScheduled": 2, "numberAvailable": 2,
                    "currentRevision": "a", "updateRevision": "b",
                ])
            let seen = RolloutCheck.state(value, kind: kind)
            #expect(isDone(seen) && seen.words.contains("OnDelete"))
            #expect(RolloutCheck.heldBack(value)?.contains("OnDelete") == true)
        }
    }

    // MARK: What is to go

    private func remains(_ now: JSONValue, uid: String = "1") -> Sighting {
        let step = PlanStep(
            object: ObjectReference(kind: "DestinationRule", namespace: "shop", name: "stuck"), path: "/x",
            write: .delete, before: ["metadata": ["uid": .string(uid)]], after: nil, inverse: nil)
        return Verifier.remains(now, step)
    }

    @Test func aDeletionHeldByAFinalizerSaysSoByName() {
        let held: JSONValue = [
            "metadata": ["uid": "1", "deletionTimestamp": "2026-11-27T03:00:00Z", "finalizers": ["example.com/hold"]]
        ]
        #expect(isStuck(remains(held)) && remains(held).words.contains("example.com/hold"))
        // The collector's own are on their way.
        var own = held
        own.set(["metadata", "finalizers"], to: ["foregroundDeletion"])
        #expect(remains(own) == .waiting("DestinationRule stuck is still there"))
        var again = held
        again.set(["metadata", "uid"], to: "2")
        #expect(remains(again).words.contains("made anew"))
    }
}
