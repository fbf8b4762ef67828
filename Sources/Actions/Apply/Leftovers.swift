// What keeps a Namespace or a CustomResourceDefinition that is being deleted: the objects in it, and who holds these.

internal import Base
internal import Kube

enum Leftovers {
    /// Nil where nothing is known of them.
    static func words(_ now: JSONValue, _ client: KubeClient) async -> String? {
        guard LeavingObject(now) != nil else { return nil }
        switch now["kind"]?.string {
        case "Namespace": return conditions(now)
        case "CustomResourceDefinition": return await objects(of: now, client)
        default: return nil
        }
    }

    /// The namespace controller says it itself, best first.
    /// https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/namespace/deletion/status_condition_utils.go
    private static let telling = [
        "NamespaceFinalizersRemaining", "NamespaceContentRemaining", "NamespaceDeletionContentFailure",
        "NamespaceDeletionDiscoveryFailure", "NamespaceDeletionGroupVersionParsingFailure",
    ]

    private static func conditions(_ namespace: JSONValue) -> String? {
        let conditions = namespace["status"]?.list("conditions") ?? []
        return telling.lazy.compactMap { type in
            conditions.first { $0["type"]?.string == type && $0["status"] == "True" }?.text("message")
        }.first
    }

    private static func objects(of definition: JSONValue, _ client: KubeClient) async -> String? {
        let spec = definition["spec"] ?? [:]
        guard let group = spec["group"]?.string, let plural = spec.at("names", "plural")?.string,
            let version = spec.list("versions").first(where: { $0["served"] == true })?["name"]?.string
        else { return nil }
        let path = ResourcePath(group: group, version: version, resource: plural)
        let list: JSONValue
        do {
            list = try await client.json(
                KubeClient.Call(
                    "GET", path.collection(nil), query: [("limit", "500")],
                    accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"))
        } catch {
            // Not served any more, or not to be read: its own state says the rest.
            return nil
        }
        let items = list.list("items")
        guard !items.isEmpty else { return nil }
        let kind = spec.at("names", "kind")?.string ?? plural
        let more = list.at("metadata", "continue")?.string?.isEmpty == false ? " or more" : ""
        let held = items.filter { !LeavingObject.holders($0).isEmpty }
        guard !held.isEmpty else { return SafeText.line("\(items.count)\(more) \(kind) are left", limit: 200) }
        let names = held.prefix(3).map { item in
            [item.at("metadata", "namespace")?.string, item.at("metadata", "name")?.string].compactMap { $0 }.joined(
                separator: "/")
        }
        return SafeText.line(
            "\(held.count)\(more) \(kind) (\(names.joined(separator: ", "))\(held.count > 3 ? ", …" : "")) held by \(held.flatMap(LeavingObject.holders).uniqued().joined(separator: ", "))",
            limit: 400)
    }
}
