// Requests and answers of the demo mesh as values, and the Status bodies of a real API server.

internal import Base
internal import Istio

struct APIRequest {
    var method: String
    /// Percent-decoded segments of the path.
    var segments: [String]
    /// What the path began with, where that names a user; it is no part of `segments`.
    var prefix: String?
    var rawPath: String
    var query: [(String, String)]
    var headers: [(String, String)]
    var body: [UInt8]

    func header(_ name: String) -> String? { headers.first { $0.0.lowercased() == name }?.1 }
    func parameter(_ name: String) -> String? { query.first { $0.0 == name }?.1 }
    func flag(_ name: String) -> Bool { ["1", "true"].contains(parameter(name) ?? "") }
    /// The media type of the body without its parameters.
    var contentType: String {
        (header("content-type") ?? "").split(separator: ";").first.map { $0.trimmingSpace().lowercased() } ?? ""
    }
    /// Asks for custom resources, which have no protobuf form.
    var isCustom: Bool {
        guard segments.first == "apis", segments.count > 1 else { return false }
        return ResourceType.all.contains { $0.isCustom && $0.group == segments[1] }
    }
}

struct APIResponse {
    var status: Int
    var contentType = "application/json"
    var headers: [(String, String)] = []
    var body: [UInt8]
    /// What follows the body, written or fetched when it is sent: a list is never joined first.
    var pieces: [Piece] = []

    struct Piece {
        var length: Int
        var bytes: () -> [UInt8]

        init(length: Int, _ bytes: @escaping () -> [UInt8]) {
            self.length = length
            self.bytes = bytes
        }

        init(_ bytes: [UInt8]) { self.init(length: bytes.count) { bytes } }
    }

    var length: Int { pieces.reduce(body.count) { $0 + $1.length } }
    var whole: [UInt8] { pieces.reduce(into: body) { $0 += $1.bytes() } }

    static func json(_ value: JSONValue, status: Int = 200, warnings: [String] = []) -> APIResponse {
        APIResponse(status: status, headers: headers(warnings), body: Array(value.compactText.utf8) + [0x0A])
    }

    /// A whole object in protobuf when the client wants that and its kind has it, else in JSON.
    static func object(
        _ value: JSONValue, _ form: ResponseForm, status: Int = 200, warnings: [String] = []
    ) -> APIResponse {
        guard form.isProtobuf, let body = ProtobufEnvelope.encoded(value) else {
            return .json(value, status: status, warnings: warnings)
        }
        return APIResponse(
            status: status, contentType: ProtobufEnvelope.mediaType, headers: headers(warnings), body: body)
    }

    private static func headers(_ warnings: [String]) -> [(String, String)] {
        warnings.map { ("Warning", "299 - \(quoted($0))") }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = ""
        for character in text {
            quoted += character == "\"" || character == "\\" ? "\\\(character)" : String(character)
        }
        return "\"\(quoted)\""
    }

    static func text(_ text: String, status: Int = 200, type: String = "text/plain; charset=utf-8") -> APIResponse {
        APIResponse(status: status, contentType: type, body: Array(text.utf8))
    }
}

/// A refusal, thrown by handlers and answered as a Status object.
struct APIFailure: Error {
    var code: Int
    var reason: String?
    var message: String
    var details: JSONValue?

    var status: JSONValue {
        var value: JSONValue = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
        ]
        if let reason { value["reason"] = .string(reason) }
        value["details"] = details
        value["code"] = .int(Int64(code))
        return value
    }

    static func details(_ type: ResourceType, _ name: String? = nil) -> JSONValue {
        var details: JSONValue = [:]
        if let name, !name.isEmpty { details["name"] = .string(name) }
        if !type.group.isEmpty { details["group"] = .string(type.group) }
        details["kind"] = .string(type.resource)
        return details
    }

    static func notFound(_ type: ResourceType, _ name: String) -> APIFailure {
        APIFailure(
            code: 404, reason: "NotFound", message: "\(type.qualified) \"\(name)\" not found",
            details: details(type, name))
    }

    static func exists(_ type: ResourceType, _ name: String) -> APIFailure {
        APIFailure(
            code: 409, reason: "AlreadyExists", message: "\(type.qualified) \"\(name)\" already exists",
            details: details(type, name))
    }

    static func conflict(_ type: ResourceType, _ name: String) -> APIFailure {
        APIFailure(
            code: 409, reason: "Conflict",
            message:
                "Operation cannot be fulfilled on \(type.qualified) \"\(name)\": the object has been modified; please apply your changes to the latest version and try again",
            details: details(type, name))
    }

    static func badRequest(_ message: String) -> APIFailure {
        APIFailure(code: 400, reason: "BadRequest", message: message)
    }

    static func unsupportedMedia(_ message: String) -> APIFailure {
        APIFailure(code: 415, reason: "UnsupportedMediaType", message: message, details: [:])
    }

    static let methodNotAllowed = APIFailure(
        code: 405, reason: "MethodNotAllowed",
        message: "the server does not allow this method on the requested resource",
        details: [:])

    /// A 422 with one cause for each fault, as validation answers.
    static func invalid(_ kind: String, _ group: String, _ name: String, _ faults: [SchemaFault]) -> APIFailure {
        let texts = faults.map { "\($0.field): \($0.message)" }
        let joined = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        var details: JSONValue = ["name": .string(name)]
        if !group.isEmpty { details["group"] = .string(group) }
        details["kind"] = .string(kind)
        details["causes"] = .array(
            faults.map { ["reason": .string($0.reason), "message": .string($0.message), "field": .string($0.field)] })
        let qualified = group.isEmpty ? kind : "\(kind).\(group)"
        return APIFailure(
            code: 422, reason: "Invalid", message: "\(qualified) \"\(name)\" is invalid: \(joined)", details: details)
    }
}
