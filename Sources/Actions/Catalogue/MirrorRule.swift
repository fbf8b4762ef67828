// The mirrors of one rule, in the three forms that rules have: one, a list, and the Gateway API's filters.

internal import Base
internal import Istio

struct MirrorRule {
    private var rule: JSONValue
    private let route: ServiceRoute

    init(_ rule: JSONValue, _ route: ServiceRoute) {
        self.rule = rule
        self.route = route
    }

    private var isList: Bool { rule["mirrors"] != nil }
    private static let shares = ["mirrorPercentage", "mirrorPercent", "mirror_percent"]

    var mirrors: [Mirror] {
        if route.isGatewayAPI {
            return rule.list("filters").filter { $0["type"] == "RequestMirror" }.map { filter in
                let backend = filter.at("requestMirror", "backendRef") ?? [:]
                return mirror(backend["name"]?.string, nil, filter.at("requestMirror", "percent"))
            }
        }
        if isList {
            return rule.list("mirrors").map { entry in
                let destination = entry["destination"] ?? [:]
                return mirror(
                    destination["host"]?.string, destination["subset"]?.string, entry.at("percentage", "value"))
            }
        }
        guard let one = rule["mirror"] else { return [] }
        let share = rule.at("mirrorPercentage", "value") ?? rule["mirrorPercent"] ?? rule["mirror_percent"]
        return [mirror(one["host"]?.string, one["subset"]?.string, share)]
    }

    /// A subset of the service's own is named by itself; one of another host along with the host.
    private func mirror(_ host: String?, _ subset: String?, _ percent: JSONValue?) -> Mirror {
        let host = host ?? ""
        let isOwn = HostNames.service(host, from: route.reference.namespace) == route.service
        let name = subset.map { isOwn ? $0 : "\(host)/\($0)" } ?? host
        let others = [host.split(separator: ".").first.map(String.init)].compactMap { subset == nil ? $0 : nil }
        return Mirror(name: name, others: others, percent: percent ?? 100)
    }

    // MARK: Changes

    func changed(_ change: MirrorChange) -> JSONValue {
        if route.isGatewayAPI { return filtersChanged(change) }
        return isList ? listChanged(change) : oneChanged(change)
    }

    private func oneChanged(_ change: MirrorChange) -> JSONValue {
        var rule = rule
        switch change {
        case .remove(let name) where !mirrors.contains(where: { $0.fits(name) }): break
        case .share(let name, let percent):
            if mirrors.contains(where: { $0.fits(name) }) { rule.set(["mirrorPercentage", "value"], to: percent) }
        case .remove, .removeAll:
            for key in ["mirror"] + Self.shares where rule[key] != nil { rule[key] = nil }
        case .set(let destination, _, let percent):
            for key in ["host", "subset"] {
                if let value = destination[key] {
                    rule.set(["mirror", key], to: value)
                } else if rule.at("mirror", key) != nil {
                    rule.set(["mirror", key], to: nil)
                }
            }
            if let percent { rule.set(["mirrorPercentage", "value"], to: percent) }
        }
        return rule
    }

    /// An entry keeps what else it says; the destination is the same when host and subset are.
    private func listChanged(_ change: MirrorChange) -> JSONValue {
        var rule = rule
        var entries = rule.list("mirrors")
        switch change {
        case .removeAll: entries = []
        case .share(let name, let percent):
            for (place, mirror) in mirrors.enumerated() where mirror.fits(name) {
                entries[place].set(["percentage", "value"], to: percent)
            }
        case .remove(let name):
            entries = zip(entries, mirrors).filter { !$0.1.fits(name) }.map { $0.0 }
        case .set(let destination, _, let percent):
            let wanted = mirror(destination["host"]?.string, destination["subset"]?.string, nil).name
            if let place = mirrors.firstIndex(where: { $0.name == wanted }) {
                if let percent { entries[place].set(["percentage", "value"], to: percent) }
            } else {
                var entry: JSONValue = ["destination": destination]
                if let percent { entry.set(["percentage", "value"], to: percent) }
                entries.append(entry)
            }
        }
        rule["mirrors"] = entries.isEmpty ? nil : .array(entries)
        return rule
    }

    private func filtersChanged(_ change: MirrorChange) -> JSONValue {
        var rule = rule
        var filters = rule.list("filters")
        let places = filters.indices.filter { filters[$0]["type"] == "RequestMirror" }
        switch change {
        case .share(let name, let percent):
            for (place, mirror) in zip(places, mirrors) where mirror.fits(name) { Self.set(percent, &filters[place]) }
        case .removeAll: filters = filters.filter { $0["type"] != "RequestMirror" }
        case .remove(let name):
            let gone = Set(zip(places, mirrors).filter { $0.1.fits(name) }.map { $0.0 })
            filters = filters.indices.filter { !gone.contains($0) }.map { filters[$0] }
        case .set(let destination, _, let percent):
            // One is put in the place of the only one; of several the one to that backend is meant.
            let place =
                places.count == 1
                ? places.first : zip(places, mirrors).first { $0.1.name == destination["name"]?.string }?.0
            var filter = place.map { filters[$0] } ?? ["type": "RequestMirror"]
            filter.set(["requestMirror", "backendRef"], to: destination)
            if let percent { Self.set(percent, &filter) }
            if let place { filters[place] = filter } else { filters.append(filter) }
        }
        rule["filters"] = filters.isEmpty ? nil : .array(filters)
        return rule
    }

    /// All is the default, and older versions know no share.
    private static func set(_ percent: JSONValue, _ filter: inout JSONValue) {
        let share = percent.int == 100 ? nil : percent.double.map { JSONValue.int(Int64(clamping: $0.rounded())) }
        if share != nil || filter.at("requestMirror", "percent") != nil {
            filter.set(["requestMirror", "percent"], to: share)
        }
    }
}
