// Rows of the services and workloads panes.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

enum ServiceBuilder {
    static func services(_ world: MeshWorld, _ kept: inout KeptByWorkload<ServiceSummary>) -> [ServiceSummary] {
        kept.rows(SnapshotCache.serviceKey(world.inputs), touched: world.objects.touched) { row in
            world.behind(row.id) + row.workloads.map { .workload(ObjectKey(row.id.namespace, $0)) }
        } again: { old in
            row(old.id, world.objects.services[ObjectKey(old.id.namespace, old.id.name)], world)
        } all: {
            all(world)
        }
    }

    private static func all(_ world: MeshWorld) -> [ServiceSummary] {
        var rows: [ServiceSummary] = []
        var seen: Set<ServiceID> = []
        for service in world.objects.services.values where world.scope.contains(service.meta.namespace) {
            seen.insert(service.id)
            rows.append(row(service.id, service, world))
        }
        // Hosts that only the metrics know: external services, PassthroughCluster, BlackHoleCluster.
        for id in world.index.byService.keys where !seen.contains(id) && world.scope.contains(id.namespace) {
            if !id.name.isEmpty { rows.append(row(id, nil, world)) }
        }
        return rows.sorted { $0.id < $1.id }
    }

    private static func row(_ id: ServiceID, _ service: Service?, _ world: MeshWorld) -> ServiceSummary {
        var sum = TrafficSum()
        for place in world.index.byService[id] ?? 0..<0 { sum.add(world.edges[place]) }
        // Readiness is what the endpoints' controller makes of the pods: it is what clients go by.
        let endpoints = world.objects.endpoints.count(of: id)
        let selected = world.pods(of: id, subset: nil)
        let workloads = workloads(behind: id, service, endpoints, world)
        // Pods that have not been read are not pods that are not there.
        let selects = service?.selectsPods == true
        let hasPods =
            selects
            ? world.hasPods && !(workloads.isEmpty && selected.all == 0) : endpoints.map { $0.endpoints > 0 } ?? false
        let pods = selects ? selected.pods : endpoints?.endpoints ?? 0
        let ready = endpoints?.ready ?? selected.ready
        // Which service a pod is of is not known where pods were not read, or one of them was not understood.
        let knowsPods = !selects || world.knowsPods(in: id.namespace)
        let knowsReady = hasPods && (knowsPods || endpoints != nil)
        // Only a proxy in front of the pods counts what arrives; a gateway's own arrivals are counted by nobody.
        let proxied = workloads.filter { [.sidecar, .ambient].contains(WorkloadBuilder.dataPlane($0, world)) }
        // Part of a service's requests is not its rate.
        let isCounted =
            (!world.isSampled || world.knowsMembers(of: id, subset: nil, from: id.namespace))
            && proxied.allSatisfy { world.pods(of: $0).ready == 0 || world.isCounted($0) }
        let isMeasured = !proxied.isEmpty && isCounted
        let buckets = world.latencies.byService[id]
        var row = ServiceSummary(
            cluster: world.cluster, id: id, hosts: service == nil ? [id.name] : [HostNames.fullName(id)],
            health: health(
                sum, service?.meta.annotations, hasPods: knowsReady, ready: ready, pods: pods, isMeasured: isMeasured,
                world),
            requestsPerSecond: isCounted ? sum.requestsPerSecond(isMeasured: world.hasMetrics && isMeasured) : nil,
            errorRatio: sum.errorRatio,
            bytesPerSecond: sum.hasBytes ? sum.bytes : nil, latencyMs: buckets?.latency ?? Latency(),
            mtlsRatio: sum.mtlsRatio, readyPods: knowsReady ? ready : nil, pods: hasPods && knowsPods ? pods : nil,
            workloads: workloads.map(\.meta.name).uniqued())
        row.take(world.inputs.series)
        return row
    }

    /// Those whose pods are selected; without a selector those of the pods that its endpoints name.
    private static func workloads(
        behind id: ServiceID, _ service: Service?, _ endpoints: EndpointCount?, _ world: MeshWorld
    ) -> [Workload] {
        if service?.selectsPods == true { return world.workloads(of: id, subset: nil) }
        let pods = (endpoints?.pods ?? []).compactMap { world.objects.pods[ObjectKey(id.namespace, $0)] }
        let owners = Set(pods.map(world.objects.owner(of:)))
        return owners.sorted().compactMap { WorkloadPlace(owner: $0).workload(world.objects) }
    }

    private static func health(
        _ sum: TrafficSum, _ annotations: [String: String]?, hasPods: Bool, ready: Int, pods: Int, isMeasured: Bool,
        _ world: MeshWorld
    ) -> Health {
        if hasPods, pods > 0, ready == 0 { return .failing }
        guard world.hasMetrics else { return .unknown }
        return sum.health(HealthTolerances.of(annotations)) ?? (isMeasured ? .idle : .unknown)
    }
}

extension ServiceSummary {
    /// Puts the past beside the row.
    mutating func take(_ series: SeriesStore) {
        requestHistory = series.service(id, .requests)
        errorHistory = series.service(id, .errors)
        p50History = series.service(id, .p50)
        p95History = series.service(id, .p95)
        p99History = series.service(id, .p99)
    }
}

