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
    private var kept: [String: (key: [Int], findings: Findings)] = [:]

    package init() {}

    /// Everything that is wrong, worst first. `secretsVersion` moves when other secrets are known.
    package mutating func findings(_ world: AnalysisWorld) -> [Finding] { look(at: world).all }

    /// The same, with what could not be judged.
    package mutating func look(at world: AnalysisWorld) -> Findings {
        var all = Findings()
        // Where a part is read, a namespace that comes or goes is one of which something may be missing.
        let names = world.objects.namespacesRead.isEmpty ? 0 : world.objects.structure(.namespaces)
        for analyzer in Analyzer.all {
            let key =
                analyzer.reads.map(world.objects.analysisVersion) + [
                    world.mesh.hashValue, world.secrets?.hashValue ?? 0, names,
                ]
            if let known = kept[analyzer.name], known.key == key {
                all += known.findings
                continue
            }
            var found = Findings()
            analyzer.run(world, &found)
            kept[analyzer.name] = (key, found)
            all += found
        }
        return Findings(
            all: Self.sorted(all.all.filter { !world.isSuppressed($0.code, $0.object) }),
            notJudged: all.notJudged.filter { !world.isSuppressed($0.code, $0.object) }.sorted {
                ($0.object, $0.code, $0.path) < ($1.object, $1.code, $1.path)
            })
    }

    /// Once, for a command.
    package static func findings(_ world: AnalysisWorld) -> [Finding] { look(at: world).all }

    /// Once, with what could not be judged.
    package static func look(at world: AnalysisWorld) -> Findings {
        var analysis = Analysis()
        return analysis.look(at: world)
    }

    package static func sorted(_ findings: [Finding]) -> [Finding] {
        findings.sorted {
            ($1.severity, $0.object, $0.code, $0.path) < ($0.severity, $1.object, $1.code, $1.path)
        }
    }
}

extension AnalysisWorld {
    /// `galley.istio.io/analyze-suppress: IST0108,IST0103` or `*` on an object silences codes for it.
    func isSuppressed(_ code: String, _ object: FindingObject) -> Bool {
        guard let kind = WatchedKind.all.first(where: { $0.kind == object.kind }),
            let codes = annotations(kind, ObjectKey(object.namespace, object.name))[
                "galley.istio.io/analyze-suppress"]
        else { return false }
        return codes == "*" || codes.split(separator: ",").contains { $0.filter { $0 != " " } == code }
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
