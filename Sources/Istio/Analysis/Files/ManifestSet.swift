// Objects from files, read as an API server would give them: before they are applied, alone or over a cluster.

package import Base
package import Kube
internal import MeshModel

package struct ManifestSet: Sendable {
    package private(set) var objects: ClusterObjects
    package private(set) var secrets: [ObjectKey: SecretFacts] = [:]
    /// Kinds that no analyzer looks at, with how many objects had them.
    package private(set) var others: [String: Int] = [:]
    package private(set) var count = 0
    private let isAlone: Bool

    /// Over a cluster's objects, or alone when there are none.
    package init(over cluster: ClusterObjects? = nil) {
        objects = cluster ?? ClusterObjects()
        isAlone = cluster == nil
    }

    /// Takes every document of a YAML or JSON text. `name` is the file's, for errors; objects that name no namespace get
    /// the default one.
    package mutating func add(_ text: [UInt8], name: String, defaultNamespace: String) throws(MeshTopError) {
        let documents: [YAMLDocument]
        do {
            documents = try YAML.documents(text)
        } catch {
            throw MeshTopError(.usage, SafeText.line(name), why: "\(error)", advice: "mend that line")
        }
        for document in documents {
            let items =
                document.value["kind"]?.string?.hasSuffix("List") == true && document.value["items"] != nil
                ? document.value.list("items") : [document.value]
            for item in items {
                do {
                    try take(item, defaultNamespace)
                } catch {
                    throw MeshTopError(
                        .usage, "\(SafeText.line(name)), the document of line \(document.line)", why: error.reason,
                        advice: "write apiVersion, kind and metadata.name")
                }
            }
        }
    }

    private mutating func take(_ item: JSONValue, _ defaultNamespace: String) throws(JSONError) {
        guard item.object != nil, let kind = item["kind"]?.string, let apiVersion = item["apiVersion"]?.string else {
            throw JSONError("it is no Kubernetes object", at: 0)
        }
        guard item.at("metadata", "name")?.string?.isEmpty == false || item.at("metadata", "generateName") != nil else {
            throw JSONError("metadata.name is missing", at: 0)
        }
        count += 1
        var item = item
        // A CronJob is known by its name alone.
        guard let watched = WatchedKind.named(kind, apiVersion: apiVersion), watched != .cronjobs else {
            if kind == "Secret" {
                let namespace = item.at("metadata", "namespace")?.string ?? defaultNamespace
                secrets[ObjectKey(namespace, item.at("metadata", "name")?.string ?? "")] = SecretFacts(item)
            } else {
                others[SafeText.line(kind, limit: 60), default: 0] += 1
            }
            return
        }
        if watched.isNamespaced, item.at("metadata", "namespace")?.string == nil, !defaultNamespace.isEmpty {
            item.set(["metadata", "namespace"], to: .string(defaultNamespace))
        }
        try put(item, watched, .manifest)
    }

    /// Takes in what a cluster has, or will have, as its server gives it.
    mutating func take(served item: JSONValue, _ kind: WatchedKind, isGone: Bool) throws(JSONError) {
        try put(item, kind, isGone ? .gone : .served)
    }

    /// A manifest is looked at as it is written; what a server gives has been through its schema.
    private enum Origin { case manifest, served, gone }

    private mutating func put(_ item: JSONValue, _ kind: WatchedKind, _ origin: Origin) throws(JSONError) {
        let bytes = Array(item.compactText.utf8)
        let isGone = origin == .gone
        var scanner = JSONScanner(bytes.span)
        switch kind {
        case .deployments, .statefulsets, .daemonsets:
            var workload = try Workload(&scanner)
            workload.kind = kind.kind
            // What a server has of it always says a number; who wrote it there is another question.
            if origin == .manifest { workload.declaresReplicas = item.at("spec", "replicas") != nil }
            let shelf: WritableKeyPath<ClusterObjects, [ObjectKey: Workload]> =
                kind == .deployments ? \.deployments : kind == .statefulsets ? \.statefulSets : \.daemonSets
            let change = StoreChange.events([isGone ? .delete(workload) : .upsert(workload)])
            objects.note(objects.foldWorkloads(shelf, change, nil), kind)
        case _ where KindStore.of(kind).isConfiguration:
            var object = try ConfigObject(&scanner)
            if origin == .manifest {
                object.isFromFile = true
                object.meta.annotations[ObjectMeta.lastApplied] = item.compactText
            }
            // What the cluster has of it keeps its age: the oldest wins where several claim a host.
            object.meta.created = object.meta.created ?? objects.configs[kind]?[object.meta.key]?.meta.created
            let change = StoreChange.events([isGone ? .delete(object) : .upsert(object)])
            objects.note(objects.configs[kind, default: [:]].fold(change, namespace: nil), kind)
        default: try KindStore.of(kind).put(bytes, isGone: isGone, into: &objects)
        }
    }

    /// The world of these objects. Alone they are all there is, but for what every installation has: an ingress gateway.
    package func world(
        mesh: MeshConfig? = nil, networks: JSONValue? = nil, clusterSecrets: [ObjectKey: SecretFacts]? = nil,
        time: Timestamp
    ) -> AnalysisWorld {
        var objects = objects
        var known: [ObjectKey: SecretFacts]? = secrets
        if isAlone {
            // A kind of which no file has an object is somewhere else: nothing of it can be called missing.
            for kind in WatchedKind.all {
                objects.states[kind] = objects.count(kind) > 0 ? (.ok, "") : (.absent, "no file has one")
            }
            Self.addIngressGateway(&objects, mesh?.rootNamespace ?? MeshConfig.rootNamespace)
        } else {
            known = clusterSecrets.map { $0.merging(secrets) { $1 } }
        }
        return AnalysisWorld(
            objects: objects, mesh: mesh, networks: networks, secrets: known, isFilesAlone: isAlone, time: time)
    }

    private static func addIngressGateway(_ objects: inout ClusterObjects, _ namespace: String) {
        let labels: JSONValue = ["istio": "ingressgateway", "app": "istio-ingressgateway"]
        let meta: JSONValue = ["name": "istio-ingressgateway", "namespace": .string(namespace), "labels": labels]
        let ports: JSONValue = [
            ["name": "http2", "port": 80, "targetPort": 8080], ["name": "https", "port": 443, "targetPort": 8443],
            ["name": "tcp", "port": 31400, "targetPort": 31400], ["name": "tls", "port": 15443, "targetPort": 15443],
        ]
        let service: JSONValue = ["metadata": meta, "spec": ["selector": ["istio": "ingressgateway"], "ports": ports]]
        let pod: JSONValue = ["metadata": meta, "spec": ["containers": [["name": "istio-proxy"]]]]
        let (serviceBytes, podBytes) = (Array(service.compactText.utf8), Array(pod.compactText.utf8))
        var serviceScanner = JSONScanner(serviceBytes.span)
        var podScanner = JSONScanner(podBytes.span)
        guard let service = try? Service(&serviceScanner), let pod = try? Pod(&podScanner) else { return }
        if objects.services[service.meta.key] == nil { objects.services[service.meta.key] = service }
        if objects.pods[pod.meta.key] == nil { objects.pods[pod.meta.key] = pod }
    }
}
