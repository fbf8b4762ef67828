// Takes the settings of config.yaml one by one; a value of another type than its setting's is refused by line and key.

internal import Base
internal import MeshModel

struct ConfigurationReader {
    let document: Configuration.Document
    let context: String?

    static let known = [
        "metrics", "tracing", "theme", "refresh", "window", "namespaces", "readOnly", "ascii", "mouse", "production",
        "requestTimeout", "slo", "contexts",
    ]

    func wrong(_ path: [String], _ wanted: String) -> MeshTopError {
        mistake(path, "\(path.joined(separator: ".")) is not \(wanted)", "mend it")
    }

    private func mistake(_ path: [String], _ why: String, _ advice: String) -> MeshTopError {
        let line = YAML.line(of: path, in: document.bytes).map { "line \($0): " } ?? ""
        return MeshTopError(.usage, document.path, why: line + SafeText.line(why, limit: 300), advice: advice)
    }

    /// "line 4 of FILE".
    private func whereabouts(_ path: [String]) -> String {
        (YAML.line(of: path, in: document.bytes).map { "line \($0) of " } ?? "") + document.path
    }

    /// The sections of the contexts, in their order.
    func sections(_ value: JSONValue) throws(MeshTopError) -> [(String, JSONValue)] {
        guard let contexts = value["contexts"], !contexts.isNull else { return [] }
        guard let object = contexts.object else {
            throw wrong(["contexts"], "a mapping from the name of a context to its settings")
        }
        return object.members.filter { !$0.1.isNull }.map { ($0.0, $0.1) }
    }

    func merge(
        _ value: JSONValue, _ place: [String], into configuration: inout Configuration
    ) throws(MeshTopError) {
        guard let object = value.object else {
            throw mistake(
                place, "\(place.isEmpty ? "it" : place.joined(separator: ".")) is no mapping",
                "write one setting a line, as 'refresh: 5'")
        }
        for (key, member) in object.members {
            let path = place + [key]
            switch key {
            case "metrics": try metrics(member, path, &configuration)
            case "tracing":
                configuration.tracingURL = try url(member, path)
            case "theme": configuration.theme = try text(member, path, "a name")
            case "refresh": configuration.refreshSeconds = try number(member, path, 1...3600)
            case "requestTimeout": configuration.requestTimeoutSeconds = try number(member, path, 0.001...3600)
            case "window":
                guard let seconds = member.int, (15...86400).contains(seconds) else {
                    throw wrong(path, "a whole number of seconds from 15 to 86400")
                }
                configuration.windowSeconds = seconds
            case "namespaces":
                let names = try texts(member, path, "a list of names of namespaces")
                guard !names.isEmpty else { throw wrong(path, "a list with a name in it; leave it out for all") }
                configuration.namespaces = names
            case "readOnly":
                let isSet = try flag(member, path)
                configuration.readOnly = isSet ? "\(path.joined(separator: ".")) is true in \(whereabouts(path))" : nil
            case "ascii": configuration.ascii = try flag(member, path)
            case "mouse": configuration.mouse = try flag(member, path)
            case "production": configuration.productionNamespaces = try production(member, path)
            case "slo": configuration.objectives = try objectives(member, path)
            case "contexts" where place.isEmpty: break
            default:
                throw mistake(
                    path, "\(path.joined(separator: ".")) is not a setting",
                    "known: \(Self.known.joined(separator: ", "))")
            }
        }
    }

    // MARK: Values

    private func text(_ value: JSONValue, _ path: [String], _ wanted: String) throws(MeshTopError) -> String {
        guard let text = value.string, !text.isEmpty else { throw wrong(path, wanted) }
        return text
    }

    private func texts(_ value: JSONValue, _ path: [String], _ wanted: String) throws(MeshTopError) -> [String] {
        guard let list = value.array else { throw wrong(path, wanted) }
        var texts: [String] = []
        for (place, element) in list.enumerated() {
            guard let text = element.string, !text.isEmpty else {
                throw mistake(
                    path + [String(place)], "\(path.joined(separator: "."))[\(place)] is not a text",
                    "\(path.joined(separator: ".")) is \(wanted)")
            }
            texts.append(text)
        }
        return texts
    }

    private func flag(_ value: JSONValue, _ path: [String]) throws(MeshTopError) -> Bool {
        guard let flag = value.bool else { throw wrong(path, "true or false") }
        return flag
    }

