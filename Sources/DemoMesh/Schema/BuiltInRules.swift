// What a real server refuses in the values of built-in kinds, as far as the demo's users come across it.

internal import Base
internal import Istio
internal import Kube

enum BuiltInRules {
    static func faults(_ type: ResourceType, _ object: JSONValue, previous: JSONValue?) -> [SchemaFault] {
        var faults: [SchemaFault] = []
        if let replicas = object.at("spec", "replicas")?.int, replicas < 0 {
            faults.append(invalid("spec.replicas", replicas, "must be greater than or equal to 0"))
        }
        switch type.key {
        case "services.": faults += service(object, previous)
        case "horizontalpodautoscalers.autoscaling": faults += autoscaler(object)
        case "poddisruptionbudgets.policy": faults += budget(object)
        case "controllerrevisions.apps": break
        case _ where type.group == "apps": faults += workload(object, previous)
        default: break
        }
        return faults
    }

    private static func invalid(_ field: String, _ value: JSONValue, _ message: String) -> SchemaFault {
        SchemaFault(
            field: field, reason: "FieldValueInvalid", message: "Invalid value: \(value.compactText): \(message)")
    }

    private static func invalid(_ field: String, _ value: Int, _ message: String) -> SchemaFault {
        invalid(field, .int(Int64(value)), message)
    }

    private static func required(_ field: String, _ message: String = "") -> SchemaFault {
        SchemaFault(
            field: field, reason: "FieldValueRequired",
            message: "Required value" + (message.isEmpty ? "" : ": \(message)"))
    }

    // MARK: Names

    private static let label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"

    /// The name of a new object, built-in or custom.
    static func nameFault(_ type: ResourceType, _ name: String) -> SchemaFault? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        func isLabel(_ part: Substring) -> Bool {
            part.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
                && part.first != "-" && part.last != "-" && !part.isEmpty
        }
        let limit: Int
        let message: String
        let isValid: Bool
        switch type.key {
        case "services.":
            limit = 63
            isValid = parts.count == 1 && isLabel(parts[0]) && parts[0].first?.isNumber != true
            message =
                "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
        case "namespaces.":
            limit = 63
            isValid = parts.count == 1 && isLabel(parts[0])
            message =
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '\(label)')"
        default:
            limit = 253
            isValid = parts.allSatisfy(isLabel)
            message =
                "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '\(label)(\\.\(label))*')"
        }
        if name.utf8.count > limit {
            return invalid("metadata.name", .string(name), "must be no more than \(limit) bytes")
        }
        return isValid ? nil : invalid("metadata.name", .string(name), message)
    }

    // MARK: Kinds

    private static func service(_ object: JSONValue, _ previous: JSONValue?) -> [SchemaFault] {
        var faults: [SchemaFault] = []
        let ports = object["spec"]?.list("ports") ?? []
        let isHeadless = object.at("spec", "clusterIP") == "None" || object.at("spec", "type") == "ExternalName"
        if ports.isEmpty, !isHeadless { faults.append(required("spec.ports")) }
        for (index, port) in ports.enumerated() {
            if ports.count > 1, port["name"]?.string ?? "" == "" {
                faults.append(required("spec.ports[\(index)].name"))
            }
            for name in ["port", "targetPort"] {
                guard let number = port[name]?.int ?? (name == "port" ? 0 : nil), !(1...65535).contains(number) else {
                    continue
                }
                faults.append(invalid("spec.ports[\(index)].\(name)", number, "must be between 1 and 65535, inclusive"))
            }
        }
        let before = previous?.at("spec", "clusterIP")?.string ?? ""
        let after = object.at("spec", "clusterIP")?.string ?? ""
        if previous != nil, !before.isEmpty, before != after, object.at("spec", "type") != "ExternalName" {
            faults.append(invalid("spec.clusterIPs[0]", [.string(after)], "may not change once set"))
        }
        return faults
    }

    private static func autoscaler(_ object: JSONValue) -> [SchemaFault] {
        var faults: [SchemaFault] = []
        let minimum = object.at("spec", "minReplicas")?.int ?? 1
        let maximum = object.at("spec", "maxReplicas")?.int ?? 0
        if minimum < 1 { faults.append(invalid("spec.minReplicas", minimum, "must be greater than or equal to 1")) }
        if maximum < 1 {
            faults.append(invalid("spec.maxReplicas", maximum, "must be greater than 0"))
        } else if maximum < minimum {
            faults.append(invalid("spec.maxReplicas", maximum, "must be greater than or equal to `minReplicas`"))
        }
        for name in ["kind", "name"] where object.at("spec", "scaleTargetRef", name)?.string ?? "" == "" {
            faults.append(required("spec.scaleTargetRef.\(name)"))
        }
        return faults
    }

    private static func budget(_ object: JSONValue) -> [SchemaFault] {
        let spec = object["spec"] ?? [:]
        guard spec["minAvailable"] != nil, spec["maxUnavailable"] != nil else { return [] }
        return [
            invalid(
                "spec", [:], "minAvailable and maxUnavailable cannot be both set")
        ]
    }

    private static func workload(_ object: JSONValue, _ previous: JSONValue?) -> [SchemaFault] {
        var faults: [SchemaFault] = []
        let labels = object.at("spec", "template", "metadata", "labels")
        let selector = LabelSelector(object.at("spec", "selector"))
        if object.at("spec", "selector") == nil { faults.append(required("spec.selector")) }
        if selector?.matches(labels?.stringMap ?? [:]) == false {
            faults.append(
                invalid("spec.template.metadata.labels", labels ?? [:], "`selector` does not match template `labels`"))
        }
        if let previous, previous.at("spec", "selector") != object.at("spec", "selector") {
            faults.append(invalid("spec.selector", object.at("spec", "selector") ?? .null, "field is immutable"))
        }
        let containers = object.at("spec", "template", "spec")?.list("containers") ?? []
        if containers.isEmpty { faults.append(required("spec.template.spec.containers")) }
        for (index, container) in containers.enumerated() {
            for name in ["name", "image"] where container[name]?.string ?? "" == "" {
                faults.append(required("spec.template.spec.containers[\(index)].\(name)"))
            }
        }
        return faults
    }
}
