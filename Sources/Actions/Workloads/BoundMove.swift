// The bound of an autoscaler that stands in the way of a replica count.

package import MeshModel

/// One bound moved so that a wanted count lies within them.
package struct BoundMove: Sendable, Hashable {
    /// The upper bound, else the lower one.
    package var isMaximum: Bool
    /// Where it goes, in replicas.
    package var value: Int

    /// Nil where the count lies within the bounds, and for 0, at which an autoscaler rests.
    package init?(_ autoscaler: WorkloadSummary.Autoscaler, replicas: Int) {
        guard replicas > 0, replicas < autoscaler.minimum || replicas > autoscaler.maximum else { return nil }
        isMaximum = replicas > autoscaler.maximum
        value = replicas
    }

    /// "max to 12", as it is offered.
    package var offer: String { "\(isMaximum ? "max" : "min") to \(value)" }
    var words: String { "gets its \(isMaximum ? "maximum" : "minimum") moved to \(value)" }

    func applied(to autoscaler: WorkloadSummary.Autoscaler) -> WorkloadSummary.Autoscaler {
        var moved = autoscaler
        if isMaximum { moved.maximum = value } else { moved.minimum = value }
        return moved
    }
}
