// Validation and pruning of custom objects by the schemas of their CRDs.

package import Base

/// A structural schema, compact.
package indirect enum Schema: Sendable {
    case string, boolean, anything
    case number(minimum: Double?, maximum: Double?)
    case integer(isWide: Bool, minimum: Double?, maximum: Double?)
    case enumeration([String])
    case object([String: Schema], required: [String])
    case map(Schema)
    case list(Schema)
}

/// What is wrong with one field of an object, in the words of an API server.
package struct SchemaFault: Sendable, Hashable {
    package var field: String
    package var reason: String
    package var message: String

    package init(field: String, reason: String, message: String) {
        self.field = field
        self.reason = reason
        self.message = message
    }
}

/// The schemas of the custom kinds, read once from the table.
package struct SchemaCatalog: Sendable {
    package struct Kind: Sendable {
        package var spec: Schema
        var required: [String]
        /// Name, type and JSONPath of the printer's columns.
        package var columns: [(name: String, type: String, path: String)]
    }

    /// By `resource.group`.
    package private(set) var kinds: [String: Kind] = [:]

    package init() {
        // Made by our script; a test reads it.
        guard let table = try? JSONValue(parsing: customSchemaTable) else { return }
        let parts = table["parts"] ?? [:]
        for (name, value) in table["kinds"]?.object?.members.map({ ($0, $1) }) ?? [] {
            kinds[name] = Kind(
                spec: Self.schema(value["spec"] ?? "*", parts),
                required: value["required"]?.array?.compactMap(\.string) ?? [],
                columns: value.list("columns").map {
                    ($0[0]?.string ?? "", $0[1]?.string ?? "", $0[2]?.string ?? "")
                })
        }
    }

    /// From the table's form.
    static func schema(_ value: JSONValue, _ parts: JSONValue) -> Schema {
        switch value {
        case .string(let code):
            switch code {
            case "s": return .string
            case "b": return .boolean
            case "n": return .number(minimum: nil, maximum: nil)
            case "i": return .integer(isWide: false, minimum: nil, maximum: nil)
            case "l": return .integer(isWide: true, minimum: nil, maximum: nil)
            default: return .anything
            }
        case .array(let elements): return .enumeration(elements.dropFirst().compactMap(\.string))
        case .object:
            if let name = value["ref"]?.string { return schema(parts[name] ?? "*", parts) }
            if let element = value["a"] { return .list(schema(element, parts)) }
            if let element = value["m"] { return .map(schema(element, parts)) }
            if let members = value["p"]?.object {
                var properties: [String: Schema] = [:]
                for (key, member) in members.members { properties[key] = schema(member, parts) }
                return .object(properties, required: value["r"]?.array?.compactMap(\.string) ?? [])
            }
            let (minimum, maximum) = (value["min"]?.double, value["max"]?.double)
            return value["t"] == "n"
                ? .number(minimum: minimum, maximum: maximum)
                : .integer(isWide: value["t"] == "l", minimum: minimum, maximum: maximum)
        default: return .anything
        }
    }

    // MARK: Use

    private static let topLevel: Set<String> = ["apiVersion", "kind", "metadata", "spec", "status"]

    /// The object without the fields its schema does not know, and the paths of those.
    package func pruned(_ key: String, _ object: JSONValue) -> (JSONValue, unknown: [String]) {
        guard let kind = kinds[key], let members = object.object else { return (object, []) }
        var unknown: [String] = []
        var result = object
        for member in members.keys where !Self.topLevel.contains(member) {
            unknown.append(member)
            result[member] = nil
        }
        if let spec = object["spec"] { result["spec"] = Self.prune(spec, kind.spec, "spec", &unknown) }
        return (result, unknown)
    }

    private static func prune(_ value: JSONValue, _ schema: Schema, _ path: String, _ unknown: inout [String])
        -> JSONValue
    {
        switch (value, schema) {
        case (.object(let object), .object(let properties, _)):
            var kept = JSONObject()
            for (key, member) in object.members {
                if let known = properties[key] {
                    kept[key] = prune(member, known, "\(path).\(key)", &unknown)
                } else {
                    unknown.append("\(path).\(key)")
                }
            }
            return .object(kept)
        case (.object(let object), .map(let element)):
            var result = value
            for (key, member) in object.members { result[key] = prune(member, element, "\(path).\(key)", &unknown) }
            return result
        case (.array(let elements), .list(let element)):
            return .array(elements.enumerated().map { prune($1, element, "\(path)[\($0)]", &unknown) })
        default: return value
        }
    }

    /// Everything that is wrong with an object's values.
    package func faults(_ key: String, _ object: JSONValue) -> [SchemaFault] {
        guard let kind = kinds[key] else { return [] }
        var faults: [SchemaFault] = []
        for field in kind.required where object[field] == nil {
            faults.append(SchemaFault(field: field, reason: "FieldValueRequired", message: "Required value"))
        }
        if let spec = object["spec"] { Self.check(spec, kind.spec, "spec", &faults) }
        let blocksRules = faults.contains { $0.field != "<nil>" }
        if blocksRules {
            faults.append(
                SchemaFault(
                    field: "<nil>", reason: "FieldValueInvalid",
                    message:
                        "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"
                ))
        }
        return faults
    }

    private static func check(_ value: JSONValue, _ schema: Schema, _ path: String, _ faults: inout [SchemaFault]) {
        func wrong(_ wanted: String) {
            let found =
                switch value {
                case .string: "string"
                case .bool: "boolean"
                case .int: "integer"
                case .double: "number"
                case .array: "array"
                case .object: "object"
                case .null: "null"
                }
            faults.append(
                SchemaFault(
                    field: path, reason: "FieldValueTypeInvalid",
                    message: "Invalid value: \"\(found)\": \(path) in body must be of type \(wanted): \"\(found)\""))
        }
        switch (schema, value) {
        case (.anything, _): break
        case (.string, .string), (.boolean, .bool): break
        case (.number(let minimum, let maximum), .int), (.number(let minimum, let maximum), .double):
            bounds(value, path, minimum, maximum, &faults)
        case (.string, _): wrong("string")
        case (.boolean, _): wrong("boolean")
        case (.number, _): wrong("number")
        case (.enumeration(let values), .string(let text)):
            if !values.contains(text) {
                let supported = values.map { "\"\($0)\"" }.joined(separator: ", ")
                faults.append(
                    SchemaFault(
                        field: path, reason: "FieldValueNotSupported",
                        message: "Unsupported value: \"\(text)\": supported values: \(supported)"))
            }
        case (.enumeration, _): wrong("string")
        case (.integer(let isWide, let minimum, let maximum), .int(let number)):
            if !isWide, Int32(exactly: number) == nil {
                faults.append(
                    SchemaFault(
                        field: "<nil>", reason: "FieldValueInvalid",
                        message:
                            "Invalid value: \"\": Checked value must be of type integer with format int32 in \(path)"))
            } else {
                bounds(value, path, minimum, maximum, &faults)
            }
        case (.integer, _): wrong("integer")
        case (.list(let element), .array(let elements)):
            for (index, item) in elements.enumerated() { check(item, element, "\(path)[\(index)]", &faults) }
        case (.list, _): wrong("array")
        case (.map(let element), .object(let object)):
            for (key, member) in object.members { check(member, element, "\(path).\(key)", &faults) }
        case (.map, _): wrong("object")
        case (.object(let properties, let required), .object(let object)):
            for key in required where object[key] == nil {
                faults.append(
                    SchemaFault(field: "\(path).\(key)", reason: "FieldValueRequired", message: "Required value"))
            }
            for (key, member) in object.members {
                if let known = properties[key] { check(member, known, "\(path).\(key)", &faults) }
            }
        case (.object, _): wrong("object")
        }
    }

    private static func bounds(
        _ value: JSONValue, _ path: String, _ minimum: Double?, _ maximum: Double?, _ faults: inout [SchemaFault]
    ) {
        guard let number = value.double else { return }
        func outside(_ words: String, _ bound: Double) {
            faults.append(
                SchemaFault(
                    field: path, reason: "FieldValueInvalid",
                    message:
                        "Invalid value: \(value.compactText): \(path) in body should be \(words) than or equal to \(JSONValue.double(bound).compactText)"
                ))
        }
        if let minimum, number < minimum { outside("greater", minimum) }
        if let maximum, number > maximum { outside("less", maximum) }
    }
}
