// config.yaml: every flag, for all contexts and for each.

internal import ClusterData

/// `$XDG_CONFIG_HOME/meshtop/config.yaml`, with a context's own section laid over the rest.
struct Configuration: Sendable {
    var metricsURL: String?
    var metricsToken: String?
    var metricsUsername: String?
    var metricsPassword: String?
    var tracingURL: String?
    var theme: String?
    var refreshSeconds: Double?
    var windowSeconds: Int?
    var namespaces: [String]?
    var readOnly: Bool?
    var ascii: Bool?
    var mouse: Bool?
    var productionNamespaces: [String] = []
    var requestTimeoutSeconds: Double?
    var objectives: [Objective] = []

    private static let known = [
        "metrics", "tracing", "theme", "refresh", "window", "namespaces", "readOnly", "ascii", "mouse", "production",
        "requestTimeout", "slo", "contexts",
    ]

    static func folder() -> String? {
        if let base = environmentVariable("XDG_CONFIG_HOME"), base.hasPrefix("/") { return "\(base)/meshtop" }
        return environmentVariable("HOME").map { "\($0)/.config/meshtop" }
    }

    /// Reads a document when its file exists; a named file must.
    static func document(flag: String?, name: String) throws(MeshTopError) -> (value: JSONValue, path: String)? {
        guard let path = flag ?? folder().map({ "\($0)/\(name)" }) else { return nil }
        if flag == nil, !Files.exists(path) { return nil }
        let bytes = try Files.read(path, limit: 1 << 20)
        do {
            return (try YAML.document(bytes), path)
        } catch {
            throw MeshTopError(.usage, path, why: error.description, advice: "mend that line")
        }
    }

    static func load(flag: String?, context: String?) throws(MeshTopError) -> Configuration {
        guard let (document, path) = try document(flag: flag, name: "config.yaml"), !document.isNull else {
            return Configuration()
        }
        var configuration = Configuration()
        try configuration.merge(document, path: path, place: "", context: context)
        if let context, let own = document.at("contexts", context) {
            try configuration.merge(own, path: path, place: "contexts.\(context).", context: context)
        }
        return configuration
    }

    /// `{service: shop/orders, availability: 99.9, latency: 300ms, latencyObjective: 99}`
    private static func objective(_ value: JSONValue) -> Objective? {
        guard let service = value["service"]?.string else { return nil }
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

    /// The namespaces marked as production; `*` where the whole context is. Nil where it is not written so.
    private static func production(_ value: JSONValue, _ context: String?) -> [String]? {
        if let whole = value.bool { return whole ? ["*"] : [] }
        guard let object = value.object, !object.isEmpty else { return nil }
        var names: [String] = []
        for (key, member) in object.members {
            guard let list = member.array, list.allSatisfy({ $0.string != nil }) else { return nil }
            let texts = list.compactMap(\.string)
            switch key {
            case "namespaces": names += texts
            case "contexts": if let context, texts.contains(context) { names.append("*") }
            default: return nil
            }
        }
        return names
    }

    private mutating func merge(
        _ value: JSONValue, path: String, place: String, context: String?
    ) throws(MeshTopError) {
        guard let object = value.object else {
            throw MeshTopError(
                .usage, path, why: "\(place)it is no mapping", advice: "see the README's configuration section")
        }
        for (key, member) in object.members {
            func wrong(_ wanted: String) -> MeshTopError {
                MeshTopError(.usage, path, why: "\(place)\(key) is not \(wanted)", advice: "mend it")
            }
            switch key {
            case "metrics", "tracing":
                guard let url = member.string ?? member["url"]?.string else {
                    throw wrong("a URL or a mapping with url")
                }
                if key == "tracing" {
                    tracingURL = url
                } else {
                    metricsURL = url
                    metricsToken = member["token"]?.string
                    metricsUsername = member["username"]?.string
                    metricsPassword = member["password"]?.string
                }
            case "theme":
                guard let name = member.string else { throw wrong("a name") }
                theme = name
            case "refresh":
                guard let seconds = member.double, (1...3600).contains(seconds) else {
                    throw wrong("1 to 3600 seconds")
                }
                refreshSeconds = seconds
            case "window":
                guard let seconds = member.int, (15...86400).contains(seconds) else {
                    throw wrong("15 to 86400 seconds")
                }
                windowSeconds = seconds
            case "requestTimeout":
                guard let seconds = member.double, seconds > 0, seconds <= 3600 else {
                    throw wrong("a number of seconds up to 3600")
                }
                requestTimeoutSeconds = seconds
            case "namespaces":
                guard let names = member.array?.compactMap(\.string) else { throw wrong("a list of names") }
                namespaces = names
            case "readOnly":
                guard let flag = member.bool else { throw wrong("true or false") }
                readOnly = flag
            case "ascii":
                guard let flag = member.bool else { throw wrong("true or false") }
                ascii = flag
            case "mouse":
                guard let flag = member.bool else { throw wrong("true or false") }
                mouse = flag
            case "production":
                guard let names = Self.production(member, context) else {
                    throw wrong("a mapping with namespaces, contexts or both, or in a context's section true or false")
                }
                productionNamespaces = names
            case "slo":
                guard let list = member.array else { throw wrong("a list") }
                objectives = list.compactMap(Self.objective)
                guard objectives.count == list.count else {
                    throw wrong(
                        "a list of service (NAMESPACE/NAME, NAMESPACE/* or *), availability in percent below 100, and latency with latencyObjective"
                    )
                }
            case "contexts" where place.isEmpty: break
            default:
                throw MeshTopError(
                    .usage, path, why: "\(place)\(SafeText.line(key)) is not a setting",
                    advice: "known: \(Self.known.joined(separator: ", "))")
            }
        }
    }
}
