// Deletion as the API server and the garbage collector do it together: what belongs to an object goes with it.

internal import Base
internal import Kube

struct GarbageCollector {
    let store: ObjectStore

    /// What a client wants done with the dependents. Foreground and Background differ only in the order.
    enum Policy { case cascade, orphan }

    /// Kinds that others own in this mesh.
    private static let dependents = [
        ("apps", "replicasets"), ("", "pods"), ("discovery.k8s.io", "endpointslices"),
    ].compactMap { ResourceType.find(group: $0.0, resource: $0.1) }

    func delete(_ type: ResourceType, _ key: ObjectKey, _ policy: Policy) {
        if let object = store.get(type, key), Self.isHeld(object) { return mark(type, object) }
        if type.key == "namespaces." { deleteContents(of: key.name) }
        guard let object = store.delete(type, key), let uid = object.at("metadata", "uid")?.string else { return }
        if type.key == "services.", let endpoints = ResourceType.find(group: "", resource: "endpoints") {
            store.delete(endpoints, key)
        }
        for dependent in Self.dependents where dependent != type {
            for entry in store.entries(dependent, namespace: key.namespace) where owns(uid, entry.value) {
                switch policy {
                case .cascade: delete(dependent, entry.key, .cascade)
                case .orphan: orphan(dependent, entry.value, uid)
                }
            }
        }
    }

    /// Somebody has to let go of it first.
    static func isHeld(_ object: JSONValue) -> Bool { object["metadata"]?.list("finalizers").isEmpty == false }

    /// It stays until its finalizers are gone.
    private func mark(_ type: ResourceType, _ object: JSONValue) {
        guard object.at("metadata", "deletionTimestamp") == nil else { return }
        var object = object
        object.set(["metadata", "deletionTimestamp"], to: .string(store.clock().rfc3339))
        object.set(["metadata", "deletionGracePeriodSeconds"], to: 0)
        store.update(type, object)
    }

    private func owns(_ uid: String, _ object: JSONValue) -> Bool {
        object.at("metadata", "ownerReferences")?.array?.contains { $0["uid"]?.string == uid } == true
    }

    private func orphan(_ type: ResourceType, _ object: JSONValue, _ uid: String) {
        var freed = object
        let others = (object["metadata"]?.list("ownerReferences") ?? []).filter { $0["uid"]?.string != uid }
        freed.set(["metadata", "ownerReferences"], to: others.isEmpty ? nil : .array(others))
        store.update(type, freed)
    }

    /// Owners first, so that no controller makes anew what was just deleted.
    private func deleteContents(of namespace: String) {
        let types = ResourceType.all.filter(\.isNamespaced)
        for type in types.filter({ $0.hasScale || $0.resource == "daemonsets" }) + types {
            for key in store.keys(type) where key.namespace == namespace { store.delete(type, key) }
        }
    }
}
