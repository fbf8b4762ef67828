// Deployments, StatefulSets, DaemonSets and the autoscalers on them.

package import Base
package import Kube

/// A Deployment, StatefulSet or DaemonSet: they differ in their counters' names only.
package struct Workload: ClusterObject {
    package var meta = ObjectMeta()
    /// Set by the reflector that reads it: list items carry no kind.
    package var kind = ""
    package var replicas: Int?
    package var readyReplicas: Int?
    package var availableReplicas: Int?
    package var updatedReplicas: Int?
    package var observedGeneration: Int?
    package var isPaused = false
    package var podLabels: [String: String] = [:]
    package var podAnnotations: [String: String] = [:]
    package var facts = PodFacts()
    /// Whoever applies the object's manifest sets its replicas with it.
    package var declaresReplicas = false
    /// The Progressing condition's reason, to see a rollout that will not end.
    package var progressingReason: String?

    init() {}

    package init(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("metadata") {
                takeMeta(try ObjectMeta(&scanner, keeping: .applied))
            } else if scanner.key("spec") {
                try readSpec(&scanner)
            } else if scanner.key("status") {
                try readStatus(&scanner)
            } else {
                try scanner.skip()
            }
        }
    }

    /// Of the manifest that was applied one thing is kept.
    mutating func takeMeta(_ read: ObjectMeta) {
        meta = read
        declaresReplicas =
            meta.annotations.removeValue(forKey: ObjectMeta.lastApplied)?.contains("\"replicas\":") ?? false
    }

    package func looksLike(_ other: Workload) -> Bool { isEqualButForVersion(other) }
    /// Its template: all that findings are made of.
    package func standsLike(_ other: Workload) -> Bool {
        podLabels == other.podLabels && podAnnotations == other.podAnnotations && facts == other.facts
            && declaresReplicas == other.declaresReplicas
    }

    private mutating func readSpec(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("replicas") {
                replicas = try scanner.int()
            } else if scanner.key("paused") {
                isPaused = try scanner.bool() ?? false
            } else if scanner.key("template") {
                try scanner.beginObject()
                while try scanner.nextKey() {
                    if scanner.key("metadata") {
                        let meta = try ObjectMeta(&scanner, keeping: .mesh)
                        (podLabels, podAnnotations) = (meta.labels, meta.annotations)
                    } else if scanner.key("spec") {
                        try scanner.beginObject()
                        while try scanner.nextKey() {
                            if try !facts.take(&scanner) { try scanner.skip() }
                        }
                    } else {
                        try scanner.skip()
                    }
                }
            } else {
                try scanner.skip()
            }
        }
    }

    private mutating func readStatus(_ scanner: inout JSONScanner) throws(JSONError) {
        if try scanner.takeNull() { return }
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("readyReplicas") || scanner.key("numberReady") {
                readyReplicas = try scanner.int()
            } else if scanner.key("desiredNumberScheduled") {
                replicas = try scanner.int()
            } else if scanner.key("availableReplicas") || scanner.key("numberAvailable") {
                availableReplicas = try scanner.int()
            } else if scanner.key("updatedReplicas") || scanner.key("updatedNumberScheduled") {
                updatedReplicas = try scanner.int()
            } else if scanner.key("observedGeneration") {
                // Argo Rollouts writes a string.
                let value = try scanner.value()
                observedGeneration = value.int ?? value.string.flatMap { Int($0) }
            } else if scanner.key("conditions") {
                for condition in try scanner.value().array ?? [] where condition["type"] == "Progressing" {
                    progressingReason = condition["reason"]?.string.map { SafeText.line($0) }
                }
            } else {
                try scanner.skip()
            }
        }
        // Kubernetes leaves the counter out when it is zero.
        if readyReplicas == nil { readyReplicas = 0 }
    }

    package var app: String? {
        podLabels["service.istio.io/canonical-name"] ?? podLabels["app"] ?? meta.labels["app"]
    }
    package var version: String? {
        podLabels["service.istio.io/canonical-revision"] ?? podLabels["version"] ?? meta.labels["version"]
    }
}

extension Workload {
    package var owner: PodOwner { PodOwner(kind: kind, namespace: meta.namespace, name: meta.name) }

    /// What pods alone say of a workload that is not read itself: how many were wanted is not known.
    init(of owner: PodOwner, _ groups: [PodShare], ready: Int) {
        self.init()
        (meta.namespace, meta.name, kind) = (owner.namespace, owner.name, owner.kind)
        readyReplicas = ready
        takeTemplate(groups)
    }

    /// The labels that all pods have, where the workload has no template of its own.
    mutating func takeTemplate(_ groups: [PodShare]) {
        guard let first = groups.first else { return }
        podLabels = groups.dropFirst().reduce(first.labels) { common, group in
            common.filter { group.labels[$0.key] == $0.value }
        }
        facts = first.facts
    }
}

/// A workload of a custom kind with the fields of a Deployment: a Rollout of Argo Rollouts.
/// https://argo-rollouts.readthedocs.io/en/stable/features/specification/
package struct CustomWorkload: ClusterObject {
    package var workload: Workload
    package var meta: ObjectMeta {
        get { workload.meta }
        set { workload.meta = newValue }
    }

    package init(_ scanner: inout JSONScanner) throws(JSONError) {
        workload = try Workload(&scanner)
        // No server fills its defaults in.
        workload.replicas = workload.replicas ?? 1
    }

    package init(_ scanner: inout ProtobufScanner, kind: String) throws(JSONError) {
        throw JSONError("protobuf: a custom resource has no such form", at: 0)
    }

    package static var isServedAsProtobuf: Bool { false }
    package func looksLike(_ other: CustomWorkload) -> Bool { workload.looksLike(other.workload) }
    package func standsLike(_ other: CustomWorkload) -> Bool { workload.standsLike(other.workload) }
}

package struct HorizontalPodAutoscaler: ClusterObject {
    package var meta = ObjectMeta()
    package var targetKind = ""
    package var targetName = ""
    package var minimum = 1
    package var maximum = 1
    package var current: Int?
    package var desired: Int?

    package init(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("metadata") {
                meta = try ObjectMeta(&scanner, keeping: .mesh)
            } else if scanner.key("spec") {
                try scanner.beginObject()
                while try scanner.nextKey() {
                    if scanner.key("scaleTargetRef") {
                        let target = try scanner.stringMap()
                        targetKind = target["kind"] ?? ""
                        targetName = target["name"] ?? ""
                    } else if scanner.key("minReplicas") {
                        minimum = try scanner.int() ?? 1
                    } else if scanner.key("maxReplicas") {
                        maximum = try scanner.int() ?? 1
                    } else {
                        try scanner.skip()
                    }
                }
            } else if scanner.key("status") {
                try scanner.beginObject()
                while try scanner.nextKey() {
                    if scanner.key("currentReplicas") {
                        current = try scanner.int()
                    } else if scanner.key("desiredReplicas") {
                        desired = try scanner.int()
                    } else {
                        try scanner.skip()
                    }
                }
            } else {
                try scanner.skip()
            }
        }
    }
}
