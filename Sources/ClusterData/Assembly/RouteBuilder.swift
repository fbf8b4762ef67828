// Rows of the traffic pane: what a route is configured to do beside what was measured.

internal import Base
internal import Insights
internal import Istio
internal import Kube
internal import MeshModel

enum RouteBuilder {
    static func routes(_ world: MeshWorld, _ kept: inout SnapshotCache.Routes) -> [RouteSummary] {
        let key = SnapshotCache.routeKey(world.inputs)
        if let known = kept.all.known(key) { return known }
        let services = world.objects.oldestFirst(.virtualservices)
        let families = RouteFamilies(services)
        kept.ofVirtualServices.begin(SnapshotCache.rowKey(world.inputs) + [families.hashValue])
        var routes: [RouteSummary] = []
        for object in services where world.scope.contains(object.meta.namespace) {
            routes += kept.ofVirtualServices.rows(of: object, world) { row in
                row.destinations.compactMap(\.service)
            } make: {
                virtualService(object, families, world)
            }
        }
        kept.ofVirtualServices.end()
        for (kind, watched) in [(RouteSummary.Kind.httpRoute, WatchedKind.httproutes), (.grpcRoute, .grpcroutes)] {
            for object in world.objects.oldestFirst(watched) where world.scope.contains(object.meta.namespace) {
                routes += gatewayRoute(object, kind, world)
            }
        }
        routes.sort {
            ($0.namespace, $0.name, $0.section.rawValue, $0.index) < (
                $1.namespace, $1.name, $1.section.rawValue, $1.index
            )
        }
        markShared(&routes)
        return kept.all.keep(key, routes)
    }

    /// Says which destinations several rules lead to. A rule that has no destination of its own has no observed share:
    /// nothing that was measured is known to have come by it.
    private static func markShared(_ routes: inout [RouteSummary]) {
        struct Place {
            var route: Int
            var destination: Int
        }
        var places: [ServiceID: [Place]] = [:]
        for (route, summary) in routes.enumerated() {
            for (index, destination) in summary.destinations.enumerated() {
                if let service = destination.service {
                    places[service, default: []].append(Place(route: route, destination: index))
                }
            }
        }
        let rules = routes.map {
            (object: "\($0.kind.rawValue) \($0.namespace)/\($0.name)", rule: "\($0.section.rawValue) rule \($0.index)")
        }
        for group in places.values where group.count > 1 {
            for place in group {
                let subset = routes[place.route].destinations[place.destination].subset
                let others = group.filter { other in
                    let otherSubset = routes[other.route].destinations[other.destination].subset
                    return other.route != place.route && (subset == nil || otherSubset == nil || subset == otherSubset)
                }
                let names = Set(others.map(\.route)).sorted().map { other in
                    rules[other].object == rules[place.route].object
                        ? rules[other].rule : "\(rules[other].object) \(rules[other].rule)"
                }
                routes[place.route].destinations[place.destination].sharedWithRules = names
            }
        }
        for index in routes.indices where routes[index].destinations.allSatisfy({ !$0.sharedWithRules.isEmpty }) {
            for destination in routes[index].destinations.indices {
                routes[index].destinations[destination].observedShare = nil
                routes[index].destinations[destination].observedShareInterval = nil
            }
        }
    }

    // MARK: VirtualService

