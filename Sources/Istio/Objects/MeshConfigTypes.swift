// The mesh's own settings are text within a ConfigMap, which no API server checks. What is read of them has to be of
// the type that Istio's has, or the whole map is left out and named: a wrong type would read as Istio's default.
// https://github.com/istio/api/blob/master/mesh/v1alpha1/config.proto

internal import Base
internal import Kube

enum MeshConfigTypes {
    /// What is read of MeshConfig.
    private static let mesh: Schema = {
        let texts: JSONValue = ["a": "s"]
        let table: JSONValue = [
            "p": [
                "rootNamespace": "s", "trustDomain": "s", "trustDomainAliases": texts, "enableAutoMtls": "b",
                "defaultConfig": ["p": ["proxyMetadata": ["m": "s"], "image": ["p": ["imageType": "s"]]]],
                "defaultProviders": ["p": ["accessLogging": texts, "tracing": texts, "metrics": texts]],
                "extensionProviders": ["a": ["p": ["name": "s", "lightstep": ["p": [:]]]]],
            ]
        ]
        guard case .object(var properties, let required) = SchemaCatalog.schema(table, [:]),
            case .object(let rule, _)? = SchemaCatalog().kinds["destinationrules.networking.istio.io"]?.spec
        else { return .anything }
        properties["defaultTrafficPolicy"] = rule["trafficPolicy"]
        return .object(properties, required: required)
    }()

    private static let networks = SchemaCatalog.schema(
        ["p": ["networks": ["m": ["p": ["endpoints": ["a": ["p": ["fromRegistry": "s"]]]]]]]], [:])

    private static let injector = SchemaCatalog.schema(
        ["p": ["sidecarInjectorWebhook": ["p": ["enableNamespacesByDefault": "b"]]]], [:])

    /// "data.mesh: enableAutoMtls is no truth value" of a ConfigMap of Istio's; nil of one that reads as it should, and
    /// of any other.
    static func fault(_ map: ObjectMeta, _ spec: JSONValue) -> String? {
        guard let data = spec["data"] else { return nil }
        if isNamed(map, "istio-sidecar-injector") { return fault(data, "values", injector) }
        return isNamed(map, "istio") ? fault(data, "mesh", mesh) ?? fault(data, "meshNetworks", networks) : nil
    }

    static func fault(mesh text: String) -> String? { fault(["mesh": .string(text)], "mesh", mesh) }

    /// By its name alone or with a revision behind it.
    private static func isNamed(_ map: ObjectMeta, _ name: String) -> Bool {
        map.name == name || map.name.hasPrefix("\(name)-")
    }

    private static func fault(_ data: JSONValue, _ key: String, _ schema: Schema) -> String? {
        guard let text = data[key]?.string else { return nil }
        do {
            let tree = try YAML.document(Array(text.utf8))
            guard !tree.isNull, let fault = FieldTypes.fault(protoNames(tree, schema), schema, "") else { return nil }
            return fault.hasPrefix(" ") ? "data.\(key)\(fault)" : "data.\(key): \(fault)"
        } catch {
            return "data.\(key) is no YAML: \(error)"
        }
    }

    /// A message as text, with its fields by their names in JSON: protobuf takes `trust_domain` for `trustDomain` too.
    static func mesh(_ tree: JSONValue) -> JSONValue { protoNames(tree, mesh) }

    private static func protoNames(_ value: JSONValue, _ schema: Schema) -> JSONValue {
        switch (schema, value) {
        case (.object(let properties, _), .object(let object)):
            .object(
                JSONObject(
                    object.members.map { key, member in
                        let name = properties[key] == nil ? camelCase(key) : key
                        return properties[name].map { (name, protoNames(member, $0)) } ?? (key, member)
                    }))
        case (.list(let element), .array(let elements)): .array(elements.map { protoNames($0, element) })
        case (.map(let element), .object(let object)):
            .object(JSONObject(object.members.map { ($0, protoNames($1, element)) }))
        default: value
        }
    }

    private static func camelCase(_ name: String) -> String {
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        return words[0] + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
