// What goes with a deleted CustomResourceDefinition or Namespace, as it is read before.

internal import Base
internal import Kube

extension KeptContents {
    /// More than this is no matter of an undo: whoever deletes so much has a copy, or wants none. The journal is read
    /// whole, and an undo makes one object after the other.
    static let most = 300
    static let mostBytes = 1_000_000

    /// Of the kinds that hold something that no controller made; and how many Endpoints turned out to be one's.
    static func read(
        _ kinds: [(info: ResourceInfo, found: DeletedContents.Found)], of container: ObjectReference, _ world: PlanWorld
    ) async -> (KeptContents, endpoints: Int) {
        let kinds = kinds.filter { $0.found.free > 0 }.sorted { $0.info.kind < $1.info.kind }
        let total = kinds.map(\.found.free).total
        guard total <= most else {
            return (KeptContents(missing: ["\(total) objects are more than the \(most) that are kept"]), 0)
        }
        var contents = KeptContents()
        var bytes = 0
        for (info, found) in kinds {
            do {
                // A few among thousands of a controller's own are not worth reading those.
                guard found.free + found.owned <= 4 * most else {
                    contents.missing.append("\(found.free) \(info.kind): among too many others to be read")
                    continue
                }
                let items = try await list(info, container, world)
                for item in items where !ControllersOwn.isMade(item, info.kind) {
                    guard let kept = KeptObject(item, info, within: container, &contents.missing) else { continue }
                    bytes += kept.body?.compactText.utf8.count ?? 0
                    contents.objects.append(kept)
                }
                guard bytes <= mostBytes else {
                    let words = "together they are larger than the \(mostBytes / 1_000_000) MB that is kept"
                    return (KeptContents(missing: [words]), 0)
                }
            } catch {
                let why = (error as? MeshTopError)?.why ?? SafeText.line("\(error)", limit: 200)
                contents.missing.append("\(found.free) \(info.kind): \(why)")
            }
        }
        let endpoints = contents.leaveEndpoints()
        contents.objects = ManifestOrder.sorted(contents.objects, by: \.object.kind)
        return (contents, endpoints)
    }

    /// Those of a service with a selector are its controller's, though nothing in them says so on older servers.
    private mutating func leaveEndpoints() -> Int {
        let selecting = Set(
            objects.filter {
                $0.object.kind == "Service" && $0.body?.at("spec", "selector")?.object?.isEmpty == false
            }.map(\.object.name))
        let made = objects.filter { $0.object.kind == "Endpoints" && selecting.contains($0.object.name) }
        objects.removeAll { made.contains($0) }
        return made.count
    }

    private static func list(
        _ info: ResourceInfo, _ container: ObjectReference, _ world: PlanWorld
    ) async throws -> [JSONValue] {
        let namespace = container.kind == "Namespace" ? container.name : nil
        var (items, token): ([JSONValue], String) = ([], "")
        repeat {
            var query = [("limit", "500")]
            if !token.isEmpty { query.append(("continue", token)) }
            let page = try await world.client.json(
                KubeClient.Call("GET", info.path.collection(info.isNamespaced ? namespace : nil), query: query))
            items += page.list("items")
            token = page.at("metadata", "continue")?.string ?? ""
        } while !token.isEmpty
        return items
    }

    /// Each as a step of its own behind the one that makes what they were in.
    func steps(within container: ObjectReference) -> [PlanStep] {
        objects.compactMap { kept in
            guard let body = kept.body else { return nil }
            var step = PlanStep(
                object: kept.object, path: kept.path, write: .create(body), before: nil, after: nil, inverse: nil,
                awaits: "\(container.kind) \(container.name)")
            step.isBroughtBack = true
            return step
        }
    }

    /// Forgotten Secrets among what is missing.
    var allMissing: [String] {
        let forgotten = objects.filter { $0.body == nil }
        if forgotten.isEmpty { return missing }
        let names = forgotten.map(\.object.name).joined(separator: ", ")
        return missing + ["Secret \(names): its values were forgotten with 'meshtop journal --forget-secrets'"]
    }
}

extension KeptObject {
    /// Nil for what would go again by itself; `missing` says so.
    init?(
        _ item: JSONValue, _ info: ResourceInfo, within container: ObjectReference, _ missing: inout [String]
    ) {
        guard let name = item.at("metadata", "name")?.string else { return nil }
        let namespace = item.at("metadata", "namespace")?.string ?? ""
        // Somebody deletes it already.
        if item.at("metadata", "deletionTimestamp") != nil { return nil }
        if info.kind == "Secret", item["type"] == "kubernetes.io/service-account-token" {
            missing.append("Secret \(SafeText.line(name)): a token is bound to the service account that goes")
            return nil
        }
        var body = item
        // An item of a list has neither.
        body["apiVersion"] = .string(info.path.apiVersion)
        body["kind"] = .string(info.kind)
        body = ObjectText.creatable(body)
        // Their owners are gone too, or are others by then: the garbage collector would take these at once.
        body.set(["metadata", "ownerReferences"], to: nil)
        if info.kind == "Service", body.at("spec", "clusterIP") != "None" {
            for field in ["clusterIP", "clusterIPs", "healthCheckNodePort"] { body.set(["spec", field], to: nil) }
        }
        self.init(
            object: ObjectReference(
                kind: info.kind, namespace: SafeText.line(namespace), name: SafeText.line(name)),
            path: info.path.object(ObjectKey(info.isNamespaced ? namespace : "", name)), body: body)
    }

    var json: JSONValue {
        var value: JSONValue = [
            "kind": .string(object.kind), "namespace": .string(object.namespace), "name": .string(object.name),
            "path": .string(path),
        ]
        value["body"] = body
        return value
    }

    init(_ json: JSONValue) {
        self.init(
            object: ObjectReference(
                kind: json.text("kind") ?? "", namespace: json.text("namespace") ?? "", name: json.text("name") ?? ""),
            path: json["path"]?.string ?? "", body: json["body"])
    }
}
