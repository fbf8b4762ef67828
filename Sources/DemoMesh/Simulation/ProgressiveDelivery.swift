// What Flagger and Argo Rollouts do with their objects and the routes they own, as far as one can tell from outside:
// steps, pauses, aborts, promotions. Their analysis is the simulation's own error share.

internal import Base
internal import Kube
internal import MeshModel

final class ProgressiveDelivery {
    private let store: ObjectStore
    private let speed: Double
    /// When each object may make its next step.
    private var due: [ObjectKey: Timestamp] = [:]
    private static let canaries = ResourceType.find(group: "flagger.app", resource: "canaries")
    private static let rollouts = ResourceType.find(group: "argoproj.io", resource: "rollouts")
    private static let routes = ResourceType.find(group: "networking.istio.io", resource: "virtualservices")

    init(store: ObjectStore, speed: Double) {
        self.store = store
        self.speed = speed
    }

    func tick(now: Timestamp, errors: (ServiceID) -> Double) {
        if let type = Self.canaries {
            for canary in store.list(type) {
                let changed = flagger(canary, now, errors)
                if changed != canary { store.update(type, changed) }
            }
        }
        if let type = Self.rollouts {
            for rollout in store.list(type) {
                let changed = argo(rollout, now)
                if changed != rollout { store.update(type, changed) }
            }
        }
    }

    /// The first rule's two destinations, the stable one first.
    private func route(_ name: String, _ namespace: String, canary weight: Int, manager: String) {
        guard let type = Self.routes, let before = store.get(type, ObjectKey(namespace, name)),
            var rules = before.at("spec", "http")?.array, var destinations = rules.first?["route"]?.array,
            destinations.count == 2
        else { return }
        destinations[0]["weight"] = .int(Int64(100 - weight))
        destinations[1]["weight"] = .int(Int64(weight))
        rules[0]["route"] = .array(destinations)
        var after = before
        after.set(["spec", "http"], to: .array(rules))
        guard after != before else { return }
        let target = APIServer.Target(type: type, version: type.versions[0], rest: [])
        store.update(
            type, ManagedFields.updated(after, before: before, manager: manager, target: target, at: store.clock()))
    }

    // MARK: Flagger

    private func flagger(_ canary: JSONValue, _ now: Timestamp, _ errors: (ServiceID) -> Double) -> JSONValue {
        let key = ObjectStore.key(canary)
        guard canary.at("spec", "suspend")?.bool != true else { return canary }
        let analysis = canary.at("spec", "analysis") ?? [:]
        var status = canary["status"] ?? [:]
        let target = canary.at("spec", "targetRef", "name")?.string ?? key.name
        let apex = canary.at("spec", "service", "name")?.string ?? target
        let template = self.template(target, key.namespace)
        let applied = status["lastAppliedSpec"]?.string
        if applied == nil { status["lastAppliedSpec"] = .string(template) }
        if let applied, applied != template {
            status["lastAppliedSpec"] = .string(template)
            set(&status, "Progressing", 0, "New revision detected, restarting analysis.", now)
            status["failedChecks"] = 0
        }
        func finish(_ phase: String, _ message: String) {
            set(&status, phase, 0, message, now)
            route(apex, key.namespace, canary: 0, manager: "flagger")
        }
        if status["phase"] == "Progressing", now >= (due[key] ?? now + 1) {
            let failed = (status["failedChecks"]?.int ?? 0)
            let weight = status["canaryWeight"]?.int ?? 0
            if canary.at("spec", "skipAnalysis")?.bool == true {
                finish("Succeeded", "Canary analysis was skipped, promotion finished.")
            } else if failed >= analysis["threshold"]?.int ?? 1 {
                finish("Failed", "Canary analysis failed, Deployment scaled to zero.")
            } else if weight > 0, errors(ServiceID(namespace: key.namespace, name: "\(apex)-canary")) > 0.01 {
                status["failedChecks"] = .int(Int64(failed + 1))
            } else if weight >= analysis["maxWeight"]?.int ?? 100 {
                finish("Succeeded", "Canary analysis completed successfully, promotion finished.")
            } else {
                let next = min(100, weight + (analysis["stepWeight"]?.int ?? 10))
                set(&status, "Progressing", next, "New revision detected, progressing canary analysis.", now)
                route(apex, key.namespace, canary: next, manager: "flagger")
            }
            due[key] = nil
        }
        if due[key] == nil {
            let interval = Durations.seconds(analysis["interval"]?.string ?? "1m") ?? 60
            due[key] = now + interval / speed
        }
        var changed = canary
        changed["status"] = status
        return changed
    }

