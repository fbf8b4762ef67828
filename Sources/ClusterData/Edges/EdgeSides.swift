// What the two proxies of an edge counted, kept apart until it is clear whose word holds.

/// What one proxy counted.
struct EdgeSide: Sendable {
    struct Sum: Sendable {
        var total = 0.0
        var errors = 0.0
        var responses: [String: Double] = [:]
        var statuses: [String: Double] = [:]
        var flags: [String: Double] = [:]

        mutating func add(_ sample: EdgeColumns.Request) {
            total += sample.value
            if sample.isError { errors += sample.value }
            if !sample.code.isEmpty { responses[sample.code, default: 0] += sample.value }
            if !sample.status.isEmpty { statuses[sample.status, default: 0] += sample.value }
            for flag in sample.flags { flags[flag, default: 0] += sample.value }
        }

        mutating func add(_ other: Sum) {
            total += other.total
            errors += other.errors
            responses.merge(other.responses, uniquingKeysWith: +)
            statuses.merge(other.statuses, uniquingKeysWith: +)
            flags.merge(other.flags, uniquingKeysWith: +)
        }

        var errorRatio: Double? { total > 0 ? errors / total : nil }
    }

    /// Requests of which a proxy at the destination could know.
    var reached = Sum()
    /// Requests that ended before: overflow, no healthy host, no route, no connection. The client's word is the only one.
    var unreached = Sum()
    var mutual = 0.0
    var judged = 0.0

    package var all: Sum {
        var sum = reached
        sum.add(unreached)
        return sum
    }

    mutating func add(_ sample: EdgeColumns.Request) {
        if !sample.flags.isEmpty, sample.flags.contains(where: Self.unreachedFlags.contains) {
            unreached.add(sample)
        } else {
            reached.add(sample)
        }
        switch sample.security {
        case "mutual_tls":
            mutual += sample.value
            judged += sample.value
        case "none": judged += sample.value
        default: break
        }
    }

    /// https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#response-flags
    private static let unreachedFlags: Set<String> = ["UO", "UH", "NR", "NC", "UF", "LR", "DF"]
}

/// Both sides with what describes the edge.
struct EdgeSides: Sendable {
    var source: EdgeSide?
    var destination: EdgeSide?
    var isWaypoint = false
    var host = ""
    var sourceApp: String?
    var sourceVersion: String?
    var destinationApp: String?
    var destinationVersion: String?
    /// Labels that the series lack: somebody removed them with the Telemetry API.
    var missing: Set<String> = []

    mutating func add(_ names: EdgeColumns.Names, _ request: EdgeColumns.Request, _ reporter: String) {
        describe(names)
        if reporter == "source" {
            if source == nil { source = EdgeSide() }
            source?.add(request)
        } else {
            if destination == nil { destination = EdgeSide() }
            destination?.add(request)
            if reporter == "waypoint" { isWaypoint = true }
        }
    }

    mutating func describe(_ names: EdgeColumns.Names) {
        if host.isEmpty { host = names.host }
        sourceApp = sourceApp ?? names.sourceApp
        sourceVersion = sourceVersion ?? names.sourceVersion
        destinationApp = destinationApp ?? names.destinationApp
        destinationVersion = destinationVersion ?? names.destinationVersion
        if !names.missing.isEmpty { missing.formUnion(names.missing) }
    }
}

/// The sides of all edges. They are large: what is looked up are their places.
struct EdgeTable: Sendable {
    private(set) var keys: [EdgeKey] = []
    private(set) var sides: [EdgeSides] = []
    private var places: [EdgeKey: Int] = [:]

    mutating func reserve(_ count: Int) {
        keys.reserveCapacity(count)
        sides.reserveCapacity(count)
        places.reserveCapacity(count)
    }

    /// Adds a sample; `describe` fills in what the labels of an edge's first sample left out.
    mutating func add(
        _ names: consuming EdgeColumns.Names, _ request: EdgeColumns.Request, _ reporter: String,
        describe: (inout EdgeColumns.Names) -> Void
    ) {
        var place = places[names.key]
        if place == nil {
            describe(&names)
            place = sides.count
            places[names.key] = sides.count
            keys.append(names.key)
            sides.append(EdgeSides())
        }
        if let place { sides[place].add(names, request, reporter) }
    }

    /// A series that lacks a label describes requests that the other proxy may report in full: then it is that edge's
    /// other side, not an edge of its own. Where nobody else reports them the partial edge stays.
    mutating func joinPartials() {
        let partial = Set(sides.indices.filter { !sides[$0].missing.isDisjoint(with: EdgeKey.labels) })
        guard !partial.isEmpty else { return }
        var dropped: Set<Int> = []
        for place in partial.sorted() {
            let part = sides[place]
            let isSource = part.source != nil
            // Reported by both sides alike: an edge between ends that nobody names.
            guard part.source == nil || part.destination == nil else { continue }
            let whole = sides.indices.filter { other in
                !partial.contains(other)
                    && (isSource ? sides[other].source == nil : sides[other].destination == nil)
                    && keys[place].agrees(with: keys[other])
            }
            guard !whole.isEmpty else { continue }
            for other in whole { sides[other].missing.formUnion(part.missing) }
            // Whatever never arrived was seen by this side alone.
            if let lost = part.source?.unreached, lost.total > 0 {
                sides[place].source = EdgeSide(unreached: lost)
            } else {
                dropped.insert(place)
            }
        }
        guard !dropped.isEmpty else { return }
        let kept = sides.indices.filter { !dropped.contains($0) }
        (keys, sides) = (kept.map { keys[$0] }, kept.map { sides[$0] })
        places = Dictionary(keys.enumerated().map { ($1, $0) }) { first, _ in first }
    }
}

extension EdgeSide {
    init(unreached: Sum) { self.unreached = unreached }
}
