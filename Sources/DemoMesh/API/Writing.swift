// Creates, replacements, patches, deletions and the scale subresource, as the real server checks them.

internal import Base
internal import Istio
internal import Kube

extension APIServer {
    // MARK: Bodies

    /// The object that is to be written, in the stored version.
    private func body(_ request: APIRequest, _ target: Target) throws(APIFailure) -> JSONValue {
        let object = try RequestBody.object(request, kind: target.type.kind, hasProtobuf: !target.type.isCustom)
        if target.subresource != "scale", let fault = mismatch(object, target) { throw .badRequest(fault) }
        return AutoscalerVersions.stored(object, target.type, target.version)
    }

    private func mismatch(_ object: JSONValue, _ target: Target) -> String? {
        guard !target.type.isCustom, let fault = BuiltInTypes.mismatch(target.type, target.version, object) else {
            return nil
        }
        let kind = target.type.kind
        return "\(kind) in version \"\(target.version)\" cannot be handled as a \(kind): \(fault)"
    }

    /// A patch whose outcome is no object of its kind: 422 without a kind, as the real server answers.
    private func unfitPatch(_ object: JSONValue, _ reason: String) -> APIFailure {
        let fault = SchemaFault(
            field: "patch", reason: "FieldValueInvalid",
            message: "Invalid value: \(quoted(object.compactText)): \(reason)")
        var failure = APIFailure.invalid("", "", "", [fault])
        failure.details = ["causes": failure.details?["causes"] ?? []]
        return failure
    }

    /// Prunes, and refuses or warns of, unknown fields; fills in what is standard; then checks the values.
    private func admit(
        _ object: JSONValue, _ target: Target, _ request: APIRequest, previous: JSONValue?
    ) throws(APIFailure) -> (JSONValue, warnings: [String]) {
        let type = target.type
        let name = object.at("metadata", "name")?.string ?? target.name ?? ""
        let (pruned, unknown) = type.isCustom ? schemas.pruned(type.key, object) : BuiltInTypes.pruned(type, object)
        var warnings: [String] = []
        if !unknown.isEmpty {
            switch request.parameter("fieldValidation") ?? "Warn" {
            case "Strict":
                let list = unknown.map { "unknown field \"\($0)\"" }.joined(separator: ", ")
                if request.method == "PATCH" { throw unfitPatch(object, "strict decoding error: \(list)") }
                throw .badRequest(
                    "\(type.kind) in version \"\(target.version)\" cannot be handled as a \(type.kind): strict decoding error: \(list)"
                )
            case "Ignore": break
            default: warnings = unknown.map { "unknown field \"\($0)\"" }
            }
        }
        let filled = Defaults.filled(type, pruned, previous: previous, in: store)
        let faults =
            type.isCustom ? schemas.faults(type.key, filled) : BuiltInRules.faults(type, filled, previous: previous)
        if !faults.isEmpty { throw .invalid(type.kind, type.group, name, faults) }
        if let fault = IstioRules.fault(type, filled) { throw .invalid(type.kind, type.group, name, [fault]) }
        return (filled, warnings)
    }

    private func quoted(_ text: String) -> String {
        var quoted = ""
        JSONValue.quote(text, into: &quoted)
        return quoted
    }

    private func isDryRun(_ request: APIRequest) -> Bool { request.parameter("dryRun") == "All" }

    private func manager(_ request: APIRequest) -> String {
        if let name = request.parameter("fieldManager"), !name.isEmpty { return name }
        return request.header("user-agent")?.split(separator: "/").first.map(String.init) ?? "unknown"
    }

    // MARK: Create and replace

    func create(_ request: APIRequest, _ target: Target) throws -> APIResponse {
        var object = try body(request, target)
        var target = target
        if object.at("metadata", "name") == nil, let prefix = object.at("metadata", "generateName")?.string {
            object.set(["metadata", "name"], to: .string("\(prefix)\(String(store.version + 1, radix: 36))"))
        }
        guard let name = object.at("metadata", "name")?.string, !name.isEmpty else {
            throw APIFailure.invalid(
                target.type.kind, target.type.group, "",
                [
                    SchemaFault(
                        field: "metadata.name", reason: "FieldValueRequired",
                        message: "Required value: name or generateName is required")
                ])
        }
        if target.type.isNamespaced {
            object.set(["metadata", "namespace"], to: .string(target.namespace ?? "default"))
            let namespaces = ResourceType.all[0]
            guard let namespace = target.namespace, store.get(namespaces, ObjectKey("", namespace)) != nil else {
                throw APIFailure.notFound(namespaces, target.namespace ?? "")
            }
        }
        target.name = name
        if let fault = BuiltInRules.nameFault(target.type, name) {
            throw APIFailure.invalid(target.type.kind, target.type.group, name, [fault])
        }
        if store.get(target.type, ObjectStore.key(object)) != nil { throw APIFailure.exists(target.type, name) }
        let (admitted, warnings) = try admit(object, target, request, previous: nil)
        object = ManagedFields.updated(
            admitted, before: nil, manager: manager(request), target: target, at: store.clock())
        if isDryRun(request) {
            object.set(["metadata", "uid"], to: "00000000-0000-4000-a000-000000000000")
            object.set(["metadata", "creationTimestamp"], to: .string(store.clock().rfc3339))
            if object["spec"] != nil { object.set(["metadata", "generation"], to: 1) }
            return present(object, request, target, status: 201, warnings: warnings)
        }
        return present(store.create(target.type, object), request, target, status: 201, warnings: warnings)
    }

