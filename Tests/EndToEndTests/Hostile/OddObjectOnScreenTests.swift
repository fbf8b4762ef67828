import Base
import DemoMesh
import TestSupport
import Testing

/// Objects that cannot be understood are left out, counted and named; those beside them are judged.
@Suite struct OddObjectOnScreenTests {
    @Test func theyAreNamedAndTheOthersAreThere() async throws {
        let demo = try Demo.withoutHistory()
        let proxy = try FaultProxy(to: demo.server.port)
        defer { proxy.stop() }
        var list = try await demo.get("/api/v1/services")
        let good = list.list("items").count
        list["items"] = .array(
            list.list("items") + [
                ["metadata": ["name": "odd", "namespace": "shop"], "spec": ["ports": "none"]],
                ["metadata": ["name": "other", "namespace": "shop", "labels": ["a": 5]]],
                ["metadata": ["name": "nothing", "namespace": "shop"], "spec": .null, "status": .null],
            ])
        proxy.add(.answer(400, body: "{}"), times: 99) {
            $0.contains("/api/v1/services?") && $0.contains("sendInitialEvents")
        }
        proxy.add(.answer(200, body: list.compactText), times: 99) {
            $0.contains("/api/v1/services?") && !$0.contains("watch=1")
        }
        let kubeconfig = try demo.folder.write("odd", demo.kubeconfig(through: proxy))
        let words =
            "2 not understood: shop/odd (spec.ports is no list), shop/other (metadata.labels.a is no text)"
        let doctor = try await Program.run(["doctor", "--kubeconfig", kubeconfig], home: demo.folder)
        #expect(doctor.output.contains("\(good + 1)  (\(words)"), "\(doctor.output)\(doctor.errors)")
        let analysis = try await Program.run(
            ["analyze", "-o", "json", "--kubeconfig", kubeconfig], home: demo.folder)
        #expect(
            analysis.errors.contains("not judged: Service shop/odd (spec.ports is no list)"),
            "\(analysis.errors)")
        let value = try JSONValue(parsing: analysis.output)
        #expect(value.list("notUnderstood").compactMap { $0.text("name") } == ["odd", "other"])
        let screen = try await Screen("--kubeconfig \(kubeconfig)", width: 200, height: 60)
        try await screen.wait("1 Services", "ads", "k8s●")
        try await screen.type("!")
        try await screen.wait("shop/odd (spec.ports is no list)")
    }

    /// Deep inside a route, where the whole object could be decoded and its rules were gone.
    @Test func aRouteThatWouldBeReadAsEmptyIsNamed() async throws {
        let demo = try Demo.withoutHistory()
        let proxy = try FaultProxy(to: demo.server.port)
        defer { proxy.stop() }
        let path = "/apis/networking.istio.io/v1/virtualservices"
        var list = try await demo.get(path)
        let good = list.list("items").count
        list["items"] = .array(
            list.list("items") + [
                [
                    "metadata": ["name": "odd", "namespace": "shop"],
                    "spec": ["hosts": ["ads"], "http": [["route": [:]]]],
                ]
            ])
        proxy.add(.answer(400, body: "{}"), times: 99) {
            $0.contains("\(path)?") && $0.contains("sendInitialEvents")
        }
        proxy.add(.answer(200, body: list.compactText), times: 99) {
            $0.contains("\(path)?") && !$0.contains("watch=1")
        }
        let kubeconfig = try demo.folder.write("odd", demo.kubeconfig(through: proxy))
        let reason = "shop/odd (spec.http[0].route is no list)"
        let doctor = try await Program.run(["doctor", "--kubeconfig", kubeconfig], home: demo.folder)
        #expect(doctor.output.contains("\(good)  (1 not understood: \(reason)"), "\(doctor.output)\(doctor.errors)")
        let analysis = try await Program.run(
            ["analyze", "--no-metrics", "--kubeconfig", kubeconfig], home: demo.folder)
        #expect(analysis.errors.contains("not judged: VirtualService \(reason)"), "\(analysis.errors)")
    }
}
