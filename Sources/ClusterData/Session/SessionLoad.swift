// What a session knows of the past of workloads.

internal import Base
package import Kube
package import MeshModel

extension MeshSession {
    /// What the workloads behind a destination carried; nil where no Prometheus says.
    package func loadHistory(_ workloads: Set<ObjectKey>) async -> LoadHistory? {
        guard !isSampled, let prometheus = try? await metricsAPI() else { return nil }
        return try? await LoadHistory.read(prometheus, workloads, end: clock.now)
    }
}
