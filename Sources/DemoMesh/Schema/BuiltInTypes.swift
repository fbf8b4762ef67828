// The types of the built-in kinds' fields: unknown ones are told of, values of another type are refused.

internal import Base

enum BuiltInTypes {
    private static let catalog = MessageCatalog.builtIn

    private static func place(_ type: ResourceType) -> Int? {
        catalog.place(kind: type.kind, apiVersion: type.apiVersion(type.versions[0]))
    }

    // MARK: Unknown fields

    /// The object without unknown fields and without nulls, which are the same as nothing, and the unknown paths.
    static func pruned(_ type: ResourceType, _ object: JSONValue) -> (JSONValue, unknown: [String]) {
        guard let place = place(type) else { return (object, []) }
        var unknown: [String] = []
        let result = prune(object, catalog.messages[place], "", &unknown)
        return (result, unknown)
    }

    private static func prune(_ value: JSONValue, _ message: Message, _ path: String, _ unknown: inout [String])
        -> JSONValue
    {
        guard let members = value.object else { return value }
        var result = JSONObject()
        for (name, member) in members.members where !member.isNull {
            if path.isEmpty, name == "kind" || name == "apiVersion" {
                result[name] = member
                continue
            }
            let own = path.isEmpty ? name : "\(path).\(name)"
            guard let field = field(name, message) else {
                unknown.append(own)
                continue
            }
            let kept = prune(member, field, own, &unknown)
            if !isLeftOut(kept, field) { result[name] = kept }
        }
        return .object(result)
    }

    /// Go leaves an empty value out where its field says so, unless a pointer makes a difference of it.
    private static func isLeftOut(_ value: JSONValue, _ field: MessageField) -> Bool {
        if field.isAlwaysWritten { return false }
        if field.isList || field.isMap { return value == [] || value == [:] }
        return !field.isPointer && (value == "" || value == false || value == 0)
    }

    private static func prune(_ value: JSONValue, _ field: MessageField, _ path: String, _ unknown: inout [String])
        -> JSONValue
    {
        guard case .message(let place) = field.kind else { return value }
        let message = catalog.messages[place]
        if field.isList, let elements = value.array {
            return .array(elements.enumerated().map { prune($1, message, "\(path)[\($0)]", &unknown) })
        }
        return prune(value, message, path, &unknown)
    }

    private static func field(_ name: String, _ message: Message) -> MessageField? {
        if let index = message.byName[name] { return message.fields[index] }
        guard let index = message.inlined[name], case .message(let inner) = message.fields[index].kind else {
            return nil
        }
        return field(name, catalog.messages[inner])
    }

    // MARK: Types

    /// What Go's decoder says of the first value that does not fit; nil when all do.
    static func mismatch(_ type: ResourceType, _ version: String, _ object: JSONValue) -> String? {
        guard let place = catalog.place(kind: type.kind, apiVersion: type.apiVersion(version)) else { return nil }
        return mismatch(object, catalog.messages[place], "")
    }

    private static func mismatch(_ value: JSONValue, _ message: Message, _ path: String) -> String? {
        guard let members = value.object else { return nil }
        for (name, member) in members.members where !member.isNull {
            guard let field = field(name, message) else { continue }
            let own = path.isEmpty ? name : "\(path).\(name)"
            let place = "\(message.goName).\(own)"
            if field.isList {
                guard let elements = member.array else { return unfit(member, place, "[]\(goType(field))") }
                for element in elements {
                    if let fault = mismatch(element, field, place, own) { return fault }
                }
            } else if field.isMap {
                guard let entries = member.object else { return unfit(member, place, "map[string]\(goType(field))") }
                for element in entries.values {
                    if let fault = mismatch(element, field, place, own) { return fault }
                }
            } else if let fault = mismatch(member, field, place, own) {
                return fault
            }
        }
        return nil
    }

    private static func mismatch(_ value: JSONValue, _ field: MessageField, _ place: String, _ path: String) -> String?
    {
        switch (field.kind, value) {
        case (_, .null), (.string, .string), (.bool, .bool), (.rawJSON, _), (.strings, .array), (.int64, .int):
            return nil
        case (.double, .int), (.double, .double), (.intOrString, .string), (.quantity, .int), (.quantity, .double):
            return nil
        case (.int32, .int(let number)), (.intOrString, .int(let number)):
            return Int32(exactly: number) == nil ? unfit("number \(number)", place, "int32") : nil
        case (.int32, .double(let number)), (.int64, .double(let number)):
            return unfit("number \(JSONValue.double(number).compactText)", place, goType(field))
        case (.bytes, .string(let text)):
            return Base64.decode(text) == nil ? "illegal base64 data at input byte 0" : nil
        case (.quantity, .string(let text)):
            return isQuantity(text) ? nil : "quantities must match the regular expression '\(quantityPattern)'"
        case (.time, .string(let text)), (.microTime, .string(let text)):
            let form = field.kind == .time ? "2006-01-02T15:04:05Z07:00" : "2006-01-02T15:04:05.000000Z07:00"
            guard Timestamp(rfc3339: text) == nil else { return nil }
            return "parsing time \"\(text)\" as \"\(form)\": cannot parse \"\(text)\" as \"2006\""
        case (.message(let inner), .object): return mismatch(value, catalog.messages[inner], path)
        default: return unfit(value, place, goType(field))
        }
    }

    private static func unfit(_ value: JSONValue, _ place: String, _ type: String) -> String {
        switch value {
        case .string: unfit("string", place, type)
        case .bool: unfit("bool", place, type)
        case .int, .double: unfit("number", place, type)
        case .array: unfit("array", place, type)
        default: unfit("object", place, type)
        }
    }

    private static func unfit(_ found: String, _ place: String, _ type: String) -> String {
        "json: cannot unmarshal \(found) into Go struct field \(place) of type \(type)"
    }

    private static func goType(_ field: MessageField) -> String {
        switch field.kind {
        case .string, .rawJSON, .quantity, .intOrString: "string"
        case .bool: "bool"
        case .int32: "int32"
        case .int64: "int64"
        case .double: "float64"
        case .bytes: "[]uint8"
        case .time: "v1.Time"
        case .microTime: "v1.MicroTime"
        case .strings: "[]string"
        case .message(let place): "v1.\(catalog.messages[place].goName)"
        }
    }

    private static let quantityPattern = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"

    private static func isQuantity(_ text: String) -> Bool {
        let sign = text.drop { "+-".contains($0) }
        let number = sign.prefix { $0.isNumber || $0 == "." }
        let unit = sign.dropFirst(number.count)
        let letters = unit.prefix { "eEinumkKMGTP".contains($0) }
        let exponent = unit.dropFirst(letters.count).drop { "+-".contains($0) }
        return !number.isEmpty && exponent.allSatisfy(\.isNumber)
    }
}
