// Lists: selectors, pages, tables and metadata.

internal import Base
internal import Kube

extension APIServer {
    func list(_ request: APIRequest, _ target: Target) throws -> APIResponse {
        let selectors = try Selectors(request)
        try checkVersion(request)
        var objects = store.entries(target.type, namespace: target.namespace)
        if !selectors.isEmpty { objects = objects.filter { selectors.matches($0.value) } }
        var metadata: JSONValue = ["resourceVersion": .string(String(store.version))]
        // With resourceVersion=0 a real server answers from its cache and ignores the page size.
        if let limit = request.parameter("limit").flatMap({ Int($0) }), limit > 0,
            request.parameter("resourceVersion") != "0" || request.parameter("continue") != nil
        {
            var start = 0
            if let token = request.parameter("continue") {
                guard let last = Self.position(token) else {
                    throw APIFailure.badRequest(
                        "invalid continue token: continue key is not valid: invalid character '\\u0081' looking for beginning of value"
                    )
                }
                start = objects.firstIndex { $0.key > last } ?? objects.count
            }
            let page = Array(objects[start...].prefix(limit))
            if start + page.count < objects.count, let last = page.last {
                metadata["continue"] = .string(Self.token(last.key))
                if selectors.isEmpty {
                    metadata["remainingItemCount"] = .int(Int64(objects.count - start - page.count))
                }
            }
            objects = page
        }
        return listed(objects, metadata, ResponseForm(request, target.type), target)
    }

    private static var comma: APIResponse.Piece { APIResponse.Piece([UInt8(ascii: ",")]) }

    /// Ten thousand pods are joined from what each is written as, not copied into one more tree.
    private func listed(
        _ objects: [StoredObject], _ metadata: JSONValue, _ form: ResponseForm, _ target: Target
    ) -> APIResponse {
        if form.shape == .table {
            return .json(
                TablePrinter.table(objects.map { versioned($0.value, target) }, target.type, self, version: metadata))
        }
        let isMetadata = form.shape == .metadata
        let apiVersion = isMetadata ? "meta.k8s.io/v1" : target.type.apiVersion(target.version)
        let kind = isMetadata ? "PartialObjectMetadataList" : "\(target.type.kind)List"
        if form.isProtobuf {
            let items = objects.map {
                isMetadata
                    ? APIResponse.Piece(ResponseForm.partialMessage($0.value)) : $0.protobufPiece(target.version)
            }
            let (head, pieces) = ProtobufEnvelope.list(kind, apiVersion, metadata: metadata, items: items)
            return APIResponse(status: 200, contentType: ProtobufEnvelope.mediaType, body: head, pieces: pieces)
        }
        let head =
            "{\"kind\":\"\(kind)\",\"apiVersion\":\"\(apiVersion)\",\"metadata\":\(metadata.compactText),\"items\":["
        var pieces: [APIResponse.Piece] = []
        for (index, object) in objects.enumerated() {
            if index > 0 { pieces.append(Self.comma) }
            if isMetadata {
                pieces.append(APIResponse.Piece(Array(ResponseForm.partial(object.value).compactText.utf8)))
            } else {
                pieces += object.itemPieces(target.version)
            }
        }
        pieces.append(APIResponse.Piece(Array("]}\n".utf8)))
        return APIResponse(status: 200, body: Array(head.utf8), pieces: pieces)
    }

    private func checkVersion(_ request: APIRequest) throws(APIFailure) {
        guard let text = request.parameter("resourceVersion"), !text.isEmpty else { return }
        guard let wanted = UInt64(text) else {
            throw APIFailure(
                code: 500, reason: nil,
                message:
                    "resourceVersion: Invalid value: \"\(text)\": strconv.ParseUint: parsing \"\(text)\": invalid syntax"
            )
        }
        guard wanted <= UInt64(store.version) else {
            throw APIFailure(
                code: 504, reason: "Timeout",
                message: "Timeout: Too large resource version: \(wanted), current: \(store.version)",
                details: [
                    "causes": [["reason": "ResourceVersionTooLarge", "message": "Too large resource version"]],
                    "retryAfterSeconds": 1,
                ])
        }
    }

