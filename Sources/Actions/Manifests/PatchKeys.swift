// How a server merges its kinds, asked once for each group and version of a set of manifests.

internal import Kube

actor PatchKeys {
    private let client: KubeClient
    private var documents: [String: OpenAPIPatchKeys?] = [:]
    /// How long a server may take to describe a group: nothing needs it.
    static let documentSeconds = 10.0

    init(_ client: KubeClient) { self.client = client }

    /// How the objects of a kind are patched: by merge keys, or nil where they take JSON merge patches alone. The
    /// server's own word counts; where it has none, kinds of Kubernetes itself merge by the keys that they have.
    func schema(_ resource: ResourceInfo) async -> PatchSchema? {
        let (apiVersion, kind) = (resource.path.apiVersion, resource.kind)
        switch await document(apiVersion)?.answer(apiVersion: apiVersion, kind: kind) ?? .unknown {
        case .strategic(let schema): return schema
        case .mergeOnly: return nil
        case .unknown: return PatchGraph.builtIn.schema(apiVersion: apiVersion, kind: kind)
        }
    }

    private func document(_ apiVersion: String) async -> OpenAPIPatchKeys? {
        if let known = documents[apiVersion] { return known }
        let path = "/openapi/v3/" + (apiVersion.contains("/") ? "apis/" : "api/") + apiVersion
        // Servers before 1.23 have none, and some users may not read it: then the table of the built-in kinds serves.
        let call = KubeClient.Call("GET", path, timeoutSeconds: min(Self.documentSeconds, client.timeoutSeconds))
        let response = try? await client.exchange(call)
        let document = response.flatMap { $0.status == 200 ? try? OpenAPIPatchKeys($0.body) : nil }
        documents[apiVersion] = document
        return document
    }
}
