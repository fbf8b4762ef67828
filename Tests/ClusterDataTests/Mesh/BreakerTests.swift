import ClusterData
import Testing

@Suite struct BreakerTests {
    private func world(_ policy: JSONValue) throws -> World {
        var world = World()
        try world.service("pay")
        try world.deployment("pay", "v1", replicas: 3)
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
        #expect(row.ejectedHosts == [BreakerSummary.EjectedHost(pod: "10.0.0.1:80", until: Timestamp(seconds: 1050))])
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
}
