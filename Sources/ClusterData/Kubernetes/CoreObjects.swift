// Namespaces, services and pods, as far as a pane, a finding or an action needs them.

package struct Namespace: ClusterObject {
    package var meta = ObjectMeta()

    package init(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("metadata") { meta = try ObjectMeta(&scanner) } else { try scanner.skip() }
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
        package var name: String?
        package var number: Int
        package var appProtocol: String?
    }

    package var meta = ObjectMeta()
    package var type = "ClusterIP"
    package var clusterIP: String?
    package var selector: [String: String] = [:]
    package var ports: [Port] = []

    package init(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("metadata") {
                meta = try ObjectMeta(&scanner)
            } else if scanner.key("spec") {
                try readSpec(&scanner)
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
            } else if scanner.key("appProtocol") {
                port.appProtocol = try scanner.string()
            } else {
                try scanner.skip()
            }
        }
        return port
    }

    package var id: ServiceID { ServiceID(namespace: meta.namespace, name: meta.name) }
}

package struct Pod: ClusterObject {
    package var meta = ObjectMeta()
    package var nodeName: String?
    package var phase: String?
    package var podIP: String?
    package var isReady = false
    package var containers = 0
    package var readyContainers = 0
    package var restarts = 0
    package var hasSidecar = false
    /// Why a container waits or ended: CrashLoopBackOff, ImagePullBackOff, OOMKilled.
    package var reason: String?
    /// The workload that made this pod, worked out once: the Deployment behind a ReplicaSet, by the pod-template-hash.
    package private(set) var workload: (kind: String, name: String)? {
        get { workloadKind.flatMap { kind in workloadName.map { (kind, $0) } } }
        set { (workloadKind, workloadName) = (newValue?.kind, newValue?.name) }
    }
    private var workloadKind: String?
    private var workloadName: String?

    mutating func findWorkload(_ pool: StringPool?) {
        guard let kind = meta.ownerKind, let name = meta.ownerName else { return }
        workload = (kind, name)
        if kind == "ReplicaSet", let hash = meta.labels["pod-template-hash"], name.hasSuffix("-\(hash)") {
            let deployment = String(name.dropLast(hash.count + 1))
            workload = ("Deployment", pool?.shared(deployment) ?? deployment)
        }
    }

    package init(_ scanner: inout JSONScanner) throws(JSONError) {
        defer { findWorkload(scanner.pool) }
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("metadata") {
                meta = try ObjectMeta(&scanner)
            } else if scanner.key("spec") {
                try readSpec(&scanner)
            } else if scanner.key("status") {
                try readStatus(&scanner)
            } else {
                try scanner.skip()
            }
        }
    }

    private mutating func readSpec(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("nodeName") {
                nodeName = try scanner.sharedString()
            } else if scanner.key("containers") {
                containers += try readContainers(&scanner)
            } else if scanner.key("initContainers") {
                _ = try readContainers(&scanner)  // native sidecars live here
            } else {
                try scanner.skip()
            }
        }
    }

    private mutating func readContainers(_ scanner: inout JSONScanner) throws(JSONError) -> Int {
        var count = 0
        try scanner.beginArray()
        while try scanner.nextElement() {
            count += 1
            try scanner.beginObject()
            while try scanner.nextKey() {
                if scanner.key("name") {
                    if try scanner.string() == "istio-proxy" { hasSidecar = true }
                } else {
                    try scanner.skip()
                }
            }
        }
        return count
    }

    private mutating func readStatus(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("phase") {
                phase = try scanner.string()
            } else if scanner.key("podIP") {
                podIP = try scanner.string()
            } else if scanner.key("reason") {
                reason = try scanner.string()
            } else if scanner.key("conditions") {
                try readConditions(&scanner)
            } else if scanner.key("containerStatuses") {
                try scanner.beginArray()
                while try scanner.nextElement() { try readContainerStatus(&scanner) }
            } else {
                try scanner.skip()
            }
        }
    }

    private mutating func readConditions(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginArray()
        while try scanner.nextElement() {
            var type: String?
            var status: String?
            try scanner.beginObject()
            while try scanner.nextKey() {
                if scanner.key("type") {
                    type = try scanner.string()
                } else if scanner.key("status") {
                    status = try scanner.string()
                } else {
                    try scanner.skip()
                }
            }
            if type == "Ready" { isReady = status == "True" }
        }
    }

    private mutating func readContainerStatus(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("ready") {
                if try scanner.bool() == true { readyContainers += 1 }
            } else if scanner.key("restartCount") {
                restarts += try scanner.int() ?? 0
            } else if scanner.key("state") {
                let state = try scanner.value()
                let waiting = state.at("waiting", "reason")?.string ?? state.at("terminated", "reason")?.string
                if let waiting { reason = SafeText.line(waiting) }
            } else {
                try scanner.skip()
            }
        }
    }

    package func looksLike(_ other: Pod) -> Bool { isEqualButForVersion(other) }

    package var app: String? { meta.labels["service.istio.io/canonical-name"] ?? meta.labels["app"] }
    package var version: String? { meta.labels["service.istio.io/canonical-revision"] ?? meta.labels["version"] }
}

extension ObjectMeta {
    /// A namespace that is labelled as production: changes in it ask for the object's name.
    package var isMarkedProduction: Bool {
        ["production", "prod"].contains(labels["environment"]?.lowercased() ?? "")
    }
}