enum WorkloadBuilder {
    static func workloads(_ world: MeshWorld, _ kept: inout KeptByWorkload<WorkloadSummary>) -> [WorkloadSummary] {
        let key = SnapshotCache.workloadKey(world.inputs)
        return kept.rows(key, touched: world.objects.touched) { row in
            [.workload(ObjectKey(row.namespace, row.name))]
        } again: { old in
            again(old, world)
        } all: {
            let autoscalers = Dictionary(
                world.objects.autoscalers.values.map { (Target($0.meta.namespace, $0.targetKind, $0.targetName), $0) }
            ) { first, _ in first }
            return world.workloads.filter { world.scope.contains($0.meta.namespace) }.map { workload in
                let target = Target(workload.meta.namespace, workload.kind, workload.meta.name)
                return row(workload, autoscalers[target], world)
            }
        }
    }

    /// A row whose workload or pods have changed; its edges and its autoscaler have not.
    private static func again(_ old: WorkloadSummary, _ world: MeshWorld) -> WorkloadSummary {
        let owner = PodOwner(kind: old.kind, namespace: old.namespace, name: old.name)
        guard let workload = WorkloadPlace(owner: owner).workload(world.objects) else { return old }
        var new = row(workload, nil, world)
        new.autoscaler = old.autoscaler
        return new
    }

    private static func row(
        _ workload: Workload, _ autoscaler: HorizontalPodAutoscaler?, _ world: MeshWorld
    ) -> WorkloadSummary {
        var (sum, sent, buckets) = (TrafficSum(), CodeCounts(), HistogramBuckets())
        let isShared = world.objects.pods.sharesMetricName(workload.owner)
        for name in isShared ? [] : world.metricNames(of: workload) {
            for place in world.index.byDestination[name] ?? [] { sum.add(world.edges[place]) }
            for place in world.index.bySource[name] ?? [] { sent.add(world.edges[place]) }
            if let own = world.latencies.byWorkload[name] { buckets.merge(own) }
        }
        let plane = dataPlane(workload, world)
        let isProxied = [.sidecar, .ambient].contains(plane)
        let isCounted = !isShared && (!isProxied || world.isCounted(workload))
        // That nothing arrives can be said where it is known what metrics call its pods.
        let isMeasured = world.hasMetrics && isProxied && world.knowsPods(in: workload.meta.namespace)
        var summary = WorkloadSummary(
            cluster: world.cluster, namespace: workload.meta.namespace, kind: workload.kind, name: workload.meta.name,
            app: workload.app, version: workload.version, desired: workload.replicas, ready: workload.readyReplicas,
            dataPlane: plane, health: health(workload, world.pods(of: workload), sum, sent),
            requestsPerSecond: isCounted
                ? sum.requestsPerSecond(isMeasured: isMeasured) : nil,
            errorRatio: sum.errorRatio, latencyMs: buckets.latency,
            autoscaler: autoscaler.map {
                WorkloadSummary.Autoscaler(
                    name: $0.meta.name, minimum: $0.minimum, maximum: $0.maximum, current: $0.current,
                    desired: $0.desired)
            }, manager: workload.meta.manager)
        summary.isWaypoint = workload.podLabels["gateway.istio.io/managed"] == "istio.io-mesh-controller"
        return summary
    }

    private struct Target: Hashable {
        var namespace, kind, name: String
        init(_ namespace: String, _ kind: String, _ name: String) {
            (self.namespace, self.kind, self.name) = (namespace, kind, name)
        }
    }

    static func dataPlane(_ workload: Workload, _ world: MeshWorld) -> WorkloadSummary.DataPlane {
        if workload.podLabels["istio"]?.hasSuffix("gateway") == true
            || workload.podLabels["gateway.networking.k8s.io/gateway-name"] != nil
        {
            return .gateway
        }
        if world.pods(of: workload).hasSidecar { return .sidecar }
        let namespace = world.objects.namespaces[ObjectKey("", workload.meta.namespace)]
        if namespace?.isAmbient == true, workload.podLabels["istio.io/dataplane-mode"] != "none" { return .ambient }
        // That it has no proxy can be said of pods that were seen, in a namespace that is not the mesh's.
        let knowsNamespace = namespace != nil || world.objects.gap(.namespaces, in: [workload.meta.namespace]) == nil
        return knowsNamespace && world.knowsPods(in: workload.meta.namespace) ? .none : .unknown
    }

    /// The worst of its replicas, of what it answers and of what it asks, as Kiali judges a workload.
    private static func health(_ workload: Workload, _ pods: PodCount, _ sum: TrafficSum, _ sent: CodeCounts) -> Health
    {
        var worst = Health.unknown
        // How many were wanted is not known of a workload that is not read: its pods tell what they can.
        if let desired = workload.replicas ?? (pods.all > 0 ? pods.pods : nil) {
            if desired == 0 {
                worst = .idle
            } else if (workload.readyReplicas ?? 0) == 0 {
                worst = .failing
            } else if (workload.readyReplicas ?? 0) < desired {
                worst = .degraded
            } else {
                worst = .healthy
            }
        }
        let annotations =
            workload.meta.annotations["health.kiali.io/rate"] == nil
            ? workload.podAnnotations : workload.meta.annotations
        let tolerances = HealthTolerances.of(annotations)
        let asked = tolerances.judge(sent, .outbound) ?? .unknown
        return max(worst, sum.health(tolerances) ?? .unknown, asked)
    }
}
