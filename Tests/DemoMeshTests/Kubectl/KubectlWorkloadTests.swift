import DemoMesh
import TestSupport
import Testing

/// What controllers do behind kubectl's back: pods, revisions, addresses, dependents, events.
/// One after the other: a dozen kubectls at once would starve the suites that measure time.
@Suite(.serialized) struct KubectlWorkloadTests: KubectlSuite {
    static let demo = Result { try Demo() }

    /// Asks until the answer has the words: controllers take a moment.
    private func becomes(_ words: String, _ arguments: [String], line: Int = #line) async throws {
        let demo = try Self.demo.get()
        let seen = try await eventually(within: 20) { () -> Bool? in
            let result = try await Tool.run(
                "kubectl", arguments, environment: ["KUBECONFIG": demo.kubeconfigFile, "HOME": demo.folder.path])
            return result.output.contains(words) ? true : nil
        }
        let place = SourceLocation(fileID: #fileID, filePath: #filePath, line: line, column: 1)
        #expect(seen == true, "\(words)", sourceLocation: place)
    }

    private func status(_ workload: String, _ words: String, line: Int = #line) async throws {
        expect(try await kubectl("rollout", "status", workload, "--timeout=30s"), 0, words, line: line)
    }

    private func deploy(_ name: String) async throws {
        expect(try await kubectl("create", "deployment", name, "--image=nginx", "--replicas=2"), 0, "created")
        try await status("deploy/\(name)", "successfully rolled out")
    }

    @Test func aBarePodRunsAndItsWatchTellsSo() async throws {
        expect(try await kubectl("run", "bare", "--image=nginx"), 0, "created")
        try await becomes("1/1     Running", ["get", "pod", "bare"])
        expect(try await kubectl("wait", "--for=condition=Ready", "pod/bare", "--timeout=10s"), 0, "condition met")
        expect(
            try await kubectl("describe", "pod", "bare"), 0, "Scheduled", "Pulled", "Created container",
            "Started container")
        // Waits for the pod by a watch in protobuf, then reads its log.
        let attached = try await kubectl("run", "watched", "--image=nginx", "--attach", "--pod-running-timeout=20s")
        #expect(attached.output.contains("GET /watched"), "\(attached.output)\(attached.errors)")
    }

    @Test func anUndoneRevisionGetsTheNextNumber() async throws {
        try await deploy("k-undo")
        expect(try await kubectl("set", "image", "deploy/k-undo", "nginx=nginx:2"), 0, "image updated")
        try await status("deploy/k-undo", "successfully rolled out")
        expect(try await kubectl("rollout", "undo", "deploy/k-undo"), 0, "rolled back")
        try await status("deploy/k-undo", "successfully rolled out")
        let history = try await kubectl("rollout", "history", "deploy/k-undo")
        let numbers = history.output.split(separator: "\n").compactMap { Int($0.prefix { $0.isNumber }) }
        #expect(numbers == [2, 3], "\(history.output)")
        let sets = try await kubectl("get", "rs", "-l", "app=k-undo", "-o", "name")
        #expect(sets.output.split(separator: "\n").count == 2, "\(sets.output)")
        expect(try await kubectl("describe", "deploy", "k-undo"), 0, "ScalingReplicaSet", "Scaled up replica set")
    }

    @Test func dependentsGoWithTheirOwnerOrStay() async throws {
        try await deploy("k-orphan")
        expect(try await kubectl("delete", "deploy", "k-orphan", "--cascade=orphan"), 0, "deleted")
        let left = try await kubectl("get", "rs,pods", "-l", "app=k-orphan", "-o", "name")
        #expect(left.output.split(separator: "\n").count == 3, "\(left.output)")
        // The ReplicaSet keeps its number of pods by itself, and the next Deployment of that name takes it over.
        expect(try await kubectl("delete", "pod", "-l", "app=k-orphan"), 0, "deleted")
        try await becomes("replicaset.apps/k-orphan", ["get", "rs", "-l", "app=k-orphan", "-o", "name"])
        let replicas = ["get", "rs", "-l", "app=k-orphan", "-o", "jsonpath={.items[*].status.readyReplicas}"]
        try await becomes("2", replicas)
        try await deploy("k-orphan")
        #expect(
            try await kubectl("get", "rs", "-l", "app=k-orphan", "-o", "name").output.split(separator: "\n").count == 1)
        expect(try await kubectl("delete", "deploy", "k-orphan"), 0, "deleted")
        expect(try await kubectl("get", "rs,pods", "-l", "app=k-orphan"), 0, "No resources found")
    }

