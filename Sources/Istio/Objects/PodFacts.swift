// What a pod's specification says about its place in a mesh: read alike from pods and from pod templates.

internal import Base

/// The few facts of a PodSpec that the mesh model, a finding or a policy reads.
package struct PodFacts: Sendable, Hashable {
    package var serviceAccount: String?
    /// Image of the container `istio-proxy`, as written.
    package var proxyImage: String?
    /// Image of istiod's container, `discovery`.
    package var controlPlaneImage: String?
    package var hasSidecar = false
    /// A container `istio-init`, `istio-validation` or a native sidecar says how traffic is captured.
    package var isCapturedByCNI = false
    /// `image: auto` is a placeholder that only injection replaces.
    package var usesAutoImage = false
    /// The application runs as user 1337, which the proxy's traffic capture leaves out.
    package var runsAsProxyUser = false
    package var usesHostNetwork = false
    /// istiod's BLOCKED_CIDRS_IN_JWKS_URIS has a value.
    package var blocksKeySetNetworks = false
    package var containers = 0

    package init() {}

    /// The user ID of the proxy. https://istio.io/latest/docs/ops/deployment/application-requirements/
    private static let proxyUser = 1337

    // MARK: JSON

    /// Takes a member of a PodSpec; false when it is none of those that are read.
    mutating func take(_ scanner: inout JSONScanner) throws(JSONError) -> Bool {
        if scanner.key("containers") {
            try readContainers(&scanner, isInit: false)
        } else if scanner.key("initContainers") {
            try readContainers(&scanner, isInit: true)
        } else if scanner.key("serviceAccountName") {
            serviceAccount = try scanner.sharedString()
        } else if scanner.key("hostNetwork") {
            usesHostNetwork = try scanner.bool() ?? false
        } else if scanner.key("securityContext") {
            if try Self.user(&scanner) == Self.proxyUser { runsAsProxyUser = true }
        } else {
            return false
        }
        return true
    }

    private mutating func readContainers(_ scanner: inout JSONScanner, isInit: Bool) throws(JSONError) {
        try scanner.beginArray()
        while try scanner.nextElement() {
            var container = Container()
            try scanner.beginObject()
            while try scanner.nextKey() {
                if scanner.key("name") {
                    container.name = try scanner.sharedString() ?? ""
                } else if scanner.key("image") {
                    container.image = try scanner.sharedString()
                } else if scanner.key("securityContext") {
                    container.user = try Self.user(&scanner)
                } else if scanner.key("env") {
                    container.blocksKeySetNetworks = try Self.blocks(&scanner)
                } else {
                    try scanner.skip()
                }
            }
            add(container, isInit: isInit)
        }
    }

    private static func user(_ scanner: inout JSONScanner) throws(JSONError) -> Int? {
        var user: Int?
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("runAsUser") { user = try scanner.int() } else { try scanner.skip() }
        }
        return user
    }

    private static let blockedNetworks = "BLOCKED_CIDRS_IN_JWKS_URIS"

    private static func blocks(_ scanner: inout JSONScanner) throws(JSONError) -> Bool {
        var found = false
        try scanner.beginArray()
        while try scanner.nextElement() {
            var (name, hasValue) = ("", false)
            try scanner.beginObject()
            while try scanner.nextKey() {
                if scanner.key("name") {
                    name = try scanner.sharedString() ?? ""
                } else if scanner.key("value") {
                    hasValue = try scanner.string()?.isEmpty == false
                } else {
                    try scanner.skip()
                }
            }
            if name == blockedNetworks, hasValue { found = true }
        }
        return found
    }

    // MARK: Protobuf
    // Numbers: PodSpec, Container, SecurityContext and EnvVar in k8s.io/api/core/v1/generated.proto.

    /// Takes a field of a PodSpec, if it is one of those that are read.
    mutating func take(_ spec: inout ProtobufScanner) throws(JSONError) {
        switch spec.field {
        case 2: try readContainer(&spec, isInit: false)
        case 8: serviceAccount = try spec.sharedString()
        case 11: usesHostNetwork = try spec.bool()
        case 14: if try Self.user(&spec, field: 2) == Self.proxyUser { runsAsProxyUser = true }
        case 20: try readContainer(&spec, isInit: true)
        default: break
        }
    }

    private mutating func readContainer(_ spec: inout ProtobufScanner, isInit: Bool) throws(JSONError) {
        var message = try spec.message()
        var container = Container()
        while try message.nextField() {
            switch message.field {
            case 1: container.name = try message.sharedString()
            case 2: container.image = try message.sharedString()
            case 7:
                var variable = try message.message()
                var (isIt, hasValue) = (false, false)
                while try variable.nextField() {
                    switch variable.field {
                    case 1: isIt = try variable.isText("BLOCKED_CIDRS_IN_JWKS_URIS")
                    case 2: hasValue = try !variable.isText("")
                    default: break
                    }
                }
                if isIt, hasValue { container.blocksKeySetNetworks = true }
            case 15: container.user = try Self.user(&message, field: 4)
            default: break
            }
        }
        add(container, isInit: isInit)
    }

    private static func user(_ scanner: inout ProtobufScanner, field: Int) throws(JSONError) -> Int? {
        var context = try scanner.message()
        var user: Int?
        while try context.nextField() {
            if context.field == field { user = try context.int() }
        }
        return user
    }

    // MARK: Both

    private struct Container {
        package var name = ""
        var image: String?
        var user: Int?
        var blocksKeySetNetworks = false
    }

    private mutating func add(_ container: Container, isInit: Bool) {
        if !isInit { containers += 1 }
        switch container.name {
        case "istio-proxy":
            hasSidecar = true
            proxyImage = container.image
        case "istio-validation": isCapturedByCNI = true
        case "discovery": controlPlaneImage = container.image
        default:
            if container.user == Self.proxyUser, container.name != "istio-init" { runsAsProxyUser = true }
        }
        if container.image == "auto" { usesAutoImage = true }
        if container.blocksKeySetNetworks { blocksKeySetNetworks = true }
    }
}
