// The annotations that Istio knows: where they belong, what they take, how settled they are.
// Facts from https://istio.io/latest/docs/reference/config/annotations/

internal import Base

struct AnnotationFacts: Sendable {
    enum Value: Sendable { case any, boolean, number, ports, ranges, interception, imageType }
    enum Stage: Sendable { case alpha, beta, stable }

    /// Kinds it may be on; nil for any.
    var kinds: Set<String>?
    var stage = Stage.alpha
    var isDeprecated = false
    var value = Value.any

    package static let all: [String: AnnotationFacts] = {
        var table: [String: AnnotationFacts] = [:]
        func add(
            _ kinds: [String]?, _ names: [String], _ stage: Stage = .alpha, deprecated: Bool = false,
            _ value: Value = .any
        ) {
            for name in names {
                table[name] = AnnotationFacts(
                    kinds: kinds.map(Set.init), stage: stage, isDeprecated: deprecated, value: value)
            }
        }
        let sidecar = "sidecar.istio.io/"
        let traffic = "traffic.sidecar.istio.io/"
        let readiness = "readiness.status.sidecar.istio.io/"
        add(["Pod"], ["proxy.istio.io/config", sidecar + "inject"], .beta)
        table[sidecar + "inject"]?.value = .boolean
        add(
            ["Pod"],
            [
                "prometheus.istio.io/merge-metrics", sidecar + "rewriteAppHTTPProbers", sidecar + "enableCoreDump",
                sidecar + "nativeSidecar",
            ], .alpha, .boolean)
        add(
            ["Pod"],
            [
                sidecar + "status", sidecar + "proxyImage", sidecar + "proxyCPU", sidecar + "proxyCPULimit",
                sidecar + "proxyMemory", sidecar + "proxyMemoryLimit", sidecar + "bootstrapOverride",
                sidecar + "logLevel",
                sidecar + "componentLogLevel", sidecar + "agentLogLevel", sidecar + "userVolume",
                sidecar + "userVolumeMount", sidecar + "extraStatTags", sidecar + "statsHistogramBuckets",
                sidecar + "statsEvictionInterval", sidecar + "statsCompression",
                "proxy.istio.io/overrides", "inject.istio.io/templates", "istio.io/reroute-virtual-interfaces",
            ])
        add(["Pod"], [sidecar + "proxyImageType"], .alpha, .imageType)
        add(["Pod"], [sidecar + "interceptionMode"], .alpha, .interception)
        add(
            ["Pod"],
            [
                sidecar + "controlPlaneAuthPolicy", sidecar + "discoveryAddress", sidecar + "statsInclusionPrefixes",
                sidecar + "statsInclusionSuffixes", sidecar + "statsInclusionRegexps", "alpha.istio.io/identity",
                traffic + "kubevirtInterfaces",
            ], .alpha, deprecated: true)
        add(
            ["Pod"],
            [
                "status.sidecar.istio.io/port", readiness + "initialDelaySeconds", readiness + "periodSeconds",
                readiness + "failureThreshold",
            ], .alpha, .number)
        add(
            ["Pod"],
            [
                readiness + "applicationPorts", traffic + "includeInboundPorts", traffic + "excludeInboundPorts",
                traffic + "includeOutboundPorts", traffic + "excludeOutboundPorts",
            ], .alpha, .ports)
        add(["Pod"], [traffic + "includeOutboundIPRanges", traffic + "excludeOutboundIPRanges"], .alpha, .ranges)
        add(["Pod"], [traffic + "excludeInterfaces"])
        add(
            ["Service"],
            [
                "networking.istio.io/exportTo", "networking.istio.io/traffic-distribution",
                "networking.istio.io/address-type", "networking.istio.io/service-type",
                "ambient.istio.io/waypoint-inbound-binding",
            ])
        add(
            ["Service"], ["alpha.istio.io/kubernetes-serviceaccounts", "alpha.istio.io/canonical-serviceaccounts"],
            .alpha, deprecated: true)
        add(["Ingress"], ["kubernetes.io/ingress.class"], .stable)
        add(["AuthorizationPolicy"], ["istio.io/dry-run"])
        add(
            ["WorkloadEntry"],
            [
                "istio.io/autoRegistrationGroup", "istio.io/workloadController", "istio.io/connectedAt",
                "istio.io/disconnectedAt",
            ])
        add(["Namespace", "Service"], ["topology.istio.io/controlPlaneClusters"])
        add(
            nil,
            [
                "galley.istio.io/analyze-suppress", "install.operator.istio.io/chart-owner",
                "install.operator.istio.io/owner-generation", "install.operator.istio.io/version",
            ])
        return table
    }()

    /// Istio's own notes, which nobody writes and nothing is said of.
    static let internalNames: Set<String> = [
        "istio.io/rev", "ambient.istio.io/redirection", "gateway.istio.io/controller-version",
        "gateway.istio.io/name-override", "gateway.istio.io/service-account", "gateway.istio.io/managed",
        "internal.istio.io/service-upgrade",
    ]

    /// What the injector itself writes when the CNI plugin captures traffic.
    static let setByInjection: Set<String> = [
        "sidecar.istio.io/interceptionMode", "traffic.sidecar.istio.io/excludeInboundPorts",
        "traffic.sidecar.istio.io/includeInboundPorts", "traffic.sidecar.istio.io/includeOutboundIPRanges",
    ]

    /// What is wrong with a value, in words.
    func fault(of text: String) -> String? {
        switch value {
        case .any: nil
        case .boolean:
            ["true", "false", "1", "0", "t", "f"].contains(text.lowercased()) ? nil : "it takes true or false"
        case .number: UInt32(text) == nil ? "it takes a whole number of 0 or more" : nil
        case .ports:
            text == "*" || list(text).allSatisfy { UInt16($0) != nil }
                ? nil : "it takes port numbers with commas between, or *"
        case .ranges:
            text == "*" || list(text).allSatisfy(Self.isRange) ? nil : "it takes networks such as 10.0.0.0/8, or *"
        case .interception:
            ["REDIRECT", "TPROXY", "NONE"].contains(text.uppercased()) ? nil : "it takes REDIRECT, TPROXY or NONE"
        case .imageType:
            ["default", "debug", "distroless"].contains(text) ? nil : "it takes default, debug or distroless"
        }
    }

    private func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.filter { $0 != " " } }
    }

    private static func isRange(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let bits = Int(parts[1]) else { return false }
        if parts[0].contains(":") { return (0...128).contains(bits) }
        let bytes = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        return (0...32).contains(bits) && bytes.count == 4 && bytes.allSatisfy { UInt8($0) != nil }
    }
}
