// Whether a change reaches into production, and which name a person types then.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

struct ProductionQuestion {
    /// Namespaces that the configuration names as production; `*` stands for all.
    private let named: Set<String>
    private let world: PlanWorld

    init(named: Set<String>, _ world: PlanWorld) {
        self.named = named
        self.world = world
    }

    /// The name to type where the namespace is marked as production; asked of the cluster itself, so that it does not
    /// depend on what has been read for the screen. A namespace that nobody may read, and that no list has shown, counts
    /// as production: the second part says which and why.
    func nameToType(_ steps: [PlanStep]) async -> (name: String?, words: [String]) {
        if named.contains("*"), let first = steps.first { return (first.object.name, []) }
        var answers: [String: Production] = [:]
        for step in steps {
            let namespace = step.object.kind == "Namespace" ? step.object.name : step.object.namespace
            if namespace.isEmpty { continue }
            let answer: Production
            if let known = answers[namespace] {
                answer = known
            } else {
                answer = await production(namespace, steps)
                answers[namespace] = answer
            }
            switch answer {
            case .no: continue
            case .yes: return (step.object.name, [])
            case .unknown(let why):
                return (
                    step.object.name,
                    ["whether namespace \(namespace) is production is not known (\(why)): it counts as production"]
                )
            }
        }
        return (nil, [])
    }

    private enum Production {
        case yes, no
        case unknown(String)
    }

    private func production(_ namespace: String, _ steps: [PlanStep]) async -> Production {
        if named.contains(namespace) { return .yes }
        do {
            let object = try await world.read("/api/v1/namespaces/\(percentEncoded(namespace))")
            guard let meta = ObjectMeta(of: object) else { return .unknown("its labels cannot be read") }
            return meta.isMarkedProduction ? .yes : .no
        } catch let error as MeshTopError where error.code == .notFound {
            // It may be made by this very change.
            let made = steps.first { $0.object.kind == "Namespace" && $0.object.name == namespace }?.after
            return made.flatMap(ObjectMeta.init(of:))?.isMarkedProduction == true ? .yes : .no
        } catch {
            // Who may list namespaces may have seen it.
            if let seen = world.snapshot?.namespaces.first(where: { $0.name == namespace }) {
                return seen.production ? .yes : .no
            }
            return .unknown((error as? MeshTopError)?.why ?? "\(error)")
        }
    }
}
