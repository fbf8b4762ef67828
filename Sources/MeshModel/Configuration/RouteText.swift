// One-line descriptions of a route's conditions and extras.

package import Base

package enum RouteText {
    /// A VirtualService's match list: entries are alternatives, conditions in one are all needed.
    package static func match(_ entries: [JSONValue]) -> String {
        let alternatives = entries.map { entry -> String in
            var parts: [String] = []
            for (key, value) in entry.object?.members.map({ ($0, $1) }) ?? [] {
                switch key {
                case "headers", "queryParams", "withoutHeaders":
                    for (name, test) in value.object?.members.map({ ($0, $1) }) ?? [] {
                        parts.append("\(key == "withoutHeaders" ? "not " : "")\(name)\(condition(test))")
                    }
                case "uri", "scheme", "method", "authority": parts.append("\(key)\(condition(value))")
                case "port": parts.append("port=\(value.int ?? 0)")
                case "gateways":
                    parts.append("gateways=\(value.array?.compactMap(\.string).joined(separator: ",") ?? "")")
                case "sourceLabels":
                    let labels = value.stringMap.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                    parts.append("from \(labels.joined(separator: ","))")
                case "sourceNamespace": parts.append("from namespace \(value.string ?? "")")
                case "sniHosts": parts.append("sni=\(value.array?.compactMap(\.string).joined(separator: ",") ?? "")")
                default: break
                }
            }
            return parts.isEmpty ? "*" : parts.joined(separator: " & ")
        }
        return alternatives.isEmpty ? "*" : SafeText.line(alternatives.joined(separator: " | "), limit: 300)
    }

    private static func condition(_ test: JSONValue) -> String {
        if let exact = test["exact"]?.string { return "=\(exact)" }
        if let prefix = test["prefix"]?.string { return "=\(prefix)*" }
        if let regex = test["regex"]?.string { return "~\(regex)" }
        return " present"
    }

    package static func gatewayMatch(_ entries: [JSONValue]) -> String {
        let alternatives = entries.map { entry -> String in
            var parts: [String] = []
            if let path = entry["path"] {
                let value = path["value"]?.string ?? "/"
                parts.append("path=\(value)\(path["type"] == "Exact" ? "" : "*")")
            }
            if let method = entry["method"]?.string { parts.append("method=\(method)") }
            if let service = entry.at("method", "service")?.string { parts.append("grpc=\(service)") }
            for header in entry.list("headers") + entry.list("queryParams") {
                parts.append("\(header["name"]?.string ?? "")=\(header["value"]?.string ?? "")")
            }
            return parts.isEmpty ? "*" : parts.joined(separator: " & ")
        }
        return alternatives.isEmpty ? "*" : SafeText.line(alternatives.joined(separator: " | "), limit: 300)
    }

    /// Timeout, retries, fault: what else the rule does to a request.
    package static func extras(_ rule: JSONValue) -> [String] {
        var lines: [String] = []
        if let timeout = rule.text("timeout") { lines.append("timeout \(timeout)") }
        if let retries = rule["retries"] {
            let perTry = retries.text("perTryTimeout").map { " × \($0)" } ?? ""
            lines.append("retries \(retries["attempts"]?.int ?? 2)\(perTry)")
        }
        if let delay = rule.at("fault", "delay") {
            lines.append("fault: delay \(delay.text("fixedDelay") ?? "?") for \(percent(delay))")
        }
        if let abort = rule.at("fault", "abort") {
            let status = abort["httpStatus"]?.int.map(String.init) ?? abort.text("grpcStatus") ?? "?"
            lines.append("fault: abort \(status) for \(percent(abort))")
        }
        return lines
    }

    /// Where copies of requests go, and of which part of them in percent; nil stands for all.
    /// https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPMirrorPolicy
    package static func mirrors(_ rule: JSONValue) -> [(destination: JSONValue, percent: Double?)] {
        let share = rule.at("mirrorPercentage", "value")?.double ?? rule["mirrorPercent"]?.double
        let list = rule.list("mirrors").map { ($0["destination"] ?? [:], $0.at("percentage", "value")?.double) }
        return list + (rule["mirror"].map { [($0, share)] } ?? [])
    }

    /// The same of a Gateway API rule, whose share is a percentage or a fraction.
    package static func gatewayMirrors(_ rule: JSONValue) -> [(backend: JSONValue, percent: Double?)] {
        rule.list("filters").compactMap { filter in
            guard filter["type"] == "RequestMirror", let mirror = filter["requestMirror"] else { return nil }
            let fraction = mirror.at("fraction", "numerator")?.double.map { numerator in
                numerator / max(1, mirror.at("fraction", "denominator")?.double ?? 100) * 100
            }
            return (mirror["backendRef"] ?? [:], mirror["percent"]?.double ?? fraction)
        }
    }

    private static func percent(_ fault: JSONValue) -> String {
        fault.at("percentage", "value")?.double.map { "\(JSONValue.double($0).compactText) %" } ?? "0 %"
    }

    package static func gatewayExtras(_ rule: JSONValue) -> [String] {
        var lines: [String] = []
        if let timeout = rule.at("timeouts", "request")?.string { lines.append("timeout \(SafeText.line(timeout))") }
        if let attempts = rule.at("retry", "attempts")?.int { lines.append("retries \(attempts)") }
        return lines
    }
}
