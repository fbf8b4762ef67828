// Where the answers to what windows want to know come from.

internal import Actions
internal import Base
internal import ClusterData
internal import Istio
internal import Kube
internal import MeshModel
internal import Views

struct DataSources: Sendable {
    let session: MeshSession
    let runner: ChangeRunner
    let access: ClusterAccess

    /// The answer, and what is to be said beside it.
    func answer(_ question: DataQuestion) async -> (answer: DataAnswer, notice: String?) {
        switch question {
        case .yaml(let object):
            let title = "\(object.kind) \(object.namespace)/\(object.name)"
            return (await document(title, wraps: false) { try await Self.lines(runner.yaml(of: object)) }, nil)
        case .access(let access):
            let title = "May \(access.source) call \(access.destination)?"
            return (await document(title, wraps: true) { try await session.access(access).lines }, nil)
        case .log: return log()
        case .calls: return (.calls(session.client.loop.calls.calls), nil)
        case .policies(let service): return (.policies(await policies(service)), nil)
        case .edit(let object): return (.edit(await result { try await runner.edit(object) }), nil)
        case .renewedEdit(let edit): return (.edit(await result { try await runner.renewed(edit) }), nil)
        }
    }

    /// What it reads, or why it could not be read.
    private func document(_ title: String, wraps: Bool, _ read: () async throws -> [String]) async -> DataAnswer {
        do {
            return .document(title: title, lines: try await read(), wraps: wraps)
        } catch {
            return .document(title: title, lines: [MeshTopError(told: error).description], wraps: wraps)
        }
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private func result(_ read: () async throws -> ObjectEdit) async -> Result<ObjectEdit, MeshTopError> {
        do { return .success(try await read()) } catch { return .failure(MeshTopError(told: error)) }
    }

    private func log() -> (DataAnswer, String?) {
        do {
            let (changes, bad) = try Journal.standard().read()
            let notice =
                bad.isEmpty
                ? nil
                : "journal: \(Plural.count(bad.count, "line")) cannot be read and \(bad.count == 1 ? "was" : "were") kept"
            return (.log(changes: changes, calls: session.client.loop.calls.calls, kubectl: kubectl), notice)
        } catch {
            let lines = [MeshTopError(told: error).description]
            return (.document(title: "Changes and calls", lines: lines, wraps: true), nil)
        }
    }

    private func policies(_ service: ServiceID) async -> [PolicyTemplate: PresentPolicy] {
        do {
            return try await runner.presentPolicies(of: service)
        } catch {
            let note = PresentPolicy(note: "what holds now is not known: \(MeshTopError(told: error).why)")
            return Dictionary(uniqueKeysWithValues: PolicyTemplate.allCases.map { ($0, note) })
        }
    }

    /// What makes a kubectl command one of this cluster.
    private var kubectl: [String] {
        (access.kubeconfigPath.map { ["--kubeconfig", $0] } ?? []) + ["--context", access.contextName]
    }
}

extension MeshTopError {
    /// An error as a person is told of it.
    init(told error: any Error) {
        self = error as? MeshTopError ?? MeshTopError(.server, "the change", why: "\(error)", advice: "try again")
    }
}
