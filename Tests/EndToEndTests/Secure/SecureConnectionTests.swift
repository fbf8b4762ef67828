import Base
import ClusterData
import DemoMesh
import Kube
import MeshModel
import TestSupport
import Testing

/// The client through a TLS 1.3 and HTTP/2 endpoint that demands a client certificate.
@Suite struct SecureConnectionTests {
    static let front = Task { try await TLSFront(try Demo()) }

    @Test func aMeshIsReadAndWatchedForAMinuteAndChangedThroughIt() async throws {
        let front = try await Self.front.value
        // A minute of the session's time: heartbeats and changes as they come in one. Metrics are of the server's time,
        // and asked for below.
        let clock = FastClock(speed: 6)
        let client = try front.client(clock: clock)
        let session = MeshSession(client: client, options: SessionOptions(asksMetrics: false))
        await session.start()
        let loaded = try await eventually(within: 30) { await session.isLoaded ? true : nil }
        #expect(loaded == true)
        let path = Paths.virtualService("recommendation")
        let started = clock.moment
        var weight = 11
        // Every change must come back through the watches, for a minute.
        while clock.moment - started < 60 {
            let change: JSONValue = [
                ["op": "replace", "path": "/spec/http/0/route/0/weight", "value": .int(Int64(100 - weight))],
                ["op": "replace", "path": "/spec/http/0/route/1/weight", "value": .int(Int64(weight))],
            ]
            try await client.send(
                KubeClient.Call(
                    "PATCH", path, contentType: "application/json-patch+json", body: Array(change.compactText.utf8)))
            let wanted = weight
            let followed = try await eventually(within: 10) { () -> Bool? in
                let route = await session.snapshot().routes.first {
                    $0.namespace == "shop" && $0.name == "recommendation"
                }
                return route?.destinations.map(\.weight) == [100 - wanted, wanted] ? true : nil
            }
            #expect(followed == true, "weight \(weight)")
            weight = weight % 89 + 7
            try await clock.sleep(seconds: 5)
        }
        let isWatching = try await eventually(within: 60) { await session.kubernetesState == .ok ? true : nil }
        let snapshot = await session.snapshot()
        #expect(isWatching == true, "\(snapshot.source(.kubernetes)?.detail ?? "")")
        #expect(snapshot.services.count > 20)
        await session.stop()
        let log = front.accessLog.filter { $0.hasPrefix("HTTP/2.0 TLSv1.3") }
        #expect(log.contains { $0.contains("GET 200") && $0.contains("/virtualservices?") })
        #expect(log.contains { $0.contains("PATCH 200") })
    }

    /// Lists, queries through the service proxy and port-forwards alike.
    @Test func everySourceAnswersThroughIt() async throws {
        let front = try await Self.front.value
        let session = MeshSession(client: try front.client(), options: SessionOptions(refreshSeconds: 1))
        await session.start()
        for source in [SourceName.kubernetes, .metrics, .envoy] {
            let isWell = try await eventually(within: 60) {
                await session.snapshot().source(source)?.state == .ok ? true : nil
            }
            let detail = await session.snapshot().source(source)?.detail ?? ""
            #expect(isWell == true, "\(source): \(detail)")
        }
        await session.stop()
    }

    /// Authority, server's and client's certificates are all replaced in their files while a session watches.
    @Test func certificatesThatRotateAreFollowed() async throws {
        let front = try await TLSFront(try Demo())
        let session = MeshSession(client: try front.client(), options: SessionOptions(asksMetrics: false))
        await session.start()
        #expect(try await eventually(within: 30) { await session.isLoaded ? true : nil } == true)
        let started = Timestamp.now()
        try await front.rotate()
        try await front.demo.mergePatch(
            Paths.deployment("ads-v1"), ["spec": ["replicas": 4]])
        let followed = try await eventually(within: 60) { () -> Bool? in
            let snapshot = await session.snapshot()
            let workload = snapshot.workloads.first { $0.namespace == "shop" && $0.name == "ads-v1" }
            return workload?.desired == 4 && snapshot.source(.kubernetes)?.state == .ok ? true : nil
        }
        let seconds = ((Timestamp.now() - started) * 10).rounded() / 10
        print("Drill: certificates rotate: the truth again after \(seconds) s")
        let detail = await session.snapshot().source(.kubernetes)?.detail ?? ""
        #expect(followed == true, "\(detail)")
        await session.stop()
    }

    @Test func theCertificateMayCarryAnotherNameWhenTheKubeconfigSaysSo() async throws {
        let front = try await Self.front.value
        let text = front.kubeconfigText(cluster: "certificate-authority: ca.crt\n    tls-server-name: kubernetes")
        let access = try front.kubeconfig(text).access()
        let version = try await KubeClient(access: access, loop: front.demo.loop).json(
            KubeClient.Call("GET", "/version"))
        #expect(version.text("gitVersion")?.isEmpty == false)
    }

    /// What is wrong with a certificate is said in one line, and nothing is sent to a server that is not the one.
    @Test(
        arguments: [
            ("certificate-authority: ca.crt\n    tls-server-name: elsewhere.example", nil, "tls-server-name"),
            ("insecure-skip-tls-verify: false", nil, "certificate-authority"),
            ("certificate-authority: client.crt", nil, "certificate-authority"),
            ("certificate-authority: ca.crt", "token: x", "certificate"),
            (
                "certificate-authority: ca.crt", "client-certificate: client.crt\n    client-key: server.key",
                "client-key"
            ),
        ] as [(String, String?, String)])
    func wrongCertificatesAreNamed(_ cluster: String, _ user: String?, _ word: String) async throws {
        let front = try await Self.front.value
        let text =
            user.map { front.kubeconfigText(cluster: cluster, user: $0) } ?? front.kubeconfigText(cluster: cluster)
        let home = try TemporaryFolder()
        for name in ["ca.crt", "client.crt", "client.key", "server.key"] {
            try home.write(name, front.folder.read(name))
        }
        let file = try home.write("kubeconfig", text)
        let result = try await Program.run(["snapshot", "--kubeconfig", file, "--wait", "5"], home: home)
        #expect(result.code == 2, "\(result.output)\(result.errors)")
        let lines = result.errors.split(separator: "\n")
        #expect(lines.count == 1 && lines.first?.hasPrefix("meshtop: ") == true, "\(result.errors)")
        #expect(result.errors.contains(word), "\(result.errors)")
    }

    @Test func insecureSkipsTheCheckWhenTold() async throws {
        let front = try await Self.front.value
        let access = try front.kubeconfig(front.kubeconfigText(cluster: "insecure-skip-tls-verify: true")).access()
        let version = try await KubeClient(access: access, loop: front.demo.loop).json(
            KubeClient.Call("GET", "/version"))
        #expect(version.text("gitVersion")?.isEmpty == false)
    }

    @Test func theProgramPrintsTheMeshThroughIt() async throws {
        let front = try await Self.front.value
        let home = try TemporaryFolder()
        for name in ["ca.crt", "client.crt", "client.key"] { try home.write("certs/\(name)", front.folder.read(name)) }
        let text = front.kubeconfigText(
            cluster: "certificate-authority: certs/ca.crt",
            user: "client-certificate: certs/client.crt\n    client-key: certs/client.key")
        try home.write("kubeconfig", text)
        let result = try await Program.run(["snapshot", "-o", "json"], home: home)
        #expect(result.code == 0, "\(result.errors)")
        let value = try JSONValue(parsing: result.output)
        #expect(value["schema"] == "meshtop.snapshot/v1")
        #expect(value["context"] == "secure")
        #expect(value.list("services").count > 20)
    }
}
