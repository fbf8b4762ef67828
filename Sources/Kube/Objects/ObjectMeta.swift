// What MeshTop keeps of every object's metadata.

package import Base

package struct ObjectKey: Hashable, Sendable, Comparable, Codable {
    package var namespace: String
    package var name: String

    package init(_ namespace: String, _ name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
    package static func isNamespaceName(_ text: String) -> Bool {
        let allowed = text.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
        }
        return allowed && (1...63).contains(text.utf8.count) && !text.hasPrefix("-") && !text.hasSuffix("-")
    }

    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

package struct ObjectMeta: Sendable, Hashable {
    package var namespace = ""
    package var name = ""
    package var uid = ""
    /// Opaque: compared for equality only.
    package var resourceVersion = ""
    package var generation: Int?
    package var labels: [String: String] = [:]
    /// Only the annotations that something reads.
    package var annotations: [String: String] = [:]
    package var created: Timestamp?
    package var isDeleting = false
    /// The controlling owner, or the first one.
    package var ownerKind: String?
    package var ownerName: String?
    /// That owner is the controller: it made the object and would make it again.
    package var isControlled = false
    /// The server chose the name, from a prefix.
    package var hasGeneratedName = false
    /// Names of the field managers that wrote the object.
    package var fieldManagers: [String] = []

    package init() {}

    package var key: ObjectKey { ObjectKey(namespace, name) }

    /// Who else keeps this object as it is, in words; nil when nobody is known to.
    package var manager: String? {
        if ownerKind == "Canary" || fieldManagers.contains("flagger") { return "Flagger" }
        if annotations["rollouts.argoproj.io/managed-by-rollouts"] != nil
            || fieldManagers.contains("rollouts-controller")
        {
            return "Argo Rollouts"
        }
        if annotations["argocd.argoproj.io/tracking-id"] != nil || labels["argocd.argoproj.io/instance"] != nil {
            return "Argo CD"
        }
        if labels["kustomize.toolkit.fluxcd.io/name"] != nil || labels["helm.toolkit.fluxcd.io/name"] != nil {
            return "Flux"
        }
        if labels["app.kubernetes.io/managed-by"] == "Helm" {
            return annotations["meta.helm.sh/release-name"].map { "Helm release \($0)" } ?? "Helm"
        }
        return nil
    }

    /// What `kubectl apply` was last given; kept of configuration objects alone, to see what the server dropped of it.
    package static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

    package init(_ scanner: inout JSONScanner, keeping rule: AnnotationRule) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("name") {
                name = try scanner.string() ?? ""
            } else if scanner.key("generateName") {
                hasGeneratedName = try scanner.string()?.isEmpty == false
            } else if scanner.key("namespace") {
                namespace = try scanner.sharedString() ?? ""
            } else if scanner.key("uid") {
                uid = try scanner.string() ?? ""
            } else if scanner.key("resourceVersion") {
                resourceVersion = try scanner.string() ?? ""
            } else if scanner.key("generation") {
                generation = try scanner.int()
            } else if scanner.key("creationTimestamp") {
                created = try scanner.string().flatMap { Timestamp(rfc3339: $0) }
            } else if scanner.key("deletionTimestamp") {
                isDeleting = try scanner.string() != nil
            } else if scanner.key("labels") {
                labels = try scanner.stringMap()
            } else if scanner.key("annotations") {
                try readAnnotations(&scanner, rule)
            } else if scanner.key("ownerReferences") {
                try readOwners(&scanner)
            } else if scanner.key("managedFields") {
                try readManagers(&scanner)
            } else {
                try scanner.skip()
            }
        }
    }

    private mutating func readAnnotations(_ scanner: inout JSONScanner, _ rule: AnnotationRule) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            let name = scanner.keyText()
            if rule.isBlock(name) {
                annotations[name] = try scanner.value().string
            } else if rule.keeps(name) {
                annotations[name] = try scanner.string()
            } else {
                try scanner.skip()
            }
        }
    }

    private mutating func readOwners(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginArray()
        while try scanner.nextElement() {
            var kind: String?
            var name: String?
            var controls = false
            try scanner.beginObject()
            while try scanner.nextKey() {
                if scanner.key("kind") {
                    kind = try scanner.sharedString()
                } else if scanner.key("name") {
                    name = try scanner.sharedString()
                } else if scanner.key("controller") {
                    controls = try scanner.bool() ?? false
                } else {
                    try scanner.skip()
                }
            }
            takeOwner(kind ?? "", name ?? "", controls: controls)
        }
    }

    mutating func takeOwner(_ kind: String, _ name: String, controls: Bool) {
        guard ownerKind == nil || controls && !isControlled else { return }
        (ownerKind, ownerName, isControlled) = (kind, name, controls)
    }

    private mutating func readManagers(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginArray()
        while try scanner.nextElement() {
            try scanner.beginObject()
            while try scanner.nextKey() {
                if scanner.key("manager") {
                    if let manager = try scanner.sharedString(), !fieldManagers.contains(manager) {
                        fieldManagers.append(manager)
                    }
                } else {
                    try scanner.skip()
                }
            }
        }
    }
}

/// An object kept by the thousand: decoded straight from the stream.
package protocol ClusterObject: Sendable, Hashable {
    var meta: ObjectMeta { get set }
    init(_ scanner: inout JSONScanner) throws(JSONError)
    /// Built-in kinds are served as protobuf too, at half the server's cost; custom resources are not.
    static var isServedAsProtobuf: Bool { get }
    /// What to ask for, best first, of a list and of a watch.
    static var accept: String { get }
    static var watchAccept: String { get }
    /// `kind` is what the envelope says: kinds that share a type number their fields differently.
    init(_ scanner: inout ProtobufScanner, kind: String) throws(JSONError)
    /// Shows nothing that the other does not: only what is never read differs, as in most updates of a pod's status.
    func looksLike(_ other: Self) -> Bool
    /// Why it would be read as something that it is not, as an object of this resource; nil where it is not.
    func misreading(as path: ResourcePath) -> String?
    /// Has the same labels and selects the same pods as the other.
    func standsLike(_ other: Self) -> Bool
}

extension ClusterObject {
    package func looksLike(_ other: Self) -> Bool { self == other }
    package func standsLike(_ other: Self) -> Bool { false }
    package func misreading(as path: ResourcePath) -> String? { nil }

    /// Equal but for the version, which is another with every update.
    package func isEqualButForVersion(_ other: Self) -> Bool {
        var same = self
        same.meta.resourceVersion = other.meta.resourceVersion
        return same == other
    }

    package static var isServedAsProtobuf: Bool { true }

    package static var watchAccept: String {
        isServedAsProtobuf ? "application/vnd.kubernetes.protobuf;stream=watch,application/json" : "application/json"
    }

    package static var accept: String {
        isServedAsProtobuf ? "application/vnd.kubernetes.protobuf,application/json" : "application/json"
    }
}