    @Test func setsRollOut() async throws {
        try await status("sts/orders-db", "partitioned roll out complete: 2 new pods")
        expect(try await kubectl("rollout", "restart", "sts/orders-db"), 0, "restarted")
        try await status("sts/orders-db", "partitioned roll out complete: 2 new pods")
        expect(
            try await kubectl("rollout", "status", "ds/node-agent", "-n", "istio-system", "--timeout=30s"), 0,
            "successfully rolled out")
        let nodes = try await kubectl(
            "get", "pods", "-n", "istio-system", "-l", "app=node-agent", "-o", "jsonpath={.items[*].spec.nodeName}")
        #expect(nodes.output.split(separator: " ").sorted() == ["node-1", "node-2", "node-3"])
    }

    @Test func aServiceHasTheAddressesOfItsReadyPods() async throws {
        try await deploy("k-points")
        expect(try await kubectl("expose", "deploy", "k-points", "--port=80", "--target-port=8080"), 0, "exposed")
        let address = try await kubectl("get", "svc", "k-points", "-o", "jsonpath={.spec.clusterIP}")
        #expect(address.output.hasPrefix("10.1"), "\(address.output)")
        let pods = try await kubectl("get", "pods", "-l", "app=k-points", "-o", "jsonpath={.items[*].status.podIP}")
        for ip in pods.output.split(separator: " ") {
            try await becomes(String(ip), ["get", "endpoints", "k-points", "-o", "yaml"])
            try await becomes(
                String(ip), ["get", "endpointslices", "-l", "kubernetes.io/service-name=k-points", "-o", "yaml"])
        }
        expect(try await kubectl("describe", "svc", "k-points"), 0, ":8080")
        expect(try await kubectl("scale", "deploy/k-points", "--replicas=0"), 0, "scaled")
        try await becomes("0", ["get", "endpoints", "k-points", "-o", "jsonpath=0{.subsets}"])
    }

    @Test func anAutoscalersBoundsHoldAtOnce() async throws {
        try await deploy("k-bounds")
        expect(try await kubectl("scale", "deploy/k-bounds", "--replicas=9"), 0, "scaled")
        expect(
            try await kubectl("autoscale", "deploy", "k-bounds", "--min=1", "--max=4", "--cpu-percent=50"), 0,
            "autoscaled")
        try await becomes("4", ["get", "deploy", "k-bounds", "-o", "jsonpath={.spec.replicas}"])
    }

    @Test func nodesAndWideTablesReadAsOnARealCluster() async throws {
        expect(try await kubectl("get", "nodes"), 0, "STATUS", "ROLES", "VERSION", "Ready")
        let node = try await kubectl("describe", "node", "node-1")
        expect(node, 0, "KubeletReady", "InternalIP", "Non-terminated Pods", "Allocated resources")
        #expect(!node.output.contains("-9223372036854775808"), "\(node.output)")
        expect(try await kubectl("get", "pods", "-o", "wide"), 0, "NOMINATED NODE", "READINESS GATES")
        expect(
            try await kubectl("get", "deploy,rs", "-o", "wide"), 0, "CONTAINERS", "IMAGES", "SELECTOR",
            "pod-template-hash=")
        expect(try await kubectl("get", "svc", "ads", "-o", "wide"), 0, "SELECTOR", "app=ads")
        expect(try await kubectl("get", "ds", "-n", "istio-system", "-o", "wide"), 0, "NODE SELECTOR", "IMAGES")
        expect(try await kubectl("get", "endpoints", "ads"), 0, "ENDPOINTS", ":8080")
        expect(try await kubectl("get", "endpointslices"), 0, "ADDRESSTYPE", "PORTS", "8080")
    }
}
