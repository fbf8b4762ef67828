// What a session can say of a change before it is made.

package import ClusterData
internal import Istio
internal import Kube
internal import MeshModel

package struct ChangeForesight: Sendable {
    /// What the change would do to the findings.
    var findings: @Sendable ([ObjectFate]) async -> FindingsDelta?
    /// What workloads carried in the past.
    var load: @Sendable (Set<ObjectKey>) async -> LoadHistory?

    package init(_ session: MeshSession) {
        findings = { await session.foresee($0) }
        load = { await session.loadHistory($0) }
    }
}
