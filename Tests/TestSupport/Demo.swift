// A demo mesh for tests, reached as any cluster is: over HTTP, through a kubeconfig.

package import Base
package import DemoMesh
package import Kube

package final class Demo: Sendable {
    package let server: DemoMeshServer
    package let loop = CurlLoop()
    package let folder: TemporaryFolder
    /// The kubeconfig on disk, for programs.
    package let kubeconfigFile: String

    package convenience init(_ scene: DemoScene = .storefront, speed: Double = 50) throws {
        var options = DemoMeshOptions()
        options.scene = scene
        options.speed = speed
        try self.init(options)
    }

    /// Objects without a past: starts in a fraction of the time, and its metrics begin now.
    package static func withoutHistory(speed: Double = 50) throws -> Demo {
        var options = DemoMeshOptions()
        options.speed = speed
        options.historySeconds = 10
        return try Demo(options)
    }

    package init(_ options: DemoMeshOptions) throws {
        server = try DemoMeshServer.start(options)
        folder = try TemporaryFolder()
        kubeconfigFile = try folder.write("kubeconfig", server.kubeconfig)
    }

    deinit {
        server.stop()
        loop.stop()
    }

    /// The kubeconfig of a way through a proxy that stands before this mesh.
    package func kubeconfig(through proxy: FaultProxy) -> String {
        server.kubeconfig.replacing("127.0.0.1:\(server.port)", with: "127.0.0.1:\(proxy.port)")
    }

    package func client(
        _ context: String = "meshtop-demo", through proxy: FaultProxy? = nil, clock: any TimeSource = .system
    ) throws -> KubeClient {
        var kubeconfig = Kubeconfig()
        let text = proxy.map { self.kubeconfig(through: $0) } ?? server.kubeconfig
        try kubeconfig.merge(Array(text.utf8), file: "demo")
        var overrides = AccessOverrides()
        overrides.context = context
        return KubeClient(access: try kubeconfig.access(overrides), loop: loop, clock: clock)
    }

    package struct Answer: Sendable {
        package var status: Int
        package var body: [UInt8]
        package var head: HTTPHead
        /// A body that is no JSON compares as null.
        package var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
        package var reason: String { json.text("reason") ?? "" }
    }

    /// A request as it is, with whatever status it is answered; without a token it is the administrator's.
    package func ask(
        _ method: String, _ path: String, _ body: JSONValue? = nil, type: String = "application/json",
        token: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        try await ask(
            method, path, text: body?.compactText, type: body == nil ? nil : type, token: token, headers: headers)
    }

    package func ask(
        _ method: String, _ path: String, text: String?, type: String?, token: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        var all = headers
        if !all.contains(where: { $0.name == "Accept" }) { all.append(("Accept", "application/json")) }
        if let type { all.append(("Content-Type", type)) }
        all.append(("Authorization", "Bearer \(token ?? server.credentials.admin.token)"))
        let response = try await loop.send(
            HTTPRequest(
                method: method, url: server.url + path, headers: all, body: text.map { Array($0.utf8) },
                timeoutSeconds: 90))
        return Answer(status: response.status, body: response.body, head: response.head)
    }

    package func get(_ path: String) async throws -> JSONValue { try await client().json(KubeClient.Call("GET", path)) }

    /// What is there now; nil where nothing is.
    package func find(_ path: String) async throws -> JSONValue? {
        let answer = try await client().exchange(KubeClient.Call("GET", path))
        if answer.status == 404 { return nil }
        guard answer.status == 200 else { throw MeshTopError(.server, path, why: "HTTP \(answer.status)") }
        return try JSONValue(parsing: answer.body)
    }

    package func exists(_ path: String) async throws -> Bool {
        try await find(path) != nil
    }

    package func mergePatch(_ path: String, _ patch: JSONValue) async throws {
        try await client().send(
            KubeClient.Call(
                "PATCH", path, contentType: "application/merge-patch+json", body: Array(patch.compactText.utf8)))
    }
}

/// Where objects of the shop live on the server.
package enum Paths {
    package static let istio = "/apis/networking.istio.io/v1/namespaces"
    package static func virtualService(_ name: String, _ namespace: String = "shop") -> String {
        "\(istio)/\(namespace)/virtualservices/\(name)"
    }
    package static func destinationRule(_ name: String, _ namespace: String = "shop") -> String {
        "\(istio)/\(namespace)/destinationrules/\(name)"
    }
    package static func deployment(_ name: String, _ namespace: String = "shop") -> String {
        "/apis/apps/v1/namespaces/\(namespace)/deployments/\(name)"
    }
}
