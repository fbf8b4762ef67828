// A demo mesh of its own for a suite, with a runner as the dashboard has one.

import Actions
import ClusterData
import CLinux
import DemoMesh
import Testing

final class DemoCluster: Sendable {
    let server: DemoMeshServer
    let loop = CurlLoop()
    let journal: Journal
    private let folder: String

    init(_ scene: DemoScene = .storefront) throws {
        var options = DemoMeshOptions()
        options.scene = scene
        options.speed = 100
        server = try DemoMeshServer.start(options)
        var template = Array("/tmp/meshtop-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw MeshTopError(.environment, "mkdtemp", why: "failed") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        journal = Journal(path: "\(folder)/journal.jsonl")
    }

    deinit {
        server.stop()
        loop.stop()
        unlink("\(folder)/journal.jsonl")
        rmdir(folder)
    }

    func client(_ context: String = "meshtop-demo") throws -> KubeClient {
        var kubeconfig = Kubeconfig()
        try kubeconfig.merge(Array(server.kubeconfig.utf8), file: "demo")
        var overrides = AccessOverrides()
        overrides.context = context
        return KubeClient(access: try kubeconfig.access(overrides), loop: loop)
    }

    func runner(_ context: String = "meshtop-demo", snapshot: MeshSnapshot? = nil) throws -> ChangeRunner {
        ChangeRunner(client: try client(context), journal: journal, verifySeconds: 20) { snapshot }
    }

    func get(_ path: String) async throws -> JSONValue { try await client().json(KubeClient.Call("GET", path)) }

    func exists(_ path: String) async throws -> Bool {
        let status = try await client().exchange(KubeClient.Call("GET", path)).status
        if status != 200, status != 404 { throw MeshTopError(.server, path, why: "HTTP \(status)") }
        return status == 200
    }

    func mergePatch(_ path: String, _ patch: JSONValue) async throws {
        try await client().send(
            KubeClient.Call("PATCH", path, contentType: "application/merge-patch+json", body: Array(patch.compactText.utf8)))
    }
}

extension ChangeRunner {
    /// Applies and gives everything that was reported.
    func finish(_ planID: String) async -> [ChangeProgress] {
        var all: [ChangeProgress] = []
        for await progress in apply(planID) { all.append(progress) }
        return all
    }
}

extension [ChangeProgress] {
    var wasApplied: Bool { contains { if case .applied = $0 { true } else { false } } }
    var failure: MeshTopError? {
        for progress in self { if case .failed(let error) = progress { return error } }
        return nil
    }
}

enum Paths {
    static let istio = "/apis/networking.istio.io/v1/namespaces"
    static func virtualService(_ name: String, _ namespace: String = "shop") -> String { "\(istio)/\(namespace)/virtualservices/\(name)" }
    static func destinationRule(_ name: String, _ namespace: String = "shop") -> String { "\(istio)/\(namespace)/destinationrules/\(name)" }
    static func deployment(_ name: String, _ namespace: String = "shop") -> String { "/apis/apps/v1/namespaces/\(namespace)/deployments/\(name)" }
}
