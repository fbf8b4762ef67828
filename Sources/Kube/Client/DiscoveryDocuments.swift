// How discovery is read: aggregated where the server can, one document a group version elsewhere.
// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api

package import Base

/// What one group version serves, or why that is not known.
struct DiscoveryPart: Sendable {
    var group: String
    var version: String
    var resources: [ResourceInfo] = []
    var failure: String?
    /// It is asked by itself, and has not answered yet.
    var isAwaited = false

    /// How long the server of one group may take: aggregated APIs are often down while the rest is well.
    private static let seconds = 5.0

    func isOf(_ other: DiscoveryPart) -> Bool { group == other.group && version == other.version }

    /// Asks for it.
    func read(_ client: KubeClient) async -> DiscoveryPart {
        var part = DiscoveryPart(group: group, version: version)
        let path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        do {
            let call = KubeClient.Call("GET", path, timeoutSeconds: min(Self.seconds, client.timeoutSeconds))
            part.resources = Discovery.legacyResources(try await client.json(call), group: group, version: version)
        } catch {
            part.failure = (error as? MeshTopError)?.why ?? "\(error)"
        }
        return part
    }

    /// What was known of it stays where it does not answer now.
    mutating func take(_ answer: DiscoveryPart) {
        if answer.failure == nil { resources = answer.resources }
        (failure, isAwaited) = (answer.failure, answer.isAwaited)
    }
}

/// What a server says that it has: all of it, or all but what its groups have still to say.
struct DiscoveryAnswer: Sendable {
    /// As /version says it; empty where it does not say.
    var serverVersion = ""
    /// The core's first, then those of the groups in the server's order.
    var parts: [DiscoveryPart] = []
    /// Why the server does not say what its core, or what it beside its core has.
    var coreUnread: String?
    var groupsUnread: String?

    var discovery: Discovery {
        var found = Discovery(serverVersion: serverVersion, resources: parts.flatMap(\.resources))
        found.groups = parts.map(\.group).uniqued()
        for part in parts { if let failure = part.failure { found.failed[part.group] = failure } }
        if let coreUnread { found.failed[""] = coreUnread }
        found.awaited = Set(parts.filter(\.isAwaited).map(\.group))
        found.groupsUnread = groupsUnread
        return found
    }

    /// This answer to a question that had another one before. Until a group answers, what it said then holds, and for
    /// one that did not answer then nobody waits again. What was known is not forgotten because it is kept back now.
    func after(_ old: DiscoveryAnswer) -> DiscoveryAnswer {
        var merged = self
        if coreUnread != nil, old.coreUnread == nil {
            merged.parts = old.parts.filter(\.group.isEmpty) + merged.parts
            merged.coreUnread = nil
        }
        if groupsUnread != nil, old.groupsUnread == nil {
            merged.parts += old.parts.filter { !$0.group.isEmpty }
            merged.groupsUnread = nil
        }
        for place in merged.parts.indices where merged.parts[place].isAwaited {
            guard let known = old.parts.first(where: merged.parts[place].isOf) else { continue }
            merged.parts[place] = known
            merged.parts[place].isAwaited = known.failure == nil
        }
        return merged
    }
}

extension DiscoveryAnswer {
    private static let aggregated =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
        + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

    /// How long /version may take: nothing needs it.
    private static let versionSeconds = 3.0

    /// Three requests at the same time. A server without aggregated discovery names its groups alone, whose parts are
    /// still to be read. Where one of /api and /apis is refused it is said why; an error is thrown when both are, and
    /// when the way to one of them failed: then the next try may tell all.
    static func read(_ client: KubeClient) async throws -> DiscoveryAnswer {
        async let version = serverVersion(client)
        async let core = parts(client, "/api")
        async let named = parts(client, "/apis")
        let (inCore, inGroups) = (await core, await named)
        if case .failure(let error) = inCore, case .failure = inGroups {
            // What is said of /version tells best what answers there.
            if case .failure(let other) = await version, ![.forbidden, .network].contains(error.code) { throw other }
            throw error
        }
        var found = DiscoveryAnswer()
        switch inCore {
        case .success(let parts): found.parts += parts
        case .failure(let error): found.coreUnread = try refusal(error)
        }
        switch inGroups {
        case .success(let parts): found.parts += parts
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

    /// What some clusters forbid, and what no other answer waits for.
    private static func serverVersion(_ client: KubeClient) async -> Result<String, MeshTopError> {
        await answer(client) {
            let version = try await client.json(
                .init("GET", "/version", timeoutSeconds: min(versionSeconds, client.timeoutSeconds)))
            guard let text = version.text("gitVersion") else { throw stranger(client, "/version") }
            return text
        }
    }

    private static func parts(_ client: KubeClient, _ path: String) async -> Result<[DiscoveryPart], MeshTopError> {
        await answer(client) {
            let document = try await client.json(.init("GET", path, accept: aggregated))
            switch document["kind"]?.string {
            case "APIGroupDiscoveryList": return Discovery.aggregatedParts(document)
            case "APIVersions", "APIGroupList": return awaitedParts(document)
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

    /// The group versions that a document names, each of which has one of its own.
    private static func awaitedParts(_ document: JSONValue) -> [DiscoveryPart] {
        if document["kind"] == "APIVersions" {
            return document.texts("versions").map { DiscoveryPart(group: "", version: $0, isAwaited: true) }
        }
        return document.list("groups").flatMap { group in
            group.list("versions").compactMap { version in
                version["version"]?.string.map {
                    DiscoveryPart(group: group["name"]?.string ?? "", version: $0, isAwaited: true)
                }
            }
        }
    }
}

extension Discovery {
    // MARK: Aggregated

    package static func aggregatedResources(_ document: JSONValue) -> [ResourceInfo] {
        aggregatedParts(document).flatMap(\.resources)
    }

    /// A version that the aggregator could not refresh is marked as stale: what it lists may be old, or nothing.
    fileprivate static func aggregatedParts(_ document: JSONValue) -> [DiscoveryPart] {
        document.list("items").flatMap { group -> [DiscoveryPart] in
            let name = group.at("metadata", "name")?.string ?? ""
            return group.list("versions").map { version in
                var part = DiscoveryPart(group: name, version: version.text("version") ?? "")
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
