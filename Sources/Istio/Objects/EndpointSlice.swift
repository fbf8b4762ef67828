// The addresses behind a Service, with what its controller says of each: ready is what load balancers go by.
// https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/

package import Base
package import Kube
package import MeshModel

package struct EndpointSlice: ClusterObject {
    package struct Endpoint: Sendable, Hashable {
        /// The pod that has the address; nil where none is named.
        package var pod: String?
        package var address = ""
        /// Nothing said means ready.
        package var isReady = true
        package var isTerminating = false
    }

    package var meta = ObjectMeta()
    package var endpoints: [Endpoint] = []

    /// The Service that it is of.
    package var service: ServiceID? {
        meta.labels["kubernetes.io/service-name"].map { ServiceID(namespace: meta.namespace, name: $0) }
    }

    package init(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("metadata") {
                meta = try ObjectMeta(&scanner, keeping: .mesh)
            } else if scanner.key("endpoints") {
                try scanner.beginArray()
                while try scanner.nextElement() { endpoints.append(try Self.endpoint(&scanner)) }
            } else {
                try scanner.skip()
            }
        }
    }

    private static func endpoint(_ scanner: inout JSONScanner) throws(JSONError) -> Endpoint {
        var endpoint = Endpoint()
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("addresses") {
                try scanner.beginArray()
                while try scanner.nextElement() {
                    let address = try scanner.string() ?? ""
                    if endpoint.address.isEmpty { endpoint.address = address }
                }
            } else if scanner.key("conditions") {
                try scanner.beginObject()
                while try scanner.nextKey() {
                    if scanner.key("ready") {
                        endpoint.isReady = try scanner.bool() ?? true
                    } else if scanner.key("terminating") {
                        endpoint.isTerminating = try scanner.bool() ?? false
                    } else {
                        try scanner.skip()
                    }
                }
            } else if scanner.key("targetRef") {
                let target = try scanner.stringMap()
                if target["kind"] == "Pod" { endpoint.pod = target["name"] }
            } else {
                try scanner.skip()
            }
        }
        return endpoint
    }

    /// Fields: https://github.com/kubernetes/api/blob/master/discovery/v1/generated.proto
    package init(_ scanner: inout ProtobufScanner, kind: String) throws(JSONError) {
        while try scanner.nextField() {
            switch scanner.field {
            case 1: meta = try scanner.metadata(keeping: .mesh)
            case 2:
                var item = try scanner.message()
                endpoints.append(try Self.endpoint(&item))
            default: break
            }
        }
    }

    private static func endpoint(_ scanner: inout ProtobufScanner) throws(JSONError) -> Endpoint {
        var endpoint = Endpoint()
        while try scanner.nextField() {
            switch scanner.field {
            case 1:
                let address = try scanner.string()
                if endpoint.address.isEmpty { endpoint.address = address }
            case 2:
                var conditions = try scanner.message()
                while try conditions.nextField() {
                    switch conditions.field {
                    case 1: endpoint.isReady = try conditions.bool()
                    case 3: endpoint.isTerminating = try conditions.bool()
                    default: break
                    }
                }
            case 4:
                var target = try scanner.message()
                var (kind, name) = ("", "")
                while try target.nextField() {
                    switch target.field {
                    case 1: kind = try target.sharedString()
                    case 3: name = try target.string()
                    default: break
                    }
                }
                if kind == "Pod" { endpoint.pod = name }
            default: break
            }
        }
        return endpoint
    }

    package func looksLike(_ other: EndpointSlice) -> Bool { endpoints == other.endpoints && service == other.service }
}
