import Base
import DemoMesh
import Kube
import TestSupport
import Testing

@testable import Actions

/// A demo mesh behind a proxy that does what a test tells it to, with kubectl beside it for whoever else changes things.
final class DrillStage: Sendable {
    let demo: Demo
    let proxy: FaultProxy
    let journal: Journal
    /// What passed the proxy, as "METHOD path?query", oldest first.
    private let lines = Lock<[String]>([])
    private let clientThroughProxy: KubeClient

    init(journal path: String? = nil) throws {
        demo = try Demo.withoutHistory(speed: 100)
        proxy = try FaultProxy(to: demo.server.port)
        journal = Journal(path: path ?? "\(demo.folder.path)/journal.jsonl")
        // Checks wait for seconds of their own, which are short here.
        clientThroughProxy = try demo.client(through: proxy, clock: FastClock(speed: 20))
        // A rule that never fits sees every request.
        let lines = lines
        proxy.add(.delay(seconds: 0)) { line in
            lines.withLock { $0.append(line) }
            return false
        }
    }

    /// A stage on which a verb can be tried.
    static func ready(_ verb: DrilledVerb, journal: String? = nil) async throws -> DrillStage {
        let stage = try DrillStage(journal: journal)
        for arguments in verb.prepare { try await stage.kubectl(arguments) }
        return stage
    }

    func runner(verifySeconds: Double = 3) -> ChangeRunner {
        ChangeRunner(client: clientThroughProxy, journal: journal, verifySeconds: verifySeconds) { nil }
    }

    /// The objects that a request is about, as they are planned now.
    func steps(_ request: PlanRequest) async throws -> [PlanStep] {
        let client = try demo.client()
        let world = PlanWorld(client: client, discovery: try await client.discovery(), snapshot: nil)
        return try await request.draft(world).steps
    }

    /// What is there at a path, without what servers write themselves; nil where nothing is.
    func content(_ path: String) async throws -> JSONValue? {
        guard var object = try await demo.find(path) else { return nil }
        object["status"] = nil
        for key in ["resourceVersion", "generation", "managedFields", "creationTimestamp", "uid"] {
            object.set(["metadata", key], to: nil)
        }
        return object
    }

    /// Writes that were sent for real.
    var writes: [String] { lines.withLock { $0 }.filter(Self.isRealWrite) }

    func forgetWrites() { lines.withLock { $0 = [] } }

    static func isRealWrite(_ line: String) -> Bool {
        !line.hasPrefix("GET ") && !line.contains("dryRun=All") && !line.contains("/authorization.k8s.io/")
    }

    // MARK: kubectl

    @discardableResult
    func kubectl(_ arguments: [String], input: String = "") async throws -> ToolResult {
        let result = try await Tool.run(
            "kubectl", arguments, environment: ["KUBECONFIG": demo.kubeconfigFile, "HOME": demo.folder.path],
            input: input)
        try #require(result.code == 0, "kubectl \(arguments): \(result.errors)")
        return result
    }

    func place(_ object: ObjectReference) -> [String] {
        [object.kind.lowercased(), object.name] + (object.namespace.isEmpty ? [] : ["-n", object.namespace])
    }
}
