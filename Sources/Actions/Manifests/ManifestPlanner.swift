// Plans what YAML documents say: create what is missing, merge into what exists, in the order of dependency.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

enum ManifestPlanner {
    private struct Wishes {
        var defaultNamespace: String
        var madeKinds: [ResourceInfo]
        var isEnforced: Bool
    }

    static func draft(_ manifests: Manifests, defaultNamespace: String, _ world: PlanWorld) async throws -> Draft {
        var items = try manifests.files.flatMap(ManifestItem.all)
        let mendings = manifests.isMended ? items.indices.flatMap { mend(&items[$0]) } : []
        guard !items.isEmpty else {
            throw MeshTopError(
                .usage,
                manifests.files.count == 1
                    ? ManifestItem.name(manifests.files[0]) : "\(manifests.files.count) files",
                why: "no object is in there", advice: "give a manifest; nothing was sent")
        }
        let planner = ApplyPlanner(
            world: world, keys: PatchKeys(world.client), serverSide: manifests.serverSide,
            clientSideManager: manifests.fieldManager ?? OwnManagers.clientSideApply)
        let wishes = Wishes(
            defaultNamespace: defaultNamespace, madeKinds: items.flatMap { ManifestOrder.resources(of: $0.value) },
            isEnforced: manifests.enforcesNamespace)
        var outcomes: [ApplyPlanner.Outcome] = []
        var places: [String: String] = [:]
        for item in items {
            let outcome = try await outcome(item, wishes, planner)
            if let other = places.updateValue(item.place, forKey: outcome.step.path) {
                throw MeshTopError(
                    .usage, item.place,
                    why: "\(outcome.step.object.kind) \(outcome.step.object.name) is there already, in \(other)",
                    advice: "take one of them out; nothing was sent")
            }
            outcomes.append(outcome)
        }
        var steps = outcomes.map(\.step)
        let madeNamespaces = Set(steps.filter { $0.object.kind == "Namespace" && $0.before == nil }.map(\.object.name))
        for index in steps.indices where steps[index].before == nil && steps[index].awaits == nil {
            let namespace = steps[index].object.namespace
            if madeNamespaces.contains(namespace) { steps[index].awaits = "namespace \(namespace)" }
        }
        steps = ManifestOrder.sorted(steps)
        let names = steps.map { "\($0.object.kind) \($0.object.name)" }
        let created = steps.count { $0.before == nil }
        var draft = Draft(
            verb: "apply",
            title: steps.count == 1 ? "Apply \(names[0])" : "Apply \(steps.count) objects",
            steps: steps,
            effects: [
                "\(created) created, \(steps.count - created) merged into what exists: \(names.joined(separator: ", "))"
            ],
            warnings: outcomes.flatMap(\.warnings) + steps.flatMap(weightWarnings),
            kubectl: kubectl(manifests, outcomes, defaultNamespace, world))
        draft.effects += mendings
        for outcome in outcomes {
            draft.files[outcome.step.path] = AppliedFile(object: outcome.file, schema: outcome.schema)
        }
        return draft
    }

    /// The same from kubectl; files that were mended on the way cannot be named.
    private static func kubectl(
        _ manifests: Manifests, _ outcomes: [ApplyPlanner.Outcome], _ namespace: String, _ world: PlanWorld
    ) -> String {
        let words =
            ["apply"]
            + (manifests.serverSide?.arguments ?? manifests.fieldManager.map { ["--field-manager=\($0)"] } ?? [])
        // kubectl refuses a namespace that an object contradicts.
        let own = Set(outcomes.map(\.step.object.namespace).filter { !$0.isEmpty })
        let namespace = own.isSubset(of: [namespace]) ? namespace : ""
        guard manifests.isMended else {
            return PlanText.kubectl(world, namespace, ["apply"] + manifests.arguments + words.dropFirst())
        }
        let objects = outcomes.map { SecretMask.isSecret($0.file) ? SecretMask.masked(whole: $0.file) : $0.file }
        let list: JSONValue = ["apiVersion": "v1", "kind": "List", "items": .array(objects)]
        let body = objects.count == 1 ? objects[0] : list
        return PlanText.piped(body, world, namespace, words)
    }

    /// Takes in what an analysis knows of the object; says what it did.
    private static func mend(_ item: inout ManifestItem) -> [String] {
        var done: [String] = []
        for finding in ManifestMending.fixes(of: item.value) {
            // A fix is made for the object as it is written.
            guard let fix = finding.mending, let mended = try? Patching.json(fix.patch, to: item.value) else {
                continue
            }
            item.value = mended
            done.append("mended: \(finding.path): \(fix.title)")
        }
        return done
    }

