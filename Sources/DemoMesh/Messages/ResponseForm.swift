// In which form a client wants its answer: the Accept header, as the real server reads it.

internal import Base

struct ResponseForm {
    enum Shape { case whole, table, metadata }
    var shape = Shape.whole
    var isProtobuf = false

    init(_ request: APIRequest, _ type: ResourceType) {
        self.init(accept: request.header("accept"), hasProtobuf: !type.isCustom)
    }

    /// The first of the client's wishes that can be met; JSON for a client that has none.
    init(accept: String?, hasProtobuf: Bool) {
        if let first = Self.forms(accept ?? "", hasProtobuf: hasProtobuf).first { self = first }
    }

    private init(shape: Shape, isProtobuf: Bool) {
        self.shape = shape
        self.isProtobuf = isProtobuf
    }

    static func isAcceptable(_ accept: String?, hasProtobuf: Bool) -> Bool {
        guard let accept, !accept.isEmpty else { return true }
        return !forms(accept, hasProtobuf: hasProtobuf).isEmpty
    }

    /// Best first: by quality, then in the client's order.
    private static func forms(_ accept: String, hasProtobuf: Bool) -> [ResponseForm] {
        var found: [(form: ResponseForm, quality: Double)] = []
        for clause in accept.split(separator: ",") {
            let parts = clause.split(separator: ";").map { $0.trimmingSpace() }
            func parameter(_ name: String) -> String? {
                parts.dropFirst().first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
            }
            let isProtobuf = parts.first?.lowercased() == ProtobufEnvelope.mediaType
            let isJSON = ["application/json", "application/yaml", "application/*", "*/*"].contains(
                parts.first?.lowercased() ?? "")
            guard isJSON || isProtobuf else { continue }
            let shape: Shape
            switch parameter("as") {
            case nil where isJSON || hasProtobuf: shape = .whole
            case "Table" where isJSON: shape = .table
            case "PartialObjectMetadata", "PartialObjectMetadataList": shape = .metadata
            default: continue
            }
            found.append(
                (ResponseForm(shape: shape, isProtobuf: isProtobuf), parameter("q").flatMap { Double($0) } ?? 1))
        }
        let best = found.map(\.quality).max() ?? 1
        return found.filter { $0.quality == best }.map(\.form) + found.filter { $0.quality < best }.map(\.form)
    }

    // MARK: Metadata alone

    static func partial(_ object: JSONValue) -> JSONValue {
        ["kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"] ?? [:]]
    }

    static func partialMessage(_ object: JSONValue) -> [UInt8] {
        ProtobufEnvelope.message(object, kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1") ?? []
    }
}
