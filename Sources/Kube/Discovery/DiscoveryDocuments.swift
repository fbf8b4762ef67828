// How discovery is read: aggregated where the server can, one document a group version elsewhere. A group whose own
// server hangs or fails delays and hides no other.
// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api

package import Base

extension Discovery {
    private static let aggregated =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
        + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

    /// How long the server of one group may take: aggregated APIs are often down while the rest is well.
    private static let groupSeconds = 5.0
    /// How long /version may take: nothing needs it.
    private static let versionSeconds = 3.0

    /// What one group version serves, or why that is not known.
    private struct Part: Sendable {
        var group: String
        var resources: [ResourceInfo] = []
        var failure: String?
    }

    /// Two requests on a server with aggregated discovery, one a group version on others, all at the same time. Groups
    /// that do not answer are named in `failed`; where /apis is refused `groupsUnread` says why. An error is thrown when
    /// both are refused, and when the way to one of them failed: then the next try may tell all.
    package static func load(_ client: KubeClient) async throws -> Discovery {
        async let version = serverVersion(client)
        async let core = parts(client, "/api")
        async let named = parts(client, "/apis")
        let (inCore, inGroups) = (await core, await named)
        if case .failure(let error) = inCore, case .failure = inGroups {
            // What is said of /version tells best what answers there.
            if case .failure(let other) = await version, ![.forbidden, .network].contains(error.code) { throw other }
            throw error
        }
        var found = Discovery(serverVersion: "", resources: [])
        switch inCore {
        case .success(let parts): found.take(parts)
        case .failure(let error): found.failed[""] = try refusal(error)
        }
        switch inGroups {
        case .success(let parts): found.take(parts)
        case .failure(let error): found.groupsUnread = try refusal(error)
        }
        if case .success(let text) = await version { found.serverVersion = text }
        return found
    }

    /// Why a document was refused; what is no answer to the question at all is thrown.
    private static func refusal(_ error: MeshTopError) throws(MeshTopError) -> String {
        switch error.code {
        case .network, .certificate, .unauthorized, .kubeconfig: throw error
        default: return error.why
        }
    }

    private mutating func take(_ parts: [Part]) {
        for part in parts {
            resources += part.resources
            if let failure = part.failure { failed[part.group] = failure }
        }
    }

    /// What some clusters forbid, and what no other answer waits for.
    private static func serverVersion(_ client: KubeClient) async -> Result<String, MeshTopError> {
        await answer(client) {
            let version = try await client.json(
                .init("GET", "/version", timeoutSeconds: min(versionSeconds, client.timeoutSeconds)))
            guard let text = version.text("gitVersion") else { throw stranger(client, "/version") }
            return text
        }
    }

    private static func parts(_ client: KubeClient, _ path: String) async -> Result<[Part], MeshTopError> {
        await answer(client) {
            let document = try await client.json(.init("GET", path, accept: aggregated))
            switch document["kind"]?.string {
            case "APIGroupDiscoveryList": return aggregatedParts(document)
            case "APIVersions", "APIGroupList": return await legacyParts(client, document)
            default: throw stranger(client, path)
            }
        }
    }

    private static func answer<Value: Sendable>(
        _ client: KubeClient, _ body: () async throws -> Value
    ) async -> Result<Value, MeshTopError> {
        do {
            return .success(try await body())
        } catch {
            return .failure(
                error as? MeshTopError ?? MeshTopError(.server, client.access.shownServer, why: "\(error)"))
        }
    }

    private static func stranger(_ client: KubeClient, _ path: String) -> MeshTopError {
        MeshTopError(
            .server, client.access.shownServer,
            why: "what it answers to \(path) is not what an API server does, so it is no Kubernetes API",
            advice: "check the server URL of the context")
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
