// Who drives a rollout. A Lease in the route's namespace, as controllers elect their leader with:
// https://kubernetes.io/docs/concepts/architecture/leases/

internal import Base
internal import Kube

struct GuardLease: Sendable {
    let client: KubeClient
    let namespace: String
    let name: String
    private let holder: String
    static let seconds = 30

    enum Answer: Sendable, Hashable {
        case held
        case heldBy(String)
        /// Leases may not be written here: two MeshTops could not see each other.
        case unknown(String)
    }

    init(_ client: KubeClient, _ route: ObjectReference) {
        self.client = client
        namespace = route.namespace
        name = "meshtop-\(route.kind.lowercased())-\(route.name)"
        // Two drivers in one program are two holders.
        holder = "\(Self.here)\(processNumber())-\(String(UInt32.random(in: 0x1000...0xFFFF), radix: 16))"
    }

    private static var here: String { "\(currentUserName())@\(hostName())/" }

    /// A program of this machine that has ended, however it did, holds nothing: its lease need not run out.
    private static func isDead(_ owner: String) -> Bool {
        guard owner.hasPrefix(here), let process = Int(owner.dropFirst(here.count).prefix { $0 != "-" })
        else { return false }
        return !isRunning(process: process)
    }

    private var collection: String {
        "/apis/coordination.k8s.io/v1/namespaces/\(percentEncoded(namespace))/leases"
    }
    private var path: String { "\(collection)/\(percentEncoded(name))" }

    /// Who holds it now, without taking it; nil when nobody does.
    func owner() async throws -> String? {
        let response = try await client.exchange(KubeClient.Call("GET", path))
        if response.status == 404 { return nil }
        guard response.status == 200 else {
            throw StatusError(response, call: KubeClient.Call("GET", path)).error(server: client.access.shownServer)
        }
        let now = client.clock.now + (response.head.clockLead ?? 0)
        let lease = try JSONValue(parsing: response.body)
        let owner = lease.at("spec", "holderIdentity")?.string ?? ""
        let renewed = lease.at("spec", "renewTime")?.string.flatMap { Timestamp(rfc3339: $0) }
        guard !owner.isEmpty, !Self.isDead(owner), let renewed, now - renewed < Double(Self.seconds) else { return nil }
        return SafeText.line(owner, limit: 80)
    }

    /// Takes the lease, or takes it again. Throws when the server cannot be asked.
    func hold() async throws -> Answer {
        let response = try await client.exchange(KubeClient.Call("GET", path))
        // The server's clock decides: ours may be wrong.
        let now = client.clock.now + (response.head.clockLead ?? 0)
        switch response.status {
        case 404:
            return try await write("POST", collection, body(now, version: nil, since: now))
        case 200:
            let lease = try JSONValue(parsing: response.body)
            let owner = lease.at("spec", "holderIdentity")?.string ?? ""
            let renewed = lease.at("spec", "renewTime")?.string.flatMap { Timestamp(rfc3339: $0) }
            if owner != holder, !owner.isEmpty, !Self.isDead(owner), let renewed, now - renewed < Double(Self.seconds) {
                return .heldBy(SafeText.line(owner, limit: 80))
            }
            let since =
                owner == holder ? lease.at("spec", "acquireTime")?.string.flatMap { Timestamp(rfc3339: $0) } : nil
            let version = lease.at("metadata", "resourceVersion")?.string
            return try await write("PUT", path, body(now, version: version, since: since ?? now))
        case 403: return .unknown(StatusError(status: 403, body: response.body).message)
        default:
            throw StatusError(response, call: KubeClient.Call("GET", path)).error(server: client.access.shownServer)
        }
    }

    private func body(_ now: Timestamp, version: String?, since: Timestamp) -> JSONValue {
        var metadata: JSONValue = ["name": .string(name), "namespace": .string(namespace)]
        if let version { metadata["resourceVersion"] = .string(version) }
        return [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata,
            "spec": [
                "holderIdentity": .string(holder), "leaseDurationSeconds": .int(Int64(clamping: Self.seconds)),
                "acquireTime": .string(Self.micro(since)), "renewTime": .string(Self.micro(now)),
            ],
        ]
    }

    /// A MicroTime, which has six decimals.
    private static func micro(_ time: Timestamp) -> String {
        let text = time.rfc3339
        return text.contains(".") ? text : text.replacing("Z", with: ".000000Z")
    }

    private func write(_ method: String, _ path: String, _ body: JSONValue) async throws -> Answer {
        let call = KubeClient.Call(
            method, path, query: [("fieldManager", OwnManagers.changes)], contentType: "application/json",
            body: Array(body.compactText.utf8))
        let response = try await client.exchange(call)
        switch response.status {
        case 200..<300: return .held
        case 409: return .heldBy("another MeshTop")
        case 403: return .unknown(StatusError(status: 403, body: response.body).message)
        default: throw StatusError(response, call: call).error(server: client.access.shownServer)
        }
    }

    /// Lets it go; whoever comes next need not wait.
    func release() async {
        // It runs out by itself when this fails.
        guard let lease = try? await client.json(KubeClient.Call("GET", path)),
            lease.at("spec", "holderIdentity")?.string == holder, let version = lease.at("metadata", "resourceVersion")
        else { return }
        let options: JSONValue = [
            "apiVersion": "v1", "kind": "DeleteOptions", "preconditions": ["resourceVersion": version],
        ]
        _ = try? await client.exchange(
            KubeClient.Call(
                "DELETE", path, contentType: "application/json", body: Array(options.compactText.utf8)))
    }
}
