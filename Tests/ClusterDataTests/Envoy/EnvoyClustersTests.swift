import Base
import ClusterData
import Kube
import MeshModel
import TestSupport
import Testing

@Suite struct EnvoyClustersTests {
    @Test func clusterNamesAreTakenApart() {
        let name = EnvoyClusterName("outbound|9080|v1|reviews.default.svc.cluster.local;")
        #expect(name?.port == 9080)
        #expect(name?.subset == "v1")
        #expect(name?.host == "reviews.default.svc.cluster.local")
        #expect(EnvoyClusterName("outbound|80||a.b.svc.cluster.local")?.subset == nil)
        #expect(EnvoyClusterName("PassthroughCluster") == nil)
    }

    @Test func aRealEnvoysPageIsRead() throws {
        let upstreams = try EnvoyClusters.decode(Files.read("\(Recording.folder)/envoy-1.40-clusters.json"))
        #expect(!upstreams.isEmpty)
        #expect(upstreams.contains { !$0.hosts.isEmpty })
    }

    @Test func anEjectionIsRememberedUntilItEnds() throws {
        let pod = ObjectKey("a", "client")
        let page = { (ejected: Bool) in
            Array(
                #"{"cluster_statuses":[{"name":"outbound|80||x.y.svc.cluster.local","circuit_breakers":{"thresholds":[{"max_connections":10,"max_requests":4294967295}]},"host_statuses":[{"address":{"socket_address":{"address":"10.0.0.1","port_value":80}},"stats":[{"name":"cx_active","value":"4","type":"GAUGE"}],"health_status":{"eds_health_status":"HEALTHY"\#(ejected ? ",\"failed_outlier_check\":true" : "")}}]}]}"#
                    .utf8)
        }
        var evidence = EnvoyEvidence()
        evidence.record(pod, try EnvoyClusters.decode(page(true)), at: Timestamp(seconds: 100))
        evidence.record(pod, try EnvoyClusters.decode(page(true)), at: Timestamp(seconds: 105))
        #expect(evidence.ejectedSince["x.y.svc.cluster.local"]?["10.0.0.1:80"] == Timestamp(seconds: 100))
        #expect(evidence.upstreams[pod]?.first?.limits.connections == 10)
        #expect(evidence.upstreams[pod]?.first?.limits.requests == nil)
        evidence.record(pod, try EnvoyClusters.decode(page(false)), at: Timestamp(seconds: 110))
        #expect(evidence.ejectedSince["x.y.svc.cluster.local"]?.isEmpty == true)
    }
}
