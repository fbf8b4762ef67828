// A demo mesh of its own for a suite, with a runner as the dashboard has one.

import Actions
import Base
import DemoMesh
import Kube
import MeshModel
import TestSupport
import Testing

final class DemoCluster: Sendable {
    let demo: Demo
    let journal: Journal

    convenience init(_ scene: DemoScene = .storefront, speed: Double = 100) throws {
        self.init(try Demo(scene, speed: speed))
    }

    init(_ demo: Demo) {
        self.demo = demo
        journal = Journal(path: "\(demo.folder.path)/journal.jsonl")
    }

    func client(_ context: String = "meshtop-demo") throws -> KubeClient { try demo.client(context) }

    func runner(_ context: String = "meshtop-demo", snapshot: MeshSnapshot? = nil) throws -> ChangeRunner {
        // A check looks every second of its clock, which is a tenth of one; the mesh's controllers go by the real ones.
        let client = try demo.client(context, clock: FastClock(speed: 10))
        return ChangeRunner(client: client, journal: journal, verifySeconds: 200) { snapshot }
    }

    func get(_ path: String) async throws -> JSONValue { try await demo.get(path) }
    func exists(_ path: String) async throws -> Bool { try await demo.exists(path) }
    func mergePatch(_ path: String, _ patch: JSONValue) async throws { try await demo.mergePatch(path, patch) }
}

extension ChangeRunner {
    /// Applies and gives everything that was reported.
    func finish(_ planID: String) async -> [ChangeProgress] {
        var all: [ChangeProgress] = []
        for await progress in apply(planID) { all.append(progress) }
        return all
    }
}

extension ChangeProgress {
    var verifiedWords: String? { if case .verified(let words) = self { words } else { nil } }
    var unverifiedWords: String? { if case .unverified(let words) = self { words } else { nil } }
}

extension [ChangeProgress] {
    var wasApplied: Bool { contains { if case .applied = $0 { true } else { false } } }
    var failure: MeshTopError? {
        for progress in self { if case .failed(let error) = progress { return error } }
        return nil
    }
}
