import Base
import DemoMesh
import TestSupport
import Testing

/// One run of a command that is killed at a moment, and what is to be seen afterwards.
struct KilledRun {
    private let change: KilledChange
    private let demo: Demo
    private let proxy: FaultProxy
    private let home: TemporaryFolder

    init(_ change: KilledChange, _ demo: Demo) throws {
        (self.change, self.demo) = (change, demo)
        proxy = try FaultProxy(to: demo.server.port)
        home = try TemporaryFolder()
        try home.write("kubeconfig", demo.kubeconfig(through: proxy))
        for (name, text) in change.files { try home.write(name, text) }
    }

    func check(_ moment: KillTests.Moment) async throws {
        let (path, command) = try await target()
        let before = try await content(path)
        arm(path, moment)
        let program = try BackgroundProcess(
            Tool.meshtop, arguments(command) + ["--yes", "--verify-timeout", "60"], log: "\(home.path)/log",
            environment: environment)
        let reached = try await eventually { proxy.faultsLeft == 0 ? true : nil }
        #expect(reached == true, "\(moment): \(home.read("log"))")
        if moment.isMade {
            let changed = try await eventually { try await content(path) != before ? true : nil }
            #expect(changed == true, "\(moment)")
        }
        program.signal(9)
        program.stop()
        proxy.clear()

        let result = try await Program.run(["journal", "--resolve", "-o", "json"], home: home)
        #expect(result.code == 0, "\(moment): \(result.errors)")
        let entry = try JSONValue(parsing: result.output).list("changes").last
        #expect(try await (content(path) != before) == moment.isMade, "\(moment)")
        let outcome: String? = moment.isMade ? "applied" : moment == .sending ? "failed" : nil
        #expect(entry?["outcome"]?.string == outcome, "\(moment): \(home.read("state/meshtop/journal.jsonl"))")
        guard moment.isMade, change.canBeUndone else { return }
        let undo = try await Program.run(arguments(["undo"]) + ["--yes", "--verify-timeout", "5"], home: home)
        #expect(undo.code == 0 || undo.code == 5, "\(moment): \(undo.output) \(undo.errors)")
        #expect(try await content(path) == before, "\(moment)")
    }

    private var environment: [String: String] {
        Program.environment(home).merging(["KUBE_EDITOR": "sh \(home.path)/editor.sh"]) { $1 }
    }

    /// Without metrics: what is looked at is the change.
    private func arguments(_ command: [String]) -> [String] {
        command.map { change.files[$0] == nil ? $0 : "\(home.path)/\($0)" }
            + ["-n", change.namespace, "--no-metrics"]
    }

    /// The object's path, and the command with its name.
    private func target() async throws -> (path: String, arguments: [String]) {
        guard change.path.hasSuffix("-") else { return (change.path, change.arguments) }
        let parts = change.path.split(separator: "/").map(String.init)
        let pods = "/" + parts.dropLast().joined(separator: "/")
        let begin = try #require(parts.last)
        let names = try await demo.get(pods).list("items").compactMap { $0.at("metadata", "name")?.string }
        let name = try #require(names.first { $0.hasPrefix(begin) })
        return ("\(pods)/\(name)", change.arguments.map { $0.replacing(begin, with: name) })
    }

    /// What people write of an object: nil where it is not there. A pod is who it is.
    private func content(_ path: String) async throws -> JSONValue? {
        let answer = try await demo.ask("GET", path)
        guard answer.status == 200 else { return nil }
        let object = answer.json
        if object["kind"] == "Pod" { return object.at("metadata", "uid") }
        var annotations = object.at("metadata", "annotations")
        annotations?["deployment.kubernetes.io/revision"] = nil
        var spec = object["spec"]
        // A real server leaves empty maps out.
        if spec?.at("template", "metadata", "annotations") == [:] {
            spec?.set(["template", "metadata", "annotations"], to: nil)
        }
        return [
            "spec": spec ?? .null, "data": object["data"] ?? .null,
            "labels": object.at("metadata", "labels") ?? .null, "annotations": annotations ?? .null,
        ]
    }

    private func arm(_ path: String, _ moment: KillTests.Moment) {
        let wasSent = Lock(false)
        let triesInBody = Lock(change.triesInBody)
        @Sendable func isWrite(_ line: String, tried: Bool) -> Bool {
            if line.hasPrefix("GET ") || line.contains("/authorization.k8s.io/") { return false }
            let isFirst = triesInBody.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            return (isFirst || line.contains("dryRun=All")) == tried
        }
        switch moment {
        case .reading: proxy.add(.silence(seconds: 60)) { $0.hasPrefix("GET \(path)") }
        case .trying: proxy.add(.silence(seconds: 60)) { isWrite($0, tried: true) }
        case .sending: proxy.add(.silence(seconds: 60)) { isWrite($0, tried: false) }
        case .answerLost: proxy.add(.stall(seconds: 60)) { isWrite($0, tried: false) }
        case .checking:
            proxy.add(.silence(seconds: 60)) { line in
                if isWrite(line, tried: false) { wasSent.withLock { $0 = true } }
                return line.hasPrefix("GET \(path)") && wasSent.withLock { $0 }
            }
        }
    }
}
