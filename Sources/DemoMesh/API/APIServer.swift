// Takes a request apart and hands it to the part of the API that answers it.

internal import Base
internal import Istio
internal import Kube

/// What a request leads to.
enum APIOutcome {
    case response(APIResponse)
    case watch(WatchRequest)
}

/// The Kubernetes API over the store. Lives on the server's event loop.
final class APIServer {
    let store: ObjectStore
    private let credentials: DemoCredentials
    let schemas = SchemaCatalog()
    /// Answers what is proxied to services and pods, and logs; nil is a 503.
    var proxy: ((ProxyTarget, APIRequest) -> APIResponse?)?
    var logs: ((ObjectKey, APIRequest) -> String)?

    init(store: ObjectStore, credentials: DemoCredentials) {
        self.store = store
        self.credentials = credentials
    }

    func handle(_ request: APIRequest) -> APIOutcome {
        do {
            return try route(request)
        } catch let failure as APIFailure {
            let form = ResponseForm(accept: request.header("accept"), hasProtobuf: !request.isCustom)
            var response = APIResponse.object(failure.status, form, status: failure.code)
            // Who may try again soon is told so; a disruption budget says nothing of when.
            if failure.code == 504 || failure.code == 429 && failure.details?["causes"] == nil {
                response.headers.append(("Retry-After", "1"))
            }
            return .response(response)
        } catch {
            return .response(
                .json(APIFailure(code: 500, reason: "InternalError", message: "\(error)").status, status: 500))
        }
    }

    /// 406 for a client that takes nothing that the server can write.
    private func checkAccept(_ request: APIRequest) throws {
        // Logs and proxied pages are plain text.
        if request.segments.contains("proxy") || request.segments.last == "log" { return }
        guard ResponseForm.isAcceptable(request.header("accept"), hasProtobuf: !request.isCustom) else {
            let media =
                "application/json, application/yaml" + (request.isCustom ? "" : ", \(ProtobufEnvelope.mediaType)")
            throw APIFailure(
                code: 406, reason: "NotAcceptable",
                message: "406: Not Acceptable\n\nAvailable representations: \(media)",
                details: [:])
        }
    }

    /// Where an object request goes.
    struct Target {
        var type: ResourceType
        var version: String
        var namespace: String?
        var name: String?
        var subresource: String?
        var rest: [String]

        var key: ObjectKey { ObjectKey(namespace ?? "", name ?? "") }
    }

    private func route(_ request: APIRequest) throws -> APIOutcome {
        let user = impersonated(request, try authenticate(request))
        let path = request.segments
        switch path.first {
        case nil:
            return .response(
                .json(["paths": ["/api", "/apis", "/healthz", "/metrics", "/openapi/v2", "/openapi/v3", "/version"]]))
        case "version": return .response(.json(Self.version))
        case "healthz", "readyz", "livez": return .response(.text("ok"))
        case "api" where path.count == 1, "apis" where path.count == 1:
            return .response(DiscoveryDocuments.root(path[0], request))
        case "openapi": if let answer = OpenAPIDocuments.answer(path, self) { return .response(answer) }
        default: break
        }
        if path.count == 2, path[0] == "apis", let group = DiscoveryDocuments.group(path[1]) {
            return .response(.json(group))
        }
        guard let (group, version, rest) = Self.groupVersion(path) else { return notFound() }
        try checkAccept(request)
        if rest.isEmpty {
            guard let list = DiscoveryDocuments.resources(group: group, version: version) else { return notFound() }
            return .response(.json(list))
        }
        if group == "authorization.k8s.io" || group == "authentication.k8s.io" {
            return .response(try AccessReviews.answer(rest, request, user, store))
        }
        guard let target = Self.target(group, version, rest) else { return notFound() }
        try authorise(user, request, target)
        return try dispatch(request, target)
    }

    private func notFound() -> APIOutcome { .response(.text("404 page not found\n", status: 404)) }