    private static func virtualService(
        _ object: ConfigObject, _ families: RouteFamilies, _ world: MeshWorld
    ) -> [RouteSummary] {
        let hosts = object.spec.texts("hosts").joined(separator: ",")
        let gateways = object.spec.texts("gateways")
        let rows = [RouteSummary.Section.http, .tcp, .tls].flatMap { section in
            object.spec.list(section.rawValue).enumerated().compactMap { index, rule -> RouteSummary? in
                let written = rule.list("route")
                let delegate = families.delegate(of: rule, in: object.meta.namespace)
                // Redirects and direct responses split nothing, and a delegate has rows of its own.
                guard !written.isEmpty || delegate?.isThere == false else { return nil }
                let parsed = written.map { destination(of: $0, namespace: object.meta.namespace) }
                var summary = RouteSummary(
                    kind: .virtualService, namespace: object.meta.namespace, name: object.meta.name, host: hosts,
                    index: index, section: section, match: RouteText.match(rule.list("match")),
                    gateways: gateways,
                    destinations: shares(parsed, standardWeight: written.count == 1 ? 1 : 0, world),
                    extras: RouteText.extras(rule), manager: object.meta.manager,
                    resourceVersion: object.meta.resourceVersion, service: commonService(parsed))
                summary.rollout = object.meta.annotations[ObjectMeta.rolloutAnnotation]
                summary.mirrors = RouteText.mirrors(rule).map {
                    mirror(
                        destination(of: ["destination": $0.destination], namespace: object.meta.namespace), $0.percent,
                        world)
                }
                let weights = parsed.compactMap(\.weight)
                if written.count > 1, weights.total == 0 {
                    summary.problem = "all weights are 0: nothing is routed"
                } else if written.count > 1, weights.total != 100 {
                    summary.problem = "weights sum to \(weights.total), not 100: shares are relative"
                }
                if let delegate, written.isEmpty {
                    let gap = world.objects.gap(.virtualservices, in: [delegate.key.namespace])
                    summary.problem =
                        gap.map {
                            "whether there is a VirtualService \(delegate.key.namespace)/\(delegate.key.name) to delegate to is not known; \($0)"
                        }
                        ?? "no VirtualService \(delegate.key.namespace)/\(delegate.key.name) to delegate to: its requests get 404"
                }
                return summary
            }
        }
        return placed(rows, object, families, world)
    }

    /// Where the rules of an object stand: under a root's conditions, or behind an older object's at a gateway.
    private static func placed(
        _ rows: [RouteSummary], _ object: ConfigObject, _ families: RouteFamilies, _ world: MeshWorld
    ) -> [RouteSummary] {
        let isDelegate = object.spec.texts("hosts").isEmpty
        guard let root = families.roots[object.meta.key]?.first else {
            var rows = rows
            if let older = families.before[object.meta.key] {
                let names = older.map { "\($0.namespace)/\($0.name)" }.joined(separator: ", ")
                for index in rows.indices { rows[index].extras.append("behind \(names) at its gateway") }
            }
            if isDelegate, let gap = world.objects.readGap(.virtualservices), !gap.reason.isEmpty {
                for index in rows.indices {
                    rows[index].extras.append(
                        "what delegates to it is not known; VirtualService not read: \(gap.reason)")
                }
            } else if isDelegate {
                for index in rows.indices where rows[index].problem == nil {
                    rows[index].problem = "it has no hosts and nothing delegates to it: these rules are not used"
                }
            }
            return rows
        }
        let others = (families.roots[object.meta.key]?.count ?? 1) - 1
        return rows.map { row in
            var row = row
            row.host = root.hosts.joined(separator: ",")
            row.gateways = root.gateways
            row.match =
                root.match == "*" ? row.match : row.match == "*" ? root.match : "(\(root.match)) & (\(row.match))"
            row.extras.append(
                "delegated by \(root.key.namespace)/\(root.key.name) rule \(root.index)"
                    + (others > 0 ? " and \(others) more" : ""))
            return row
        }
    }

    private static func destination(of value: JSONValue, namespace: String) -> Parsed {
        let destination = value["destination"]
        let host = destination?.text("host") ?? ""
        return Parsed(
            host: host, subset: destination?.text("subset"), port: destination?.at("port", "number")?.int,
            weight: value["weight"]?.int, service: HostNames.service(host, from: namespace), namespace: namespace)
    }

    // MARK: Gateway API

