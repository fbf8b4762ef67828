// Istio and Gateway API objects: few and deep, so their specs are kept as trees and read through typed views.

package import Base
package import Kube

/// A configuration object with its spec as a tree. Text in it is raw: what is shown goes through `SafeText`.
package struct ConfigObject: ClusterObject {
    package var meta = ObjectMeta()
    package var spec: JSONValue = [:]
    package var conditions: [StatusCondition] = []
    /// As it was read: "networking.istio.io/v1"; empty from lists, which name it once.
    package var apiVersion = ""
    /// Read from a file, where no API server has looked at it.
    package var isFromFile = false

    package init(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("metadata") {
                meta = try ObjectMeta(&scanner, keeping: .applied)
            } else if scanner.key("spec") {
                if let value = try Self.tree(&scanner) { spec = value }
            } else if scanner.key("apiVersion") {
                apiVersion = try scanner.sharedString() ?? ""
            } else if scanner.key("data") || scanner.key("webhooks") {
                // ConfigMaps and webhook configurations have no spec.
                let name = scanner.keyText()
                spec[name] = try Self.tree(&scanner, isList: name == "webhooks")
            } else if scanner.key("status") {
                let status = try scanner.value()
                if scanner.isStrict, let fault = FieldTypes.fault(status: status) {
                    // Its path is in its words.
                    throw JSONError(fault, at: .max)
                }
                conditions = StatusCondition.all(status["conditions"])
                // A route has the conditions of each parent.
                for parent in status.list("parents") { conditions += StatusCondition.all(parent["conditions"]) }
            } else {
                try scanner.skip()
            }
        }
    }

    /// A part as a tree, without members that are null; nil when it is null itself.
    private static func tree(_ scanner: inout JSONScanner, isList: Bool = false) throws(JSONError)
        -> JSONValue?
    {
        if try scanner.takeNull() { return nil }
        if scanner.isStrict, try !(isList ? scanner.isArray() : scanner.isObject()) {
            throw scanner.fail(isList ? "is no list" : "is no object")
        }
        return try scanner.value().withoutNulls
    }

    package static var isServedAsProtobuf: Bool { false }

    package init(_ scanner: inout ProtobufScanner, kind: String) throws(JSONError) {
        throw JSONError("protobuf: a custom resource has no such form", at: 0)
    }

    package init(meta: ObjectMeta, spec: JSONValue) {
        self.meta = meta
        self.spec = spec
    }
}

extension ConfigObject {
    /// `spec.selector.matchLabels`; empty selects everything in the policy's scope.
    package var selector: [String: String] { spec.at("selector", "matchLabels")?.stringMap ?? [:] }
}
