// What an autoscaler says of its target and its bounds, as far as that can be understood.

internal import Base

struct AutoscalerBounds {
    private let object: JSONValue

    init(_ object: JSONValue) { self.object = object }

    /// "HPA api-gateway-hpa"
    var name: String {
        object.at("metadata", "name")?.string.map { "HPA \(SafeText.line($0))" } ?? "an HPA without a name"
    }

    /// Whether it is a workload's; nil where that cannot be read.
    func targets(_ workload: ObjectReference) -> Bool? {
        guard let kind = object.at("spec", "scaleTargetRef", "kind")?.string,
            let name = object.at("spec", "scaleTargetRef", "name")?.string
        else { return nil }
        return kind == workload.kind && name == workload.name
    }

    /// The API fills this one in.
    var minimum: Int? {
        guard let value = object.at("spec", "minReplicas"), !value.isNull else { return 1 }
        return value.int
    }

    var maximum: Int? { object.at("spec", "maxReplicas")?.int }
}