    /// The weights of each rule with several destinations, by the rule's place in the object.
    private static func weights(_ body: JSONValue) -> [(place: String, weights: [Int])] {
        let lists =
            body["kind"] == "VirtualService"
            ? ["http", "tcp", "tls"] : ["HTTPRoute", "GRPCRoute"].contains(body["kind"]) ? ["rules"] : []
        return lists.flatMap { section in
            (body.at("spec", section)?.array ?? []).enumerated().map { index, rule in
                let destinations = rule.list(section == "rules" ? "backendRefs" : "route")
                return ("spec.\(section)[\(index)]", destinations.compactMap { $0["weight"]?.int })
            }
        }
    }

    /// Istio reads weights as shares of their sum; whoever writes percentages wants to know when they are none.
    private static func weightWarnings(_ step: PlanStep) -> [String] {
        guard step.object.kind == "VirtualService", let body = step.write.applied(to: step.before) else { return [] }
        return weights(body).compactMap { place, weights in
            let sum = weights.total
            guard weights.count > 1, sum != 100 else { return nil }
            return
                "\(step.object.name): the weights of \(place) sum to \(sum), not 100: each destination gets its part of \(sum)"
        }
    }

    private static func outcome(
        _ found: ManifestItem, _ wishes: Wishes, _ planner: ApplyPlanner
    ) async throws -> ApplyPlanner.Outcome {
        let (item, place) = (found.value, found.place)
        func fail(_ why: String, _ advice: String) -> MeshTopError {
            MeshTopError(.usage, place, why: why, advice: "\(advice); nothing was sent")
        }
        guard item.object != nil else { throw fail("it is no object", "write apiVersion, kind and metadata") }
        guard let apiVersion = item["apiVersion"]?.string, let kind = item["kind"]?.string else {
            throw fail("apiVersion or kind is missing", "add them")
        }
        guard let name = item.at("metadata", "name")?.string, !name.isEmpty else {
            if item.at("metadata", "generateName") != nil {
                throw fail(
                    "it has a generateName, of which an apply cannot tell what it made before", "give it a name")
            }
            throw fail("metadata.name is missing", "add it")
        }
        let parts = apiVersion.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let group = parts.count > 1 ? parts[0] : ""
        let discovery = try await planner.world.discovery(of: group)
        let served = discovery.resource(apiVersion: apiVersion, kind: kind)
        guard
            let resource = served
                ?? wishes.madeKinds.first(where: { $0.path.apiVersion == apiVersion && $0.kind == kind })
        else {
            let unanswered = discovery.unanswered(group)
            guard unanswered.isEmpty else {
                throw fail(
                    "whether the server has \(SafeText.line(kind)) in \(SafeText.line(apiVersion)) is not known\(unanswered)",
                    "try again")
            }
            throw fail(
                "the server has no \(SafeText.line(kind)) in \(SafeText.line(apiVersion))",
                "check apiVersion and kind, or install its CRD")
        }
        try checkWeights(item, fail)
        var body = item
        var namespace = ""
        if resource.isNamespaced {
            let own = item.at("metadata", "namespace")?.string ?? ""
            namespace = own.isEmpty ? wishes.defaultNamespace : own
            if namespace.isEmpty {
                throw fail(
                    "\(SafeText.line(kind)) \(SafeText.line(name)) names no namespace, and several are looked at",
                    "write metadata.namespace, or name one with -n")
            }
            if wishes.isEnforced, namespace != wishes.defaultNamespace {
                throw fail(
                    "the namespace from the provided object \"\(SafeText.line(namespace))\" does not match the namespace \"\(wishes.defaultNamespace)\"",
                    "pass '--namespace=\(SafeText.line(namespace))' to perform this operation")
            }
            body.set(["metadata", "namespace"], to: .string(namespace))
        } else {
            // The server clears it, as a chart that writes it everywhere counts on.
            // https://github.com/kubernetes/apiserver/blob/v0.36.0/pkg/registry/rest/meta.go
            body.set(["metadata", "namespace"], to: nil)
        }
        let reference = ObjectReference(
            kind: SafeText.line(kind), namespace: SafeText.line(namespace), name: SafeText.line(name))
        return try await planner.outcome(body, resource, isServed: served != nil, reference, place: place)
    }

    private static func checkWeights(
        _ item: JSONValue, _ fail: (String, String) -> MeshTopError
    ) throws(MeshTopError) {
        let (kind, name) = (item.text("kind") ?? "", item["metadata"]?.text("name") ?? "")
        for (place, weights) in weights(item) {
            if let wrong = weights.first(where: { $0 < 0 }) {
                throw fail("\(kind) \(name): \(place) has the weight \(wrong)", "use 0 or more")
            }
            if weights.count > 1, weights.total == 0 {
                throw fail("\(kind) \(name): all weights of \(place) are 0", "make them sum to 100")
            }
        }
    }
}
