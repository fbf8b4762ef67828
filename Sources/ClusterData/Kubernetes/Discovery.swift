// What an API server serves: groups, versions, resources and verbs.
// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api

package struct ResourceInfo: Sendable, Hashable {
    package var group: String
    package var version: String
    package var resource: String
    package var kind: String
    package var isNamespaced: Bool
    package var verbs: [String]
    package var subresources: [String]

    package init(
        group: String, version: String, resource: String, kind: String, isNamespaced: Bool, verbs: [String],
        subresources: [String]
    ) {
        self.group = group
        self.version = version
        self.resource = resource
        self.kind = kind
        self.isNamespaced = isNamespaced
        self.verbs = verbs
        self.subresources = subresources
    }

    package var path: ResourcePath { ResourcePath(group: group, version: version, resource: resource) }
}

package struct Discovery: Sendable {
    package var serverVersion: String
    package var resources: [ResourceInfo]

    package init(serverVersion: String, resources: [ResourceInfo]) {
        self.serverVersion = serverVersion
        self.resources = resources
    }

    /// 36 of v1.36.2-gke.1; nil when the version is written in another way.
    package var minorVersion: Int? {
        let parts = serverVersion.split(separator: ".")
        guard parts.count > 1, parts[0] == "v1" || parts[0] == "1" else { return nil }
        return Int(parts[1].prefix { $0.isNumber })
    }

    /// The served form of a kind that MeshTop reads; nil when the server has none (the CRD is not installed).
    package func path(for kind: WatchedKind) -> ResourcePath? {
        let served = resources.filter { $0.group == kind.group && $0.resource == kind.resource }
        for version in kind.versions where served.contains(where: { $0.version == version }) {
            return ResourcePath(group: kind.group, version: version, resource: kind.resource)
        }
        return nil
    }

    /// The resource of an apiVersion and kind, as a manifest names it.
    package func resource(apiVersion: String, kind: String) -> ResourceInfo? {
        resources.first { $0.path.apiVersion == apiVersion && $0.kind == kind }
    }

    private static let aggregated =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"

    /// Two requests on a server with aggregated discovery, one a group version on others.
    package static func load(_ client: KubeClient) async throws -> Discovery {
        let version = try await client.json(.init("GET", "/version"))
        guard let text = version.text("gitVersion") else {
            throw MeshTopError(
                .server, client.access.server,
                why: "it answers /version without a gitVersion, so it is no Kubernetes API",
                advice: "check the server URL of the context")
        }
        async let core = client.json(.init("GET", "/api", accept: aggregated))
        async let named = client.json(.init("GET", "/apis", accept: aggregated))
        var resources: [ResourceInfo] = []
        for document in [try await core, try await named] {
            if document["kind"] == "APIGroupDiscoveryList" {
                resources += aggregatedResources(document)
            } else if document["kind"] == "APIVersions" {
                for version in document.texts("versions") {
                    resources += await legacyResources(client, "/api/\(version)", group: "", version: version)
                }
            } else {
                for group in document.list("groups") {
                    for version in group.list("versions") {
                        guard let name = version["groupVersion"]?.string, let number = version["version"]?.string
                        else { continue }
                        resources += await legacyResources(
                            client, "/apis/\(name)", group: group["name"]?.string ?? "", version: number)
                    }
                }
            }
        }
        return Discovery(serverVersion: text, resources: resources)
    }

    package static func aggregatedResources(_ document: JSONValue) -> [ResourceInfo] {
        document.list("items").flatMap { group in
            group.list("versions").flatMap { version in
                version.list("resources").map { resource in
                    ResourceInfo(
                        group: group.at("metadata", "name")?.string ?? "", version: version.text("version") ?? "",
                        resource: resource.text("resource") ?? "",
                        kind: resource.at("responseKind", "kind")?.string ?? "",
                        isNamespaced: resource["scope"] == "Namespaced", verbs: resource.texts("verbs"),
                        subresources: resource.list("subresources").compactMap { $0.text("subresource") })
                }
            }
        }
    }

    /// A group whose server is down harms nothing else: it counts as serving nothing.
    private static func legacyResources(
        _ client: KubeClient, _ path: String, group: String, version: String
    ) async -> [ResourceInfo] {
        do {
            return legacyResources(try await client.json(.init("GET", path)), group: group, version: version)
        } catch {
            return []
        }
    }

    package static func legacyResources(_ document: JSONValue, group: String, version: String) -> [ResourceInfo] {
        let all = document.list("resources").map { resource in
            ResourceInfo(
                group: group, version: version, resource: resource.text("name") ?? "",
                kind: resource.text("kind") ?? "", isNamespaced: resource["namespaced"] == true,
                verbs: resource.texts("verbs"), subresources: [])
        }
        return all.filter { !$0.resource.contains("/") }.map { main in
            var main = main
            main.subresources = all.filter { $0.resource.hasPrefix("\(main.resource)/") }
                .map { String($0.resource.dropFirst(main.resource.count + 1)) }
            return main
        }
    }
}