    func replace(_ request: APIRequest, _ target: Target) throws -> APIResponse {
        let name = target.name ?? ""
        guard let before = store.get(target.type, target.key) else { throw APIFailure.notFound(target.type, name) }
        var object = try body(request, target)
        if object.at("metadata", "name")?.string != name {
            throw APIFailure.badRequest(
                "the name of the object (\(object.at("metadata", "name")?.string ?? "")) does not match the name on the URL (\(name))"
            )
        }
        try checkVersion(object, before, target)
        if target.type.isNamespaced { object.set(["metadata", "namespace"], to: .string(target.namespace ?? "")) }
        if target.subresource == "status" {
            var changed = before
            changed["status"] = object["status"]
            object = changed
        } else if target.type.hasStatus {
            object["status"] = before["status"]
        }
        return try store(object, over: before, request, target)
    }

    private func checkVersion(_ object: JSONValue, _ before: JSONValue, _ target: Target) throws(APIFailure) {
        guard let wanted = object.at("metadata", "resourceVersion")?.string, !wanted.isEmpty else { return }
        if wanted != before.at("metadata", "resourceVersion")?.string {
            throw .conflict(target.type, target.name ?? "")
        }
    }

    private func store(_ object: JSONValue, over before: JSONValue, _ request: APIRequest, _ target: Target) throws
        -> APIResponse
    {
        var (admitted, warnings) = try admit(object, target, request, previous: before)
        for key in Self.serversOwn { admitted.set(["metadata", key], to: before.at("metadata", key)) }
        admitted = ManagedFields.updated(
            admitted, before: before, manager: manager(request), target: target, at: store.clock())
        if isDryRun(request) {
            if admitted["spec"] != before["spec"], let generation = before.at("metadata", "generation")?.int {
                admitted.set(["metadata", "generation"], to: .int(Int64(generation + 1)))
            }
            return present(admitted, request, target, warnings: warnings)
        }
        return present(update(admitted, target), request, target, warnings: warnings)
    }

