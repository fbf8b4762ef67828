// Fields that an API server drops without a word, and values that it or Istio refuses.

internal import Base
internal import Kube
internal import MeshModel

enum SchemaRules {
    /// Kinds with a schema of their own.
    private static let kinds: [WatchedKind] = [
        .virtualservices, .destinationrules, .gateways, .serviceentries, .sidecars, .peerauthentications,
        .authorizationpolicies, .requestauthentications, .telemetries, .httproutes, .grpcroutes, .kubernetesGateways,
        .wasmplugins, .proxyconfigs, .workloadentries, .workloadgroups,
    ]

    static let analyzers =
        kinds.map { kind in
            Analyzer("fields of \(kind.name)", reads: [kind]) { world, findings in
                for object in world.configs(kind) { check(object, kind, &findings) }
            }
        } + [Analyzer("values", reads: kinds) { world, findings in ValueRules.check(world, &findings) }]

    private static let catalog = SchemaCatalog()

    private static func check(_ object: ConfigObject, _ kind: WatchedKind, _ findings: inout Findings) {
        // What somebody wrote: the file itself, or what `kubectl apply` was given.
        guard let text = object.meta.annotations[ObjectMeta.lastApplied], let written = try? JSONValue(parsing: text)
        else { return }
        let key = "\(kind.resource).\(kind.group)"
        let (kept, unknown) = catalog.pruned(key, written)
        for path in unknown where path != "metadata" {
            let clean = SafeText.line(path)
            // Somebody has written since what the dropped block was meant to say.
            if !object.isFromFile, clean.hasSuffix("trafficPolicy.circuitBreaker"),
                Patching.value(at: segments(replacement(of: clean)), in: ["spec": object.spec]) != nil
            {
                continue
            }
            let mending = mending(of: clean, written, object)
            findings.report(
                .droppedField, kind, object.meta, clean,
                "\(kind.kind) has no such field: the API server drops it and nothing of it takes effect"
                    + (mending.map { "; \($0.advice)" } ?? "; remove it or mend its name"), fix: mending?.fix)
        }
        guard object.isFromFile else { return }
        for fault in catalog.faults(key, kept) where fault.field != "<nil>" {
            findings.report(
                .schemaError, kind, object.meta, SafeText.line(fault.field),
                "the API server refuses it: \(fault.message)")
        }
    }

    /// For fields whose meaning lives on under another name: what to write, and the patch that writes it.
    private static func mending(
        of path: String, _ written: JSONValue, _ object: ConfigObject
    ) -> (advice: String, fix: Finding.Fix?)? {
        guard path.hasSuffix("trafficPolicy.circuitBreaker"),
            let value = Patching.value(at: segments(path), in: written)
        else { return nil }
        let place = replacement(of: path)
        let advice = "Istio breaks circuits by connectionPool and ejects hosts by outlierDetection; move it there"
        // Old texts put the limits of ejection right under circuitBreaker.
        var outlier: JSONValue = [:]
        if let count = value["consecutiveErrors"] ?? value["consecutive5xxErrors"] {
            outlier["consecutive5xxErrors"] = count
        }
        for key in ["interval", "baseEjectionTime", "maxEjectionPercent", "minHealthPercent"] {
            if let setting = value[key] { outlier[key] = setting }
        }
        guard outlier.object?.isEmpty == false, Patching.value(at: segments(place), in: ["spec": object.spec]) == nil
        else { return (advice, nil) }
        var patch = [patchOperation("add", place, outlier)]
        if object.isFromFile { patch.append(patchOperation("remove", path, nil)) }
        return (advice, Finding.Fix("write it as outlierDetection", patch))
    }

    private static func replacement(of path: String) -> String {
        String(path.dropLast("circuitBreaker".count)) + "outlierDetection"
    }

    private static func segments(_ path: String) -> [String] {
        path.split { ".[".contains($0) }.map { part in
            part.last == "]" ? String(part.dropLast()) : String(part)
        }
    }
}
