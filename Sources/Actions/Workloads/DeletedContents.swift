// What goes with an object that is deleted: the objects of a CustomResourceDefinition, everything in a Namespace.

internal import Base
internal import Kube

/// Counted before the deletion is asked for, so that nobody deletes a thousand objects by a name.
struct DeletedContents: Sendable {
    /// How many objects, by kind.
    var counts: [(kind: String, count: Int)] = []
    /// Objects that others in there were made for: pods of a Deployment. They go with those.
    var owned = 0
    /// Kinds that could not be counted, with the reason.
    var unknown: [String] = []
    /// What an undo makes anew.
    var kept = KeptContents()

    /// Known to hold nothing.
    var isEmpty: Bool { total == 0 && owned == 0 && unknown.isEmpty }
    var total: Int { counts.reduce(0) { $0 + $1.count } }

    var words: String {
        let known = counts.sorted { ($1.count, $0.kind) < ($0.count, $1.kind) }
        let shown = known.prefix(6).map { "\($0.count) \($0.kind)" }
        return shown.joined(separator: ", ") + (known.count > 6 ? " and \(known.count - 6) more kinds" : "")
    }

    /// Kinds that hold others.
    static let holders: Set<String> = ["CustomResourceDefinition", "Namespace"]

    /// Of a way back that deletes: what is in there by now, other than what the same draft deletes by itself.
    static func count(into draft: inout Draft, _ world: PlanWorld) async {
        for index in draft.steps.indices {
            let step = draft.steps[index]
            guard step.write == .delete, holders.contains(step.object.kind), let before = step.before,
                let contents = await of(step.object, before, world)
            else { continue }
            draft.steps[index].contents = contents.kept
            let kind = before.at("spec", "names", "kind")?.string
            let own = draft.steps.count {
                $0.write == .delete && $0.object != step.object
                    && (step.object.kind == "Namespace"
                        ? $0.object.namespace == step.object.name : $0.object.kind == kind)
            }
            let number = contents.total + contents.owned - own
            if number > 0 {
                draft.warnings.append(
                    "\(step.object.kind) \(step.object.name) goes with all that is in it by now: \(contents.words)\(own > 0 ? ", \(own) of which this undo deletes by itself" : "")"
                )
                draft.typedConfirmation = String(number)
            }
            if !contents.unknown.isEmpty {
                draft.warnings.append("not counted: \(contents.unknown.joined(separator: "; "))")
            }
        }
    }

    /// Nil for objects that hold no others.
    static func of(_ object: ObjectReference, _ value: JSONValue, _ world: PlanWorld) async -> DeletedContents? {
        switch object.kind {
        case "CustomResourceDefinition":
            let group = value.at("spec", "group")?.string
            let discovery = (try? await world.discovery(of: group ?? "")) ?? world.discovery
            let plural = value.at("spec", "names", "plural")?.string
            guard let served = discovery.resources.first(where: { $0.group == group && $0.resource == plural })
            else {
                // Where its group is silent there may be any number of them.
                guard let group, let gap = discovery.gapWords(group) else { return nil }
                return await count([], object, countsOwned: true, unknown: [gap], world)
            }
            // All of them go, whoever made them.
            return await count([served], object, countsOwned: true, world)
        case "Namespace":
            var seen: Set<String> = []
            let discovery = (try? await world.discovery { $0.awaited.isEmpty }) ?? world.discovery
            // A resource that several groups or versions serve is one.
            let kinds = discovery.resources.filter { info in
                info.isNamespaced && info.verbs.contains("list") && info.verbs.contains("delete")
                    && info.resource != "events" && seen.insert("\(info.group)/\(info.resource)").inserted
            }
            return await count(kinds, object, countsOwned: false, unknown: discovery.allGaps, world)
        default: return nil
        }
    }

    private static func count(
        _ kinds: [ResourceInfo], _ container: ObjectReference, countsOwned: Bool, unknown: [String] = [],
        _ world: PlanWorld
    ) async -> DeletedContents {
        let namespace = container.kind == "Namespace" ? container.name : nil
        var seen: [(info: ResourceInfo, found: Found)] = []
        var contents = await withTaskGroup(of: (ResourceInfo, Found?, String).self) { tasks in
            var waiting = ArraySlice(kinds)
            func next() {
                guard let info = waiting.popFirst() else { return }
                tasks.addTask {
                    do {
                        return (info, try await number(info, namespace, world), "")
                    } catch {
                        return (info, nil, (error as? MeshTopError)?.why ?? "\(error)")
                    }
                }
            }
            for _ in 0..<8 { next() }
            var contents = DeletedContents(unknown: unknown)
            for await (info, found, why) in tasks {
                if let found {
                    seen.append((info, found))
                    let count = found.free + (countsOwned ? found.owned : 0)
                    if count > 0 { contents.counts.append((info.kind, count)) }
                    if !countsOwned { contents.owned += found.owned }
                } else {
                    contents.unknown.append("\(info.kind): \(why)")
                }
                next()
            }
            contents.unknown.sort()
            return contents
        }
        let (kept, endpoints) = await KeptContents.read(seen, of: container, world)
        contents.kept = kept
        contents.kept.missing += contents.unknown
        contents.kept.owned += seen.map(\.found.owned).total
        contents.leave(endpoints, of: "Endpoints")
        return contents
    }

    /// Some turned out to be a controller's, which are no content.
    private mutating func leave(_ number: Int, of kind: String) {
        guard let place = counts.firstIndex(where: { $0.kind == kind }), number > 0 else { return }
        counts[place].count -= number
        owned += number
        kept.owned += number
        if counts[place].count <= 0 { counts.remove(at: place) }
    }

    struct Found: Sendable {
        /// No controller's.
        var free = 0
        var owned = 0
    }

    /// Pages of names alone: a namespace may hold much.
    private static func number(_ info: ResourceInfo, _ namespace: String?, _ world: PlanWorld) async throws -> Found {
        var (found, token) = (Found(), "")
        repeat {
            var query = [("limit", "500")]
            if !token.isEmpty { query.append(("continue", token)) }
            let page = try await world.client.json(
                KubeClient.Call(
                    "GET", info.path.collection(info.isNamespaced ? namespace : nil), query: query,
                    accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"))
            let items = page.list("items")
            let free = items.count { !ControllersOwn.isMade($0, info.kind) }
            found.free += free
            found.owned += items.count - free
            token = page.at("metadata", "continue")?.string ?? ""
        } while !token.isEmpty
        return found
    }
}
