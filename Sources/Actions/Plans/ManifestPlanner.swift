// Plans what YAML documents say: create what is missing, merge into what exists, in the order of dependency.

package import ClusterData

enum ManifestPlanner {
    /// Kinds that others need come first; what is not listed comes after workloads.
    private static let order = [
        "Namespace", "CustomResourceDefinition", "ServiceAccount", "Role", "ClusterRole", "RoleBinding",
        "ClusterRoleBinding", "Secret", "ConfigMap", "Service", "Deployment", "StatefulSet", "DaemonSet",
        "HorizontalPodAutoscaler", "PeerAuthentication", "RequestAuthentication", "AuthorizationPolicy", "Gateway",
        "ServiceEntry", "DestinationRule", "VirtualService", "HTTPRoute", "GRPCRoute",
    ]

    static func draft(yaml: String, defaultNamespace: String, _ world: PlanWorld) async throws -> Draft {
        let documents: [YAMLDocument]
        do {
            documents = try YAML.documents(yaml)
        } catch {
            throw MeshTopError(
                .usage, "the YAML", why: "\(error)", advice: "mend that line; nothing was sent")
        }
        guard !documents.isEmpty else {
            throw MeshTopError(
                .usage, "the YAML", why: "it holds no object", advice: "give a manifest; nothing was sent")
        }
        var steps: [PlanStep] = []
        for (number, document) in documents.enumerated() {
            let items = document.value["kind"] == "List" ? document.value.list("items") : [document.value]
            for item in items {
                steps.append(try await step(item, document, number + 1, defaultNamespace, world))
            }
        }
        steps.sort { rank($0) < rank($1) }
        let warnings = steps.flatMap(weightWarnings)
        let names = steps.map { "\($0.object.kind) \($0.object.name)" }
        let created = steps.count { $0.before == nil }
        return Draft(
            verb: "apply",
            title: steps.count == 1 ? "Apply \(names[0])" : "Apply \(steps.count) objects",
            steps: steps,
            effects: [
                "\(created) created, \(steps.count - created) merged into what exists: \(names.joined(separator: ", "))"
            ],
            warnings: warnings, kubectl: PlanText.kubectl(world, defaultNamespace, ["apply", "-f", "FILE"]))
    }

    /// The weights of each rule with several destinations, by the rule's place in the object.
    private static func weights(_ body: JSONValue) -> [(place: String, weights: [Int])] {
        let lists =
            body["kind"] == "VirtualService"
            ? ["http", "tcp", "tls"] : ["HTTPRoute", "GRPCRoute"].contains(body["kind"]) ? ["rules"] : []
        return lists.flatMap { section in
            (body.at("spec", section)?.array ?? []).enumerated().map { index, rule in
                let destinations = rule.list(section == "rules" ? "backendRefs" : "route")
                return ("spec.\(section)[\(index)]", destinations.compactMap { $0["weight"]?.count })
            }
        }
    }

    /// Istio reads weights as shares of their sum; whoever writes percentages wants to know when they are none.
    private static func weightWarnings(_ step: PlanStep) -> [String] {
        guard step.object.kind == "VirtualService", let body = step.write.applied(to: step.before) else { return [] }
        return weights(body).compactMap { place, weights in
            let sum = weights.reduce(0, +)
            guard weights.count > 1, sum != 100 else { return nil }
            return
                "\(step.object.name): the weights of \(place) sum to \(sum), not 100: each destination gets its part of \(sum)"
        }
    }

    private static func rank(_ step: PlanStep) -> Int { order.firstIndex(of: step.object.kind) ?? order.count }

    private static func step(
        _ item: JSONValue, _ document: YAMLDocument, _ number: Int, _ defaultNamespace: String, _ world: PlanWorld
    ) async throws -> PlanStep {
        let place = "document \(number), line \(document.line)"
        func fail(_ why: String, _ advice: String) -> MeshTopError {
            MeshTopError(.usage, place, why: why, advice: "\(advice); nothing was sent")
        }
        guard item.object != nil else { throw fail("it is no object", "write apiVersion, kind and metadata") }
        guard let apiVersion = item["apiVersion"]?.string, let kind = item["kind"]?.string else {
            throw fail("apiVersion or kind is missing", "add them")
        }
        guard let name = item.at("metadata", "name")?.string, !name.isEmpty else {
            throw fail("metadata.name is missing", "add it")
        }
        guard let resource = world.discovery.resource(apiVersion: apiVersion, kind: kind) else {
            throw fail(
                "the server has no \(SafeText.line(kind)) in \(SafeText.line(apiVersion))",
                "check apiVersion and kind, or install its CRD")
        }
        for (place, weights) in weights(item) {
            if let wrong = weights.first(where: { $0 < 0 }) {
                throw fail(
                    "\(SafeText.line(kind)) \(SafeText.line(name)): \(place) has the weight \(wrong)", "use 0 or more")
            }
            if weights.count > 1, weights.reduce(0, +) == 0 {
                throw fail(
                    "\(SafeText.line(kind)) \(SafeText.line(name)): all weights of \(place) are 0",
                    "make them sum to 100")
            }
        }
        let namespace = resource.isNamespaced ? item.at("metadata", "namespace")?.string ?? defaultNamespace : ""
        var body = item
        if resource.isNamespaced { body.set(["metadata", "namespace"], to: .string(namespace)) }
        body["status"] = nil
        let path = resource.path.object(ObjectKey(namespace, name))
        let reference = ObjectReference(
            kind: SafeText.line(kind), namespace: SafeText.line(namespace), name: SafeText.line(name))
        guard let before = try await world.readIfPresent(path) else {
            return PlanStep(
                object: reference, path: path, write: .create(body), before: nil, after: nil, inverse: .delete)
        }
        return PlanStep(
            object: reference, path: path, write: .mergePatch(body), before: before, after: nil,
            inverse: .mergePatch(ObjectChange.inverse(ofMerge: body, on: before)))
    }
}

extension ObjectText {
    /// An object as it can be sent again: without the server's own fields.
    package static func restorable(_ object: JSONValue) -> JSONValue {
        var object = object
        object["status"] = nil
        object.set(["metadata", "managedFields"], to: nil)
        object.set(["metadata", "resourceVersion"], to: nil)
        object.set(["metadata", "generation"], to: nil)
        return object
    }

    /// An object as it can be made anew after it was deleted.
    package static func creatable(_ object: JSONValue) -> JSONValue {
        var object = restorable(object)
        for key in ["uid", "creationTimestamp", "selfLink", "deletionTimestamp"] {
            object.set(["metadata", key], to: nil)
        }
        return object
    }
}
