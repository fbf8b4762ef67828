// What has changed since somebody last looked.

package import Kube
package import MeshModel

/// What has changed behind rows: a workload or its pods, a service's endpoints.
package enum Touched: Hashable, Sendable {
    case workload(ObjectKey)
    case service(ServiceID)
}