    /// A continue token names the last object of the page before.
    private static func token(_ key: ObjectKey) -> String {
        Array("\(key.namespace)/\(key.name)".utf8).map { byte in
            let hex = String(byte, radix: 16)
            return hex.count == 1 ? "0" + hex : hex
        }.joined()
    }

    private static func position(_ token: String) -> ObjectKey? {
        let digits = Array(token)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(digits[index...index + 1]), radix: 16) else { return nil }
            bytes.append(byte)
        }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        return ObjectKey(String(parts[0]), String(parts[1]))
    }
}

/// Label and field selectors of a request.
struct Selectors {
    private enum Test {
        case equals(String, String), differs(String, String), among(String, [String]), notAmong(String, [String])
        case exists(String), absent(String)
    }
    private var labels: [Test] = []
    private var fields: [(path: [String], value: String, isEqual: Bool)] = []

    var isEmpty: Bool { labels.isEmpty && fields.isEmpty }

    init(_ request: APIRequest) throws(APIFailure) {
        if let text = request.parameter("labelSelector"), !text.isEmpty { labels = try Self.parseLabels(text) }
        if let text = request.parameter("fieldSelector"), !text.isEmpty { fields = try Self.parseFields(text) }
    }

    func matches(_ object: JSONValue) -> Bool {
        let own = object.at("metadata", "labels")
        for test in labels {
            let passes =
                switch test {
                case .equals(let key, let value): own?[key]?.string == value
                case .differs(let key, let value): own?[key]?.string != value
                case .among(let key, let values): own?[key]?.string.map(values.contains) ?? false
                case .notAmong(let key, let values): !(own?[key]?.string.map(values.contains) ?? false)
                case .exists(let key): own?[key] != nil
                case .absent(let key): own?[key] == nil
                }
            if !passes { return false }
        }
        return fields.allSatisfy { field in
            var value: JSONValue? = object
            for part in field.path { value = value?[part] }
            return ((value?.string ?? "") == field.value) == field.isEqual
        }
    }

    private static func parseLabels(_ text: String) throws(APIFailure) -> [Test] {
        var tests: [Test] = []
        for part in splitOutsideParentheses(text) {
            let term = part.trimmingSpace()
            if let range = term.firstRange(of: " in (") ?? term.firstRange(of: " notin ("), term.hasSuffix(")") {
                let key = term[..<range.lowerBound].trimmingSpace()
                let values = term[range.upperBound...].dropLast().split(separator: ",").map { $0.trimmingSpace() }
                tests.append(term[range].contains("notin") ? .notAmong(key, values) : .among(key, values))
            } else if let range = term.firstRange(of: "!=") {
                tests.append(
                    .differs(term[..<range.lowerBound].trimmingSpace(), term[range.upperBound...].trimmingSpace()))
            } else if let range = term.firstRange(of: "=") {
                var value = term[range.upperBound...]
                if value.hasPrefix("=") { value = value.dropFirst() }
                if value.hasPrefix("=") {
                    throw .badRequest("unable to parse requirement: found '=', expected: identifier")
                }
                tests.append(.equals(term[..<range.lowerBound].trimmingSpace(), value.trimmingSpace()))
            } else {
                tests.append(term.hasPrefix("!") ? .absent(String(term.dropFirst())) : .exists(term))
            }
        }
        return tests
    }

    private static func splitOutsideParentheses(_ text: String) -> [String] {
        var parts: [String] = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        return parts
    }

    private static let knownFields: Set<String> = [
        "metadata.name", "metadata.namespace", "status.phase", "spec.nodeName", "involvedObject.name",
        "involvedObject.namespace", "involvedObject.uid", "involvedObject.kind", "reason", "type",
    ]

    private static func parseFields(_ text: String) throws(APIFailure) -> [(
        path: [String], value: String, isEqual: Bool
    )] {
        var parsed: [(path: [String], value: String, isEqual: Bool)] = []
        for term in text.split(separator: ",").map(String.init) {
            let isEqual = !term.contains("!=")
            let parts = term.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = parts[0].hasSuffix("!") ? String(parts[0].dropLast()) : parts[0]
            guard knownFields.contains(name) else { throw .badRequest("field label not supported: \(name)") }
            let value = parts.count > 1 ? String(parts[1].drop { $0 == "=" }) : ""
            parsed.append((name.split(separator: ".").map(String.init), value, isEqual))
        }
        return parsed
    }
}
