// `meshtop shift HOST SUBSET=WEIGHT ...`: a route's weights from the command line.

internal import Actions
import ArgumentParser
internal import Base
internal import ClusterData
internal import Kube
internal import MeshModel

struct ShiftCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shift", abstract: "Shift the weights of a route.",
        discussion: "Destinations that are not named share what is left, in proportion to their weights now.")
    @Argument(help: "The host, or the route object's name or KIND/NAME.") var host: String?
    @Argument(help: ArgumentHelp("New weights; with --guard the canary alone.", valueName: "subset=weight"))
    var weights: [String] = []
    @Option(help: ArgumentHelp("The rule's index, when several have a choice.", valueName: "n")) var route: Int?
    @OptionGroup(title: "Guarded") var guarded: GuardOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard guarded.resume || guarded.rollBack || host != nil else {
            throw ValidationError("name the host, e.g. 'meshtop shift reviews v2=20'")
        }
    }

    func run() throws {
        if guarded.resume || guarded.rollBack { return try GuardRun.resume(host, guarded, change, global) }
        guard let host else { return }
        if guarded.guarded { return try GuardRun.start(host, weights, route, guarded, change, global) }
        let wanted = try Self.parse(weights)
        let index = route
        try HeadlessChange.run(global, change, needsRates: true) { session, snapshot, place in
            try await Self.request(host, index, wanted, session, snapshot, place)
        }
    }

    /// Plans weights for the named destinations of a host's route.
    static func request(
        _ host: String, _ index: Int?, _ wanted: [(name: String, weight: Int)], _ session: MeshSession,
        _ snapshot: MeshSnapshot, _ place: Workplace
    ) async throws -> PlanRequest {
        let row = try await find(host, index, wanted, session, snapshot, place)
        return .shift(
            route: ObjectReference(kind: row.kind.rawValue, namespace: row.namespace, name: row.name),
            section: row.section, index: row.index, weights: try complete(wanted, row))
    }

    static func parse(_ words: [String]) throws(MeshTopError) -> [(name: String, weight: Int)] {
        guard !words.isEmpty else {
            throw MeshTopError(.usage, "shift", why: "no weights were given", advice: "write SUBSET=WEIGHT, e.g. v2=20")
        }
        var parsed: [(name: String, weight: Int)] = []
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty, let weight = Int(parts[1]) else {
                throw MeshTopError(.usage, word, why: "not SUBSET=WEIGHT", advice: "write it like v2=20")
            }
            guard (0...100).contains(weight) else {
                throw MeshTopError(.usage, word, why: "a weight is 0 to 100", advice: "choose one in that range")
            }
            guard !parsed.contains(where: { $0.name == parts[0] }) else {
                throw MeshTopError(.usage, word, why: "\(parts[0]) is named twice", advice: "name it once")
            }
            parsed.append((parts[0], weight))
        }
        return parsed
    }

    private static func matches(_ row: RouteSummary, _ host: String) -> Bool {
        let short = host.split(separator: ".").first.map(String.init) ?? host
        return row.name == host || "\(row.namespace)/\(row.name)" == host
            || row.host.split(separator: ",").contains { $0 == host || $0 == short }
            || row.service?.name == short || row.destinations.contains { $0.host == host }
    }

    static func label(_ destination: RouteSummary.Destination) -> String { destination.subset ?? destination.host }

    /// The rows that a host, a name or KIND/NAME stands for. What is named is read by its name where its kind could not
    /// be listed.
    private static func rows(
        _ host: String, _ known: [RouteSummary], _ session: MeshSession, _ snapshot: MeshSnapshot, _ place: Workplace
    ) async throws -> [RouteSummary] {
        var (host, known) = (host, known)
        if let word = ObjectWord(host), let kind = await session.kind(of: word)?.kind {
            let namespace = try place.namespace()
            known = known.filter { $0.namespace == namespace }
            if let kind = RouteSummary.Kind(rawValue: kind) {
                let own = known.filter { $0.kind == kind && $0.name == word.name }
                return own.isEmpty
                    ? try await NamedRoute.rules(kind, namespace, word.name, session.client) : own
            }
            guard kind == "Service" else {
                throw MeshTopError(
                    .usage, SafeText.line(host), why: "a \(kind) has no weights", advice: "name a route or its host")
            }
            host = word.name
        }
        let found = known.filter { matches($0, host) }
        guard found.isEmpty, !snapshot.unread(MeshSnapshot.routeKinds).isEmpty else { return found }
        var named: [RouteSummary] = []
        for namespace in place.namespaces { named += try await NamedRoute.rules(namespace, host, session.client) }
        return named
    }

    static func find(
        _ host: String, _ index: Int?, _ wanted: [(name: String, weight: Int)], _ session: MeshSession,
        _ snapshot: MeshSnapshot, _ place: Workplace
    ) async throws -> RouteSummary {
        let inNamespace: [RouteSummary] = snapshot.routes.filter { row in
            place.options.scope.contains(row.namespace)
        }
        let candidates = try await rows(host, inNamespace, session, snapshot, place).filter { row in
            row.destinations.count > 1 && (index == nil || row.index == index)
        }
        let fitting = candidates.filter { row in
            wanted.allSatisfy { item in row.destinations.contains { label($0) == item.name } }
        }
        if fitting.count == 1 { return fitting[0] }
        if fitting.count > 1 {
            let names = fitting.map { "\($0.namespace)/\($0.name) rule \($0.index)" }
            throw MeshTopError(
                .usage, host, why: "several routes fit: \(names.joined(separator: ", "))",
                advice: "add -n NAMESPACE, --route N or the object's name")
        }
        if let row = candidates.first {
            throw MeshTopError(
                .usage, host, why: "no destination is called \(wanted.map(\.name).joined(separator: ", "))",
                advice: "its destinations: \(row.destinations.map(label).joined(separator: ", "))")
        }
        let known = inNamespace.filter { $0.destinations.count > 1 }.map { "\($0.namespace)/\($0.name)" }
        let gap = snapshot.gap(MeshSnapshot.routeKinds)
        throw MeshTopError(
            .notFound, host,
            why: gap.isEmpty
                ? "no route with several destinations is for it"
                : "whether a route with several destinations is for it is not known\(gap)",
            advice: known.isEmpty
                ? gap.isEmpty ? "no route here splits traffic" : "write the route as KIND/NAME, with -n NAMESPACE"
                : "routes with a choice: \(Array(Set(known)).sorted().joined(separator: ", "))")
    }

    /// Weights for every destination: the named ones as given, the others share the rest in proportion.
    static func complete(_ wanted: [(name: String, weight: Int)], _ row: RouteSummary) throws(MeshTopError) -> [Int] {
        let given = row.destinations.map { destination in wanted.first { $0.name == label(destination) }?.weight }
        let sum = given.compactMap { $0 }.total
        let open = given.indices.filter { given[$0] == nil }
        guard sum <= 100, !open.isEmpty || sum == 100 else {
            throw MeshTopError(
                .usage, "the weights", why: "they sum to \(sum), not 100", advice: "make them sum to 100")
        }
        var weights = given.map { $0 ?? 0 }
        let rest = 100 - sum
        let present = open.map { Double(row.destinations[$0].weight ?? 0) }
        let total = present.reduce(0, +)
        var left = rest
        for (position, index) in open.enumerated() {
            let exact = total > 0 ? Double(rest) * present[position] / total : Double(rest) / Double(open.count)
            weights[index] = min(left, Int(clamping: exact.rounded(.down)))
            left -= weights[index]
        }
        if let first = open.first { weights[first] += left }
        return weights
    }
}
