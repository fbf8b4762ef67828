// All analyzers with the kinds they read, so that a change runs those again that it concerns.

internal import Kube
package import MeshModel

/// One question asked of the configuration.
package struct Analyzer: Sendable {
    package let name: String
    /// The kinds whose objects, labels or annotations the answer depends on.
    let reads: [WatchedKind]
    let run: @Sendable (AnalysisWorld, inout Findings) -> Void

    init(
        _ name: String, reads: [WatchedKind], _ run: @escaping @Sendable (AnalysisWorld, inout Findings) -> Void
    ) {
        self.name = name
        self.reads = reads
        self.run = run
    }

    package static let pods: [WatchedKind] = [.pods, .deployments, .statefulsets, .daemonsets]

    /// All that findings are made of; Rollouts as workloads among others.
    package static let kinds = Set(all.flatMap(\.reads) + [.rollouts])

    package static let all: [Analyzer] =
        AnnotationRules.analyzers + InjectionRules.analyzers + ServiceRules.analyzers + VirtualServiceRules.analyzers
        + MatchRules.analyzers + DestinationRuleRules.analyzers + GatewayRules.analyzers + CredentialRules.analyzers
        + SelectorRules.analyzers + PolicyRules.analyzers + EnvoyFilterRules.analyzers + TelemetryRules.analyzers
        + ServiceEntryRules.analyzers + WebhookRules.analyzers + StatusRules.analyzers + DeprecationRules.analyzers
        + SchemaRules.analyzers + PatternRules.analyzers + OperatorRules.analyzers + NetworkRules.analyzers
}

/// Findings of a whole world, kept by analyzer so that a change asks only those that it concerns.
package struct Analysis: Sendable {
    private var kept: [String: (key: [Int], findings: [Finding])] = [:]

    package init() {}

    /// Everything that is wrong, worst first. `secretsVersion` moves when other secrets are known.
    package mutating func findings(_ world: AnalysisWorld) -> [Finding] {
        var all: [Finding] = []
        for analyzer in Analyzer.all {
            let key =
                analyzer.reads.map(world.objects.analysisVersion) + [
                    world.mesh.hashValue, world.secrets?.hashValue ?? 0,
                ]
            if let known = kept[analyzer.name], known.key == key {
                all += known.findings
                continue
            }
            var found = Findings()
            analyzer.run(world, &found)
            kept[analyzer.name] = (key, found.all)
            all += found.all
        }
        return Self.sorted(all.filter { !world.isSuppressed($0) })
    }

    /// Once, for a command.
    package static func findings(_ world: AnalysisWorld) -> [Finding] {
        var analysis = Analysis()
        return analysis.findings(world)
    }

    package static func sorted(_ findings: [Finding]) -> [Finding] {
        findings.sorted {
            ($1.severity, $0.object, $0.code, $0.path) < ($0.severity, $1.object, $1.code, $1.path)
        }
    }
}

extension AnalysisWorld {
    /// `galley.istio.io/analyze-suppress: IST0108,IST0103` or `*` on an object silences codes for it.
    func isSuppressed(_ finding: Finding) -> Bool {
        guard let kind = WatchedKind.all.first(where: { $0.kind == finding.object.kind }),
            let codes = annotations(kind, ObjectKey(finding.object.namespace, finding.object.name))[
                "galley.istio.io/analyze-suppress"]
        else { return false }
        return codes == "*" || codes.split(separator: ",").contains { $0.filter { $0 != " " } == finding.code }
    }

    private func annotations(_ kind: WatchedKind, _ key: ObjectKey) -> [String: String] {
        switch kind {
        case .services: objects.services[key]?.meta.annotations ?? [:]
        case .pods: objects.pods[key]?.meta.annotations ?? [:]
        case .namespaces: objects.namespaces[key]?.meta.annotations ?? [:]
        case .deployments: objects.deployments[key]?.meta.annotations ?? [:]
        case .statefulsets: objects.statefulSets[key]?.meta.annotations ?? [:]
        case .daemonsets: objects.daemonSets[key]?.meta.annotations ?? [:]
        default: objects.configs[kind]?[key]?.meta.annotations ?? [:]
        }
    }
}