    private static let serversOwn = [
        "uid", "creationTimestamp", "generation", "resourceVersion", "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ]

    /// Stores it; one that was deleted goes when its last finalizer does.
    private func update(_ object: JSONValue, _ target: Target) -> JSONValue {
        let stored = store.update(target.type, object)
        if stored.at("metadata", "deletionTimestamp") != nil, !GarbageCollector.isHeld(stored) {
            GarbageCollector(store: store).delete(target.type, target.key, .cascade)
        }
        return stored
    }

    // MARK: Patch

    private static let rejected = APIFailure(
        code: 422, reason: "Invalid", message: "the server rejected our request due to an error in our request",
        details: [:])

    func patch(_ request: APIRequest, _ target: Target) throws -> APIResponse {
        let type = request.contentType
        if type == "application/apply-patch+yaml" { return try serverSideApply(request, target) }
        let name = target.name ?? ""
        guard let before = store.get(target.type, target.key) else { throw APIFailure.notFound(target.type, name) }
        let shown = AutoscalerVersions.shown(before, target.type, target.version)
        let outcome = try patched(shown, type, request, target)
        if let fault = mismatch(outcome, target) { throw unfitPatch(outcome, fault) }
        var changed = AutoscalerVersions.stored(outcome, target.type, target.version)
        changed = Self.parted(changed, before, target)
        // A version in the patch is a precondition.
        if type != "application/json-patch+json" { try checkVersion(changed, before, target) }
        guard changed.at("metadata", "name") == before.at("metadata", "name") else {
            throw APIFailure.badRequest("the name of the object does not match the name on the URL")
        }
        return try store(changed, over: before, request, target)
    }

    /// Of a custom resource with a status subresource, a request changes the status or all the rest.
    private static func parted(_ changed: JSONValue, _ before: JSONValue, _ target: Target) -> JSONValue {
        guard target.type.isCustom, target.type.hasStatus else { return changed }
        var result = target.subresource == "status" ? before : changed
        result["status"] = target.subresource == "status" ? changed["status"] : before["status"]
        result.set(["metadata", "resourceVersion"], to: changed.at("metadata", "resourceVersion"))
        return result
    }

    private func patched(_ before: JSONValue, _ type: String, _ request: APIRequest, _ target: Target) throws
        -> JSONValue
    {
        let types = ["application/json-patch+json", "application/merge-patch+json"]
        let strategic = "application/strategic-merge-patch+json"
        guard types.contains(type) || (type == strategic && !target.type.isCustom) else {
            let known = types + (target.type.isCustom ? [] : [strategic]) + ["application/apply-patch+yaml"]
            var failure = APIFailure.unsupportedMedia(
                "the body of the request was in an unknown format - accepted media types include: \(known.joined(separator: ", "))"
            )
            failure.details = nil
            throw failure
        }
        let patch: JSONValue
        do {
            patch = try JSONValue(parsing: request.body)
        } catch {
            throw APIFailure.badRequest("error decoding patch: \(error)")
        }
        switch type {
        case "application/json-patch+json":
            guard let operations = patch.array else {
                throw APIFailure.badRequest(
                    "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch")
            }
            do {
                return try Patching.json(operations, to: before)
            } catch {
                throw Self.rejected
            }
        case strategic: return try Self.strategic(patch, into: before, target)
        default: return Patching.merge(patch, into: before)
        }
    }

    /// By the merge keys of the built-in kinds; refused as the real server refuses it.
    static func strategic(_ patch: JSONValue, into object: JSONValue, _ target: Target) throws(APIFailure) -> JSONValue
    {
        let schema = PatchGraph.builtIn.schema(
            apiVersion: target.type.apiVersion(target.version), kind: target.type.kind)
        do {
            return try StrategicMerge.merge(patch, into: object, schema ?? .unknown)
        } catch {
            switch error.kind {
            case .malformed: throw .badRequest(error.reason)
            case .unfit: throw APIFailure(code: 422, reason: "Invalid", message: error.reason, details: [:])
            case .other: throw APIFailure(code: 500, reason: "InternalError", message: error.reason)
            }
        }
    }

    private func serverSideApply(_ request: APIRequest, _ target: Target) throws -> APIResponse {
        guard let manager = request.parameter("fieldManager"), !manager.isEmpty else {
            throw APIFailure.invalid(
                "PatchOptions", "meta.k8s.io", "",
                [
                    SchemaFault(
                        field: "fieldManager", reason: "FieldValueRequired",
                        message: "Required value: is required for apply patch")
                ])
        }
        var applied = AutoscalerVersions.stored(try RequestBody.yaml(request), target.type, target.version)
        let name = target.name ?? ""
        if target.type.isNamespaced { applied.set(["metadata", "namespace"], to: .string(target.namespace ?? "")) }
        let (_, unknown) =
            target.type.isCustom ? schemas.pruned(target.type.key, applied) : BuiltInTypes.pruned(target.type, applied)
        if let first = unknown.first {
            throw APIFailure(
                code: 500, reason: nil,
                message:
                    "failed to create typed patch object (\(target.namespace.map { "\($0)/" } ?? "/")\(name); \(target.type.apiVersion(target.version)), Kind=\(target.type.kind)): .\(first): field not declared in schema"
            )
        }
        if let fault = mismatch(applied, target) {
            throw APIFailure(code: 500, reason: nil, message: "failed to create typed patch object: \(fault)")
        }
        let before = store.get(target.type, target.key)
        let force = request.flag("force")
        let merged = try ManagedFields.applied(
            applied, over: before, manager: manager, force: force, target: target, at: store.clock())
        guard let before else {
            let (admitted, warnings) = try admit(merged, target, request, previous: nil)
            if isDryRun(request) { return present(admitted, request, target, status: 201, warnings: warnings) }
            return present(store.create(target.type, admitted), request, target, status: 201, warnings: warnings)
        }
        try checkVersion(applied, before, target)
        var (admitted, warnings) = try admit(merged, target, request, previous: before)
        for key in Self.serversOwn { admitted.set(["metadata", key], to: before.at("metadata", key)) }
        if isDryRun(request) { return present(admitted, request, target, warnings: warnings) }
        return present(update(admitted, target), request, target, warnings: warnings)
    }

    // MARK: Delete

    private func deleteOptions(_ request: APIRequest) throws(APIFailure) -> JSONValue? {
        request.body.isEmpty ? nil : try RequestBody.object(request, kind: "DeleteOptions", hasProtobuf: true)
    }

    /// With its dependents, unless the client wants them left alone.
    func remove(_ type: ResourceType, _ key: ObjectKey, _ request: APIRequest) throws(APIFailure) {
        let options = try deleteOptions(request)
        let policy = options?["propagationPolicy"]?.string ?? request.parameter("propagationPolicy")
        let isOrphan = policy == "Orphan" || options?["orphanDependents"] == true
        GarbageCollector(store: store).delete(type, key, isOrphan ? .orphan : .cascade)
    }

    func delete(_ request: APIRequest, _ target: Target) throws -> APIResponse {
        let name = target.name ?? ""
        guard let object = store.get(target.type, target.key) else { throw APIFailure.notFound(target.type, name) }
        let options = try deleteOptions(request)
        if let wanted = options?.at("preconditions", "uid")?.string, wanted != object.at("metadata", "uid")?.string {
            throw APIFailure.conflict(target.type, name)
        }
        let version = object.at("metadata", "resourceVersion")?.string ?? ""
        if let wanted = options?.at("preconditions", "resourceVersion")?.string, wanted != version {
            var details = APIFailure.details(target.type, name)
            details["kind"] = .string(target.type.kind)
            throw APIFailure(
                code: 409, reason: "Conflict",
                message:
                    "Operation cannot be fulfilled on \(target.type.qualifiedKind) \"\(name)\": the ResourceVersion in the precondition (\(wanted)) does not match the ResourceVersion in record (\(version)). The object might have been modified",
                details: details)
        }
        let isDry = isDryRun(request) || options?["dryRun"]?.array?.contains("All") == true
        if !isDry { try remove(target.type, target.key, request) }
        if let held = store.get(target.type, target.key), !isDry { return present(held, request, target) }
        if !target.type.isCustom { return present(object, request, target) }
        var details = APIFailure.details(target.type, name)
        details["uid"] = object.at("metadata", "uid")
        return .json(["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": details])
    }

    /// A pod by its eviction, where its disruption budget lets it go.
    func evict(_ request: APIRequest, _ target: Target, _ pod: JSONValue) throws -> APIResponse {
        let eviction =
            request.body.isEmpty ? [:] : try RequestBody.object(request, kind: "Eviction", hasProtobuf: true)
        let options = eviction["deleteOptions"]
        if let wanted = options?.at("preconditions", "uid")?.string, wanted != pod.at("metadata", "uid")?.string {
            throw APIFailure.conflict(target.type, target.name ?? "")
        }
        let isDry = isDryRun(request) || options?["dryRun"]?.array?.contains("All") == true
        let budgets = DisruptionBudgets(store: store)
        try budgets.admitEviction(of: pod)
        if !isDry {
            store.delete(target.type, target.key)
            budgets.refresh()
        }
        return .json(
            ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201], status: 201)
    }

