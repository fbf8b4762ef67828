// How a server merges its kinds, asked once for each group and version of a set of manifests.

internal import ClusterData

actor PatchKeys {
    private let client: KubeClient
    private var documents: [String: OpenAPIPatchKeys?] = [:]

    init(_ client: KubeClient) { self.client = client }

    /// How the objects of a kind are patched: by merge keys, or nil where they take JSON merge patches alone. The
    /// server's own word counts; where it has none, kinds of Kubernetes itself merge by the keys that they have.
    func schema(_ resource: ResourceInfo) async throws -> PatchSchema? {
        let (apiVersion, kind) = (resource.path.apiVersion, resource.kind)
        switch try await document(apiVersion)?.answer(apiVersion: apiVersion, kind: kind) ?? .unknown {
        case .strategic(let schema): return schema
        case .mergeOnly: return nil
        case .unknown: return PatchGraph.builtIn.schema(apiVersion: apiVersion, kind: kind)
        }
    }

    private func document(_ apiVersion: String) async throws -> OpenAPIPatchKeys? {
        if let known = documents[apiVersion] { return known }
        let path = "/openapi/v3/" + (apiVersion.contains("/") ? "apis/" : "api/") + apiVersion
        let response = try await client.exchange(KubeClient.Call("GET", path))
        // Servers before 1.23 have none, and some users may not read it.
        let document = response.status == 200 ? try? OpenAPIPatchKeys(response.body) : nil
        documents[apiVersion] = document
        return document
    }
}
