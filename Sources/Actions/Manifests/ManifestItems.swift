// The objects of a set of manifests, each with the place where it stands.

internal import Base

/// An object of a manifest, and where it stands.
struct ManifestItem: Sendable {
    var value: JSONValue
    /// "shop/routes.yaml, document 2, line 14"
    var place: String

    static func name(_ file: Manifests.File) -> String { file.name.isEmpty ? "the YAML" : file.name }

    static func all(_ file: Manifests.File) throws(MeshTopError) -> [ManifestItem] {
        let documents: [YAMLDocument]
        do {
            documents = try YAML.documents(file.text)
        } catch {
            throw MeshTopError(.usage, name(file), why: "\(error)", advice: "mend that line; nothing was sent")
        }
        return documents.enumerated().flatMap { number, document in
            let place = (file.name.isEmpty ? "" : "\(file.name), ") + "document \(number + 1), line \(document.line)"
            return flattened(document.value).map { ManifestItem(value: $0, place: place) }
        }
    }

    /// Whatever has `items` is a list, whose elements may be lists again; elements of a typed list are of its type.
    /// As apimachinery's UnstructuredJSONScheme reads them.
    private static func flattened(_ value: JSONValue) -> [JSONValue] {
        guard value.object != nil, let items = value["items"]?.array else { return [value] }
        return items.flatMap { item -> [JSONValue] in
            var item = item
            if item.object != nil, item["kind"] == nil, item["apiVersion"] == nil,
                let kind = value["kind"]?.string, kind.hasSuffix("List")
            {
                item["kind"] = .string(String(kind.dropLast("List".count)))
                item["apiVersion"] = value["apiVersion"]
            }
            return flattened(item)
        }
    }
}
