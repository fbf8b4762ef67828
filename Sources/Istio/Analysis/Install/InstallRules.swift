// Whether Istio can be installed or upgraded here: the codes that istioctl's precheck decides.

package import Kube
package import MeshModel

/// What has to be asked of the API server beyond its objects.
package struct InstallFacts: Sendable {
    /// `gitVersion` of /version, such as "v1.34.2"; nil where the server did not say.
    package var kubernetes: String?
    /// The release that is to be installed.
    package var target: MinorVersion
    /// The release that is to be replaced; nil where none runs and none was named.
    package var present: MinorVersion?
    /// Istio's namespace, `istio-system` unless told.
    package var rootNamespace: String
    /// What this user may create of what an installation creates.
    package var rights: [InstallRight: RightsAnswer]

    package init(
        kubernetes: String?, target: MinorVersion, present: MinorVersion?, rootNamespace: String,
        rights: [InstallRight: RightsAnswer]
    ) {
        self.kubernetes = kubernetes
        self.target = target
        self.present = present
        self.rootNamespace = rootNamespace
        self.rights = rights
    }
}

/// One thing that an installation creates: in Istio's namespace or, cluster-wide, in none.
package struct InstallRight: Sendable, Hashable {
    package var group: String
    package var resource: String
    package var isClusterWide: Bool

    package var permission: Permission { Permission("create", group, resource) }

    /// What the charts of Istio create: https://istio.io/latest/docs/setup/install/helm/.
    package static let all = [
        InstallRight("", "namespaces", true),
        InstallRight("rbac.authorization.k8s.io", "clusterroles", true),
        InstallRight("rbac.authorization.k8s.io", "clusterrolebindings", true),
        InstallRight("apiextensions.k8s.io", "customresourcedefinitions", true),
        InstallRight("admissionregistration.k8s.io", "mutatingwebhookconfigurations", true),
        InstallRight("admissionregistration.k8s.io", "validatingwebhookconfigurations", true),
        InstallRight("rbac.authorization.k8s.io", "roles", false),
        InstallRight("", "serviceaccounts", false), InstallRight("", "services", false),
        InstallRight("apps", "deployments", false), InstallRight("", "configmaps", false),
    ]

    private init(_ group: String, _ resource: String, _ isClusterWide: Bool) {
        self.group = group
        self.resource = resource
        self.isClusterWide = isClusterWide
    }
}

package enum InstallRules {
    /// 1.22 stopped sending traces to a service that many had by that name.
    /// https://istio.io/latest/news/releases/1.22.x/announcing-1.22/upgrade-notes/
    private static let tracingChanged = MinorVersion(22)

    /// What else an analysis says and a precheck repeats.
    package static let alsoAnalysed: Set<FindingCode> = [
        .alphaAnnotation, .gatewayAPIUnsupported, .gatewayAPIUnsupportedLater, .gatewayAPIBelowMinimum, .invalidWebhook,
    ]

    /// Findings of the facts, and what could not be decided, each as a line.
    package static func findings(
        _ facts: InstallFacts, _ objects: ClusterObjects
    ) -> (findings: [Finding], unknown: [String]) {
        var found = Findings()
        var unknown: [String] = []
        let cluster = FindingObject(kind: "Cluster", namespace: "", name: "")
        if let oldest = IstioRelease.oldestKubernetes(for: facts.target) {
            if let text = facts.kubernetes, let version = MinorVersion(text) {
                if version < oldest {
                    found.report(
                        .kubernetesTooOld, cluster, "/version",
                        "Kubernetes \(text) is older than \(oldest.text), the oldest that Istio \(facts.target.text) is supported on: upgrade the cluster first, or install an older Istio"
                    )
                }
            } else {
                unknown.append("the version of Kubernetes: \(facts.kubernetes ?? "the server did not say it")")
            }
        } else {
            unknown.append("which Kubernetes Istio \(facts.target.text) needs: this MeshTop does not know that release")
        }
        for right in InstallRight.all {
            let place = right.isClusterWide ? "in the cluster" : "in namespace \(facts.rootNamespace)"
            let plural = right.group.isEmpty ? right.resource : "\(right.resource).\(right.group)"
            switch facts.rights[right] ?? .unknown("it was not asked") {
            case .yes: break
            case .no(let why):
                found.report(
                    .insufficientPermissions, cluster, plural,
                    "you may not create \(plural) \(place), which installing Istio does (\(why)): ask for a role that lets you, or let somebody install who may"
                )
            case .unknown(let why): unknown.append("whether you may create \(plural) \(place): \(why)")
            }
        }
        if let present = facts.present, present < tracingChanged, facts.target >= tracingChanged {
            let zipkin = ObjectKey(facts.rootNamespace, "zipkin")
            if let service = objects.services[zipkin] {
                found.report(
                    .upgradeChanges, .services, service.meta, "metadata.name",
                    "from 1.22 on traces are no longer sent to \(facts.rootNamespace)/zipkin unasked (meshConfig.defaultConfig.tracing): name it in meshConfig.extensionProviders and in a Telemetry, or install with compatibilityVersion 1.21"
                )
            } else if !objects.knows(.services, in: facts.rootNamespace) {
                unknown.append("whether there is a service \(facts.rootNamespace)/zipkin: services could not be read")
            }
        }
        return (found.all, unknown)
    }
}