    private func set(_ status: inout JSONValue, _ phase: String, _ weight: Int, _ message: String, _ now: Timestamp) {
        status["phase"] = .string(phase)
        status["canaryWeight"] = .int(Int64(weight))
        status["lastTransitionTime"] = .string(now.rfc3339)
        let outcome = phase == "Succeeded" ? "True" : phase == "Failed" ? "False" : "Unknown"
        status["conditions"] = [
            [
                "type": "Promoted", "status": .string(outcome), "reason": .string(phase), "message": .string(message),
                "lastTransitionTime": .string(now.rfc3339),
            ]
        ]
    }

    /// Stands for the hash that both controllers keep of a pod template.
    private func template(_ deployment: String, _ namespace: String) -> String {
        guard let type = ResourceType.find(group: "apps", resource: "deployments"),
            let spec = store.get(type, ObjectKey(namespace, deployment))?.at("spec", "template")
        else { return "" }
        return StableHash(spec.compactText).text
    }

    // MARK: Argo Rollouts

    private func argo(_ rollout: JSONValue, _ now: Timestamp) -> JSONValue {
        let key = ObjectStore.key(rollout)
        guard
            let name = rollout.at("spec", "strategy", "canary", "trafficRouting", "istio", "virtualService", "name")?
                .string
        else { return rollout }
        let steps = rollout.at("spec", "strategy", "canary")?.list("steps") ?? []
        var status = rollout["status"] ?? [:]
        var weight = status.at("canary", "weights", "canary", "weight")?.int ?? 0
        func phase(_ words: String, _ message: String?) {
            status["phase"] = .string(words)
            status["message"] = message.map { .string($0) }
        }
        func pause(_ reason: String) {
            status["pauseConditions"] = [["reason": .string(reason), "startTime": .string(now.rfc3339)]]
            status["controllerPause"] = true
            phase("Paused", reason)
        }
        func resume() {
            status["pauseConditions"] = nil
            status["controllerPause"] = nil
        }
        var index = min(max(0, status["currentStepIndex"]?.int ?? 0), steps.count)
        let isFull = status["stableRS"] == status["currentPodHash"]
        if status["pauseConditions"]?.isNull == true { status["pauseConditions"] = nil }
        if isFull {
            phase("Healthy", nil)
        } else if status["abort"]?.bool == true {
            resume()
            (weight, index) = (0, 0)
            phase("Degraded", "RolloutAborted: Rollout aborted update to revision 2")
        } else if rollout.at("spec", "paused")?.bool == true {
            phase("Paused", "manually paused")
        } else if status["promoteFull"]?.bool == true || index >= steps.count {
            resume()
            status["promoteFull"] = nil
            status["stableRS"] = status["currentPodHash"]
            (weight, index) = (0, steps.count)
            phase("Healthy", nil)
        } else if let wanted = steps[index]["setWeight"]?.int {
            (weight, index) = (wanted, index + 1)
            phase("Progressing", "more replicas need to be updated")
        } else if let step = steps[index]["pause"] {
            if let since = status.list("pauseConditions").first?["startTime"]?.string {
                let lasts = step["duration"]?.string.flatMap(Durations.seconds) ?? step["duration"]?.double
                if let lasts, let start = Timestamp(rfc3339: since), now - start >= lasts / speed {
                    resume()
                    index += 1
                } else {
                    phase("Paused", "CanaryPauseStep")
                }
            } else if status["controllerPause"]?.bool == true {
                // It was let go on.
                resume()
                index += 1
                phase("Progressing", nil)
            } else {
                pause("CanaryPauseStep")
            }
        } else {
            index += 1
        }
        status["currentStepIndex"] = .int(Int64(index))
        status["canary"] = [
            "weights": ["canary": ["weight": .int(Int64(weight))], "stable": ["weight": .int(Int64(100 - weight))]]
        ]
        route(name, key.namespace, canary: weight, manager: "rollouts-controller")
        var changed = rollout
        changed["status"] = status
        return changed
    }
}
