// Rules of a VirtualService that never get a request, because a rule before them takes it.
// The first rule that matches wins: https://istio.io/latest/docs/ops/best-practices/traffic-management/

internal import Base
internal import Kube
internal import MeshModel

enum MatchRules {
    static let analyzers = [
        Analyzer("unreachable rules", reads: [.virtualservices], unreachable),
        Analyzer("virtual services behind others", reads: [.virtualservices], shadowed),
    ]

    private struct Seen {
        var rule: Int
        package var match: Int
        var condition: JSONValue
    }

    private static func unreachable(_ world: AnalysisWorld, _ findings: inout Findings) {
        for object in world.configs(.virtualservices) {
            for section in ["http", "tcp", "tls"] { check(object, section, &findings) }
        }
    }

    private static func check(_ object: ConfigObject, _ section: String, _ findings: inout Findings) {
        let rules = object.spec.list(section)
        func name(_ index: Int) -> String { rules[index].text("name").map { "\"\($0)\"" } ?? "\(section)[\(index)]" }
        var known: [JSONValue: Int] = [:]
        var seen: [Seen] = []
        var firstWithout: Int?
        for (index, rule) in rules.enumerated() {
            let path = "spec.\(section)[\(index)]"
            let matches = rule.list("match")
            guard !matches.isEmpty else {
                if let firstWithout {
                    findings.report(
                        .unreachableRule, .virtualservices, object.meta, path,
                        "rule \(name(index)) gets no request: rule \(name(firstWithout)) has no match and takes all; give that one a match or remove one of them"
                    )
                } else {
                    firstWithout = index
                }
                continue
            }
            var duplicates = 0
            for (number, match) in matches.enumerated() {
                var condition = match
                condition["name"] = nil
                if let earlier = known[condition] {
                    duplicates += 1
                    findings.report(
                        .ineffectiveMatch, .virtualservices, object.meta, "\(path).match[\(number)]",
                        "rule \(name(earlier)) has the same match before it: remove one of the two")
                } else {
                    known[condition] = index
                    seen.append(Seen(rule: index, match: number, condition: condition))
                }
            }
            if duplicates == matches.count {
                findings.report(
                    .unreachableRule, .virtualservices, object.meta, path,
                    "rule \(name(index)) gets no request: earlier rules have all of its matches; remove it or change its matches"
                )
            }
        }
        guard section == "http" else { return }
        // Only a match whose prefix the other's begins with can cover it, so these alone are looked at.
        var byPrefix: [String: [Seen]] = [:]
        var lengths: Set<Int> = []
        for later in seen {
            guard let long = later.condition.at("uri", "prefix")?.string else { continue }
            var found: Seen?
            for length in lengths where length <= long.utf8.count {
                guard let prefix = String(long.utf8.prefix(length)) else { continue }
                // In the order in which they are tried.
                if let earlier = byPrefix[prefix]?.first(where: { covers($0.condition, later.condition) }),
                    (earlier.rule, earlier.match) < (found?.rule ?? .max, found?.match ?? .max)
                {
                    found = earlier
                }
            }
            if byPrefix[long]?.count ?? 0 < mostOfAPrefix { byPrefix[long, default: []].append(later) }
            lengths.insert(long.utf8.count)
            guard let earlier = found else { continue }
            findings.report(
                .ineffectiveMatch, .virtualservices, object.meta, "spec.http[\(later.rule)].match[\(later.match)]",
                "match \(earlier.match) of rule \(name(earlier.rule)), whose prefix is shorter, takes these requests before; put the longer prefix first"
            )
        }
    }

    /// Matches of one prefix that are compared with those behind them; a person writes a handful.
    private static let mostOfAPrefix = 100

    /// Whether every request that `later` matches is matched by `earlier`, told by prefixes as Istio's validation does.
    private static func covers(_ earlier: JSONValue, _ later: JSONValue) -> Bool {
        guard let short = earlier.at("uri", "prefix")?.string, let long = later.at("uri", "prefix")?.string,
            long.hasPrefix(short)
        else { return false }
        for (key, wanted) in earlier.object?.members.map({ ($0, $1) }) ?? [] where key != "uri" {
            switch key {
            case "headers", "queryParams", "withoutHeaders", "sourceLabels":
                for (name, test) in wanted.object?.members.map({ ($0, $1) }) ?? [] where later.at(key, name) != test {
                    return false
                }
            case "statPrefix", "ignoreUriCase": if later[key] != wanted { return false }
            default: if later[key] != wanted { return false }
            }
        }
        return true
    }

    // MARK: Gateways

    /// At a gateway the rules of all VirtualServices of a host are put behind each other, the oldest first.
    private static func shadowed(_ world: AnalysisWorld, _ findings: inout Findings) {
        var catchAll: [String: ConfigObject] = [:]
        for object in world.configs(.virtualservices) {
            for gateway in object.spec.texts("gateways") where gateway != "mesh" {
                let key = VirtualServiceRules.gatewayKey(gateway, in: object.meta.namespace)
                for host in object.spec.texts("hosts") {
                    let place = "\(key.namespace)/\(key.name) \(host)"
                    if let earlier = catchAll[place], earlier.meta.key != object.meta.key {
                        findings.report(
                            .shadowedService, .virtualservices, object.meta, "spec.http",
                            "at gateway \(gateway) the older VirtualService \(earlier.meta.namespace)/\(earlier.meta.name) takes every request to \(host) before these rules; give its last rule a match or merge the two"
                        )
                    } else if object.spec.list("http").contains(where: takesAll) {
                        catchAll[place] = object
                    }
                }
            }
        }
    }

    private static func takesAll(_ rule: JSONValue) -> Bool {
        let matches = rule.list("match")
        return matches.isEmpty
            || matches.contains { match in
                let conditions = match.object?.keys.filter { !["name", "uri", "gateways"].contains($0) } ?? []
                let path = match["uri"]
                return conditions.isEmpty && match["gateways"] == nil
                    && (path == nil || path?["prefix"] == "/" || path?["prefix"] == "")
            }
    }
}
