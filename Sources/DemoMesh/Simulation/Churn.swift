// Objects that change all the time, as on a busy cluster: for measuring what keeping up with them costs.

internal import Base
internal import Insights
internal import Kube

/// Of twenty changes eight restart a container, eight are heartbeats of a pod and two of a deployment that nobody sees,
/// one makes a deployment's pod ready or not and one moves a route's weights.
final class Churn {
    private let store: ObjectStore
    private let perSecond: Double
    private var due = 0.0
    private var turn = 0
    private var random: SeededRandom
    private lazy var pods = keys("pods.")
    private lazy var deployments = keys("deployments.apps")
    private lazy var routes = keys("virtualservices.networking.istio.io")

    init(store: ObjectStore, perSecond: Double, seed: UInt64) {
        self.store = store
        self.perSecond = perSecond
        random = SeededRandom(seed: seed &+ 77)
    }

    func advance(seconds: Double, now: Timestamp) {
        due += seconds * perSecond
        while due >= 1 {
            due -= 1
            turn += 1
            switch turn % 20 {
            case 0: change(routes) { Self.toggle(&$0) }
            case 1, 7: change(deployments) { Self.touch(&$0, ["Progressing", "Available"], now) }
            case 13: change(deployments) { Self.flicker(&$0) }
            case let number where number % 2 == 0: change(pods) { Self.restart(&$0) }
            default: change(pods) { Self.touch(&$0, ["Ready", "ContainersReady"], now) }
            }
        }
    }

    private func keys(_ name: String) -> (type: ResourceType, keys: [ObjectKey])? {
        ResourceType.all.first { $0.key == name }.map { ($0, store.keys($0)) }
    }

    private func change(_ place: (type: ResourceType, keys: [ObjectKey])?, _ body: (inout JSONValue) -> Void) {
        guard let (type, keys) = place, let key = keys.randomElement(using: &random),
            var object = store.get(type, key)
        else { return }
        body(&object)
        store.update(type, object)
    }

    /// A condition was looked at again.
    private static func touch(_ object: inout JSONValue, _ types: [String], _ now: Timestamp) {
        var conditions = object["status"]?.list("conditions") ?? []
        for index in conditions.indices where types.contains(conditions[index].text("type") ?? "") {
            conditions[index]["lastTransitionTime"] = .string(now.rfc3339)
            conditions[index]["message"] = .string("seen at \(now.seconds)")
        }
        object.set(["status", "conditions"], to: .array(conditions))
    }

    private static func restart(_ pod: inout JSONValue) {
        var statuses = pod["status"]?.list("containerStatuses") ?? []
        guard !statuses.isEmpty else { return }
        statuses[0]["restartCount"] = .int(Int64((statuses[0]["restartCount"]?.int ?? 0) + 1))
        pod.set(["status", "containerStatuses"], to: .array(statuses))
    }

    /// All of the replicas are ready, or all but one.
    private static func flicker(_ deployment: inout JSONValue) {
        guard let replicas = deployment.at("spec", "replicas")?.int, replicas > 0 else { return }
        let ready = deployment.at("status", "readyReplicas")?.int == replicas ? replicas - 1 : replicas
        deployment.set(["status", "readyReplicas"], to: .int(Int64(ready)))
    }

    /// 80/20 becomes 79/21 and the other way round.
    private static func toggle(_ object: inout JSONValue) {
        guard var rule = object["spec"]?.list("http").first, rule.list("route").count == 2 else { return }
        var route = rule.list("route")
        let first = route[0]["weight"]?.int == 80 ? 79 : 80
        route[0]["weight"] = .int(Int64(first))
        route[1]["weight"] = .int(Int64(100 - first))
        rule["route"] = .array(route)
        object.set(["spec", "http"], to: .array([rule]))
    }
}