    static let version: JSONValue = [
        "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36", "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35", "gitVersion": .string("v1.36.0-meshtop-demo"), "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "2026-11-23T00:00:00Z", "goVersion": "none", "compiler": "swift", "platform": "linux/amd64",
    ]

    private static func groupVersion(_ path: [String]) -> (String, String, [String])? {
        if path.first == "api", path.count >= 2, path[1] == "v1" { return ("", "v1", Array(path.dropFirst(2))) }
        if path.first == "apis", path.count >= 3 { return (path[1], path[2], Array(path.dropFirst(3))) }
        return nil
    }

    private static func target(_ group: String, _ version: String, _ rest: [String]) -> Target? {
        var rest = rest
        var namespace: String?
        // /namespaces/NS/RESOURCE, but /namespaces/NAME is the namespace itself.
        if rest.count >= 3, rest[0] == "namespaces", !["status", "finalize"].contains(rest[2]) {
            namespace = rest[1]
            rest = Array(rest.dropFirst(2))
        }
        guard let type = ResourceType.find(group: group, resource: rest[0]), type.versions.contains(version),
            type.isNamespaced || namespace == nil
        else { return nil }
        return Target(
            type: type, version: version, namespace: namespace, name: rest.count > 1 ? rest[1] : nil,
            subresource: rest.count > 2 ? rest[2] : nil, rest: Array(rest.dropFirst(3)))
    }

    // MARK: Who may do what

    /// The token names the user; without one the address does.
    func authenticate(_ request: APIRequest) throws(APIFailure) -> APIUser {
        let user =
            if let header = request.header("authorization") {
                credentials.user(authorization: header)
            } else {
                request.prefix.flatMap { credentials.user(prefix: $0) }
            }
        guard let user else { throw APIFailure(code: 401, reason: "Unauthorized", message: "Unauthorized") }
        return user
    }

    /// Acts as somebody else, which only the administrator may; who else tries is refused with the object request.
    private func impersonated(_ request: APIRequest, _ user: APIUser) -> APIUser {
        guard let name = request.header("impersonate-user"), user == .admin else { return user }
        return APIUser(name: name)
    }

    private func authorise(_ user: APIUser, _ request: APIRequest, _ target: Target) throws(APIFailure) {
        var verb =
            switch request.method {
            case "GET", "HEAD": target.name == nil ? (request.flag("watch") ? "watch" : "list") : "get"
            case "POST": "create"
            case "PUT": "update"
            case "PATCH": "patch"
            case "DELETE": target.name == nil ? "deletecollection" : "delete"
            default: request.method.lowercased()
            }
        // Kubernetes 1.36 asks for a verb of its own for acting as somebody else.
        let pretends =
            request.header("impersonate-user") != nil && user != .admin && user != impersonated(request, .admin)
        if pretends { verb = "impersonate-on:user-info:\(verb)" }
        // Reading through a proxy is reading, however the query is sent.
        if target.subresource == "proxy" { return }
        guard pretends || !user.may(verb, in: target.namespace ?? Self.ownNamespace(target), store) else { return }
        let type = target.type
        let place = target.namespace.map { "in the namespace \"\($0)\"" } ?? "at the cluster scope"
        let resource = target.subresource.map { "\(type.resource)/\($0)" } ?? type.resource
        let subject = target.name.map { "\(type.qualified) \"\($0)\"" } ?? type.qualified
        throw APIFailure(
            code: 403, reason: "Forbidden",
            message:
                "\(subject) is forbidden: User \"\(user.name)\" cannot \(verb) resource \"\(resource)\" in API group \"\(type.group)\" \(place)",
            details: APIFailure.details(type, target.name))
    }

    /// A namespace object is asked for with rights in that very namespace.
    private static func ownNamespace(_ target: Target) -> String? {
        target.type.key == "namespaces." ? target.name : nil
    }

    // MARK: Dispatch

