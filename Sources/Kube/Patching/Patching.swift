// JSON patch (RFC 6902) and merge patch (RFC 7386); Kubernetes' own patch is StrategicMerge.

package import Base

package enum Patching {
    package enum PatchError: Error {
        case failedTest
        case badPath(String)
        case malformed(String)
    }

    // MARK: RFC 6902

    package static func json(_ operations: [JSONValue], to object: JSONValue) throws(PatchError) -> JSONValue {
        var result = object
        for operation in operations {
            guard let name = operation["op"]?.string, let pointer = operation["path"]?.string else {
                throw .malformed("an operation needs op and path")
            }
            let path = try segments(pointer)
            switch name {
            case "test":
                guard let value = value(at: path, in: result), value == operation["value"] ?? .null else {
                    throw .failedTest
                }
            case "add": result = try put(operation["value"] ?? .null, at: path, in: result, adding: true)
            case "replace":
                guard value(at: path, in: result) != nil else { throw .badPath(pointer) }
                result = try put(operation["value"] ?? .null, at: path, in: result, adding: false)
            case "remove": result = try remove(path, from: result, pointer)
            case "copy", "move":
                let from = try segments(operation["from"]?.string ?? "")
                guard let value = value(at: from, in: result) else { throw .badPath(operation["from"]?.string ?? "") }
                if name == "move" { result = try remove(from, from: result, pointer) }
                result = try put(value, at: path, in: result, adding: true)
            default: throw .malformed("unexpected kind: \(name)")
            }
        }
        return result
    }

    package static func segments(_ pointer: String) throws(PatchError) -> [String] {
        if pointer.isEmpty { return [] }
        guard pointer.hasPrefix("/") else { throw .badPath(pointer) }
        return pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            replacing(replacing(String($0), "~1", "/"), "~0", "~")
        }
    }

    private static func replacing(_ text: String, _ old: String, _ new: String) -> String {
        var result = ""
        var rest = text[...]
        while let range = rest.firstRange(of: old) {
            result += rest[..<range.lowerBound] + new
            rest = rest[range.upperBound...]
        }
        return result + rest
    }

    package static func value(at path: [String], in object: JSONValue) -> JSONValue? {
        var current: JSONValue? = object
        for segment in path {
            if case .array(let elements)? = current {
                guard let index = Int(segment), elements.indices.contains(index) else { return nil }
                current = elements[index]
            } else {
                current = current?[segment]
            }
        }
        return current
    }

    private static func put(
        _ value: JSONValue, at path: [String], in object: JSONValue, adding: Bool
    ) throws(PatchError) -> JSONValue {
        guard let first = path.first else { return value }
        let pointer = "/" + path.joined(separator: "/")
        if case .array(var elements) = object {
            let index = first == "-" ? elements.count : Int(first) ?? -1
            if path.count == 1 {
                if adding {
                    guard (0...elements.count).contains(index) else { throw .badPath(pointer) }
                    elements.insert(value, at: index)
                } else {
                    guard elements.indices.contains(index) else { throw .badPath(pointer) }
                    elements[index] = value
                }
            } else {
                guard elements.indices.contains(index) else { throw .badPath(pointer) }
                elements[index] = try put(value, at: Array(path.dropFirst()), in: elements[index], adding: adding)
            }
            return .array(elements)
        }
        guard case .object = object else { throw .badPath(pointer) }
        var copy = object
        if path.count == 1 {
            copy[first] = value
        } else {
            guard let child = object[first] else { throw .badPath(pointer) }
            copy[first] = try put(value, at: Array(path.dropFirst()), in: child, adding: adding)
        }
        return copy
    }

    private static func remove(_ path: [String], from object: JSONValue, _ pointer: String) throws(PatchError)
        -> JSONValue
    {
        guard let first = path.first else { return .null }
        if case .array(var elements) = object {
            guard let index = Int(first), elements.indices.contains(index) else { throw .badPath(pointer) }
            if path.count == 1 {
                elements.remove(at: index)
            } else {
                elements[index] = try remove(Array(path.dropFirst()), from: elements[index], pointer)
            }
            return .array(elements)
        }
        guard let child = object[first] else { throw .badPath(pointer) }
        var copy = object
        copy[first] = path.count == 1 ? nil : try remove(Array(path.dropFirst()), from: child, pointer)
        return copy
    }

    // MARK: RFC 7386

    package static func merge(_ patch: JSONValue, into target: JSONValue?) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var result = target?.object.map { JSONValue.object($0) } ?? [:]
        for (key, value) in changes.members {
            if value.isNull { result[key] = nil } else { result[key] = merge(value, into: result[key]) }
        }
        return result
    }
}
