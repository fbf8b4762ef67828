// Every right that the program can use. `meshtop doctor` prints it, and the manifests in `examples/` grant no more.
//
// Three things are not here. Everybody who is logged in has them: discovery, /version, /openapi and the questions about
// one's own rights (ClusterRoles system:discovery and system:basic-user). And `apply`, `edit` and `delete` need get,
// create, patch, update and delete on what a person names, Secrets among it: those rights are theirs to give.

internal import ClusterData
internal import Kube
internal import MeshModel

package enum RightsTable {
    package static let all: [RequiredRight] = reading + proxies + routing + policies + workloads + rollouts

    package static func of(_ role: RequiredRight.Role) -> [RequiredRight] { all.filter { $0.role == role } }

    private static let read = ["get", "list", "watch"]

    /// The kinds that are watched, those of one group that are read for the same together; `get` is for the YAML of a
    /// selection and for what a change is planned on.
    private static let watched: [RequiredRight] = {
        var rights: [RequiredRight] = []
        for kind in WatchedKind.all {
            // A namespace itself is reached by a role that is bound in it.
            let verbs = kind == .namespaces ? ["list", "watch"] : read
            let scope: RequiredRight.Scope = kind.isNamespaced ? .namespaces : .cluster
            let like = rights.firstIndex {
                $0.group == kind.group && $0.purpose == kind.purpose && $0.scope == scope && $0.verbs == verbs
            }
            if let like {
                rights[like].resources.append(kind.resource)
            } else {
                rights.append(
                    RequiredRight(.viewer, verbs, kind.group, [kind.resource], in: scope, for: kind.purpose))
            }
        }
        return rights
    }()

    private static let reading: [RequiredRight] =
        watched + [
            RequiredRight(.viewer, ["get"], "", ["namespaces"], for: "whether a namespace is production"),
            RequiredRight(.viewer, read, "flagger.app", ["canaries"], for: "Canaries of Flagger"),
            RequiredRight(.viewer, ["get"], "coordination.k8s.io", ["leases"], for: "who drives a guarded shift"),
        ]

    /// Metrics and sidecars, asked through the API server.
    private static let proxies: [RequiredRight] = [
        RequiredRight(
            .viewer, ["get"], "", ["services"], in: .oneOf(MetricsDiscovery.services),
            for: "finding Prometheus; not with --prometheus URL"),
        RequiredRight(
            .viewer, ["create"], "", ["services/proxy"], in: .oneOf(MetricsDiscovery.proxies),
            for: "metrics through the API server; not with --prometheus URL"),
        // Kubernetes 1.35 asks for create where earlier servers asked for get.
        RequiredRight(
            .viewer, ["get", "create"], "", ["pods/portforward"],
            for: "breakers from Envoy's admin page; without it from the metrics"),
        RequiredRight(
            .viewer, ["get"], "", ["pods/proxy"], for: "metrics from sidecars, where there is no Prometheus"),
    ]

    private static let routing: [RequiredRight] = [
        RequiredRight(
            .operator, ["create", "patch", "update", "delete"], "networking.istio.io",
            ["virtualservices", "destinationrules"], for: "shift, policies, fix, and their undo"),
        RequiredRight(
            .operator, ["patch"], "gateway.networking.k8s.io", ["httproutes", "grpcroutes"],
            for: "shift and policies on routes of the Gateway API"),
        RequiredRight(
            .operator, ["create", "update", "delete"], "coordination.k8s.io", ["leases"],
            for: "one driver of a guarded shift"),
    ]

    private static let policies: [RequiredRight] = [
        RequiredRight(
            .operator, ["create", "patch", "update", "delete"], "networking.istio.io", ["envoyfilters"],
            for: "rate limits, fix"),
        RequiredRight(
            .operator, ["create", "patch", "delete"], "security.istio.io", ["peerauthentications"], for: "mTLS mode"),
        RequiredRight(
            .operator, ["create", "patch", "update", "delete"], "security.istio.io",
            ["authorizationpolicies", "requestauthentications"], for: "who may call, JWT, fix"),
        RequiredRight(
            .operator, ["create", "patch", "delete"], "networking.k8s.io", ["networkpolicies"], for: "network policy"),
        RequiredRight(.operator, ["patch", "update"], "telemetry.istio.io", ["telemetries"], for: "fix"),
        RequiredRight(.operator, ["patch", "update"], "extensions.istio.io", ["wasmplugins"], for: "fix"),
        RequiredRight(
            .operator, ["patch", "update"], "", ["namespaces"], for: "injection of a namespace, fix"),
    ]

    private static let workloads: [RequiredRight] = [
        RequiredRight(
            .operator, ["update"], "apps", ["deployments/scale", "statefulsets/scale"], for: "scale"),
        RequiredRight(
            .operator, ["patch"], "apps", ["deployments", "statefulsets", "daemonsets"],
            for: "restart, hold, roll back, expose-stats"),
        RequiredRight(
            .operator, ["create", "patch", "delete"], "autoscaling", ["horizontalpodautoscalers"],
            for: "hpa, scale --move-hpa, and their undo"),
        RequiredRight(.operator, ["list"], "apps", ["replicasets"], for: "revisions of a Deployment, its pods"),
        RequiredRight(
            .operator, ["list"], "apps", ["controllerrevisions"], for: "revisions of a StatefulSet or DaemonSet"),
        RequiredRight(.operator, ["list"], "batch", ["jobs"], for: "evict: the pods of a CronJob or Rollout"),
        RequiredRight(
            .operator, ["list"], "policy", ["poddisruptionbudgets"], for: "evict: what the budgets allow"),
        RequiredRight(.operator, ["create"], "", ["pods/eviction"], for: "evict"),
    ]

    private static let rollouts: [RequiredRight] = [
        RequiredRight(
            .operator, ["patch"], "argoproj.io", ["rollouts", "rollouts/status"],
            for: "promote, abort, pause, resume and retry Rollouts of Argo"),
        RequiredRight(
            .operator, ["patch"], "flagger.app", ["canaries"], for: "promote, pause and resume Canaries of Flagger"),
    ]
}
