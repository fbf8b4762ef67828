// The envelope around an object in protobuf.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding

internal import Base

extension ProtobufScanner {
    /// A whole object in Kubernetes' envelope: `k8s\0`, runtime.Unknown {1 typeMeta {2 kind}, 2 raw}. Nil when the
    /// envelope holds no message.
    @_lifetime(copy self)
    mutating func enveloped() throws(JSONError) -> Envelope? {
        try expect([0x6B, 0x38, 0x73, 0])
        var kind = ""
        while try nextField() {
            switch field {
            case 1:
                var type = try message()
                while try type.nextField() { if type.field == 2 { kind = try type.string() } }
            case 2: return Envelope(kind: kind, message: try message())
            default: break
            }
        }
        return nil
    }

    struct Envelope: ~Escapable {
        var kind: String
        var message: ProtobufScanner

        @_lifetime(copy message)
        init(kind: String, message: ProtobufScanner) {
            self.kind = kind
            self.message = message
        }
    }
}
