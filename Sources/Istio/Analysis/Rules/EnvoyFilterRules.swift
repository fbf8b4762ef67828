// EnvoyFilters: operations that do nothing where they are used, or that depend on what others did before.
// https://istio.io/latest/docs/reference/config/networking/envoy-filter/#EnvoyFilter-Patch-Operation

internal import Base
internal import MeshModel

enum EnvoyFilterRules {
    static let analyzers = [Analyzer("envoy filter operations", reads: [.envoyfilters], operations)]

    private static let relative: Set<String> = ["INSERT_BEFORE", "INSERT_AFTER", "REPLACE", "MERGE", "REMOVE"]
    private static let routeParts: Set<String> = ["ROUTE_CONFIGURATION", "HTTP_ROUTE"]
    /// Where REPLACE puts something in the place of what is there.
    private static let replaceable: Set<String> = ["HTTP_FILTER", "NETWORK_FILTER", "VIRTUAL_HOST"]

    private static func operations(_ world: AnalysisWorld, _ findings: inout Findings) {
        for filter in world.configs(.envoyfilters) {
            let hasPriority = (filter.spec["priority"]?.int ?? 0) != 0
            var said: Set<FindingCode> = []
            func say(_ code: FindingCode, _ path: String, _ message: String, _ fix: Finding.Fix? = nil) {
                if said.insert(code).inserted {
                    findings.report(code, .envoyfilters, filter.meta, path, message, fix: fix)
                }
            }
            for (index, patch) in filter.spec.list("configPatches").enumerated() {
                let place = patch.text("applyTo") ?? ""
                let operation = patch.at("patch", "operation")?.string ?? ""
                let path = "spec.configPatches[\(index)].patch.operation"
                switch operation {
                case "REPLACE" where !replaceable.contains(place):
                    say(
                        .replaceOperation, path,
                        "REPLACE on \(place) does nothing: it works on HTTP_FILTER and NETWORK_FILTER; use MERGE or remove the patch"
                    )
                case "ADD" where routeParts.contains(place):
                    say(.addOperation, path, "ADD on \(place) is ignored; use INSERT_FIRST or MERGE")
                case "REMOVE" where routeParts.contains(place):
                    say(.removeOperation, path, "REMOVE on \(place) is ignored; remove it by the resource that made it")
                default: break
                }
                guard !hasPriority, relative.contains(operation), ["HTTP_FILTER", "NETWORK_FILTER"].contains(place)
                else { continue }
                let fix = Finding.Fix("set spec.priority to 10", [patchOperation("add", "spec.priority", 10)])
                if patch.at("match", "proxy", "proxyVersion") != nil {
                    say(
                        .relativeOperationWithVersion, path,
                        "\(operation) depends on what is there before, and with proxyVersion an upgrade can leave it out; set spec.priority, or use INSERT_FIRST or ADD",
                        fix)
                } else {
                    say(
                        .relativeOperation, path,
                        "\(operation) depends on what is there before, and without spec.priority the order is not sure; set it, or use INSERT_FIRST or ADD",
                        fix)
                }
            }
        }
    }
}