    private static func gatewayRoute(_ object: ConfigObject, _ kind: RouteSummary.Kind, _ world: MeshWorld)
        -> [RouteSummary]
    {
        let parents = object.spec.list("parentRefs").compactMap { $0.text("name") }
        let names = object.spec.texts("hostnames")
        let host = (names.isEmpty ? parents : names).joined(separator: ",")
        return object.spec.list("rules").enumerated().compactMap { index, rule -> RouteSummary? in
            let written = rule.list("backendRefs")
            guard !written.isEmpty else { return nil }
            let parsed = written.map { backend($0, object) }
            var summary = RouteSummary(
                kind: kind, namespace: object.meta.namespace, name: object.meta.name, host: host, index: index,
                section: .rules, match: RouteText.gatewayMatch(rule.list("matches")), gateways: parents,
                destinations: shares(parsed, standardWeight: 1, world), extras: RouteText.gatewayExtras(rule),
                manager: object.meta.manager, resourceVersion: object.meta.resourceVersion,
                service: commonService(parsed) ?? parsed.first?.service)
            summary.rollout = object.meta.annotations[ObjectMeta.rolloutAnnotation]
            summary.mirrors = RouteText.gatewayMirrors(rule).map {
                mirror(backend($0.backend, object), $0.percent, world)
            }
            if parsed.allSatisfy({ $0.weight == 0 }) { summary.problem = "all weights are 0: requests get a 500" }
            return summary
        }
    }

    private static func backend(_ value: JSONValue, _ object: ConfigObject) -> Parsed {
        let name = value.text("name") ?? ""
        return Parsed(
            host: name, subset: nil, port: value["port"]?.int, weight: value["weight"]?.int,
            service: ServiceID(namespace: value.text("namespace") ?? object.meta.namespace, name: name),
            namespace: object.meta.namespace, isBackend: true)
    }

    // MARK: Shares

    /// Copies carry no mark in Istio's metrics: what arrives there is all that is known of them.
    private static func mirror(_ item: Parsed, _ percent: Double?, _ world: MeshWorld) -> RouteSummary.Destination {
        var mirror = shares([item], standardWeight: 1, world)[0]
        mirror.configuredShare = (percent ?? 100) / 100
        mirror.observedShare = nil
        mirror.observedShareInterval = nil
        return mirror
    }

    private struct Parsed {
        var host: String
        var subset: String?
        var port: Int?
        var weight: Int?
        var service: ServiceID?
        /// The route's own.
        var namespace: String
        /// Of the Gateway API.
        var isBackend = false
    }

    private static func commonService(_ parsed: [Parsed]) -> ServiceID? {
        let services = Set(parsed.compactMap(\.service))
        return services.count == 1 ? services.first : nil
    }

    /// `standardWeight` is what a missing weight means: 1 in the Gateway API, 0 beside siblings in a VirtualService.
    private static func shares(_ parsed: [Parsed], standardWeight: Int, _ world: MeshWorld) -> [RouteSummary
        .Destination]
    {
        let weights = parsed.map { Double(max(0, $0.weight ?? standardWeight)) }
        let sum = weights.reduce(0, +)  // bounded: fractions
        let sums = parsed.map { traffic(to: $0, world) }
        let total = sums.reduce(0) { $0 + ($1?.requests ?? 0) }
        let counted = parsed.map { isCounted($0, world) }
        let observations = total * Double(world.inputs.metrics?.windowSeconds ?? world.inputs.windowSeconds)
        return parsed.indices.map { place in
            let (item, weight, traffic) = (parsed[place], weights[place], sums[place])
            let share = parsed.count == 1 ? 1 : sum > 0 ? weight / sum : nil
            let observed =
                world.hasMetrics && total > 0 && !counted.contains(false) ? (traffic?.requests ?? 0) / total : nil
            var destination = RouteSummary.Destination(
                host: item.host, subset: item.subset, port: item.port, weight: item.weight, configuredShare: share,
                observedShare: observed,
                observedShareInterval: observed.map { wilsonInterval(share: $0, observations: observations) },
                requestsPerSecond: world.hasMetrics && counted[place] ? traffic?.requests ?? 0 : nil,
                errorRatio: traffic?.errorRatio,
                latencyMs: latency(of: item, world), problem: problem(item, world))
            destination.service = item.service
            destination.dividedWorkloads = divided(item, world).map(\.name)
            return destination
        }
    }

