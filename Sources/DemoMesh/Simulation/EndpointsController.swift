// What Kubernetes' endpoint controllers do: the addresses behind each Service with a selector.

internal import Base
internal import Kube

final class EndpointsController {
    private let store: ObjectStore
    /// Namespaces in which a pod or a Service changed.
    private var stale: Set<String> = []

    private let services = ResourceType.find(group: "", resource: "services")
    private let pods = ResourceType.find(group: "", resource: "pods")
    private let endpoints = ResourceType.find(group: "", resource: "endpoints")
    private let slices = ResourceType.find(group: "discovery.k8s.io", resource: "endpointslices")

    init(store: ObjectStore) { self.store = store }

    /// Told of every change in the store.
    func note(_ type: ResourceType, _ event: StoreEvent) {
        guard type.group.isEmpty, let namespace = event.object.at("metadata", "namespace")?.string else { return }
        switch type.resource {
        case "services": stale.insert(namespace)
        case "pods":
            // Only what an address depends on.
            let isSame =
                event.kind == .modified && event.object["status"] == event.previous?["status"]
                && event.object.at("metadata", "labels") == event.previous?.at("metadata", "labels")
            if !isSame { stale.insert(namespace) }
        default: break
        }
    }

    /// Every Service of a new mesh.
    func start() {
        guard let services else { return }
        stale = Set(store.keys(services).map(\.namespace))
        tick()
    }

    func tick() {
        guard let services, let pods, !stale.isEmpty else { return }
        // All pods once, however many namespaces there are.
        var podsIn: [String: [JSONValue]] = [:]
        for entry in store.entries(pods) where stale.contains(entry.key.namespace) {
            podsIn[entry.key.namespace, default: []].append(entry.value)
        }
        for service in store.entries(services) where stale.contains(service.key.namespace) {
            write(service, podsIn[service.key.namespace] ?? [])
        }
        stale = []
    }

    private func write(_ service: StoredObject, _ pods: [JSONValue]) {
        guard let selector = service.value.at("spec", "selector")?.stringMap, !selector.isEmpty, let endpoints,
            let slices
        else { return }
        let backends = pods.filter { pod in
            let labels = pod.at("metadata", "labels")
            return pod.at("status", "podIP") != nil && selector.allSatisfy { labels?[$0.key]?.string == $0.value }
        }
        let ports = ports(service.value, backends.first)
        put(endpoints, Self.endpoints(service, backends, ports))
        put(slices, Self.slice(service, backends, ports))
    }

    private func put(_ type: ResourceType, _ object: JSONValue) {
        guard let before = store.get(type, ObjectStore.key(object)) else {
            store.create(type, object)
            return
        }
        // What others wrote into the metadata stays.
        var after = before
        for name in ["subsets", "endpoints", "ports"] { after[name] = object[name] }
        if after != before { store.update(type, after) }
    }

    /// The ports as the pods have them: a target by name is looked up in a pod's containers.
    private func ports(_ service: JSONValue, _ pod: JSONValue?) -> [JSONValue] {
        (service["spec"]?.list("ports") ?? []).compactMap { port in
            var found: JSONValue = [:]
            found["name"] = port["name"]
            if let name = port["targetPort"]?.string, Int(name) == nil {
                let declared = (pod?["spec"]?.list("containers") ?? []).flatMap { $0.list("ports") }
                guard let number = declared.first(where: { $0["name"]?.string == name })?["containerPort"] else {
                    return nil
                }
                found["port"] = number
            } else {
                found["port"] = port["targetPort"] ?? port["port"]
            }
            found["protocol"] = port["protocol"] ?? "TCP"
            return found
        }
    }

    private static func isReady(_ pod: JSONValue) -> Bool {
        (pod["status"]?.list("conditions") ?? []).contains { $0["type"] == "Ready" && $0["status"] == "True" }
    }

    private static func target(_ pod: JSONValue) -> JSONValue {
        [
            "kind": "Pod", "namespace": pod.at("metadata", "namespace") ?? "", "name": pod.at("metadata", "name") ?? "",
            "uid": pod.at("metadata", "uid") ?? "",
        ]
    }

    private static func endpoints(_ service: StoredObject, _ pods: [JSONValue], _ ports: [JSONValue]) -> JSONValue {
        func addresses(_ pods: [JSONValue]) -> JSONValue {
            .array(
                pods.map { pod in
                    var address: JSONValue = ["ip": pod.at("status", "podIP") ?? "", "targetRef": target(pod)]
                    address["nodeName"] = pod.at("spec", "nodeName")
                    return address
                })
        }
        var object = Make.object(
            "v1", "Endpoints", service.key.namespace, service.key.name,
            labels: service.value.at("metadata", "labels")?.stringMap ?? [:])
        guard !pods.isEmpty else { return object }
        var subset: JSONValue = [:]
        let (ready, waiting) = (pods.filter(isReady), pods.filter { !isReady($0) })
        if !ready.isEmpty { subset["addresses"] = addresses(ready) }
        if !waiting.isEmpty { subset["notReadyAddresses"] = addresses(waiting) }
        if !ports.isEmpty { subset["ports"] = .array(ports) }
        object["subsets"] = [subset]
        return object
    }

    /// One slice a Service: the real controller starts another at a hundred addresses.
    private static func slice(_ service: StoredObject, _ pods: [JSONValue], _ ports: [JSONValue]) -> JSONValue {
        var labels = service.value.at("metadata", "labels")?.stringMap ?? [:]
        labels["kubernetes.io/service-name"] = service.key.name
        labels["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io"
        var object = Make.object(
            "discovery.k8s.io/v1", "EndpointSlice", service.key.namespace,
            "\(service.key.name)-\(StableName.of(service.key.name, length: 5))", labels: labels)
        object.set(["metadata", "generateName"], to: .string("\(service.key.name)-"))
        object.set(
            ["metadata", "ownerReferences"],
            to: [
                [
                    "apiVersion": "v1", "kind": "Service", "name": .string(service.key.name),
                    "uid": service.value.at("metadata", "uid") ?? "", "controller": true, "blockOwnerDeletion": true,
                ]
            ])
        object["addressType"] = "IPv4"
        object["endpoints"] = .array(
            pods.map { pod in
                let ready = JSONValue.bool(isReady(pod))
                var endpoint: JSONValue = [
                    "addresses": [pod.at("status", "podIP") ?? ""],
                    "conditions": ["ready": ready, "serving": ready, "terminating": false], "targetRef": target(pod),
                ]
                endpoint["nodeName"] = pod.at("spec", "nodeName")
                return endpoint
            })
        // The real controller names a port without a name "", and kubectl relies on it.
        object["ports"] = .array(
            ports.map { port in
                var named = port
                named["name"] = port["name"] ?? ""
                return named
            })
        return object
    }
}
