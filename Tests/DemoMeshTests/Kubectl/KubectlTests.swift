import DemoMesh
import Kube
import TestSupport
import Testing

/// The real kubectl against the demo mesh: what works on a cluster works here, with the same words and exit codes.
@Suite struct KubectlTests: KubectlSuite {
    static let demo = Result { try Demo() }

    private func rule(_ name: String, connections: Int, extra: String = "") -> String {
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: \(name), namespace: shop}
        spec:
          host: ads
          trafficPolicy: {connectionPool: {tcp: {maxConnections: \(connections)}}}
        \(extra)
        """
    }

    // MARK: Reading

    @Test(arguments: [
        "namespaces", "pods", "services", "deployments", "statefulsets", "daemonsets", "replicasets", "hpa", "nodes",
        "virtualservices", "destinationrules", "gateways.networking.istio.io", "serviceentries", "peerauthentications",
        "authorizationpolicies", "requestauthentications", "telemetries", "sidecars", "httproutes", "configmaps",
        "events",
        "endpoints", "endpointslices", "serviceaccounts", "gateways.gateway.networking.k8s.io", "grpcroutes",
        "canaries", "rollouts",
    ])
    func everyKindIsListedInEveryForm(_ kind: String) async throws {
        for form in ["name", "wide", "yaml", "json"] { expect(try await kubectl("get", kind, "-A", "-o", form), 0) }
    }

    @Test func tablesHaveKubectlsColumns() async throws {
        expect(try await kubectl("get", "pods", "-n", "shop"), 0, "READY", "STATUS", "RESTARTS", "2/2", "Running")
        expect(try await kubectl("get", "deploy", "-n", "shop"), 0, "UP-TO-DATE", "AVAILABLE", "reviews-v1")
        expect(try await kubectl("get", "vs", "-n", "shop"), 0, "GATEWAYS", "HOSTS", "[\"reviews\"]")
        expect(try await kubectl("get", "hpa", "-A"), 0, "REFERENCE", "MINPODS", "Deployment/api-gateway")
        expect(try await kubectl("get", "svc", "-n", "shop"), 0, "CLUSTER-IP", "PORT(S)", "/TCP")
    }

    @Test func chunksSelectorsAndPathsWork() async throws {
        let whole = try await kubectl("get", "services", "-A", "--no-headers", "-o", "name")
        let chunked = try await kubectl("get", "services", "-A", "--no-headers", "-o", "name", "--chunk-size=7")
        #expect(whole.output.split(separator: "\n").count > 30)
        #expect(whole.output == chunked.output)
        let labelled = try await kubectl("get", "pods", "-n", "shop", "-l", "app=ads,version in (v1)", "-o", "name")
        #expect(
            labelled.output.split(separator: "\n").allSatisfy { $0.hasPrefix("pod/ads-v1-") }
                && !labelled.output.isEmpty)
        expect(
            try await kubectl("get", "pods", "-A", "--field-selector", "status.phase=Failed"), 0, "No resources found")
        expect(
            try await kubectl("get", "pods", "-A", "--field-selector", "spec.wrong=1"), 1,
            "field label not supported: spec.wrong")
        expect(
            try await kubectl(
                "get", "vs", "recommendation", "-n", "shop", "-o", "jsonpath={.spec.http[0].route[*].weight}"), 0,
            "90 10")
        expect(
            try await kubectl("get", "vs", "nosuch", "-n", "shop"), 1, "NotFound",
            "virtualservices.networking.istio.io \"nosuch\" not found")
        expect(try await kubectl("get", "nosuchkind"), 1, "the server doesn't have a resource type \"nosuchkind\"")
    }

    @Test func describeReadsWhatItNeeds() async throws {
        expect(
            try await kubectl("describe", "deploy", "cart-v1", "-n", "shop"), 0, "StrategyType:", "Pod Template:",
            "istio", "NewReplicaSet:")
        expect(
            try await kubectl("describe", "vs", "recommendation", "-n", "shop"), 0, "Kind:         VirtualService",
            "Weight:", "90")
        expect(
            try await kubectl("describe", "hpa", "-n", "manager-agent-ai-prod"), 0, "Reference:", "Min replicas:",
            "Deployment pods:")
        expect(try await kubectl("describe", "svc", "ads", "-n", "shop"), 0, "Selector:", "Endpoints:", "app=ads")
        expect(
            try await kubectl("describe", "pods", "-n", "shop", "-l", "app=ads"), 0, "istio-proxy", "Conditions:",
            "Node:")
        expect(try await kubectl("describe", "ns", "shop"), 0, "istio-injection=enabled")
        expect(try await kubectl("describe", "dr", "-n", "manager-agent-ai-staging"), 0, "Traffic Policy")
    }

    @Test func theAPIDescribesItself() async throws {
        expect(try await kubectl("api-resources"), 0, "virtualservices", "networking.istio.io/v1", "httproutes")
        expect(try await kubectl("api-versions"), 0, "apps/v1", "security.istio.io/v1")
        expect(try await kubectl("explain", "virtualservice.spec.http.route.weight"), 0, "FIELD: weight <integer>")
        expect(try await kubectl("explain", "deployment.spec.template.spec.containers"), 0, "image", "ports")
        expect(
            try await kubectl("explain", "destinationrule.spec.trafficPolicy.outlierDetection"), 0, "baseEjectionTime",
            "maxEjectionPercent")
        expect(try await kubectl("explain", "virtualservice.spec.nosuch"), 1, "field \"nosuch\" does not exist")
        expect(try await kubectl("cluster-info"), 0, "is running at")
        expect(try await kubectl("version"), 0, "Server Version: v1.36")
    }

    @Test func rightsAreAnswered() async throws {
        expect(try await kubectl("auth", "can-i", "patch", "virtualservices", "-n", "shop"), 0, "yes")
        expect(
            try await kubectl(
                "auth", "can-i", "patch", "virtualservices", "-n", "shop", context: "meshtop-demo-viewer"), 1, "no")
        expect(try await kubectl("auth", "can-i", "list", "pods", "-A", context: "meshtop-demo-viewer"), 0, "yes")
        expect(try await kubectl("auth", "can-i", "--list", "-n", "shop"), 0, "*.*")
        expect(try await kubectl("auth", "whoami"), 0, "demo-admin")
        expect(
            try await kubectl("delete", "pod", "-n", "shop", "-l", "app=ads", context: "meshtop-demo-viewer"), 1,
            "Forbidden",
            "cannot delete resource \"pods\"")
    }

    /// kubectl writes built-in kinds in protobuf.
    @Test func imperativeCreatesWork() async throws {
        expect(try await kubectl("create", "namespace", "k-made"), 0, "created")
        expect(
            try await kubectl("create", "deployment", "web", "--image=nginx", "--replicas=2", "-n", "k-made"), 0,
            "created")
        expect(
            try await kubectl("rollout", "status", "deploy/web", "-n", "k-made", "--timeout=30s"), 0,
            "successfully rolled out")
        expect(try await kubectl("expose", "deployment", "web", "--port=80", "-n", "k-made"), 0, "exposed")
        expect(
            try await kubectl(
                "autoscale", "deployment", "web", "--min=1", "--max=3", "--cpu-percent=50", "-n", "k-made"), 0,
            "autoscaled")
        expect(try await kubectl("create", "configmap", "settings", "--from-literal=a=b", "-n", "k-made"), 0, "created")
        expect(
            try await kubectl("get", "pods", "-n", "k-made", "-o", "jsonpath={.items[*].spec.containers[*].image}"), 0,
            "nginx nginx")
        expect(try await kubectl("delete", "namespace", "k-made"), 0, "deleted")
        expect(try await kubectl("get", "pods", "-n", "k-made"), 0, "No resources found")
    }

    // MARK: Applying

    @Test func clientSideApplyCreatesConfiguresAndDiffs() async throws {
        expect(try await kubectl("apply", "-f", "-", input: rule("k-csa", connections: 10)), 0, "created")
        expect(try await kubectl("apply", "-f", "-", input: rule("k-csa", connections: 10)), 0, "unchanged")
        let difference = try await kubectl("diff", "-f", "-", input: rule("k-csa", connections: 20))
        expect(difference, 1, "-        maxConnections: 10", "+        maxConnections: 20", "generation: 2")
        expect(
            try await kubectl("apply", "-f", "-", "--dry-run=server", input: rule("k-csa", connections: 20)), 0,
            "(server dry run)")
        expect(try await kubectl("get", "dr", "k-csa", "-n", "shop", "-o", "yaml"), 0, "maxConnections: 10")
        expect(try await kubectl("apply", "-f", "-", input: rule("k-csa", connections: 20)), 0, "configured")
        expect(try await kubectl("diff", "-f", "-", input: rule("k-csa", connections: 20)), 0)
        expect(try await kubectl("delete", "dr", "k-csa", "-n", "shop"), 0, "deleted")
        expect(try await kubectl("wait", "--for=delete", "dr/k-csa", "-n", "shop", "--timeout=5s"), 0)
    }

    @Test func strictValidationRefusesAndWarningNames() async throws {
        let wrong = rule("k-strict", connections: 1, extra: "  circuitBreaker: {}")
        expect(
            try await kubectl("apply", "-f", "-", "--validate=strict", input: wrong), 1,
            "strict decoding error: unknown field \"spec.circuitBreaker\"")
        #expect(try await kubectl("get", "dr", "k-strict", "-n", "shop").code == 1)
        expect(
            try await kubectl("apply", "-f", "-", "--validate=warn", input: wrong), 0,
            "Warning: unknown field \"spec.circuitBreaker\"", "created")
        let stored = try await kubectl("get", "dr", "k-strict", "-n", "shop", "-o", "jsonpath={.spec}")
        #expect(!stored.output.contains("circuitBreaker"))
        let invalid = rule("k-strict2", connections: 1).replacingFirst("maxConnections: 1", "maxConnections: many")
        expect(
            try await kubectl("apply", "-f", "-", input: invalid), 1, "is invalid",
            "spec.trafficPolicy.connectionPool.tcp.maxConnections")
    }

    @Test func serverSideApplyFindsConflictsAndForcesThem() async throws {
        func apply(_ manager: String, _ connections: Int, _ more: String...) async throws -> ToolResult {
            let demo = try Self.demo.get()
            return try await Tool.run(
                "kubectl", ["apply", "--server-side", "--field-manager", manager, "-f", "-"] + more,
                environment: ["KUBECONFIG": demo.kubeconfigFile, "HOME": demo.folder.path],
                input: rule("k-ssa", connections: connections))
        }
        expect(try await apply("one", 5), 0, "serverside-applied")
        expect(
            try await apply("two", 6), 1, "Apply failed with 1 conflict: conflict with \"one\"",
            ".spec.trafficPolicy.connectionPool.tcp.maxConnections", "--force-conflicts")
        expect(try await apply("two", 5), 0, "serverside-applied")
        expect(try await apply("two", 6, "--force-conflicts"), 0, "serverside-applied")
        expect(try await apply("one", 5), 1, "conflict with \"two\"")
        expect(
            try await kubectl(
                "get", "dr", "k-ssa", "-n", "shop", "-o",
                "jsonpath={.spec.trafficPolicy.connectionPool.tcp.maxConnections}"), 0, "6")
        // From client-side apply kubectl moves the ownership over: nobody else is in the way afterwards.
        expect(try await kubectl("apply", "-f", "-", input: rule("k-move", connections: 1)), 0, "created")
        expect(
            try await kubectl("apply", "--server-side", "-f", "-", input: rule("k-move", connections: 2)), 0,
            "serverside-applied")
        let managers = try await kubectl(
            "get", "dr", "k-move", "-n", "shop", "--show-managed-fields", "-o",
            "jsonpath={.metadata.managedFields[*].manager}")
        #expect(!managers.output.contains("client-side-apply"), "\(managers.output)")
    }

    @Test func whatWasThereBeforeHasOwners() async throws {
        let other = """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: currency, namespace: shop}
            spec: {host: currency, trafficPolicy: {loadBalancer: {simple: RANDOM}}}
            """
        expect(
            try await kubectl("apply", "--server-side", "-f", "-", input: other), 1,
            "conflict with \"kubectl-client-side-apply\"", ".spec.trafficPolicy.loadBalancer.simple")
        expect(
            try await kubectl("get", "deploy", "ads-v1", "--show-managed-fields", "-o", "yaml"), 0,
            "manager: kube-controller-manager", "subresource: status")
    }

    @Test func documentsAreAppliedTogetherAndListsToo() async throws {
        let two = rule("k-multi-a", connections: 1) + "\n---\n" + rule("k-multi-b", connections: 2)
        expect(try await kubectl("apply", "-f", "-", input: two), 0, "k-multi-a created", "k-multi-b created")
        expect(try await kubectl("delete", "-f", "-", input: two), 0, "\"k-multi-a\" deleted", "\"k-multi-b\" deleted")
    }

    // MARK: Patching and scaling

    @Test func patchesOfEveryTypeWork() async throws {
        expect(try await kubectl("apply", "-f", "-", input: rule("k-patch", connections: 1)), 0)
        expect(
            try await kubectl(
                "patch", "dr", "k-patch", "-n", "shop", "--type=merge", "-p", "{\"spec\":{\"host\":\"cart\"}}"), 0,
            "patched")
        expect(
            try await kubectl(
                "patch", "dr", "k-patch", "-n", "shop", "--type=json", "-p",
                "[{\"op\":\"replace\",\"path\":\"/spec/host\",\"value\":\"email\"}]"),
            0, "patched")
        expect(
            try await kubectl(
                "patch", "dr", "k-patch", "-n", "shop", "--type=json", "-p",
                "[{\"op\":\"test\",\"path\":\"/spec/host\",\"value\":\"x\"}]"),
            1, "the server rejected our request due to an error in our request")
        expect(
            try await kubectl("patch", "dr", "k-patch", "-n", "shop", "-p", "{\"spec\":{}}"), 1,
            "strategic-merge-patch+json is not supported")
        expect(
            try await kubectl(
                "patch", "dr", "k-patch", "-n", "shop", "--type=merge", "-p", "{\"spec\":{\"host\":\"email\"}}"), 0,
            "(no change)")
        let strategic =
            "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"email\",\"image\":\"shop/email:9\"}]}}}}"
        expect(try await kubectl("patch", "deploy", "email-v1", "-n", "shop", "-p", strategic), 0, "patched")
        expect(
            try await kubectl(
                "get", "deploy", "email-v1", "-n", "shop", "-o", "jsonpath={.spec.template.spec.containers[*].image}"),
            0, "shop/email:9")
        expect(try await kubectl("annotate", "dr", "k-patch", "-n", "shop", "note=one"), 0, "annotated")
        expect(try await kubectl("label", "dr", "k-patch", "-n", "shop", "team=x"), 0, "labeled")
    }

    @Test func scalingHonoursItsPreconditions() async throws {
        expect(
            try await kubectl("scale", "deploy/currency-v1", "-n", "shop", "--replicas=3", "--current-replicas=9"), 1,
            "Expected replicas to be 9, was 2")
        expect(
            try await kubectl("scale", "deploy/currency-v1", "-n", "shop", "--replicas=3", "--resource-version=1"), 1,
            "Expected resource version to be 1")
        expect(try await kubectl("scale", "deploy/currency-v1", "-n", "shop", "--replicas=3"), 0, "scaled")
        expect(
            try await kubectl("rollout", "status", "deploy/currency-v1", "-n", "shop", "--timeout=30s"), 0,
            "successfully rolled out")
        expect(
            try await kubectl("get", "deploy", "currency-v1", "-n", "shop", "-o", "jsonpath={.status.readyReplicas}"),
            0, "3")
        expect(
            try await kubectl("wait", "--for=condition=Available", "deploy/currency-v1", "-n", "shop", "--timeout=10s"),
            0, "condition met")
    }

    @Test func rolloutsRestartListAndGoBack() async throws {
        expect(try await kubectl("rollout", "restart", "deploy/inventory-v1", "-n", "shop"), 0, "restarted")
        expect(
            try await kubectl("rollout", "status", "deploy/inventory-v1", "-n", "shop", "--timeout=40s"), 0,
            "successfully rolled out")
        expect(try await kubectl("rollout", "history", "deploy/inventory-v1", "-n", "shop"), 0, "REVISION", "2")
        expect(try await kubectl("rollout", "undo", "deploy/inventory-v1", "-n", "shop"), 0, "rolled back")
        expect(
            try await kubectl("rollout", "status", "deploy/inventory-v1", "-n", "shop", "--timeout=40s"), 0,
            "successfully rolled out")
        expect(try await kubectl("rollout", "pause", "deploy/inventory-v1", "-n", "shop"), 0, "paused")
        expect(try await kubectl("rollout", "resume", "deploy/inventory-v1", "-n", "shop"), 0, "resumed")
    }

    @Test func aReplacedObjectNeedsItsVersion() async throws {
        expect(try await kubectl("apply", "-f", "-", input: rule("k-replace", connections: 1)), 0)
        let stale = rule("k-replace", connections: 2).replacingFirst(
            "namespace: shop}", "namespace: shop, resourceVersion: \"1\"}")
        expect(try await kubectl("replace", "-f", "-", input: stale), 1, "Conflict", "the object has been modified")
        expect(try await kubectl("replace", "-f", "-", input: rule("k-replace", connections: 2)), 0, "replaced")
        expect(try await kubectl("create", "-f", "-", input: rule("k-replace", connections: 2)), 1, "AlreadyExists")
    }

    // MARK: Watching, logs, creating

    @Test func aWatchShowsEveryChange() async throws {
        let demo = try Self.demo.get()
        let log = "\(demo.folder.path)/watch.log"
        let watch = try BackgroundProcess(
            "kubectl", ["get", "dr", "-n", "shop", "-w", "--output-watch-events"], log: log,
            environment: ["KUBECONFIG": demo.kubeconfigFile, "HOME": demo.folder.path])
        func shows(_ words: String...) async throws {
            let seen = try await eventually(within: 20) { () -> Bool? in
                demo.folder.read("watch.log").split(separator: "\n").contains { line in words.allSatisfy(line.contains)
                } ? true : nil
            }
            #expect(seen == true, "\(words): \(demo.folder.read("watch.log"))")
        }
        try await shows("EVENT", "NAME")
        expect(try await kubectl("apply", "-f", "-", input: rule("k-watch", connections: 1)), 0)
        try await shows("ADDED", "k-watch")
        expect(try await kubectl("apply", "-f", "-", input: rule("k-watch", connections: 2)), 0)
        try await shows("MODIFIED", "k-watch")
        expect(try await kubectl("delete", "dr", "k-watch", "-n", "shop"), 0)
        try await shows("DELETED", "k-watch")
        watch.stop()
    }

    @Test func logsAndRawPathsAnswer() async throws {
        let logs = try await kubectl("logs", "-n", "shop", "deploy/cart-v1", "-c", "cart", "--tail=3")
        #expect(logs.output.split(separator: "\n").count == 3)
        // kubectl takes a raw path as it is, without the path of the server's address.
        let prefix = try #require(URLParts(try Self.demo.get().client().access.server)).rest
        expect(try await kubectl("get", "--raw", "\(prefix)/healthz"), 0, "ok")
        expect(
            try await kubectl(
                "get", "--raw",
                "\(prefix)/api/v1/namespaces/istio-system/services/prometheus:9090/proxy/api/v1/query?query=vector(1)"),
            0,
            "success")
    }
}

extension String {
    fileprivate func replacingFirst(_ old: String, _ new: String) -> String {
        guard let range = firstRange(of: old) else { return self }
        return String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
    }
}
