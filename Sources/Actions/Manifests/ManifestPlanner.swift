// Plans what YAML documents say: create what is missing, merge into what exists, in the order of dependency.

package import ClusterData

enum ManifestPlanner {
    /// An object of a manifest, and where it stands.
    private struct Item {
        var value: JSONValue
        /// "shop/routes.yaml, document 2, line 14"
        var place: String
    }

    static func draft(_ manifests: Manifests, defaultNamespace: String, _ world: PlanWorld) async throws -> Draft {
        let items = try manifests.files.flatMap(items)
        guard !items.isEmpty else {
            throw MeshTopError(
                .usage, manifests.files.count == 1 ? name(manifests.files[0]) : "\(manifests.files.count) files",
                why: "no object is in there", advice: "give a manifest; nothing was sent")
        }
        let madeKinds = items.flatMap { ManifestOrder.resources(of: $0.value) }
        var steps: [PlanStep] = []
        var places: [String: String] = [:]
        for item in items {
            let step = try await step(item, madeKinds, defaultNamespace, world)
            if let other = places.updateValue(item.place, forKey: step.path) {
                throw MeshTopError(
                    .usage, item.place,
                    why: "\(step.object.kind) \(step.object.name) is there already, in \(other)",
                    advice: "take one of them out; nothing was sent")
            }
            steps.append(step)
        }
        let madeNamespaces = Set(steps.filter { $0.object.kind == "Namespace" && $0.before == nil }.map(\.object.name))
        for index in steps.indices where steps[index].before == nil && steps[index].awaits == nil {
            let namespace = steps[index].object.namespace
            if madeNamespaces.contains(namespace) { steps[index].awaits = "namespace \(namespace)" }
        }
        steps = ManifestOrder.sorted(steps)
        let names = steps.map { "\($0.object.kind) \($0.object.name)" }
        let created = steps.count { $0.before == nil }
        return Draft(
            verb: "apply",
            title: steps.count == 1 ? "Apply \(names[0])" : "Apply \(steps.count) objects",
            steps: steps,
            effects: [
                "\(created) created, \(steps.count - created) merged into what exists: \(names.joined(separator: ", "))"
            ],
            warnings: steps.flatMap(weightWarnings),
            kubectl: PlanText.kubectl(world, defaultNamespace, ["apply"] + manifests.arguments))
    }

    private static func name(_ file: Manifests.File) -> String { file.name.isEmpty ? "the YAML" : file.name }

    private static func items(_ file: Manifests.File) throws(MeshTopError) -> [Item] {
        let documents: [YAMLDocument]
        do {
            documents = try YAML.documents(file.text)
        } catch {
            throw MeshTopError(.usage, name(file), why: "\(error)", advice: "mend that line; nothing was sent")
        }
        return documents.enumerated().flatMap { number, document in
            let place = (file.name.isEmpty ? "" : "\(file.name), ") + "document \(number + 1), line \(document.line)"
            let isList = document.value["kind"]?.string?.hasSuffix("List") == true && document.value["items"] != nil
            return (isList ? document.value.list("items") : [document.value]).map { Item(value: $0, place: place) }
        }
    }

    /// The weights of each rule with several destinations, by the rule's place in the object.
    private static func weights(_ body: JSONValue) -> [(place: String, weights: [Int])] {
        let lists =
            body["kind"] == "VirtualService"
            ? ["http", "tcp", "tls"] : ["HTTPRoute", "GRPCRoute"].contains(body["kind"]) ? ["rules"] : []
        return lists.flatMap { section in
            (body.at("spec", section)?.array ?? []).enumerated().map { index, rule in
                let destinations = rule.list(section == "rules" ? "backendRefs" : "route")
                return ("spec.\(section)[\(index)]", destinations.compactMap { $0["weight"]?.int })
            }
        }
    }

    /// Istio reads weights as shares of their sum; whoever writes percentages wants to know when they are none.
    private static func weightWarnings(_ step: PlanStep) -> [String] {
        guard step.object.kind == "VirtualService", let body = step.write.applied(to: step.before) else { return [] }
        return weights(body).compactMap { place, weights in
            let sum = weights.total
            guard weights.count > 1, sum != 100 else { return nil }
            return
                "\(step.object.name): the weights of \(place) sum to \(sum), not 100: each destination gets its part of \(sum)"
        }
    }

    private static func step(
        _ item: Item, _ madeKinds: [ResourceInfo], _ defaultNamespace: String, _ world: PlanWorld
    ) async throws -> PlanStep {
        let (item, place) = (item.value, item.place)
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
        let served = world.discovery.resource(apiVersion: apiVersion, kind: kind)
        guard let resource = served ?? madeKinds.first(where: { $0.path.apiVersion == apiVersion && $0.kind == kind })
        else {
            throw fail(
                "the server has no \(SafeText.line(kind)) in \(SafeText.line(apiVersion))",
                "check apiVersion and kind, or install its CRD")
        }
        for (place, weights) in weights(item) {
            if let wrong = weights.first(where: { $0 < 0 }) {
                throw fail(
                    "\(SafeText.line(kind)) \(SafeText.line(name)): \(place) has the weight \(wrong)", "use 0 or more")
            }
            if weights.count > 1, weights.total == 0 {
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
        let created = PlanStep(
            object: reference, path: path, write: .create(body), before: nil, after: nil, inverse: .delete,
            place: place, awaits: served == nil ? "CustomResourceDefinition of \(reference.kind)" : nil)
        guard served != nil, let before = try await world.readIfPresent(path) else { return created }
        return PlanStep(
            object: reference, path: path, write: .mergePatch(body), before: before, after: nil,
            inverse: .mergePatch(ObjectChange.inverse(ofMerge: body, on: before)), place: place)
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
