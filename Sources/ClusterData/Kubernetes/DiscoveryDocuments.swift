// How discovery is read: aggregated where the server can, one document a group version elsewhere. A group whose own
// server hangs or fails delays and hides no other.
// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api

extension Discovery {
    private static let aggregated =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
        + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

    /// How long the server of one group may take: aggregated APIs are often down while the rest is well.
    private static let groupSeconds = 5.0

    /// What one group version serves, or why that is not known.
    private struct Part: Sendable {
        var group: String
        var resources: [ResourceInfo] = []
        var failure: String?
    }

    /// Two requests on a server with aggregated discovery, one a group version on others, all at the same time. Groups
    /// that do not answer are named in `failed`; only when neither /api nor /apis answers an error is thrown.
    package static func load(_ client: KubeClient) async throws -> Discovery {
        async let version = serverVersion(client)
        async let core = parts(client, "/api")
        async let named = parts(client, "/apis")
        let documents = [await core, await named]
        // A server that is no Kubernetes API is said to be that first.
        var found = Discovery(serverVersion: try await version, resources: [])
        for document in documents { found.take(try document.get()) }
        return found
    }

    private mutating func take(_ parts: [Part]) {
        for part in parts {
            resources += part.resources
            if let failure = part.failure { failed[part.group] = failure }
        }
    }

    /// Empty where /version may not be read, which some clusters forbid. A server that is no Kubernetes API is refused.
    private static func serverVersion(_ client: KubeClient) async throws -> String {
        do {
            let version = try await client.json(.init("GET", "/version"))
            guard let text = version.text("gitVersion") else {
                throw MeshTopError(
                    .server, client.access.server,
                    why: "it answers /version without a gitVersion, so it is no Kubernetes API",
                    advice: "check the server URL of the context")
            }
            return text
        } catch let error as MeshTopError where error.code == .forbidden {
            return ""
        }
    }

    private static func parts(_ client: KubeClient, _ path: String) async -> Result<[Part], any Error> {
        do {
            let document = try await client.json(.init("GET", path, accept: aggregated))
            if document["kind"] == "APIGroupDiscoveryList" { return .success(aggregatedParts(document)) }
            return .success(await legacyParts(client, document))
        } catch {
            return .failure(error)
        }
    }

    // MARK: Aggregated

    package static func aggregatedResources(_ document: JSONValue) -> [ResourceInfo] {
        aggregatedParts(document).flatMap(\.resources)
    }

    /// A version that the aggregator could not refresh is marked as stale: what it lists may be old, or nothing.
    private static func aggregatedParts(_ document: JSONValue) -> [Part] {
        document.list("items").flatMap { group -> [Part] in
            let name = group.at("metadata", "name")?.string ?? ""
            return group.list("versions").map { version in
                var part = Part(group: name)
                part.resources = version.list("resources").map { resource in
                    ResourceInfo(
                        group: name, version: version.text("version") ?? "",
                        resource: resource.text("resource") ?? "",
                        kind: resource.at("responseKind", "kind")?.string ?? "",
                        isNamespaced: resource["scope"] == "Namespaced", verbs: resource.texts("verbs"),
                        subresources: resource.list("subresources").compactMap { $0.text("subresource") },
                        shortNames: resource.texts("shortNames"), singular: resource.text("singularResource"))
                }
                if version["freshness"] == "Stale", part.resources.isEmpty {
                    part.failure = "the API server cannot reach the server of \(name)"
                }
                return part
            }
        }
    }

    // MARK: One document a group version

    private static func legacyParts(_ client: KubeClient, _ document: JSONValue) async -> [Part] {
        var wanted: [(path: String, group: String, version: String)] = []
        if document["kind"] == "APIVersions" {
            wanted = document.texts("versions").map { ("/api/\($0)", "", $0) }
        } else {
            for group in document.list("groups") {
                for version in group.list("versions") {
                    guard let name = version["groupVersion"]?.string, let number = version["version"]?.string
                    else { continue }
                    wanted.append(("/apis/\(name)", group["name"]?.string ?? "", number))
                }
            }
        }
        return await withTaskGroup(of: (Int, Part).self) { tasks in
            for (place, one) in wanted.enumerated() {
                tasks.addTask { (place, await legacyPart(client, one.path, group: one.group, version: one.version)) }
            }
            var parts = [Part?](repeating: nil, count: wanted.count)
            for await (place, part) in tasks { parts[place] = part }
            return parts.compactMap { $0 }
        }
    }

    private static func legacyPart(
        _ client: KubeClient, _ path: String, group: String, version: String
    ) async -> Part {
        var part = Part(group: group)
        do {
            let call = KubeClient.Call("GET", path, timeoutSeconds: min(groupSeconds, client.timeoutSeconds))
            part.resources = legacyResources(try await client.json(call), group: group, version: version)
        } catch {
            part.failure = (error as? MeshTopError)?.why ?? "\(error)"
        }
        return part
    }

    package static func legacyResources(_ document: JSONValue, group: String, version: String) -> [ResourceInfo] {
        let all = document.list("resources").map { resource in
            ResourceInfo(
                group: group, version: version, resource: resource.text("name") ?? "",
                kind: resource.text("kind") ?? "", isNamespaced: resource["namespaced"] == true,
                verbs: resource.texts("verbs"), subresources: [], shortNames: resource.texts("shortNames"),
                singular: resource.text("singularName"))
        }
        return all.filter { !$0.resource.contains("/") }.map { main in
            var main = main
            main.subresources = all.filter { $0.resource.hasPrefix("\(main.resource)/") }
                .map { String($0.resource.dropFirst(main.resource.count + 1)) }
            return main
        }
    }
}
