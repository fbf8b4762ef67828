// The rights of this user as `meshtop doctor` prints them.

internal import Actions
internal import Kube

enum DoctorRights {
    /// A part for each role; within a right a line for each standing that some of it has.
    static func lines(_ rights: [RequiredRight], _ standings: [[RightStanding]]) -> [String] {
        RequiredRight.Role.allCases.flatMap { role in
            let places = rights.indices.filter { rights[$0].role == role }
            let all = places.flatMap { standings[$0] }
            return [summary(role, all)] + places.flatMap { lines(rights[$0], standings[$0]) }
        }
    }

    private static func summary(_ role: RequiredRight.Role, _ standings: [RightStanding]) -> String {
        let counts = [
            (standings.count(where: \.isMissing), "missing"), (standings.count(where: \.isUnknown), "not known"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        let what = role == .viewer ? "to look    " : "to change  "
        return what + "  \(standings.count) rights, "
            + (counts.isEmpty ? "all allowed" : counts.joined(separator: ", "))
    }

    private static func lines(_ right: RequiredRight, _ standings: [RightStanding]) -> [String] {
        var groups: [(standing: RightStanding, permissions: [(verb: String, resource: String)])] = []
        for (permission, standing) in zip(right.permissions, standings) {
            let pair = (verb: permission.verb, resource: permission.resource)
            if let place = groups.firstIndex(where: { $0.standing.isAs(standing) }) {
                groups[place].permissions.append(pair)
            } else {
                groups.append((standing, [pair]))
            }
        }
        return groups.map { standing, permissions in
            "  \(standing.word) \(words(permissions, right.group)): \(right.purpose)\(standing.detail)"
        }
    }

    /// `get, list pods, services`: resources that share their verbs are named together.
    private static func words(_ permissions: [(verb: String, resource: String)], _ group: String) -> String {
        var byResource: [(resource: String, verbs: [String])] = []
        for (verb, resource) in permissions {
            if let place = byResource.firstIndex(where: { $0.resource == resource }) {
                byResource[place].verbs.append(verb)
            } else {
                byResource.append((resource, [verb]))
            }
        }
        var parts: [(verbs: [String], resources: [String])] = []
        for (resource, verbs) in byResource {
            if let place = parts.firstIndex(where: { $0.verbs == verbs }) {
                parts[place].resources.append(resource)
            } else {
                parts.append((verbs, [resource]))
            }
        }
        let suffix = group.isEmpty ? "" : " of \(group)"
        return parts.map { "\($0.verbs.joined(separator: ", ")) \($0.resources.joined(separator: ", "))" }
            .joined(separator: "; ") + suffix
    }
}

extension RightStanding {
    fileprivate var isMissing: Bool { if case .missing = self { true } else { false } }
    fileprivate var isUnknown: Bool { if case .unknown = self { true } else { false } }

    /// The server's words name each resource anew: standings that differ in nothing else are one line.
    fileprivate func isAs(_ other: RightStanding) -> Bool {
        switch (self, other) {
        case (.missing(_, let here), .missing(_, let there)): here == there
        default: self == other
        }
    }

    fileprivate var word: String {
        switch self {
        case .allowed, .allowedIn: "allowed  "
        case .missing: "missing  "
        case .unknown: "not known"
        }
    }

    fileprivate var detail: String {
        switch self {
        case .allowed: ""
        case .allowedIn(let namespaces): " (in \(namespaces.joined(separator: ", ")))"
        case .missing(_, let allowed) where !allowed.isEmpty: " (allowed in \(allowed.joined(separator: ", ")) alone)"
        case .missing: ""
        case .unknown(let why): " (\(why))"
        }
    }
}
