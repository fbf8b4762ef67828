// The route that decides about a service's requests: found in the cluster, made where there is none.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

/// The VirtualService or HTTPRoute of a service, as read, with its rules.
struct ServiceRoute {
    var reference: ObjectReference
    var path: String
    /// Nil when the service has no route and one will be made.
    var before: JSONValue?
    var service: ServiceID
    var subsets: [String]

    var isGatewayAPI: Bool { reference.kind == "HTTPRoute" }
    var section: String { isGatewayAPI ? "rules" : "http" }
    var rules: [JSONValue] { before?.at("spec", section)?.array ?? [] }

    /// Looked for where Istio does: a VirtualService for one of the service's hosts, then an HTTPRoute with the service
    /// as parent; then what the snapshot has from another namespace.
    static func find(_ service: ServiceID, _ world: PlanWorld) async throws -> ServiceRoute {
        let subsets = try await DestinationRuleObject.subsets(service, world)
        func made(_ kind: String, _ object: JSONValue) throws -> ServiceRoute {
            let reference = ObjectReference(
                kind: kind, namespace: object.at("metadata", "namespace")?.string ?? service.namespace,
                name: object.at("metadata", "name")?.string ?? "")
            return ServiceRoute(
                reference: reference, path: try world.path(reference), before: object, service: service,
                subsets: subsets)
        }
        let virtual = try await world.list(
            .virtualservices, in: service.namespace, named: [service.name, "\(service.name)-route"])
        let own = virtual.filter { object in
            object.at("spec", "http")?.array?.isEmpty == false
                && (object["spec"] ?? [:]).list("hosts").contains {
                    HostNames.service($0.string ?? "", from: service.namespace) == service
                }
        }
        if let object = own.first { return try await read(made("VirtualService", object), world) }
        let routes = try await world.list(.httproutes, in: service.namespace, named: [service.name])
        let fitting = routes.filter { object in
            (object["spec"] ?? [:]).list("parentRefs").contains {
                $0["kind"] == "Service" && $0["name"]?.string == service.name
                    && ($0["namespace"]?.string ?? service.namespace) == service.namespace
            }
        }
        if let object = fitting.first { return try await read(made("HTTPRoute", object), world) }
        if let row = world.snapshot?.routes.first(where: {
            $0.service == service && $0.kind == .virtualService && $0.section == .http
                && HostNames.service($0.host, from: $0.namespace) == service
        }) {
            let reference = ObjectReference(kind: "VirtualService", namespace: row.namespace, name: row.name)
            let path = try world.path(reference)
            return ServiceRoute(
                reference: reference, path: path, before: try await world.read(path), service: service,
                subsets: subsets)
        }
        for kind in [WatchedKind.virtualservices, .httproutes] {
            try world.unlisted.refuseToMake(
                kind, in: service.namespace, for: "service \(service.namespace)/\(service.name)")
        }
        let taken = Set(virtual.compactMap { $0.at("metadata", "name")?.string })
        let reference = ObjectReference(
            kind: "VirtualService", namespace: service.namespace,
            name: taken.contains(service.name) ? "\(service.name)-route" : service.name)
        return ServiceRoute(
            reference: reference, path: try world.path(reference), before: nil, service: service, subsets: subsets)
    }

    /// Read by itself: an item of a list lacks its kind, which a diff would show.
    private static func read(_ route: ServiceRoute, _ world: PlanWorld) async throws -> ServiceRoute {
        var route = route
        route.before = try await world.read(route.path)
        return route
    }

    /// A step that writes what `change` did to the rules.
    func step(_ world: PlanWorld, change: ([JSONValue]) throws -> [JSONValue]) throws -> PlanStep {
        guard let before else {
            let rule: JSONValue = ["route": [["destination": ["host": .string(service.name)]]]]
            let body: JSONValue = [
                "apiVersion": .string(try world.apiVersion(.virtualservices)), "kind": "VirtualService",
                "metadata": ["name": .string(reference.name), "namespace": .string(reference.namespace)],
                "spec": ["hosts": [.string(service.name)], "http": .array(try change([rule]))],
            ]
            return PlanStep(
                object: reference, path: path, write: .create(body), before: nil, after: nil, inverse: .delete)
        }
        var after = before
        after.set(["spec", section], to: .array(try change(rules)))
        return ObjectChange.step(reference, path, from: before, to: after)
    }

    /// Where `text` leads: a subset of the service, or a host. An HTTPRoute knows hosts only.
    func destination(_ text: String, _ world: PlanWorld) async throws -> JSONValue {
        if isGatewayAPI {
            guard let id = HostNames.service(text, from: service.namespace), let port = try await port(of: id, world)
            else { throw unknown(text) }
            var backend: JSONValue = ["name": .string(id.name), "port": .int(Int64(port))]
            if id.namespace != reference.namespace { backend["namespace"] = .string(id.namespace) }
            return backend
        }
        if subsets.contains(text) {
            return ["host": .string(host), "subset": .string(text)]
        }
        if let id = HostNames.service(text, from: service.namespace), try await port(of: id, world) != nil {
            return ["host": .string(text)]
        }
        guard HostNames.service(text, from: service.namespace) == nil, text.contains(".") else { throw unknown(text) }
        return ["host": .string(text)]
    }

    /// The service's host as the rules write it.
    private var host: String {
        let written = rules.flatMap { $0.list("route") }.compactMap { $0.at("destination", "host")?.string }
        return written.first { HostNames.service($0, from: reference.namespace) == service } ?? service.name
    }

    private func port(of id: ServiceID, _ world: PlanWorld) async throws -> Int? {
        let path = ResourcePath(group: "", version: "v1", resource: "services")
            .object(ObjectKey(id.namespace, id.name))
        return try await world.readIfPresent(path).flatMap { ($0["spec"] ?? [:]).list("ports").first?["port"]?.int }
    }

    private func unknown(_ text: String) -> MeshTopError {
        MeshTopError(
            .usage, text,
            why: isGatewayAPI ? "no such service; an HTTPRoute knows no subsets" : "no such subset and no such service",
            advice: subsets.isEmpty || isGatewayAPI
                ? "name a service of the namespace" : "subsets of \(service.name): \(subsets.joined(separator: ", "))")
    }

    /// What an HTTPRoute has no field for.
    func refuseGatewayAPI(_ what: String) throws(MeshTopError) {
        guard isGatewayAPI else { return }
        throw MeshTopError(
            .usage, "HTTPRoute \(reference.name)", why: "the Gateway API has no field for \(what)",
            advice: "route \(service.name) with a VirtualService to use it")
    }

    /// Said where a change goes to several rules.
    func manyRules(_ what: String) -> [String] {
        rules.count > 1 ? ["all \(rules.count) rules of \(reference.name) get the same \(what)"] : []
    }
}
