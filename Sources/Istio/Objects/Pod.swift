// A pod, as far as the mesh reads it.

package import Base
package import Kube

package struct Pod: ClusterObject {
    package var meta = ObjectMeta()
    package var nodeName: String?
    package var phase: String?
    package var podIP: String?
    package var isReady = false
    package var readyContainers = 0
    package var restarts = 0
    package var facts = PodFacts()
    package var hasSidecar: Bool { facts.hasSidecar }
    package var containers: Int { facts.containers }
    /// Why a container waits or ended: CrashLoopBackOff, ImagePullBackOff, OOMKilled.
    package var reason: String?
    /// The workload that made this pod as its names and labels have it, worked out once; the pod itself where nothing
    /// did.
    package private(set) var workload = PodOwner()
    /// What the pod names as its controller.
    var maker: PodOwner { PodOwner(maker: meta) }
    /// Every container has ended, well or badly: it serves nobody and comes back to nothing.
    package var hasEnded: Bool { phase == "Succeeded" || phase == "Failed" }

    mutating func findWorkload(_ pool: StringPool?) {
        let found = PodOwner(meta)
        workload = PodOwner(
            kind: pool?.shared(found.kind) ?? found.kind, namespace: meta.namespace,
            name: pool?.shared(found.name) ?? found.name)
    }

    package init(_ scanner: inout JSONScanner) throws(JSONError) {
        defer { findWorkload(scanner.pool) }
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("metadata") {
                meta = try ObjectMeta(&scanner, keeping: .mesh)
            } else if scanner.key("spec") {
                try readSpec(&scanner)
            } else if scanner.key("status") {
                try readStatus(&scanner)
            } else {
                try scanner.skip()
            }
        }
    }

    private mutating func readSpec(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("nodeName") {
                nodeName = try scanner.sharedString()
            } else if try !facts.take(&scanner) {
                try scanner.skip()
            }
        }
    }

    private mutating func readStatus(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("phase") {
                phase = try scanner.string()
            } else if scanner.key("podIP") {
                podIP = try scanner.string()
            } else if scanner.key("reason") {
                reason = try scanner.string()
            } else if scanner.key("conditions") {
                try readConditions(&scanner)
            } else if scanner.key("containerStatuses") {
                try scanner.beginArray()
                while try scanner.nextElement() { try readContainerStatus(&scanner) }
            } else {
                try scanner.skip()
            }
        }
    }

    private mutating func readConditions(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginArray()
        while try scanner.nextElement() {
            var type: String?
            var status: String?
            try scanner.beginObject()
            while try scanner.nextKey() {
                if scanner.key("type") {
                    type = try scanner.string()
                } else if scanner.key("status") {
                    status = try scanner.string()
                } else {
                    try scanner.skip()
                }
            }
            if type == "Ready" { isReady = status == "True" }
        }
    }

    private mutating func readContainerStatus(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("ready") {
                if try scanner.bool() == true { readyContainers += 1 }
            } else if scanner.key("restartCount") {
                restarts += try scanner.int() ?? 0
            } else if scanner.key("state") {
                let state = try scanner.value()
                let waiting = state.at("waiting", "reason")?.string ?? state.at("terminated", "reason")?.string
                if let waiting { reason = SafeText.line(waiting) }
            } else {
                try scanner.skip()
            }
        }
    }

    package func looksLike(_ other: Pod) -> Bool { isEqualButForVersion(other) }

    package var app: String? { meta.labels["service.istio.io/canonical-name"] ?? meta.labels["app"] }
    package var version: String? { meta.labels["service.istio.io/canonical-revision"] ?? meta.labels["version"] }
}

extension Pod {
    /// The workload's name in metrics, where it is another than its owner's: a pod whose name nobody generated stands
    /// for itself there, and a label may name it.
    var metricName: String? {
        let named = meta.labels["service.istio.io/workload-name"] ?? (meta.hasGeneratedName ? nil : meta.name)
        return named == workload.name ? nil : named
    }

    /// The `destination_canonical_revision` of metrics: the first of these labels that is there, else `latest`.
    /// https://github.com/istio/istio/blob/master/pkg/kube/labels/labels.go
    static func revision(_ labels: [String: String]) -> String {
        labels["service.istio.io/canonical-revision"] ?? labels["app.kubernetes.io/version"] ?? labels["version"]
            ?? "latest"
    }
}
