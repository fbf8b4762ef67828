// What stands in the cells of `kubectl get`.

internal import Base

extension TablePrinter {
    static func podReady(_ pod: JSONValue) -> JSONValue {
        let statuses = pod["status"]?.list("containerStatuses") ?? []
        let ready = statuses.filter { $0["ready"] == true }
        return .string("\(ready.count)/\(pod.at("spec", "containers")?.array?.count ?? 0)")
    }

    static func podStatus(_ pod: JSONValue) -> JSONValue {
        if pod.at("metadata", "deletionTimestamp") != nil { return "Terminating" }
        for status in pod["status"]?.list("containerStatuses") ?? [] {
            if let reason = status.at("state", "waiting", "reason") { return reason }
        }
        return pod.at("status", "phase") ?? "Unknown"
    }

    static func restarts(_ pod: JSONValue) -> Int {
        (pod["status"]?.list("containerStatuses") ?? []).reduce(0) { $0 + ($1["restartCount"]?.int ?? 0) }
    }

    static func ports(_ service: JSONValue) -> JSONValue {
        let list = (service["spec"]?.list("ports") ?? []).map { port in
            let node = port["nodePort"]?.int.map { $0 > 0 ? ":\($0)" : "" } ?? ""
            return "\(port["port"]?.int ?? 0)\(node)/\(port["protocol"]?.string ?? "TCP")"
        }
        return .string(list.isEmpty ? "<none>" : list.joined(separator: ","))
    }

    static func externalAddress(_ service: JSONValue) -> JSONValue {
        switch service.at("spec", "type") {
        case "ExternalName": service.at("spec", "externalName") ?? "<none>"
        case "LoadBalancer": "<pending>"
        default: "<none>"
        }
    }

    static func labels(_ map: JSONValue?) -> JSONValue {
        let pairs = (map?.stringMap ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return .string(pairs.isEmpty ? "<none>" : pairs.joined(separator: ","))
    }

    static func readinessGates(_ pod: JSONValue) -> JSONValue {
        let gates = (pod["spec"]?.list("readinessGates") ?? []).compactMap { $0["conditionType"]?.string }
        guard !gates.isEmpty else { return "<none>" }
        let met = (pod["status"]?.list("conditions") ?? []).filter {
            $0["status"] == "True" && gates.contains($0["type"]?.string ?? "")
        }
        return .string("\(met.count)/\(gates.count)")
    }

    static func nodeStatus(_ node: JSONValue) -> JSONValue {
        let isReady = (node["status"]?.list("conditions") ?? []).contains {
            $0["type"] == "Ready" && $0["status"] == "True"
        }
        let cordoned = node.at("spec", "unschedulable") == true ? ",SchedulingDisabled" : ""
        return .string((isReady ? "Ready" : "NotReady") + cordoned)
    }

    static func address(_ type: String, _ node: JSONValue) -> JSONValue {
        (node["status"]?.list("addresses") ?? []).first { $0["type"]?.string == type }?["address"] ?? "<none>"
    }

    /// The first three, and how many more.
    private static func shortened(_ items: [String], empty: String) -> JSONValue {
        guard !items.isEmpty else { return .string(empty) }
        let more = items.count > 3 ? " + \(items.count - 3) more..." : ""
        return .string(items.prefix(3).joined(separator: ",") + more)
    }

    static func endpoints(_ object: JSONValue) -> JSONValue {
        let all = object.list("subsets").flatMap { subset in
            subset.list("addresses").flatMap { address in
                subset.list("ports").map { "\(address["ip"]?.string ?? ""):\($0["port"]?.int ?? 0)" }
            }
        }
        return shortened(all, empty: "<none>")
    }

    static func slicePorts(_ slice: JSONValue) -> JSONValue {
        shortened(slice.list("ports").map { String($0["port"]?.int ?? 0) }, empty: "<unset>")
    }

    static func sliceAddresses(_ slice: JSONValue) -> JSONValue {
        shortened(slice.list("endpoints").flatMap { $0.list("addresses").compactMap(\.string) }, empty: "<unset>")
    }

    static func hpaTargets(_ hpa: JSONValue) -> String {
        let target = hpa["spec"]?.list("metrics").first?.at("resource", "target", "averageUtilization")?.int
        let current = hpa["status"]?.list("currentMetrics").first?.at("resource", "current", "averageUtilization")?.int
        return "cpu: \(current.map { "\($0)%" } ?? "<unknown>")/\(target.map { "\($0)%" } ?? "<none>")"
    }

    /// A count or a share of pods.
    static func bound(_ value: JSONValue?) -> JSONValue {
        value.map { .string($0.string ?? $0.compactText) } ?? "N/A"
    }

    static func controller(_ object: JSONValue) -> JSONValue {
        let owner = (object["metadata"] ?? [:]).list("ownerReferences").first { $0["controller"] == true }
        guard let owner, let kind = owner["kind"]?.string, let name = owner["name"]?.string else { return "<none>" }
        return .string("\(kind.lowercased()).apps/\(name)")
    }

    static func ageText(_ object: JSONValue, _ now: Timestamp) -> JSONValue {
        .string(since(object.at("metadata", "creationTimestamp"), now) ?? "<unknown>")
    }

    /// How long ago, as kubectl shortens it.
    static func since(_ time: JSONValue?, _ now: Timestamp) -> String? {
        guard let time = time?.string.flatMap({ Timestamp(rfc3339: $0) }) else { return nil }
        let seconds = max(0, Int(clamping: now - time))
        switch seconds {
        case ..<120: return "\(seconds)s"
        case ..<600: return "\(seconds / 60)m\(seconds % 60 == 0 ? "" : "\(seconds % 60)s")"
        case ..<7200: return "\(seconds / 60)m"
        case ..<172_800: return "\(seconds / 3600)h"
        default: return "\(seconds / 86400)d"
        }
    }
}
