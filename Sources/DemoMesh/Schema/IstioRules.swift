// Checks of Istio's validation that its schemas cannot say.

internal import Base
internal import Istio

/// The few checks of Istio's validation that a schema cannot say.
enum IstioRules {
    static func fault(_ type: ResourceType, _ object: JSONValue) -> SchemaFault? {
        guard type.resource == "destinationrules" else { return nil }
        for (field, value) in [
            ("interval", object.at("spec", "trafficPolicy", "outlierDetection", "interval")),
            ("baseEjectionTime", object.at("spec", "trafficPolicy", "outlierDetection", "baseEjectionTime")),
        ] {
            if let text = value?.string, Durations.seconds(text) == nil {
                return SchemaFault(
                    field: "spec.trafficPolicy.outlierDetection.\(field)", reason: "FieldValueInvalid",
                    message:
                        "Invalid value: \"string\": type conversion error from 'string' to 'google.protobuf.Duration' evaluating rule: must be a valid duration greater than 1ms"
                )
            }
        }
        return nil
    }
}
