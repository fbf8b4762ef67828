// The EndpointSlices by the Service that they are of.

package import Kube
package import MeshModel

/// What the slices of a Service say: every address once, however many slices name it.
package struct EndpointCount: Sendable, Hashable {
    package var ready = 0
    /// Without those on their way out.
    package var endpoints = 0
    /// Names of the pods that have the addresses, sorted.
    package var pods: [String] = []

    fileprivate init(_ slices: [EndpointSlice]) {
        var isReady: [String: Bool] = [:]
        var names: Set<String> = []
        for endpoint in slices.flatMap(\.endpoints) {
            if let pod = endpoint.pod { names.insert(pod) }
            if endpoint.isTerminating, !endpoint.isReady { continue }
            isReady[endpoint.pod ?? "@\(endpoint.address)", default: false] =
                isReady[endpoint.pod ?? "@\(endpoint.address)", default: false] || endpoint.isReady
        }
        (endpoints, ready, pods) = (isReady.count, isReady.values.count { $0 }, names.sorted())
    }
}

package struct EndpointStore: Sendable {
    private var slices: [ObjectKey: EndpointSlice] = [:]
    private var byService: [ServiceID: Set<ObjectKey>] = [:]
    /// Services whose endpoints have changed since somebody last asked.
    package private(set) var touched: Set<ServiceID> = []

    package init() {}

    package var count: Int { slices.count }

    /// Nil where no slice is of this Service.
    package func count(of service: ServiceID) -> EndpointCount? {
        guard let keys = byService[service], !keys.isEmpty else { return nil }
        return EndpointCount(keys.sorted().compactMap { slices[$0] })
    }

    package mutating func forgetTouched() { touched = [] }
}

extension EndpointStore: ObjectShelf {
    package var allKeys: [ObjectKey] { Array(slices.keys) }

    package subscript(key: ObjectKey) -> EndpointSlice? {
        get { slices[key] }
        set {
            let old = slices[key]
            if let service = old?.service, service != newValue?.service {
                byService[service]?.remove(key)
                if byService[service]?.isEmpty == true { byService[service] = nil }
            }
            slices[key] = newValue
            if let service = newValue?.service { byService[service, default: []].insert(key) }
            if let old, let newValue, newValue.looksLike(old) { return }
            touched.formUnion([old?.service, newValue?.service].compactMap { $0 })
        }
    }
}
