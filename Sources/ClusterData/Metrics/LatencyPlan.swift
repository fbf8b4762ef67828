// Whose latency is asked at a tick. Buckets are most of a mesh's series: of a large mesh the services take turns.

package import MeshModel

/// The services of one tick: those of each query, and whom they are together; nil is everybody.
package struct LatencyTurn: Sendable, Equatable {
    package var queries: [ServiceMatch]
    package var services: Set<ServiceID>?

    package static let everybody = LatencyTurn(queries: [.all], services: nil)
}

/// The turns of a mesh. A mesh with few series has one, which everybody is in.
package struct LatencyPlan: Sendable {
    /// Bucket series that a tick's query may read, so that it takes half as long as the queries for requests.
    private let seriesAtOnce: Int
    /// Edges by service, and the series of an edge as they were last counted.
    private var edges: [ServiceID: Int] = [:]
    private var bucketsOfAnEdge = 20.0
    private var turns: [LatencyTurn] = []
    private var place = 0
    private static let mostOnScreen = 40

    package init(seriesAtOnce: Int = 5000) { self.seriesAtOnce = seriesAtOnce }

    /// Ticks until a service's turn comes again.
    package var ticksOfARound: Int { max(1, turns.count) }

    /// The next turn; those on the screen have one every time.
    package mutating func next(onScreen: [ServiceID]) -> LatencyTurn {
        guard turns.count > 1 else { return .everybody }
        if place >= turns.count { place = 0 }
        var turn = turns[place]
        place += 1
        if let extra = extra(onScreen, besides: turn.services ?? []) {
            turn.queries += extra.queries
            turn.services?.formUnion(extra.services ?? [])
        }
        return turn
    }

    /// Learns from a tick how many series there are; a new round is planned when one has ended.
    package mutating func note(_ edges: [MeshEdge], samples: Int, edgesAsked: Int) {
        if samples > 0, edgesAsked > 0 { bucketsOfAnEdge = Double(samples) / Double(edgesAsked) }
        guard turns.count <= 1 || place >= turns.count else { return }
        self.edges = edges.reduce(into: [:]) { counts, edge in
            if edge.meshProtocol != .tcp { counts[edge.service, default: 0] += 1 }
        }
        plan()
    }

    private func series(_ service: ServiceID) -> Double { Double(edges[service] ?? 0) * bucketsOfAnEdge }

    private mutating func plan() {
        place = 0
        turns = []
        guard Double(edges.values.reduce(0, +)) * bucketsOfAnEdge > Double(seriesAtOnce) else { return }
        var together: [(namespace: String, services: [ServiceID])] = []
        var size = 0.0
        func close() {
            guard !together.isEmpty else { return }
            turns.append(
                LatencyTurn(
                    queries: [ServiceMatch(namespaces: together.map(\.namespace), names: nil)],
                    services: Set(together.flatMap(\.services))))
            (together, size) = ([], 0)
        }
        let namespaces = Dictionary(grouping: edges.keys, by: \.namespace).sorted { $0.key < $1.key }
        for (namespace, services) in namespaces {
            let all = services.reduce(0) { $0 + series($1) }
            if size + all > Double(seriesAtOnce) { close() }
            guard all > Double(seriesAtOnce) else {
                together.append((namespace, services))
                size += all
                continue
            }
            var part: [ServiceID] = []
            var partSize = 0.0
            func closePart() {
                guard !part.isEmpty else { return }
                let match = ServiceMatch(namespaces: [namespace], names: part.map(\.name))
                turns.append(LatencyTurn(queries: [match], services: Set(part)))
                (part, partSize) = ([], 0)
            }
            for service in services.sorted() {
                if partSize + series(service) > Double(seriesAtOnce) { closePart() }
                part.append(service)
                partSize += series(service)
            }
            closePart()
        }
        close()
    }

    /// A query for what is on the screen, as far as it is not asked anyway and costs less than a turn.
    private func extra(_ onScreen: [ServiceID], besides asked: Set<ServiceID>) -> LatencyTurn? {
        var chosen: [ServiceID] = []
        var cost = 0.0
        for service in onScreen.prefix(Self.mostOnScreen) where !asked.contains(service) && edges[service] != nil {
            cost += series(service)
            guard cost <= Double(seriesAtOnce) / 2 else { break }
            chosen.append(service)
        }
        guard !chosen.isEmpty else { return nil }
        let byNamespace = Dictionary(grouping: chosen, by: \.namespace).sorted { $0.key < $1.key }
        return LatencyTurn(
            queries: byNamespace.map { namespace, services in
                ServiceMatch(namespaces: [namespace], names: services.map(\.name))
            }, services: Set(chosen))
    }
}