    private func number(
        _ value: JSONValue, _ path: [String], _ range: ClosedRange<Double>
    ) throws(MeshTopError) -> Double {
        guard let number = value.double, range.contains(number) else {
            throw wrong(path, "a number of seconds up to 3600" + (range.lowerBound >= 1 ? ", 1 at least" : ""))
        }
        return number
    }

    /// A URL, alone or in a mapping with `url`.
    private func url(_ value: JSONValue, _ path: [String]) throws(MeshTopError) -> String {
        if let object = value.object {
            try checkKeys(object, path, ["url"])
            return try text(object["url"] ?? .null, path + ["url"], "a URL")
        }
        return try text(value, path, "a URL or a mapping with url")
    }

    private func metrics(
        _ value: JSONValue, _ path: [String], _ configuration: inout Configuration
    ) throws(MeshTopError) {
        guard let object = value.object else {
            configuration.metricsURL = try text(value, path, "a URL or a mapping with url")
            return
        }
        try checkKeys(object, path, ["url", "token", "username", "password", "passwordFile"])
        func part(_ key: String) throws(MeshTopError) -> String? {
            try object[key].map { value throws(MeshTopError) in try text(value, path + [key], "a text") }
        }
        guard let url = try part("url") else { throw wrong(path, "a URL or a mapping with url") }
        configuration.metricsURL = url
        configuration.metricsToken = try part("token")
        configuration.metricsUsername = try part("username")
        configuration.metricsPassword = try part("password")
        configuration.metricsPasswordFile = try part("passwordFile")
    }

    private func checkKeys(_ object: JSONObject, _ path: [String], _ known: [String]) throws(MeshTopError) {
        for (key, _) in object.members where !known.contains(key) {
            throw mistake(
                path + [key], "\((path + [key]).joined(separator: ".")) is not a setting",
                "known: \(known.joined(separator: ", "))")
        }
    }

    /// The namespaces marked as production; `*` where the whole context is.
    private func production(_ value: JSONValue, _ path: [String]) throws(MeshTopError) -> [String] {
        let wanted = "a mapping with namespaces, contexts or both, or in a context's section true or false"
        if let whole = value.bool { return whole ? ["*"] : [] }
        guard let object = value.object, !object.isEmpty else { throw wrong(path, wanted) }
        try checkKeys(object, path, ["namespaces", "contexts"])
        var names: [String] = []
        for (key, member) in object.members {
            let listed = try texts(member, path + [key], "a list of names")
            if key == "namespaces" {
                names += listed
            } else if let context, listed.contains(context) {
                names.append("*")
            }
        }
        return names
    }

    private func objectives(_ value: JSONValue, _ path: [String]) throws(MeshTopError) -> [Objective] {
        let wanted =
            "a list of service (NAMESPACE/NAME, NAMESPACE/* or *), availability in percent below 100, and latency with latencyObjective"
        guard let list = value.array else { throw wrong(path, wanted) }
        var found: [Objective] = []
        for (place, element) in list.enumerated() {
            guard let objective = Self.objective(element) else {
                throw mistake(
                    path + [String(place)], "\(path.joined(separator: "."))[\(place)] is not one of \(wanted)",
                    "mend it")
            }
            found.append(objective)
        }
        return found
    }

    /// `{service: shop/orders, availability: 99.9, latency: 300ms, latencyObjective: 99}`
    private static func objective(_ value: JSONValue) -> Objective? {
        let known = ["service", "availability", "latency", "latencyObjective"]
        guard let object = value.object, object.members.allSatisfy({ known.contains($0.0) }),
            let service = value["service"]?.string
        else { return nil }
        let parts = service.split(separator: "/", maxSplits: 1).map(String.init)
        guard service == "*" || parts.count == 2 else { return nil }
        func share(_ key: String) -> Double? {
            value[key]?.double.flatMap { (0..<100).contains($0) ? $0 / 100 : nil }
        }
        let latency = value["latency"]?.string.flatMap(Durations.seconds).map { $0 * 1000 }
        let objective = Objective(
            namespace: service == "*" ? nil : parts[0], name: service == "*" || parts[1] == "*" ? nil : parts[1],
            availability: share("availability"), latencyMs: latency, latencyShare: share("latencyObjective"))
        let hasLatency = objective.latencyMs != nil && objective.latencyShare != nil
        guard objective.availability != nil || hasLatency else { return nil }
        for key in ["availability", "latencyObjective"] where value[key] != nil && share(key) == nil { return nil }
        return objective
    }
}
