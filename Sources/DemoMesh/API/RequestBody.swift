// Bodies of requests as JSON trees, whichever of its forms a client writes them in.

internal import Base

enum RequestBody {
    static func object(_ request: APIRequest, kind: String, hasProtobuf: Bool) throws(APIFailure) -> JSONValue {
        let json = "application/json"
        switch request.contentType {
        case "application/yaml": return withoutNullTimes(try yaml(request))
        case ProtobufEnvelope.mediaType where hasProtobuf:
            do {
                return try ProtobufEnvelope.decoded(request.body)
            } catch {
                throw .badRequest("the object provided is unrecognized (must be of type \(kind)): \(error.reason)")
            }
        // kubectl names no type for `create --raw`; the guard lets nobody else come without one.
        case json, "":
            do {
                let value = try JSONValue(parsing: request.body)
                guard value.object != nil else { throw JSONError("not an object", at: 0) }
                return withoutNullTimes(value)
            } catch {
                let text = String(decoding: request.body.prefix(500), as: UTF8.self)
                throw .badRequest(
                    "the object provided is unrecognized (must be of type \(kind)): couldn't get version/kind; json parse error: unexpected end of JSON input (\(text))"
                )
            }
        default:
            throw .unsupportedMedia(
                "the body of the request was in an unknown format - accepted media types include: \(json), application/yaml"
                    + (hasProtobuf ? ", \(ProtobufEnvelope.mediaType)" : ""))
        }
    }

    static func yaml(_ request: APIRequest) throws(APIFailure) -> JSONValue {
        do {
            return withoutNullTimes(try YAML.document(request.body))
        } catch {
            throw .badRequest("error decoding YAML: \(error)")
        }
    }

    /// Go writes a time that is not set as null; kubectl's manifests are full of `creationTimestamp: null`.
    private static func withoutNullTimes(_ object: JSONValue) -> JSONValue {
        var object = object
        for path in [["metadata"], ["spec", "template", "metadata"]] {
            var metadata: JSONValue? = object
            for key in path { metadata = metadata?[key] }
            if metadata?["creationTimestamp"]?.isNull == true { object.set(path + ["creationTimestamp"], to: nil) }
        }
        return object
    }
}
