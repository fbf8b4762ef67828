// A demo mesh for tests, reached as any cluster is.

import ClusterData
import DemoMesh
import Testing

final class Demo: Sendable {
    let server: DemoMeshServer
    let loop = CurlLoop()

    init(_ scene: DemoScene = .storefront, speed: Double = 50) throws {
        var options = DemoMeshOptions()
        options.scene = scene
        options.speed = speed
        server = try DemoMeshServer.start(options)
    }

    deinit {
        server.stop()
        loop.stop()
    }

    func client(_ context: String = "meshtop-demo") throws -> KubeClient {
        var kubeconfig = Kubeconfig()
        try kubeconfig.merge(Array(server.kubeconfig.utf8), file: "demo")
        var overrides = AccessOverrides()
        overrides.context = context
        return KubeClient(access: try kubeconfig.access(overrides), loop: loop)
    }

    struct Answer {
        var status: Int
        var body: [UInt8]
        var head: HTTPHead
        var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }  // a body that is no JSON compares as null
        var reason: String { json.text("reason") ?? "" }
    }

    /// A request as it is, with whatever status it is answered.
    func ask(
        _ method: String, _ path: String, _ body: JSONValue? = nil, type: String = "application/json", token: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        try await ask(method, path, text: body?.compactText, type: body == nil ? nil : type, token: token, headers: headers)
    }

    func ask(
        _ method: String, _ path: String, text: String?, type: String?, token: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        var all = headers
        if !all.contains(where: { $0.name == "Accept" }) { all.append(("Accept", "application/json")) }
        if let type { all.append(("Content-Type", type)) }
        if let token { all.append(("Authorization", "Bearer \(token)")) }
        let response = try await loop.send(
            HTTPRequest(method: method, url: server.url + path, headers: all, body: text.map { Array($0.utf8) }))
        return Answer(status: response.status, body: response.body, head: response.head)
    }
}
