// What snapshots have in common: a mesh of a thousand services is not worked out anew because one pod restarted.

internal import Istio
internal import Kube
internal import MeshModel

/// A value with what it was made from.
struct Kept<Value: Sendable>: Sendable {
    private var made: (key: [Int], value: Value)?

    /// The kept value, or a new one when the key is another.
    mutating func value(_ key: [Int], _ make: () -> Value) -> Value {
        known(key) ?? keep(key, make())
    }

    var last: Value? { made?.value }

    func known(_ key: [Int]) -> Value? {
        guard let made, made.key == key else { return nil }
        return made.value
    }

    mutating func keep(_ key: [Int], _ value: Value) -> Value {
        made = (key, value)
        return value
    }
}

/// Rows that were made of one configuration object each.
struct KeptRows<Row: Sendable>: Sendable {
    private struct Entry: Sendable {
        var version: String
        /// Where the object sends, and what stands for the pods that were ready there.
        var services: [ServiceID]
        var readiness: Int
        var rows: [Row]
    }
    private var key: [Int] = []
    private var entries: [ObjectKey: Entry] = [:]
    private var next: [ObjectKey: Entry] = [:]

    /// Starts a snapshot: everything else that rows are made from is in the key.
    mutating func begin(_ key: [Int]) {
        if self.key != key { entries = [:] }
        self.key = key
        next = [:]
        next.reserveCapacity(entries.count)
    }

    /// Ends it: what was not asked for is gone.
    mutating func end() {
        entries = next
        next = [:]
    }

    mutating func rows(
        of object: ConfigObject, _ world: MeshWorld, service: (Row) -> [ServiceID], make: () -> [Row]
    ) -> [Row] {
        let place = object.meta.key
        if let known = entries[place], known.version == object.meta.resourceVersion,
            known.readiness == world.readiness(of: known.services)
        {
            next[place] = known
            return known.rows
        }
        let rows = make()
        let services = Array(Set(rows.flatMap(service)))
        next[place] = Entry(
            version: object.meta.resourceVersion, services: services,
            readiness: world.readiness(of: services), rows: rows)
        return rows
    }
}

/// Rows in order, of which those of a few workloads are made anew.
struct KeptByWorkload<Row: Sendable & Equatable>: Sendable {
    private var rows = Kept<[Row]>()
    private var places: [Touched: [Int]] = [:]

    mutating func rows(
        _ key: [Int], touched: Set<Touched>, by: (Row) -> [Touched], again: (Row) -> Row, all: () -> [Row]
    ) -> [Row] {
        if var known = rows.known(key) {
            // Rows that come out the same leave the array as it is, and whoever compares it finds the same one.
            for place in Set(touched.flatMap { places[$0] ?? [] }) {
                let row = again(known[place])
                if row != known[place] { known[place] = row }
            }
            return rows.keep(key, known)
        }
        let made = all()
        return start(key, made, by)
    }

    /// The same rows under another key: `change` brings each to it.
    mutating func renew(_ key: [Int], _ change: (inout Row) -> Void) {
        guard var known = rows.last else { return }
        rows = Kept()
        for place in known.indices { change(&known[place]) }
        _ = rows.keep(key, known)
    }

    private mutating func start(_ key: [Int], _ made: [Row], _ by: (Row) -> [Touched]) -> [Row] {
        places = [:]
        for (place, row) in made.enumerated() { for key in by(row) { places[key, default: []].append(place) } }
        return rows.keep(key, made)
    }
}

/// Parts of the last snapshot that hold for as long as their keys do. A key is made of what the part reads: kinds, in
/// whole or in structure (which objects there are, and their labels), scope and measurements.
package struct SnapshotCache: Sendable {
    var order = Kept<[WorkloadPlace]>()
    var subsets = Kept<SubsetResolver>()
    struct Routes: Sendable {
        package var all = Kept<[RouteSummary]>()
        var ofVirtualServices = KeptRows<RouteSummary>()
    }
    struct Breakers: Sendable {
        var rows = KeptByWorkload<BreakerSummary>()
        var planned = Kept<[PlannedBreaker]>()
    }
    var routes = Routes()
    var breakers = Breakers()
    var policies = Kept<[PolicySummary]>()
    var services = KeptByWorkload<ServiceSummary>()
    var workloads = KeptByWorkload<WorkloadSummary>()

    package init() {}

    private static let workloadKinds: [WatchedKind] = [.deployments, .statefulsets, .daemonsets, .rollouts, .cronjobs]

    static func orderKey(_ inputs: SnapshotInputs) -> [Int] {
        workloadKinds.map(inputs.objects.structure)
            + [inputs.objects.pods.groupsVersion, inputs.objects.statesVersion]
    }

    static func subsetKey(_ inputs: SnapshotInputs) -> [Int] {
        orderKey(inputs) + [.services, .destinationrules].map(inputs.objects.version)
    }

    private static let policyKinds: [WatchedKind] = [
        .peerauthentications, .authorizationpolicies, .requestauthentications, .destinationrules, .services, .sidecars,
        .telemetries, .envoyfilters, .networkpolicies, .configmaps, .namespaces,
    ]

    static func policyKey(_ inputs: SnapshotInputs) -> [Int] {
        orderKey(inputs) + policyKinds.map(inputs.objects.version)
            + [inputs.objects.pods.shapeVersion, inputs.scope.hashValue, inputs.objects.statesVersion]
    }

    static func serviceKey(_ inputs: SnapshotInputs) -> [Int] { rowKey(inputs) + [inputs.objects.version(.namespaces)] }

    static func workloadKey(_ inputs: SnapshotInputs) -> [Int] {
        serviceKey(inputs) + [inputs.objects.version(.horizontalpodautoscalers)]
    }

    static func breakerKey(_ inputs: SnapshotInputs) -> [Int] {
        rowKey(inputs) + [.destinationrules, .serviceentries, .configmaps].map(inputs.objects.version)
            + [inputs.envoyVersion]
    }

    static func breakerPlanKey(_ inputs: SnapshotInputs) -> [Int] {
        [.services, .destinationrules, .serviceentries, .configmaps].map(inputs.objects.version)
            + [inputs.scope.hashValue, inputs.objects.statesVersion]
    }

    static func routeKey(_ inputs: SnapshotInputs) -> [Int] {
        rowKey(inputs) + workloadKinds.map(inputs.objects.version) + [inputs.objects.pods.readyVersion]
            + [.virtualservices, .httproutes, .grpcroutes, .serviceentries].map(inputs.objects.version)
    }

    /// What rows of one object are made from besides the object and the pods behind it.
    static func rowKey(_ inputs: SnapshotInputs) -> [Int] {
        orderKey(inputs) + [.services, .destinationrules].map(inputs.objects.structure) + measured(inputs)
    }

    private static func measured(_ inputs: SnapshotInputs) -> [Int] {
        [
            inputs.trafficVersion, inputs.metricsAreCurrent ? 1 : 0, inputs.windowSeconds, inputs.scope.hashValue,
            inputs.objects.statesVersion,
        ]
    }
}
