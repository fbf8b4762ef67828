// Telemetry resources: whom they are for, and providers that are not there.

internal import Base
internal import Kube
internal import MeshModel

enum TelemetryRules {
    static let analyzers = [
        Analyzer("telemetry selectors", reads: [.telemetries] + Analyzer.pods, selectors),
        Analyzer("telemetry providers", reads: [.telemetries, .configmaps], providers),
    ]

    private static func selectors(_ world: AnalysisWorld, _ findings: inout Findings) {
        SelectorRules.check(
            SelectorRules.Aimed(
                kind: .telemetries, selector: \.selector, path: "spec.selector.matchLabels",
                conflict: .conflictingTelemetries), world, &findings)
        SelectorRules.checkDefaults(
            .telemetries, .telemetriesWithoutSelector, "spec.selector",
            { $0.selector.isEmpty && !$0.hasTarget }, world, &findings)
    }

    private static func providers(_ world: AnalysisWorld, _ findings: inout Findings) {
        let defaults = world.mesh.tree["defaultProviders"]
        let known = world.mesh.extensionProviders
        let root = world.mesh.rootNamespace
        let parents = world.configs(.telemetries).filter { $0.meta.namespace == root && $0.selector.isEmpty }
        for object in world.configs(.telemetries) {
            for section in ["accessLogging", "tracing", "metrics"] {
                for (index, entry) in object.spec.list(section).enumerated() {
                    let names = entry.list("providers").compactMap { $0.text("name") }
                    let path = "spec.\(section)[\(index)].providers"
                    let inherits = parents.contains { parent in
                        parent.meta.key != object.meta.key
                            && parent.spec.list(section).contains { !$0.list("providers").isEmpty }
                    }
                    let isOff = ["disabled", "disableSpanReporting"].contains { entry[$0] == true }
                    if names.isEmpty, !isOff, !inherits, defaults?.list(section).isEmpty ?? true,
                        section != "metrics" || world.mesh.isKnown
                    {
                        findings.report(
                            .emptyTelemetryProviders, .telemetries, object.meta, path,
                            unless: [
                                world.gapUnlessAbsent(.configmaps, in: root), world.gap(.telemetries, in: root),
                            ],
                            "no provider is named, and the mesh has no default for \(section): the entry is ignored; name a provider"
                        )
                    }
                    for name in names where section == "tracing" {
                        guard known.contains(where: { $0["name"] == .string(name) && $0["lightstep"] != nil }) else {
                            continue
                        }
                        findings.report(
                            .deprecated, .telemetries, object.meta, path,
                            "provider \(name) is of the kind lightstep, which Istio gives up; use an opentelemetry provider"
                        )
                    }
                }
            }
        }
    }
}
