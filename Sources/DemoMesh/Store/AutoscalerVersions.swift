// autoscaling/v1 beside v2: `kubectl autoscale` writes the old one, which knows one metric, CPU.

internal import Base

enum AutoscalerVersions {
    private static func isOld(_ type: ResourceType, _ version: String) -> Bool {
        type.resource == "horizontalpodautoscalers" && version == "v1"
    }

    /// The object as it is stored: in v2.
    static func stored(_ object: JSONValue, _ type: ResourceType, _ version: String) -> JSONValue {
        guard isOld(type, version) else { return object }
        var object = object
        object["apiVersion"] = "autoscaling/v2"
        let percent = object.at("spec", "targetCPUUtilizationPercentage")
        object.set(["spec", "targetCPUUtilizationPercentage"], to: nil)
        if let percent {
            object.set(
                ["spec", "metrics"],
                to: [
                    [
                        "type": "Resource",
                        "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": percent]],
                    ]
                ])
        }
        if let current = object.at("status", "currentCPUUtilizationPercentage") {
            object.set(["status", "currentCPUUtilizationPercentage"], to: nil)
            object.set(
                ["status", "currentMetrics"],
                to: [["type": "Resource", "resource": ["name": "cpu", "current": ["averageUtilization": current]]]])
        }
        return object
    }

    /// The object in the version that was asked for.
    static func shown(_ object: JSONValue, _ type: ResourceType, _ version: String) -> JSONValue {
        guard isOld(type, version) else { return object }
        var shown = object
        shown["apiVersion"] = "autoscaling/v1"
        func cpu(_ part: String, _ list: String, _ member: String) -> JSONValue? {
            object[part]?.list(list).first { $0.at("resource", "name") == "cpu" }?.at(
                "resource", member, "averageUtilization")
        }
        shown.set(["spec", "metrics"], to: nil)
        shown.set(["spec", "behavior"], to: nil)
        shown.set(["spec", "targetCPUUtilizationPercentage"], to: cpu("spec", "metrics", "target"))
        shown["status"] = [
            "currentReplicas": object.at("status", "currentReplicas") ?? 0,
            "desiredReplicas": object.at("status", "desiredReplicas") ?? 0,
        ]
        if let current = cpu("status", "currentMetrics", "current") {
            shown.set(["status", "currentCPUUtilizationPercentage"], to: current)
        }
        return shown
    }
}
