// The schemas of the kinds of one change, as the cluster has them: for servers that do not refuse unknown fields.

internal import Base
internal import Kube
internal import MeshModel

actor KindSchemas {
    enum Answer: Sendable, Hashable {
        case found(KindSchema)
        /// A kind of Kubernetes itself: the server decodes it into its own types, in a dry run as well.
        case builtIn
        case unreadable(String)
    }

    private let world: PlanWorld
    /// Definitions that the same change brings, by name.
    private let brought: [String: JSONValue]
    private var answers: [String: Answer] = [:]

    init(_ world: PlanWorld, _ steps: [PlanStep]) {
        self.world = world
        var brought: [String: JSONValue] = [:]
        for step in steps where step.object.kind == "CustomResourceDefinition" {
            brought[step.object.name] = step.write.applied(to: step.before)
        }
        self.brought = brought
    }

    /// Strict validation came as a default in 1.25; before, a server ignores that it is asked for.
    private var ignoresStrictValidation: Bool { world.discovery.minorVersion.map { $0 < 25 } ?? true }

    struct Judgement: Sendable {
        var losses: [String] = []
        var warnings: [String] = []
    }

    /// What the server drops or changes of a step, by what it answered to the dry run and by the kind's schema.
    func judge(_ step: PlanStep, _ file: AppliedFile?) async -> Judgement {
        let name = "\(step.object.kind) \(step.object.name)"
        var judgement = Judgement()
        var losses = step.after.map { FieldLosses.found(step, answered: $0, file: file?.object) } ?? []
        let isUntried = step.awaits != nil
        // One that drops fields of a strict request is none that refuses them.
        if isUntried || ignoresStrictValidation || losses.contains(where: { $0.answered == nil }),
            let wanted = FieldLosses.wanted(step, file: file?.object), let place = Place(step)
        {
            switch await answer(place) {
            case .builtIn: break
            case .found(let schema):
                for path in schema.unknownFields(in: wanted) {
                    let value = Patching.value(at: path, in: wanted) ?? .null
                    if let before = step.before, Patching.value(at: path, in: before) == value { continue }
                    let loss = FieldLoss(unknown: path, value)
                    if losses.contains(where: { loss.path == $0.path || loss.path.hasPrefix($0.path + ".") }) {
                        continue
                    }
                    losses.append(loss)
                }
            case .unreadable(let why):
                if isUntried { break }
                judgement.warnings.append(
                    "the schema of \(step.object.kind) could not be read (\(why)): a field that this server drops is found only where its dry run shows it"
                )
            }
        }
        judgement.losses = losses.map { "\(name): \($0.text)" }
        return judgement
    }

    /// The resource that a step writes, by its path.
    private struct Place {
        var group: String
        var version: String
        var resource: String
        var kind: String

        init?(_ step: PlanStep) {
            let parts = step.path.split(separator: "/").map(String.init)
            guard let start = ["api": 1, "apis": 2][parts.first ?? ""], parts.count > start + 1 else { return nil }
            let isNamespaced = parts[start + 1] == "namespaces" && parts.count > start + 3
            (group, version) = (start == 1 ? "" : parts[1], parts[start])
            resource = parts[isNamespaced ? start + 3 : start + 1]
            kind = step.object.kind.split(separator: ".").first.map(String.init) ?? step.object.kind
        }
    }

    private func answer(_ place: Place) async -> Answer {
        let (group, version) = (place.group, place.version)
        let name = "\(place.resource).\(group)"
        if let definition = brought[name], let schema = KindSchema(definition: definition, version: version) {
            return .found(schema)
        }
        if let known = answers["\(name)/\(version)"] { return known }
        let answer = await read(place, name)
        answers["\(name)/\(version)"] = answer
        return answer
    }

    private func read(_ place: Place, _ name: String) async -> Answer {
        let apiVersion = place.group.isEmpty ? place.version : "\(place.group)/\(place.version)"
        let served = try? await world.discovery(of: place.group)
        let kind = served?.resources.first {
            $0.path.apiVersion == apiVersion && $0.resource == place.resource
        }?.kind
        if PatchGraph.builtIn.schema(apiVersion: apiVersion, kind: kind ?? place.kind) != nil {
            guard ignoresStrictValidation else { return .builtIn }
            // Servers before 1.23 have the second one alone.
            let paths = ["/openapi/v3/\(place.group.isEmpty ? "api" : "apis")/\(apiVersion)", "/openapi/v2"]
            for path in paths {
                if let schema = await published(path, place, kind, isBuiltIn: true) { return .found(schema) }
            }
            return .builtIn
        }
        let definitions = world.discovery.resources.filter {
            $0.group == WatchedKind.customresourcedefinitions.group
                && $0.resource == WatchedKind.customresourcedefinitions.resource
        }
        var why = "the server has no definition of it"
        if let served = definitions.first(where: { $0.version == "v1" }) ?? definitions.first {
            do {
                if let definition = try await world.readIfPresent(served.path.object(ObjectKey("", name))),
                    let schema = KindSchema(definition: definition, version: place.version)
                {
                    return .found(schema)
                }
            } catch {
                why = (error as? MeshTopError)?.why ?? SafeText.line("\(error)", limit: 200)
            }
        }
        // Everyone may read this one; servers before 1.23 have none.
        if let schema = await published("/openapi/v3/apis/\(apiVersion)", place, kind) { return .found(schema) }
        return .unreadable(why)
    }

    private func published(
        _ path: String, _ place: Place, _ kind: String?, isBuiltIn: Bool = false
    ) async -> KindSchema? {
        // A document that cannot be had is none: the dry run's answer still tells.
        let call = KubeClient.Call(
            "GET", path, timeoutSeconds: min(PatchKeys.documentSeconds, world.client.timeoutSeconds))
        guard let response = try? await world.client.exchange(call), response.status == 200,
            let document = try? JSONValue(parsing: response.body)
        else { return nil }
        return KindSchema(
            document: document, group: place.group, version: place.version, kind: kind ?? place.kind,
            isBuiltIn: isBuiltIn)
    }
}
