// Values that Istio's own validation refuses although the schema lets them pass.
// https://istio.io/latest/docs/ops/common-problems/validation/

internal import Base
internal import MeshModel

enum ValueRules {
    static func check(_ world: AnalysisWorld, _ findings: inout Findings) {
        for object in world.configs(.virtualservices) { virtualService(object, &findings) }
        for object in world.configs(.destinationrules) { destinationRule(object, &findings) }
        for object in world.configs(.gateways) { gateway(object, &findings) }
        for object in world.configs(.serviceentries) { serviceEntry(object, &findings) }
        for object in world.configs(.sidecars) { sidecar(object, &findings) }
        for object in world.configs(.peerauthentications) {
            if object.spec["portLevelMtls"]?.object?.isEmpty == false, object.selector.isEmpty {
                findings.report(
                    .schemaError, .peerauthentications, object.meta, "spec.portLevelMtls",
                    "ports need a selector: which pods' ports is not said; add spec.selector")
            }
        }
        for object in world.configs(.authorizationpolicies) { authorization(object, &findings) }
        for object in world.configs(.requestauthentications) {
            for (index, rule) in object.spec.list("jwtRules").enumerated() {
                if rule.text("issuer")?.isEmpty ?? true {
                    findings.report(
                        .schemaError, .requestauthentications, object.meta, "spec.jwtRules[\(index)].issuer",
                        "a rule needs the issuer whose tokens it takes; write it")
                }
                if rule["jwks"] != nil, rule["jwksUri"] != nil {
                    findings.report(
                        .schemaError, .requestauthentications, object.meta, "spec.jwtRules[\(index)].jwksUri",
                        "jwks and jwksUri are both set; leave one")
                }
            }
        }
    }

    private static func duration(
        _ value: JSONValue?, _ path: String, _ kind: WatchedKind, _ object: ConfigObject, _ findings: inout Findings
    ) {
        guard let value, let text = value.string else { return }
        if let seconds = Durations.seconds(text), seconds >= 0.001 { return }
        findings.report(
            .schemaError, kind, object.meta, path,
            "\(SafeText.line(text, limit: 40)) is no duration of 1ms or more; write one such as 500ms, 10s or 1m30s")
    }

    private static func virtualService(_ object: ConfigObject, _ findings: inout Findings) {
        func error(_ path: String, _ message: String) {
            findings.report(.schemaError, .virtualservices, object.meta, path, message)
        }
        let rules = ["http", "tcp", "tls"].flatMap { object.spec.list($0) }
        if object.isFromFile, rules.isEmpty, object.spec.object?.isEmpty == false {
            error("spec", "it has no http, tcp or tls rule: nothing is routed; add one")
        }
        let isDelegate = object.spec.texts("hosts").isEmpty
        for (index, rule) in object.spec.list("http").enumerated() {
            let path = "spec.http[\(index)]"
            for (number, route) in rule.list("route").enumerated() where (route["weight"]?.int ?? 0) < 0 {
                error("\(path).route[\(number)].weight", "a weight is 0 or more; mend it")
            }
            if rule["mirror"] != nil, rule["mirrors"] != nil {
                error("\(path).mirrors", "mirror and mirrors are both set; leave mirrors")
            }
            if rule["redirect"] != nil, !rule.list("route").isEmpty {
                error("\(path).redirect", "a rule redirects or routes; leave one of the two")
            }
            if rule["delegate"] != nil, isDelegate {
                error("\(path).delegate", "a delegate delegates no further; route here")
            }
            duration(rule["timeout"], "\(path).timeout", .virtualservices, object, &findings)
            duration(
                rule.at("retries", "perTryTimeout"), "\(path).retries.perTryTimeout", .virtualservices, object,
                &findings)
            duration(
                rule.at("fault", "delay", "fixedDelay"), "\(path).fault.delay.fixedDelay", .virtualservices, object,
                &findings)
            for kind in ["delay", "abort"] {
                if let value = rule.at("fault", kind, "percentage", "value")?.double, !(0...100).contains(value) {
                    error("\(path).fault.\(kind).percentage.value", "a percentage lies between 0 and 100; mend it")
                }
            }
            if let status = rule.at("fault", "abort", "httpStatus")?.int, !(200...599).contains(status) {
                error("\(path).fault.abort.httpStatus", "\(status) is no HTTP status; use 200 to 599")
            }
        }
        if VirtualServiceRules.isOnMesh(object), object.spec.texts("hosts").contains("*") {
            findings.report(
                .schemaWarning, .virtualservices, object.meta, "spec.hosts",
                "the host * is refused for the mesh; name the hosts, or bind it to a gateway alone with spec.gateways")
        }
    }

