import MeshModel
import TestSupport
import Testing

@testable import Base
@testable import ClusterData
@testable import Istio
@testable import Kube

@Suite struct BreakerTests {
    private func world(_ policy: JSONValue) throws -> World {
        var world = World()
        try world.service("pay")
        try world.deployment("pay", "v1", replicas: 3)
        for number in 1...3 { try world.pod("pay", "v1", number: number) }
        var spec: JSONValue = ["host": "pay"]
        spec["trafficPolicy"] = policy
        try world.config(.destinationrules, "pay", spec)
        return world
    }

    private let limits: JSONValue = [
        "connectionPool": [
            "tcp": ["maxConnections": 10], "http": ["http1MaxPendingRequests": 5, "http2MaxRequests": 20],
        ],
        "outlierDetection": ["consecutive5xxErrors": 3, "baseEjectionTime": "1m"],
    ]

    @Test func theMissionsDeadFieldLimitsNothing() throws {
        let made = snapshot(try world(["circuitBreaker": ["consecutiveErrors": 3]]), [])
        #expect(made.breakers.map(\.state) == [.notConfigured])
    }

    @Test func anOverflowFlagOpensTheBreaker() throws {
        let made = snapshot(
            try world(limits),
            [
                requests("web", "pay", "pay-v1", 10, reporter: "destination"),
                requests("web", "pay", "unknown", 2, reporter: "source", code: "503", flags: "UO"),
            ])
        let row = try #require(made.breakers.first)
        #expect(row.state == .open)
        #expect(row.evidence == .responseFlags)
        #expect(row.overflowPerSecond == 2)
        #expect(row.limits == BreakerSummary.Limits(connections: 10, pending: 5, requests: 20))
        #expect(row.outlierDetection?.consecutive5xxErrors == 3)
        #expect(row.outlierDetection?.interval == "10s")
        #expect(row.hosts == 3)
    }

