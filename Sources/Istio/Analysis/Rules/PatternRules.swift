// Regular expressions in routes that no proxy can read. Istio's own validation refuses them in a VirtualService; a Gateway
// API route with one is taken, and then not programmed.
// https://istio.io/latest/docs/reference/config/networking/virtual-service/#StringMatch

internal import Base
internal import MeshModel

enum PatternRules {
    static let analyzers = [
        Analyzer("patterns of routes", reads: [.virtualservices, .httproutes, .grpcroutes], check)
    ]

    private static func check(_ world: AnalysisWorld, _ findings: inout Findings) {
        for object in world.configs(.virtualservices) {
            for (index, rule) in object.spec.list("http").enumerated() {
                virtualService(rule, "spec.http[\(index)]") { path, text in
                    report(text, .schemaError, .virtualservices, object, path, &findings)
                }
            }
        }
        for kind in [WatchedKind.httproutes, .grpcroutes] {
            for object in world.configs(kind) {
                for (index, rule) in object.spec.list("rules").enumerated() {
                    for (number, match) in rule.list("matches").enumerated() {
                        gatewayAPI(match, "spec.rules[\(index)].matches[\(number)]") { path, text in
                            report(text, .schemaWarning, kind, object, path, &findings)
                        }
                    }
                }
            }
        }
    }

    private static func report(
        _ text: String, _ code: FindingCode, _ kind: WatchedKind, _ object: ConfigObject, _ path: String,
        _ findings: inout Findings
    ) {
        func report(_ why: String) {
            findings.report(
                code, kind, object.meta, path,
                "\(why): the proxies read patterns as RE2 does (https://github.com/google/re2/wiki/Syntax)")
        }
        guard !text.isEmpty else { return report("the pattern is empty; write one") }
        do {
            _ = try Pattern(text)
        } catch {
            // RE2's bound is wider than ours: of such a pattern nothing can be said.
            guard error.code != .tooLarge else { return }
            report("\(SafeText.line(text, limit: 100)) is no pattern, \(error); mend it")
        }
    }

    private static func virtualService(_ rule: JSONValue, _ path: String, _ found: (String, String) -> Void) {
        for (number, match) in rule.list("match").enumerated() {
            let path = "\(path).match[\(number)]"
            for field in ["uri", "scheme", "method", "authority"] {
                if let text = match.at(field, "regex")?.string { found("\(path).\(field).regex", text) }
            }
            for field in ["headers", "queryParams", "withoutHeaders"] {
                for (name, test) in match[field]?.object?.members.map({ ($0, $1) }) ?? [] {
                    if let text = test["regex"]?.string { found("\(path).\(field).\(name).regex", text) }
                }
            }
        }
        for (number, origin) in (rule["corsPolicy"]?.list("allowOrigins") ?? []).enumerated() {
            if let text = origin["regex"]?.string { found("\(path).corsPolicy.allowOrigins[\(number)].regex", text) }
        }
        if let text = rule.at("rewrite", "uriRegexRewrite", "match")?.string {
            found("\(path).rewrite.uriRegexRewrite.match", text)
        }
    }

    private static func gatewayAPI(_ match: JSONValue, _ path: String, _ found: (String, String) -> Void) {
        if match.at("path", "type")?.string == "RegularExpression" {
            found("\(path).path.value", match.at("path", "value")?.string ?? "")
        }
        // A GRPCRoute's method is an object of two patterns; an HTTPRoute's is a word.
        if match.at("method", "type")?.string == "RegularExpression" {
            for field in ["service", "method"] {
                if let text = match.at("method", field)?.string { found("\(path).method.\(field)", text) }
            }
        }
        for field in ["headers", "queryParams"] {
            for (number, test) in match.list(field).enumerated() where test["type"]?.string == "RegularExpression" {
                found("\(path).\(field)[\(number)].value", test["value"]?.string ?? "")
            }
        }
    }
}
