// Whole objects of one resource, watched: of kinds that few clusters have and that are read as they are written.

package import Base
internal import Istio
package import Kube
internal import MeshModel

/// An object kept as a tree; what is shown of it goes through `SafeText`.
package struct WholeObject: ClusterObject {
    package var meta = ObjectMeta()
    package var value: JSONValue = [:]

    package init(_ scanner: inout JSONScanner) throws(JSONError) {
        value = try scanner.value()
        let bytes = Array((value["metadata"] ?? [:]).compactText.utf8)
        var inner = JSONScanner(bytes.span)
        meta = try ObjectMeta(&inner, keeping: .mesh)
    }

    package static var isServedAsProtobuf: Bool { false }

    package init(_ scanner: inout ProtobufScanner, kind: String) throws(JSONError) {
        throw JSONError("protobuf: a custom resource has no such form", at: 0)
    }

    package func misreading(as path: ResourcePath) -> String? {
        FieldTypes.fault(whole: value, resource: path.resource, group: path.group)
    }
}

/// Reads and follows one resource until it is let go.
package final class ObjectWatch: Sendable {
    private struct Store {
        var objects: [ObjectKey: JSONValue] = [:]
        var state = SourceStatus.State.starting
        var detail = ""
        /// What could not be understood of them.
        var odd: [OddObject] = []
    }

    private let store: Lock<Store>
    private let task: Task<Void, Never>

    /// In one namespace, or in all.
    package init(_ client: KubeClient, _ path: ResourcePath, namespace: String?, offersStreams: Bool = false) {
        let store = Lock(Store())
        self.store = store
        let reflector = Reflector<WholeObject>(
            client: client, path: path, namespace: namespace, offersStreams: offersStreams
        ) { change in
            store.withLock { store in
                switch change {
                case .replace(let objects):
                    store.objects = Dictionary(objects.map { ($0.meta.key, $0.value) }, uniquingKeysWith: { $1 })
                case .events(let events):
                    for event in events {
                        switch event {
                        case .upsert(let object): store.objects[object.meta.key] = object.value
                        case .delete(let object): store.objects[object.meta.key] = nil
                        case .odd(let object, _): store.objects[object.key] = nil
                        case .bookmark, .error: break
                        }
                    }
                case .status(let state, let detail): (store.state, store.detail) = (state, detail)
                case .odd(let objects): store.odd = objects
                }
            }
        }
        let clock = client.clock
        task = Task {
            // A kind that is forbidden or gone is looked for again, seldom.
            while !Task.isCancelled {
                _ = await reflector.run()
                store.withLock { $0.objects = [:] }
                do { try await clock.sleep(seconds: 60) } catch { return }
            }
        }
    }

    deinit { task.cancel() }

    package var objects: [JSONValue] {
        store.withLock { $0.objects }.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Why the objects are not there, or not the present ones; nil when they are.
    package var problem: String? {
        store.withLock { store in
            switch store.state {
            case .ok, .absent: store.odd.isEmpty ? nil : OddObject.words(store.odd)
            case .starting: "no answer yet"
            default: store.detail.isEmpty ? store.state.rawValue : store.detail
            }
        }
    }

    /// It has answered once, or said why it cannot.
    package var hasAnswered: Bool { store.withLock { $0.state != .starting } }
}