    /// A service that nobody looked for is not one that is not there: also when it is learned later what was read.
    @Test func aServiceThatWasNotReadIsNotCalledMissing() throws {
        var world = World()
        try world.config(
            .destinationrules, "elsewhere", ["host": "cart.pay.svc.cluster.local", "trafficPolicy": limits])
        var cache = SnapshotCache()
        func detail() -> String? {
            let inputs = SnapshotInputs(
                time: Timestamp(seconds: 1000), context: "test", objects: world.objects, metricsAreCurrent: false)
            return SnapshotBuilder.build(inputs, &cache).breakers.first?.detail
        }
        #expect(detail() == "no service or ServiceEntry has this host: its clusters are not known")
        world.objects.namespacesRead[.services] = ["shop"]
        world.objects.states[.services] = (.ok, "namespace shop only: the others were not asked for (-n)")
        #expect(
            detail()
                == "whether there is such a service is not known; Service not read in pay: namespace shop only: the others were not asked for (-n)"
        )
        world.objects.states[.services] = (.forbidden, "no right")
        world.objects.namespacesRead[.services] = nil
        #expect(detail() == "whether there is such a service is not known; Service not read: no right")
    }

    @Test func withoutEvidenceTheStateIsUnknown() throws {
        #expect(snapshot(try world(limits), nil).breakers.first?.state == .unknown)
        #expect(snapshot(try world(limits), []).breakers.first?.state == .unknown)
        let quiet = snapshot(try world(limits), [requests("web", "pay", "pay-v1", 10, reporter: "destination")])
        #expect(quiet.breakers.first?.state == .closed)
    }

    @Test func theAdminPageIsTheBestEvidence() throws {
        let name = try #require(EnvoyClusterName("outbound|80||pay.shop.svc.cluster.local"))
        var evidence = EnvoyEvidence()
        let host = { (address: String, ejected: Bool) in
            EnvoyUpstream.Host(address: address, isEjected: ejected, activeConnections: 3, activeRequests: 6)
        }
        evidence.record(
            ObjectKey("shop", "web-1"),
            [
                EnvoyUpstream(
                    name: name, limits: BreakerSummary.Limits(),
                    hosts: [host("10.0.0.1:80", true), host("10.0.0.2:80", false), host("10.0.0.3:80", false)])
            ],
            at: Timestamp(seconds: 990))
        let made = SnapshotBuilder.build(
            SnapshotInputs(
                time: Timestamp(seconds: 1000), context: "t", objects: try world(limits).objects, metrics: reading([]),
                envoy: evidence))
        let row = try #require(made.breakers.first)
        #expect(row.state == .ejecting)
        #expect(row.evidence == .envoyAdmin)
        #expect(row.clients == 1)
        #expect(
            row.ejectedHosts == [
                BreakerSummary.EjectedHost(
                    pod: "10.0.0.1:80", since: Timestamp(seconds: 990), until: Timestamp(seconds: 1050))
            ])
        #expect(row.panic == .off)
        #expect(abs((row.headroom.connections ?? 0) - 0.1) < 1e-9)
        #expect(abs((row.headroom.requests ?? 0) - 0.1) < 1e-9)
        #expect(row.headroom.pending == nil)
    }

    @Test func aSubsetsBlocksReplaceTheHosts() throws {
        var world = try world(limits)
        try world.config(
            .destinationrules, "pay",
            [
                "host": "pay", "trafficPolicy": limits,
                "subsets": [
                    [
                        "name": "v1", "labels": ["version": "v1"],
                        "trafficPolicy": ["connectionPool": ["tcp": ["maxConnections": 7]]],
                    ]
                ],
            ])
        let rows = snapshot(world, []).breakers
        #expect(rows.map(\.subset) == [nil, "v1"])
        #expect(rows[1].limits == BreakerSummary.Limits(connections: 7))
        #expect(rows[1].outlierDetection?.consecutive5xxErrors == 3)
    }

    @Test func portsReplaceAndTheMeshFillsWhatIsMissing() throws {
        var world = try world(limits)
        try world.config(
            .destinationrules, "pay",
            [
                "host": "pay",
                "trafficPolicy": [
                    "connectionPool": ["tcp": ["maxConnections": 10]],
                    "portLevelSettings": [
                        ["port": ["number": 80], "connectionPool": ["http": ["http2MaxRequests": 7]]]
                    ],
                ],
                "subsets": [
                    [
                        "name": "v1", "labels": ["version": "v1"],
                        "trafficPolicy": [
                            "outlierDetection": ["consecutive5xxErrors": 2],
                            "portLevelSettings": [["port": ["number": 80], "loadBalancer": ["simple": "RANDOM"]]],
                        ],
                    ]
                ],
            ])
        func rows() -> [BreakerSummary] { snapshot(world, []).breakers }
        let plain = rows()
        #expect(plain.map(\.subset) == [nil, nil, "v1", "v1"])
        #expect(plain.map(\.port) == [nil, 80, nil, 80])
        // The port has its own limits and not the host's.
        #expect(plain[1].limits == BreakerSummary.Limits(requests: 7))
        // The subset has the host's pool and its own outlier detection; its port has neither.
        #expect(plain[2].limits == BreakerSummary.Limits(connections: 10))
        #expect(plain[2].outlierDetection?.consecutive5xxErrors == 2)
        #expect(plain[3].state == .notConfigured)
        // The mesh's baseline stands in for blocks that nobody wrote.
        let mesh: ConfigObject = try decoded([
            "metadata": ["name": "istio", "namespace": "istio-system"],
            "data": ["mesh": "defaultTrafficPolicy: {outlierDetection: {consecutive5xxErrors: 9}}"],
        ])
        world.objects.configs[.configmaps] = [mesh.meta.key: mesh]
        #expect(rows().map { $0.outlierDetection?.consecutive5xxErrors } == [9, 9, 2, 9])
        #expect(rows()[0].origin == ["DestinationRule shop/pay", "mesh default"])
        world.objects.configs[.destinationrules] = [:]
        let bare = rows()
        #expect(bare.map(\.destinationRule) == [""])
        #expect(bare[0].outlierDetection?.consecutive5xxErrors == 9)
        #expect(bare[0].limits.isEmpty)
    }

    @Test func whoseRuleItIsDependsOnTheClient() throws {
        var world = try world(limits)
        try world.config(
            .destinationrules, "own",
            [
                "host": "pay.shop.svc.cluster.local",
                "trafficPolicy": ["connectionPool": ["tcp": ["maxConnections": 1]]],
            ],
            "web")
        let samples = [
            requests("front", "pay", "pay-v1", 5, reporter: "destination"),
            requests("web", "pay", "unknown", 2, reporter: "source", code: "503", flags: "UO"),
        ]
        let rows = snapshot(world, samples).breakers
        #expect(rows.map(\.namespace) == ["shop", "web"])
        #expect(rows[0].clientNamespaces == nil)
        #expect(rows[1].clientNamespaces == ["web"])
        #expect(rows[1].limits.connections == 1)
        // A private rule of a third namespace is nobody else's.
        try world.config(
            .destinationrules, "hidden",
            ["host": "pay.shop.svc.cluster.local", "exportTo": ["."], "trafficPolicy": limits], "third")
        #expect(snapshot(world, []).breakers.first { $0.namespace == "third" }?.clientNamespaces == ["third"])
        // A rule for a host that is not there says so.
        try world.config(.destinationrules, "lost", ["host": "nobody", "trafficPolicy": limits])
        let lost = snapshot(world, []).breakers.first { $0.destinationRule == "lost" }
        #expect(lost?.detail.contains("no service") == true)
    }

    @Test func panicAndGrowthAreReckonedFromTheAdminPage() throws {
        var policy = limits
        policy.set(["outlierDetection", "minHealthPercent"], to: 60)
        let name = try #require(EnvoyClusterName("outbound|80||pay.shop.svc.cluster.local"))
        var evidence = EnvoyEvidence()
        func page(_ ejected: Int, _ connections: Int) -> [EnvoyUpstream] {
            [
                EnvoyUpstream(
                    name: name, limits: .init(),
                    hosts: (0..<4).map { index in
                        EnvoyUpstream.Host(
                            address: "10.0.0.\(index):80", isEjected: index < ejected,
                            activeConnections: index == 0 ? connections : 0, activeRequests: 0)
                    })
            ]
        }
        func row() throws -> BreakerSummary {
            let inputs = SnapshotInputs(
                time: Timestamp(seconds: 1200), context: "t", objects: try world(policy).objects, metrics: reading([]),
                envoy: evidence)
            return try #require(SnapshotBuilder.build(inputs).breakers.first)
        }
        // One connection more every 30 seconds.
        for step in 0...4 {
            evidence.record(ObjectKey("shop", "web-1"), page(1, step), at: Timestamp(seconds: 1000 + Double(step) * 30))
        }
        #expect(try row().panic == .calm)
        // 4 of 10 in use: 6 more take 180 seconds.
        #expect(abs((try row().fullInSeconds ?? 0) - 180) < 1e-6)
        evidence.record(ObjectKey("shop", "web-1"), page(2, 4), at: Timestamp(seconds: 1150))
        #expect(try row().panic == .panicking)
        // The same host for the second time stays out twice as long.
        evidence.record(ObjectKey("shop", "web-1"), page(0, 4), at: Timestamp(seconds: 1160))
        evidence.record(ObjectKey("shop", "web-1"), page(1, 4), at: Timestamp(seconds: 1170))
        let host = try #require(try row().ejectedHosts.first)
        #expect(host.times == 2)
        #expect(host.until == Timestamp(seconds: 1170 + 120))
    }

    @Test func statsAreReadByIstiosAndByEnvoysNames() throws {
        func reading(_ metric: String, _ label: String, _ cluster: String, _ value: Double) -> MetricSample {
            let values = ["__name__": metric, "namespace": "shop", "pod": "web-1", label: cluster]
            return MetricSample(labels: TrafficColumns.proxyStats.names.map { values[$0] ?? "" }, value: value)
        }
        let host = "pay.shop.svc.cluster.local"
        for (prefix, label, cluster) in [
            ("envoy_cluster_", "cluster_name", "outbound|80||\(host);"),
            ("envoy_cluster_shop_svc_cluster_local_", "envoy_cluster_name", "outbound|80||pay"),
        ] {
            var metrics = MetricsReading(asOf: Timestamp(seconds: 1000), windowSeconds: 60)
            metrics.breakerStats = [
                reading("\(prefix)upstream_rq_active", label, cluster, 18),
                reading("\(prefix)upstream_cx_active", label, cluster, 2),
                reading("\(prefix)circuit_breakers_default_rq_open", label, cluster, 0),
                reading("\(prefix)outlier_detection_ejections_active", label, cluster, 0),
            ]
            var inputs = SnapshotInputs(
                time: Timestamp(seconds: 1000), context: "t", objects: try world(limits).objects, metrics: metrics)
            var row = try #require(SnapshotBuilder.build(inputs).breakers.first)
            #expect(row.evidence == .envoyStats, "\(label)")
            #expect(row.state == .saturating)
            #expect(abs((row.headroom.requests ?? 0) - 0.1) < 1e-9)
            metrics.breakerStats[3] = reading("\(prefix)outlier_detection_ejections_active", label, cluster, 1)
            metrics.breakerRates = [
                reading("\(prefix)outlier_detection_ejections_enforced_consecutive_5xx", label, cluster, 0.1)
            ]
            inputs.metrics = metrics
            row = try #require(SnapshotBuilder.build(inputs).breakers.first)
            #expect(row.state == .ejecting)
            #expect(row.detail.contains("consecutive_5xx"))
        }
    }
}
