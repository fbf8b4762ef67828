// The part of a snapshot that says what holds for a workload: mTLS, authorization, tokens, limits, injection.

/// What is in force for one workload, with the objects that say so. An object that is ignored is not here.
package struct PolicySummary: Sendable, Hashable, Codable {
    /// What one port takes where it is not what the others take.
    package struct PortMode: Sendable, Hashable, Codable {
        package var port: Int
        package var mode: String
        package var because: String

        package init(port: Int, mode: String, because: String) {
            self.port = port
            self.mode = mode
            self.because = because
        }
    }

    package struct Authorization: Sendable, Hashable, Codable {
        /// ALLOW, DENY, CUSTOM or AUDIT.
        package var action: String
        /// `namespace/name`.
        package var name: String
        package var rules: Int
        package var isDryRun: Bool
        /// The waypoint that enforces it; nil where the workload's own proxy does.
        package var waypoint: String?

        package init(action: String, name: String, rules: Int, isDryRun: Bool, waypoint: String? = nil) {
            self.action = action
            self.name = name
            self.rules = rules
            self.isDryRun = isDryRun
            self.waypoint = waypoint
        }
    }

    /// Whether the workload's pods have a proxy, and which.
    package enum Injection: String, Sendable, Hashable, Codable {
        case sidecar, ambient, gateway, missing, off, none, unknown
    }

    package var namespace: String
    package var kind: String
    package var workload: String
    package var mtlsMode: String
    package var mtlsBecause: String
    package var ports: [PortMode] = []
    /// What DestinationRules make clients send, where they say so: "DISABLE by DestinationRule a/b".
    package var clients: [String] = []
    /// Where both sides do not fit.
    package var conflicts: [String] = []
    package var authorization: [Authorization] = []
    /// What happens to a request that no rule names.
    package var standard: String = ""
    /// RequestAuthentications with the issuers they take.
    package var jwt: [String] = []
    /// Local and global limits that EnvoyFilters set.
    package var rateLimits: [String] = []
    /// EnvoyFilters that change the proxy in a way MeshTop does not read.
    package var envoyFilters: [String] = []
    /// NetworkPolicies that select the pods.
    package var networkPolicies: [String] = []
    /// Ports of the workload or of its proxy that no NetworkPolicy lets anybody in to.
    package var blockedPorts: [Int] = []
    package var injection = Injection.none
    /// Pods, and those of them that no proxy stands before: policies are not enforced there.
    package var pods = 0
    package var podsWithoutProxy = 0
    /// Versions of the proxies as their images are tagged.
    package var proxyVersions: [String] = []
    package var controlPlaneVersion: String?
    /// The Sidecar resource that holds, and the hosts that it lets the proxy know.
    package var sidecar: String?
    package var egressHosts: [String] = []
    package var telemetry: [String] = []
    /// What was not read and would count here, by the kind: "PeerAuthentication not read: …".
    package var gaps: [WatchedKind: String] = [:]

    /// The mode where PeerAuthentications were not read.
    package static let unknownMode = "UNKNOWN"
    /// How `standard` begins where AuthorizationPolicies were not read.
    package static let unknownStandard = "unknown"
    package var isStandardUnknown: Bool { standard.hasPrefix(Self.unknownStandard) }

    package init(namespace: String, kind: String, workload: String, mtlsMode: String, mtlsBecause: String) {
        self.namespace = namespace
        self.kind = kind
        self.workload = workload
        self.mtlsMode = mtlsMode
        self.mtlsBecause = mtlsBecause
    }

    /// False where no pod has a proxy; nil while no pod is there to tell.
    package var isEnforced: Bool? { pods == 0 ? nil : podsWithoutProxy < pods }

    /// Proxies of another minor version than the control plane's: more than one apart is not supported.
    /// https://istio.io/latest/docs/releases/supported-releases/#control-planedata-plane-skew
    package var hasVersionSkew: Bool {
        guard let plane = controlPlaneVersion.flatMap({ MinorVersion($0) }) else { return false }
        return proxyVersions.contains { version in MinorVersion(version).map { $0 != plane } ?? false }
    }
}
