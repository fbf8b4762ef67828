// The types of the built-in kinds as the API server's OpenAPI v3 documents have them: one schema a type, and the
// extensions that say how a strategic merge patch takes its lists.

internal import Base
internal import Kube

struct OpenAPITypes {
    private let catalog = MessageCatalog.builtIn
    private(set) var schemas: JSONValue = [:]

    /// Adds a kind with all that it refers to; false for kinds that have no table of their fields.
    mutating func add(_ type: ResourceType, version: String) -> Bool {
        let apiVersion = type.apiVersion(version)
        guard let place = catalog.place(kind: type.kind, apiVersion: apiVersion) else { return false }
        let patch = PatchGraph.builtIn.schema(apiVersion: apiVersion, kind: type.kind) ?? .unknown
        var schema = self.schema(place, patch)
        for name in ["apiVersion", "kind"] { schema.set(["properties", name], to: ["type": "string"]) }
        schema["description"] = .string("\(type.kind) of the demo mesh.")
        schema["x-kubernetes-group-version-kind"] = [
            ["group": .string(type.group), "kind": .string(type.kind), "version": .string(version)]
        ]
        schemas[type.qualifiedKind] = schema
        return true
    }

    private func name(_ place: Int) -> String { "io.k8s.\(catalog.messages[place].name)" }

    private mutating func reference(_ place: Int, _ patch: PatchSchema) -> JSONValue {
        let name = name(place)
        if schemas[name] == nil {
            // A type may hold itself.
            schemas[name] = [:]
            schemas[name] = schema(place, patch)
        }
        return ["$ref": .string("#/components/schemas/\(name)")]
    }

    private mutating func schema(_ place: Int, _ patch: PatchSchema) -> JSONValue {
        var properties = JSONObject()
        collect(place, patch, into: &properties)
        return ["type": "object", "properties": .object(properties)]
    }

    private mutating func collect(_ place: Int, _ patch: PatchSchema, into properties: inout JSONObject) {
        for field in catalog.messages[place].fields {
            if field.isInline, case .message(let inner) = field.kind {
                collect(inner, patch, into: &properties)
                continue
            }
            let how = patch.field(field.name)
            var schema = element(field, how.schema)
            if field.isList { schema = ["type": "array", "items": schema] }
            if field.isMap { schema = ["type": "object", "additionalProperties": schema] }
            let strategies = [
                how.merges ? "merge" : nil, how.replaces ? "replace" : nil, how.retainsKeys ? "retainKeys" : nil,
            ]
            let words = strategies.compactMap { $0 }.joined(separator: ",")
            if !words.isEmpty { schema["x-kubernetes-patch-strategy"] = .string(words) }
            if !how.mergeKey.isEmpty { schema["x-kubernetes-patch-merge-key"] = .string(how.mergeKey) }
            properties[field.name] = schema
        }
    }

    private mutating func element(_ field: MessageField, _ patch: PatchSchema) -> JSONValue {
        switch field.kind {
        case .string: ["type": "string"]
        case .bool: ["type": "boolean"]
        case .int32: ["type": "integer", "format": "int32"]
        case .int64: ["type": "integer", "format": "int64"]
        case .double: ["type": "number"]
        case .bytes: ["type": "string", "format": "byte"]
        case .time, .microTime: ["type": "string", "format": "date-time"]
        case .quantity: ["type": "string"]
        case .intOrString: ["type": "string", "format": "int-or-string"]
        case .rawJSON: ["type": "object"]
        case .strings: ["type": "array", "items": ["type": "string"]]
        // As the real server writes it, which puts a default beside the reference.
        case .message(let inner): ["allOf": [reference(inner, patch)]]
        }
    }
}
