// Namespaces, services, pods and nodes, as far as a pane, a finding or an action needs them.

package import Base
package import Kube
package import MeshModel

package struct Namespace: ClusterObject {
    package var meta = ObjectMeta()

    package init(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("metadata") { meta = try ObjectMeta(&scanner, keeping: .mesh) } else { try scanner.skip() }
        }
    }

    package var injectsSidecars: Bool {
        meta.labels["istio-injection"] == "enabled"
            || (meta.labels["istio.io/rev"] != nil && meta.labels["istio-injection"] != "disabled")
    }
    package var isAmbient: Bool { meta.labels["istio.io/dataplane-mode"] == "ambient" }
    package var isProduction: Bool { meta.isMarkedProduction }
}

package struct Service: ClusterObject {
    package struct Port: Sendable, Hashable {
        /// Where the pods listen: a number or a container port's name.
        package enum Target: Sendable, Hashable {
            case number(Int)
            case name(String)
        }

        package var name: String?
        package var number: Int
        /// Nil when it is the port's own number.
        package var target: Target?
        /// TCP, UDP or SCTP.
        package var transport: String?
        package var appProtocol: String?

        package var targetNumber: Int? {
            switch target {
            case nil: number
            case .number(let other): other == 0 ? number : other
            case .name: nil
            }
        }
    }

    package var meta = ObjectMeta()
    package var type = "ClusterIP"
    package var clusterIP: String?
    package var selector: [String: String] = [:]
    package var ports: [Port] = []
    package var externalName: String?
    package var conditions: [StatusCondition] = []

    package init(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("metadata") {
                meta = try ObjectMeta(&scanner, keeping: .mesh)
            } else if scanner.key("spec") {
                try readSpec(&scanner)
            } else if scanner.key("status") {
                conditions = StatusCondition.all(try scanner.value()["conditions"])
            } else {
                try scanner.skip()
            }
        }
    }

    private mutating func readSpec(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("type") {
                type = try scanner.string() ?? type
            } else if scanner.key("clusterIP") {
                clusterIP = try scanner.string()
            } else if scanner.key("selector") {
                selector = try scanner.stringMap()
            } else if scanner.key("externalName") {
                externalName = try scanner.string()
            } else if scanner.key("ports") {
                try scanner.beginArray()
                while try scanner.nextElement() { ports.append(try Self.port(&scanner)) }
            } else {
                try scanner.skip()
            }
        }
    }

    private static func port(_ scanner: inout JSONScanner) throws(JSONError) -> Port {
        var port = Port(number: 0)
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("name") {
                port.name = try scanner.string()
            } else if scanner.key("port") {
                port.number = try scanner.int() ?? 0
            } else if scanner.key("protocol") {
                port.transport = try scanner.sharedString()
            } else if scanner.key("targetPort") {
                let start = try scanner.valueStart()
                switch try scanner.value() {
                case .int(let number): port.target = .number(JSONValue.bounded(Int(number)))
                case .string(let name): port.target = .name(SafeText.line(name))
                case .null: break
                default: if scanner.isStrict { throw JSONError("is neither number nor name", at: start) }
                }
            } else if scanner.key("appProtocol") {
                port.appProtocol = try scanner.string()
            } else {
                try scanner.skip()
            }
        }
        return port
    }

    package var id: ServiceID { ServiceID(namespace: meta.namespace, name: meta.name) }
    /// Without a selector its endpoints are somebody else's to write, and another name has none.
    package var selectsPods: Bool { !selector.isEmpty && type != "ExternalName" }
}

extension ObjectMeta {
    /// A namespace that is labelled as production: changes in it ask for the object's name.
    package var isMarkedProduction: Bool {
        ["production", "prod"].contains(labels["environment"]?.lowercased() ?? "")
    }
}

/// An object of which the metadata alone is read: nodes, whose labels say where their pods run, and the definitions of
/// custom resources. Asked for as metadata, since a definition with its schemas has hundreds of kilobytes.
/// https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
package struct MetadataObject: ClusterObject {
    package var meta = ObjectMeta()

    package init(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("metadata") { meta = try ObjectMeta(&scanner, keeping: .mesh) } else { try scanner.skip() }
        }
    }

    package init(_ scanner: inout ProtobufScanner, kind: String) throws(JSONError) {
        while try scanner.nextField() {
            if scanner.field == 1 { meta = try scanner.metadata(keeping: .mesh) }
        }
    }

    package static var isServedAsProtobuf: Bool { false }
    package static var accept: String {
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
    }
    package static var watchAccept: String {
        "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
    }

    package func looksLike(_ other: MetadataObject) -> Bool { isEqualButForVersion(other) }
}

/// One of the conditions in an object's status.
package struct StatusCondition: Sendable, Hashable {
    package var type = ""
    package var status = ""
    package var reason = ""
    package var message = ""

    package init() {}

    /// The conditions of a list; text in them is cleaned.
    package static func all(_ list: JSONValue?) -> [StatusCondition] {
        (list?.array ?? []).map { item in
            var condition = StatusCondition()
            condition.type = item.text("type") ?? ""
            condition.status = item.text("status") ?? ""
            condition.reason = item.text("reason") ?? ""
            condition.message = item.text("message") ?? ""
            return condition
        }
    }
}
