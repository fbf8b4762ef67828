// Everything that is known of the cluster's objects at one moment, by kind and name.

/// The stores that the reflectors fill. A value: the snapshot builder reads one consistent copy.
package struct ClusterObjects: Sendable {
    package var namespaces: [ObjectKey: Namespace] = [:]
    package var services: [ObjectKey: Service] = [:]
    package var pods: [ObjectKey: Pod] = [:]
    package var deployments: [ObjectKey: Workload] = [:]
    package var statefulSets: [ObjectKey: Workload] = [:]
    package var daemonSets: [ObjectKey: Workload] = [:]
    package var autoscalers: [ObjectKey: HorizontalPodAutoscaler] = [:]
    package var configs: [WatchedKind: [ObjectKey: ConfigObject]] = [:]
    package var states: [WatchedKind: (state: SourceStatus.State, detail: String)] = [:]

    package init() {}

    package func count(_ kind: WatchedKind) -> Int {
        switch kind {
        case .namespaces: namespaces.count
        case .services: services.count
        case .pods: pods.count
        case .deployments: deployments.count
        case .statefulsets: statefulSets.count
        case .daemonsets: daemonSets.count
        case .horizontalpodautoscalers: autoscalers.count
        default: configs[kind]?.count ?? 0
        }
    }

    /// Objects of a configuration kind, oldest first: Istio lets the oldest win.
    package func oldestFirst(_ kind: WatchedKind) -> [ConfigObject] {
        (configs[kind] ?? [:]).values.sorted {
            ($0.meta.created?.seconds ?? 0, $0.meta.namespace, $0.meta.name)
                < ($1.meta.created?.seconds ?? 0, $1.meta.namespace, $1.meta.name)
        }
    }

    package var kindStatuses: [KindStatus] {
        WatchedKind.allCases.map { kind in
            let known = states[kind] ?? (.starting, "")
            return KindStatus(
                kind: kind.kind, group: kind.group, state: known.state, count: count(kind), detail: known.detail)
        }
    }
}

extension Dictionary where Key == ObjectKey, Value: ClusterObject {
    /// Folds a reflector's change in. With a namespace, a replacement touches that namespace alone.
    package mutating func fold(_ change: StoreChange<Value>, namespace: String?) {
        switch change {
        case .replace(let objects):
            if let namespace {
                for key in keys where key.namespace == namespace { self[key] = nil }
                for object in objects { self[object.meta.key] = object }
            } else {
                self = Dictionary(objects.map { ($0.meta.key, $0) }) { $1 }
            }
        case .events(let events):
            for event in events {
                switch event {
                case .upsert(let object): self[object.meta.key] = object
                case .delete(let object): self[object.meta.key] = nil
                case .bookmark, .error: break
                }
            }
        case .status: break
        }
    }
}
