// OpenAPI v3 for `kubectl explain` and client-side checks: fields and types, no descriptions.

internal import Base
internal import Istio

enum OpenAPIDocuments {
    static func answer(_ path: [String], _ server: APIServer) -> APIResponse? {
        guard path.count >= 2, path[1] == "v3" else { return nil }
        if path.count == 2 {
            var paths: JSONValue = [:]
            for (group, version) in groupVersions {
                let name = group.isEmpty ? "api/\(version)" : "apis/\(group)/\(version)"
                paths[name] = ["serverRelativeURL": .string("/openapi/v3/\(name)?hash=DEMO")]
            }
            return .json(["paths": paths])
        }
        let group = path[2] == "api" ? "" : path.count > 3 ? path[3] : ""
        guard let version = path.last else { return nil }
        return .json(document(group, version, server))
    }

    private static var groupVersions: [(String, String)] {
        var found: [(String, String)] = []
        for type in ResourceType.all {
            for version in type.versions where !found.contains(where: { $0 == (type.group, version) }) {
                found.append((type.group, version))
            }
        }
        return found
    }

    private static func document(_ group: String, _ version: String, _ server: APIServer) -> JSONValue {
        var paths: JSONValue = [:]
        var types = OpenAPITypes()
        var schemas: JSONValue = [:]
        for type in ResourceType.all where type.group == group && type.versions.contains(version) {
            let gvk: JSONValue = ["group": .string(group), "kind": .string(type.kind), "version": .string(version)]
            let root = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
            let collection =
                type.isNamespaced ? "\(root)/namespaces/{namespace}/\(type.resource)" : "\(root)/\(type.resource)"
            let reference: JSONValue = ["$ref": .string("#/components/schemas/\(type.qualifiedKind)")]
            let content: JSONValue = ["content": ["application/json": ["schema": reference]], "description": "OK"]
            let action: JSONValue = ["responses": ["200": content], "x-kubernetes-group-version-kind": gvk]
            let writes: JSONValue = [
                "responses": ["200": content], "x-kubernetes-group-version-kind": gvk,
                "parameters": [
                    ["name": "fieldValidation", "in": "query", "schema": ["type": "string"]],
                    ["name": "dryRun", "in": "query", "schema": ["type": "string"]],
                ],
            ]
            paths[collection] = ["get": action, "post": writes]
            var patch = writes
            let strategic = type.isCustom ? [] : ["application/strategic-merge-patch+json"]
            for media in strategic + ["application/json-patch+json", "application/merge-patch+json"] {
                patch.set(["requestBody", "content", media], to: ["schema": ["type": "object"]])
            }
            paths["\(collection)/{name}"] = ["get": action, "put": writes, "patch": patch, "delete": action]
            if !type.isCustom, types.add(type, version: version) { continue }
            var properties: JSONValue = [
                "apiVersion": ["type": "string"], "kind": ["type": "string"],
                "metadata": ["type": "object", "description": "Standard object's metadata."],
            ]
            properties["spec"] =
                (server.schemas.kinds[type.key]?.spec ?? BuiltInSchemas.spec(type.key)).map(openAPI) ?? [
                    "type": "object", "x-kubernetes-preserve-unknown-fields": true,
                ]
            properties["status"] = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
            schemas[type.qualifiedKind] = [
                "type": "object", "description": .string("\(type.kind) of the demo mesh."), "properties": properties,
                "x-kubernetes-group-version-kind": .array([gvk]),
            ]
        }
        for (name, schema) in types.schemas.object?.members.map({ ($0, $1) }) ?? [] { schemas[name] = schema }
        return [
            "openapi": "3.0.0", "info": ["title": "MeshTop demo mesh", "version": "v1"], "paths": paths,
            "components": ["schemas": schemas],
        ]
    }

    private static func openAPI(_ schema: Schema) -> JSONValue {
        switch schema {
        case .string: ["type": "string"]
        case .boolean: ["type": "boolean"]
        case .number(let minimum, let maximum): bounded(["type": "number"], minimum, maximum)
        case .anything: ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        case .integer(let isWide, let minimum, let maximum):
            bounded(["type": "integer", "format": isWide ? "int64" : "int32"], minimum, maximum)
        case .enumeration(let values): ["type": "string", "enum": .array(values.map { .string($0) })]
        case .list(let element): ["type": "array", "items": openAPI(element)]
        case .map(let element): ["type": "object", "additionalProperties": openAPI(element)]
        case .object(let properties, let required):
            [
                "type": "object",
                "properties": .object(
                    JSONObject(properties.sorted { $0.key < $1.key }.map { ($0.key, openAPI($0.value)) })),
                "required": .array(required.map { .string($0) }),
            ]
        }
    }

    private static func bounded(_ schema: JSONValue, _ minimum: Double?, _ maximum: Double?) -> JSONValue {
        var schema = schema
        schema["minimum"] = minimum.map { .double($0) }
        schema["maximum"] = maximum.map { .double($0) }
        return schema
    }
}
