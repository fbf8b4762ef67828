// Checks of Istio's validation that its schemas cannot say.

internal import ClusterData

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

enum Durations {
    /// `10s`, `1m30s`, `500ms`, `1h`.
    static func seconds(_ text: String) -> Double? {
        var total = 0.0
        var number = ""
        var rest = Array(text)[...]
        guard !rest.isEmpty else { return nil }
        while let character = rest.popFirst() {
            if character.isNumber || character == "." {
                number.append(character)
                continue
            }
            guard let value = Double(number) else { return nil }
            number = ""
            if character == "m", rest.first == "s" {
                rest = rest.dropFirst()
                total += value / 1000
            } else if let unit = ["h": 3600.0, "m": 60, "s": 1][character] {
                total += value * unit
            } else {
                return nil
            }
        }
        return number.isEmpty ? total : nil
    }
}