    /// Whether what arrives there was counted, and not only what a few of the proxies saw.
    private static func isCounted(_ item: Parsed, _ world: MeshWorld) -> Bool {
        // Metrics are looked up by service: of other hosts nothing is known.
        guard let service = item.service else { return false }
        // What arrives at a whole service is known without its pods, where all of them were asked.
        if item.subset == nil, !world.isSampled { return true }
        guard world.knowsMembers(of: service, subset: item.subset, from: item.namespace),
            divided(item, world).isEmpty
        else { return false }
        return world.workloads(of: service, subset: item.subset).allSatisfy {
            world.pods(of: $0).ready == 0 || world.isCounted($0)
        }
    }

    /// What metrics call the workloads of a subset; nil for a whole service.
    private static func members(_ item: Parsed, _ world: MeshWorld) -> Set<ObjectKey>? {
        guard let service = item.service, item.subset != nil else { return nil }
        return world.subsets.selection(of: service, subset: item.subset)?.metricNames ?? []
    }

    /// Workloads that the metrics of a subset cannot be told from others' by.
    private static func divided(_ item: Parsed, _ world: MeshWorld) -> [ObjectKey] {
        guard let service = item.service, item.subset != nil else { return [] }
        return world.subsets.selection(of: service, subset: item.subset)?.divided ?? []
    }

    private static func traffic(to item: Parsed, _ world: MeshWorld) -> TrafficSum? {
        guard let service = item.service, let places = world.index.byService[service] else { return nil }
        let members = members(item, world)
        var sum = TrafficSum()
        for place in places {
            let target = world.edges[place].destination
            if let members, !members.contains(ObjectKey(target.namespace, target.workload)) { continue }
            sum.add(world.edges[place])
        }
        return sum
    }

    private static func latency(of item: Parsed, _ world: MeshWorld) -> Latency {
        guard let service = item.service else { return Latency() }
        guard let members = members(item, world) else {
            return world.latencies.byService[service]?.latency ?? Latency()
        }
        var merged = HistogramBuckets()
        for (workload, buckets) in world.latencies.byServiceWorkload[service] ?? [:] where members.contains(workload) {
            merged.merge(buckets)
        }
        return merged.latency
    }

    private static func isMissing(_ item: Parsed, _ world: MeshWorld) -> Bool {
        world.objects.hostGap(item.host, in: item.namespace) == nil
            && !world.objects.hasEntry(item.host, in: item.namespace)
    }

    private static func problem(_ item: Parsed, _ world: MeshWorld) -> String? {
        guard let service = item.service else { return nil }
        // Without the lists nothing can be said to be missing.
        guard world.knowsService(service) else { return nil }
        if world.objects.services[ObjectKey(service.namespace, service.name)] == nil {
            // Hosts of VirtualServices may be those of ServiceEntries, which a backend is not.
            if !item.isBackend, !isMissing(item, world) { return nil }
            return "no service \(service.namespace)/\(service.name)"
        }
        let isSelecting = world.objects.services[ObjectKey(service.namespace, service.name)]?.selectsPods == true
        guard let name = item.subset else {
            let isDown = isSelecting && world.knowsPods(in: service.namespace) && world.readyPods(of: service) == 0
            return isDown ? "no ready pods" : nil
        }
        guard world.knowsSubset(name, of: service, from: item.namespace) else { return nil }
        guard let subset = world.subsets.subset(name, of: service) else {
            return "no DestinationRule defines subset \(name)"
        }
        guard isSelecting else { return nil }
        if world.readyPods(of: service, subset: name) ?? 0 == 0, world.knowsPods(in: service.namespace) {
            let labels = subset.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return "subset has no ready pods (\(labels.joined(separator: ",")))"
        }
        return nil
    }
}
