// Copies of a service's requests for other versions, whose answers nobody waits for.

internal import Base
internal import MeshModel

enum MirrorTemplate {
    static func draft(_ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld) async throws -> Draft {
        let route = try await ServiceRoute.find(service, world)
        let change = try await change(values, route, world)
        let step = try route.step(world) { rules in rules.map { MirrorRule($0, route).changed(change) } }
        let before = all(route.rules, route)
        let after = all((step.write.applied(to: step.before) ?? [:]).at("spec", route.section)?.array ?? [], route)
        if case .remove(let name) = change, !before.contains(where: { $0.fits(name) }) {
            throw MeshTopError(
                .notFound, "\(route.reference.kind) \(route.reference.name)", why: "it does not mirror to \(name)",
                advice: before.isEmpty ? "it mirrors to nobody" : "it mirrors to \(words(before))")
        }
        return Draft(
            verb: "policy", title: title(change, service), steps: [step],
            effects: effects(change, before, after, world.service(service)?.requestsPerSecond),
            warnings: change.adds
                ? route.manyRules("mirror") + ["copies that write to a database or send mail do so twice"] : [],
            kubectl: PlanText.kubectl(world, step))
    }

    private static func change(
        _ values: TemplateValues, _ route: ServiceRoute, _ world: PlanWorld
    ) async throws -> MirrorChange {
        let (target, gone) = (values.text("to"), values.text("remove"))
        if !gone.isEmpty, values.given["to"] ?? "" == "" { return .remove(gone) }
        guard gone.isEmpty else {
            throw MeshTopError(
                .usage, "remove=\(gone)", why: "one change either sets a mirror or takes one away",
                advice: "leave out to or remove")
        }
        if !values.writes("to") {
            let mirrors = Set(all(route.rules, route).map(\.name)).sorted()
            let only = mirrors.count == 1 ? mirrors.first : nil
            guard let name = values.kept.contains("to") && !target.isEmpty ? target : only else {
                throw values.missing(
                    "to",
                    mirrors.isEmpty ? "there is no mirror yet" : "it mirrors to \(mirrors.joined(separator: ", "))",
                    "add to=SUBSET or to=HOST")
            }
            return .share(of: name, percent: try values.percent("percent"))
        }
        if target.isEmpty { return .removeAll }
        return .set(
            try await route.destination(target, world), name: target,
            percent: values.given["percent"]?.isEmpty == false ? try values.percent("percent") : nil)
    }

    private static func title(_ change: MirrorChange, _ service: ServiceID) -> String {
        switch change {
        case .set(_, let name, _), .share(let name, _): "Mirror \(service.name) to \(name)"
        case .remove(let name): "No mirror of \(service.name) to \(name)"
        case .removeAll: "No mirror for \(service.name)"
        }
    }

    private static func effects(
        _ change: MirrorChange, _ before: [Mirror], _ after: [Mirror], _ rate: Double?
    ) -> [String] {
        guard !after.isEmpty else { return ["requests are no longer copied"] }
        var effects = after.map { mirror in
            let more = rate.map { ", about \(PlanText.rate($0 * (mirror.percent.double ?? 0) / 100)) per second there" }
            return "\(mirror.percent.compactText) % of the requests are copied to \(mirror.name)\(more ?? "")"
        }
        let gone = before.filter { mirror in !after.contains { $0.name == mirror.name } }
        if !gone.isEmpty { effects.append("no longer to \(gone.map(\.name).joined(separator: ", "))") }
        return effects + ["answers to copies are thrown away; clients notice nothing"]
    }

    // MARK: What is there

    /// The mirrors of all rules, each once.
    private static func all(_ rules: [JSONValue], _ route: ServiceRoute) -> [Mirror] {
        var found: [Mirror] = []
        for mirror in rules.flatMap({ MirrorRule($0, route).mirrors })
        where !found.contains(where: { $0.name == mirror.name && $0.percent == mirror.percent }) {
            found.append(mirror)
        }
        return found
    }

    private static func words(_ mirrors: [Mirror]) -> String {
        mirrors.map { "\($0.name) (\($0.percent.compactText) %)" }.joined(separator: ", ")
    }

    /// The first in the fields; all of them in the note where there are several.
    static func present(_ route: ServiceRoute) -> PresentPolicy {
        let mirrors = all(route.rules, route)
        guard let first = mirrors.first else { return PresentPolicy() }
        return PresentPolicy(
            values: ["to": first.name, "percent": first.percent.compactText],
            note: mirrors.count > 1 ? "mirrors now: \(SafeText.line(words(mirrors)))" : nil)
    }
}

/// What is to become of a rule's mirrors.
enum MirrorChange {
    /// One destination, in place of the only one or beside those of a list; nil leaves its share.
    case set(JSONValue, name: String, percent: JSONValue?)
    /// Another share for one that is there, in the rules that have it.
    case share(of: String, percent: JSONValue)
    case remove(String)
    case removeAll

    var adds: Bool { if case .set = self { true } else { false } }
}

/// One destination that copies go to.
struct Mirror {
    /// The subset, else the host, as an operator names it.
    var name: String
    var others: [String] = []
    /// 0 to 100.
    var percent: JSONValue

    func fits(_ text: String) -> Bool { name == text || others.contains(text) }
}