    private static func destinationRule(_ object: ConfigObject, _ findings: inout Findings) {
        func error(_ path: String, _ message: String) {
            findings.report(.schemaError, .destinationrules, object.meta, path, message)
        }
        // Of a file the schema says so already.
        if !object.isFromFile, object.spec.text("host")?.isEmpty ?? true {
            error("spec.host", "a rule needs a host; write it")
        }
        var names: Set<String> = []
        for (index, subset) in object.spec.list("subsets").enumerated() {
            let name = subset.text("name") ?? ""
            if name.isEmpty { error("spec.subsets[\(index)].name", "a subset needs a name; write it") }
            if !names.insert(name).inserted {
                error("spec.subsets[\(index)].name", "subset \(name) is defined twice: the first holds; remove one")
            }
        }
        for (path, policy) in DeprecationRules.policies(object) {
            if let pool = policy["connectionPool"], pool["http"] == nil, pool["tcp"] == nil {
                error("\(path).connectionPool", "it needs tcp or http; write a limit or remove it")
            }
            guard let outlier = policy["outlierDetection"] else { continue }
            for key in ["interval", "baseEjectionTime"] {
                duration(outlier[key], "\(path).outlierDetection.\(key)", .destinationrules, object, &findings)
            }
            for key in ["maxEjectionPercent", "minHealthPercent"] {
                if let percent = outlier[key]?.int, !(0...100).contains(percent) {
                    error("\(path).outlierDetection.\(key)", "a percentage lies between 0 and 100; mend it")
                }
            }
        }
    }

    private static func gateway(_ object: ConfigObject, _ findings: inout Findings) {
        var names: Set<String> = []
        for (index, server) in object.spec.list("servers").enumerated() {
            let path = "spec.servers[\(index)]"
            if server.list("hosts").isEmpty, server["port"] != nil {
                findings.report(
                    .schemaError, .gateways, object.meta, "\(path).hosts", "a server needs a host; write one, or *")
            }
            if let name = server.at("port", "name")?.string, server["port"]?["number"] != nil,
                !names.insert("\(name)").inserted
            {
                findings.report(
                    .schemaWarning, .gateways, object.meta, "\(path).port.name",
                    "two servers have the port name \(SafeText.line(name, limit: 60)); names are unique in a Gateway")
            }
            let mode = server.at("tls", "mode")?.string
            let needsTLS = ["HTTPS", "TLS"].contains(server.at("port", "protocol")?.string?.uppercased() ?? "")
            if needsTLS, server["tls"] == nil {
                findings.report(
                    .schemaError, .gateways, object.meta, "\(path).tls",
                    "protocol \(SafeText.line(server.at("port", "protocol")?.string ?? "")) needs tls; add mode and credentialName"
                )
            }
            if mode == "MUTUAL", server.at("tls", "credentialName") == nil, server.at("tls", "caCertificates") == nil {
                findings.report(
                    .schemaError, .gateways, object.meta, "\(path).tls.caCertificates",
                    "MUTUAL needs the certificates that clients are checked with; set credentialName or caCertificates")
            }
        }
    }

    private static func serviceEntry(_ object: ConfigObject, _ findings: inout Findings) {
        if object.spec.texts("hosts").isEmpty {
            findings.report(
                .schemaError, .serviceentries, object.meta, "spec.hosts", "an entry needs a host; write one")
        }
        let resolution = object.spec.text("resolution") ?? "NONE"
        if resolution.hasPrefix("DNS"), object.spec.list("endpoints").isEmpty,
            let host = object.spec.texts("hosts").first(where: { $0.hasPrefix("*") })
        {
            findings.report(
                .schemaError, .serviceentries, object.meta, "spec.hosts",
                "\(host) cannot be looked up in DNS; name hosts without *, give endpoints, or use resolution NONE or DYNAMIC_DNS"
            )
        }
        var numbers: Set<Int> = []
        for (index, port) in object.spec.list("ports").enumerated() {
            guard let number = port["number"]?.int else { continue }
            if !numbers.insert(number).inserted {
                findings.report(
                    .schemaError, .serviceentries, object.meta, "spec.ports[\(index)].number",
                    "port \(number) is there twice; remove one")
            }
        }
    }

    private static func sidecar(_ object: ConfigObject, _ findings: inout Findings) {
        for (index, listener) in object.spec.list("egress").enumerated() {
            for (number, host) in listener.texts("hosts").enumerated() where !host.contains("/") {
                findings.report(
                    .schemaError, .sidecars, object.meta, "spec.egress[\(index)].hosts[\(number)]",
                    "\(host) names no namespace; write NAMESPACE/HOST, as ./* or istio-system/*")
            }
        }
    }

    private static func authorization(_ object: ConfigObject, _ findings: inout Findings) {
        func error(_ path: String, _ message: String) {
            findings.report(.schemaError, .authorizationpolicies, object.meta, path, message)
        }
        if !object.selector.isEmpty, object.hasTarget {
            error("spec.targetRefs", "selector and targetRefs are both set; leave one")
        }
        if object.spec.text("action") == "CUSTOM", object.spec.at("provider", "name") == nil {
            error(
                "spec.provider.name",
                "CUSTOM needs the provider that decides; name one of the mesh's extensionProviders")
        }
        let known = [
            "request.headers[", "request.auth.claims[", "source.ip", "remote.ip", "source.namespace",
            "source.principal",
            "source.serviceAccount", "request.auth.principal", "request.auth.audiences", "request.auth.presenter",
            "destination.ip", "destination.port", "connection.sni", "experimental.envoy.filters.",
        ]
        for (index, rule) in object.spec.list("rules").enumerated() {
            for (number, when) in rule.list("when").enumerated() {
                let key = when.text("key") ?? ""
                let path = "spec.rules[\(index)].when[\(number)]"
                if !known.contains(where: { key == $0 || "[.".contains($0.last ?? " ") && key.hasPrefix($0) }) {
                    error("\(path).key", "Istio knows no condition \(key); see its list of authorization conditions")
                }
                if when.list("values").isEmpty, when.list("notValues").isEmpty {
                    error("\(path).values", "a condition needs values or notValues; write one")
                }
            }
        }
    }
}