    // MARK: Scale

    func scale(_ request: APIRequest, _ target: Target, _ object: JSONValue) throws -> APIResponse {
        func view(_ object: JSONValue) -> JSONValue {
            var metadata: JSONValue = [:]
            for key in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
                metadata[key] = object.at("metadata", key)
            }
            let selector = LabelSelector(object.at("spec", "selector"))?.text ?? ""
            return [
                "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
                "spec": ["replicas": object.at("spec", "replicas") ?? 1],
                "status": ["replicas": object.at("status", "replicas") ?? 0, "selector": .string(selector)],
            ]
        }
        if request.method == "GET" { return .json(view(object)) }
        let wanted: JSONValue
        switch request.method {
        case "PUT": wanted = try body(request, target)
        case "PATCH": wanted = try patched(view(object), request.contentType, request, target)
        default: throw APIFailure.methodNotAllowed
        }
        try checkVersion(wanted, object, target)
        guard let replicas = wanted.at("spec", "replicas")?.int else {
            throw APIFailure.badRequest("spec.replicas is required")
        }
        guard replicas >= 0 else {
            throw APIFailure.invalid(
                "Scale", "autoscaling", target.name ?? "",
                [
                    SchemaFault(
                        field: "spec.replicas", reason: "FieldValueInvalid",
                        message: "Invalid value: \(replicas): must be greater than or equal to 0")
                ])
        }
        var changed = object
        changed.set(["spec", "replicas"], to: .int(Int64(replicas)))
        if isDryRun(request) { return .json(view(changed)) }
        changed = ManagedFields.updated(
            changed, before: object, manager: manager(request), target: target, at: store.clock())
        return .json(view(store.update(target.type, changed)))
    }
}