    private func dispatch(_ request: APIRequest, _ target: Target) throws -> APIOutcome {
        if let subresource = target.subresource, let name = target.name {
            return .response(try sub(request, target, subresource, name))
        }
        switch (request.method, target.name) {
        case ("GET", nil) where request.flag("watch"): return .watch(try watchRequest(request, target))
        case ("GET", nil): return .response(try list(request, target))
        case ("GET", let name?):
            guard let object = store.get(target.type, target.key) else { throw APIFailure.notFound(target.type, name) }
            return .response(present(object, request, target))
        case ("POST", nil): return .response(try create(request, target))
        case ("PUT", _?): return .response(try replace(request, target))
        case ("PATCH", _?): return .response(try patch(request, target))
        case ("DELETE", _?): return .response(try delete(request, target))
        case ("DELETE", nil):
            let selectors = try Selectors(request)
            for entry in store.entries(target.type, namespace: target.namespace) where selectors.matches(entry.value) {
                try remove(target.type, entry.key, request)
            }
            return .response(try list(request, target))
        default: throw APIFailure.methodNotAllowed
        }
    }

    private func sub(_ request: APIRequest, _ target: Target, _ subresource: String, _ name: String) throws
        -> APIResponse
    {
        if subresource == "proxy", target.type.resource == "services" || target.type.resource == "pods" {
            let proxied = ProxyTarget(
                isPod: target.type.resource == "pods", namespace: target.namespace ?? "", name: name, path: target.rest)
            if let answer = proxy?(proxied, request) { return answer }
            throw APIFailure(
                code: 503, reason: "ServiceUnavailable",
                message: "no endpoints available for service \"\(name)\"", details: nil)
        }
        guard let object = store.get(target.type, target.key) else { throw APIFailure.notFound(target.type, name) }
        switch (subresource, request.method) {
        case ("status", "GET"): return present(object, request, target)
        case ("status", "PUT"): return try replace(request, target)
        case ("status", "PATCH"): return try patch(request, target)
        case ("log", "GET") where target.type.resource == "pods":
            return .text(logs?(target.key, request) ?? "", type: "text/plain")
        case ("scale", _) where target.type.hasScale: return try scale(request, target, object)
        case ("eviction", "POST") where target.type.resource == "pods":
            return try evict(request, target, object)
        default: throw APIFailure.methodNotAllowed
        }
    }

    /// The object in the version and the form that was asked for.
    func present(
        _ object: JSONValue, _ request: APIRequest, _ target: Target, status: Int = 200, warnings: [String] = []
    ) -> APIResponse {
        let form = ResponseForm(request, target.type)
        switch form.shape {
        case .table:
            let table = TablePrinter.table([versioned(object, target)], target.type, self, version: nil)
            return .json(table, status: status, warnings: warnings)
        case .metadata: return .object(ResponseForm.partial(object), form, status: status, warnings: warnings)
        case .whole: return .object(versioned(object, target), form, status: status, warnings: warnings)
        }
    }

    func versioned(_ object: JSONValue, _ target: Target) -> JSONValue {
        var shown: JSONValue = [
            "apiVersion": .string(target.type.apiVersion(target.version)), "kind": .string(target.type.kind),
        ]
        let converted = AutoscalerVersions.shown(object, target.type, target.version)
        for (key, value) in converted.object?.members.map({ ($0, $1) }) ?? [] where key != "apiVersion" && key != "kind"
        {
            shown[key] = value
        }
        return shown
    }
}

/// A service or pod that a request is passed on to.
struct ProxyTarget {
    var isPod: Bool
    var namespace: String
    /// As in the path: `[scheme:]name[:port]`.
    var name: String
    var path: [String]

    /// Name and port without the scheme.
    var parts: (name: String, port: String?) {
        var fields = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if fields.count > 1, ["http", "https"].contains(fields[0]) { fields.removeFirst() }
        return (fields[0], fields.count > 1 && !fields[1].isEmpty ? fields[1] : nil)
    }
}
