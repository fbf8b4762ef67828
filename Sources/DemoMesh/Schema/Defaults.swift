// What the API server fills in, where a client would miss it.

internal import Base

enum Defaults {
    /// `previous` is nil for a new object.
    static func filled(_ type: ResourceType, _ object: JSONValue, previous: JSONValue?, in store: ObjectStore)
        -> JSONValue
    {
        var object = object
        func standard(_ path: String..., to value: JSONValue) {
            var current: JSONValue? = object
            for key in path { current = current?[key] }
            if current == nil || current == [:] || current == "" { object.set(path, to: value) }
        }
        if ["deployments", "statefulsets", "replicasets"].contains(type.resource) {
            standard("spec", "replicas", to: 1)
        }
        // What the scene made without them stays without them: no pod is replaced for a default.
        let isOurs = previous != nil && previous?.at("spec", "template", "spec", "schedulerName") == nil
        if type.group == "apps", !isOurs, let spec = object.at("spec", "template", "spec") {
            object.set(["spec", "template", "spec"], to: PodDefaults.filled(spec))
        }
        switch type.key {
        case "deployments.apps":
            standard("spec", "strategy", to: ["type": "RollingUpdate"])
            if object.at("spec", "strategy", "type") == "RollingUpdate" {
                standard("spec", "strategy", "rollingUpdate", to: ["maxSurge": "25%", "maxUnavailable": "25%"])
            }
            standard("spec", "progressDeadlineSeconds", to: 600)
            standard("spec", "revisionHistoryLimit", to: 10)
        case "statefulsets.apps":
            standard("spec", "updateStrategy", to: ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]])
            standard("spec", "podManagementPolicy", to: "OrderedReady")
            standard("spec", "revisionHistoryLimit", to: 10)
        case "daemonsets.apps":
            standard(
                "spec", "updateStrategy",
                to: ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 0, "maxUnavailable": 1]])
            standard("spec", "revisionHistoryLimit", to: 10)
        case "services.": service(&object, previous, store)
        case "pods.":
            standard("spec", "serviceAccountName", to: "default")
            if previous == nil, let spec = object["spec"] { object["spec"] = PodDefaults.filled(spec) }
            standard("status", "phase", to: "Pending")
            standard("status", "qosClass", to: "BestEffort")
        case "secrets.":
            standard("type", to: "Opaque")
            stringData(&object)
        case "horizontalpodautoscalers.autoscaling":
            standard("spec", "minReplicas", to: 1)
            standard("status", to: ["desiredReplicas": 0])
        case "namespaces.":
            standard("spec", "finalizers", to: ["kubernetes"])
            standard("status", "phase", to: "Active")
            object.set(["metadata", "labels", "kubernetes.io/metadata.name"], to: object.at("metadata", "name"))
        default: break
        }
        return object
    }

    /// Written as text, kept as bytes; over what `data` says.
    private static func stringData(_ object: inout JSONValue) {
        guard let texts = object["stringData"]?.object else { return }
        for (key, value) in texts.members {
            object.set(["data", key], to: .string(Base64.encode(Array((value.string ?? "").utf8))))
        }
        object["stringData"] = nil
    }

    private static func service(_ object: inout JSONValue, _ previous: JSONValue?, _ store: ObjectStore) {
        let type = object.at("spec", "type")?.string ?? "ClusterIP"
        object.set(["spec", "type"], to: .string(type))
        if object.at("spec", "sessionAffinity") == nil { object.set(["spec", "sessionAffinity"], to: "None") }
        var ports = object["spec"]?.list("ports") ?? []
        for index in ports.indices {
            if ports[index]["protocol"] == nil { ports[index]["protocol"] = "TCP" }
            let target = ports[index]["targetPort"]
            if target == nil || target == 0 || target == "" { ports[index]["targetPort"] = ports[index]["port"] }
            if ["NodePort", "LoadBalancer"].contains(type), ports[index]["nodePort"]?.int ?? 0 == 0 {
                let known = previous?["spec"]?.list("ports").first { $0["port"] == ports[index]["port"] }?["nodePort"]
                ports[index]["nodePort"] = known ?? .int(Int64(30000 + (store.version + index) % 2768))
            }
        }
        if !ports.isEmpty { object.set(["spec", "ports"], to: .array(ports)) }
        if object.at("status", "loadBalancer") == nil { object.set(["status", "loadBalancer"], to: [:]) }
        guard type != "ExternalName" else { return }
        if object.at("spec", "clusterIP")?.string ?? "" == "" {
            // Clients that write the whole object need not know the address it was given.
            object.set(["spec", "clusterIP"], to: previous?.at("spec", "clusterIP") ?? .string(freeAddress(store)))
        }
        object.set(["spec", "clusterIPs"], to: [object.at("spec", "clusterIP") ?? "None"])
        if object.at("spec", "ipFamilies") == nil { object.set(["spec", "ipFamilies"], to: ["IPv4"]) }
        if object.at("spec", "ipFamilyPolicy") == nil { object.set(["spec", "ipFamilyPolicy"], to: "SingleStack") }
        if object.at("spec", "internalTrafficPolicy") == nil {
            object.set(["spec", "internalTrafficPolicy"], to: "Cluster")
        }
    }

    /// An address in 10.96.0.0/12 that no Service has; scenes number theirs from below, so these start above.
    private static func freeAddress(_ store: ObjectStore) -> String {
        guard let services = ResourceType.find(group: "", resource: "services") else { return "None" }
        let used = Set(store.list(services).compactMap { $0.at("spec", "clusterIP")?.string })
        for number in 1..<(8 << 16) {
            let address = "10.\(104 + number >> 16).\(number >> 8 & 255).\(number & 255)"
            if !used.contains(address) { return address }
        }
        return "None"
    }
}
