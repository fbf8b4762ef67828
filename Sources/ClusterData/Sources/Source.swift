// What every source of a session has in common.

package import MeshModel

/// One of the things that a session reads: an actor with a task and a clock of its own. What it learns it sends to the
/// store as deltas.
package protocol Source: Actor {
    /// How it is by its own account. It ages in the store, by the store's clock.
    var status: SourceStatus { get }
    /// Moves with every change that it sent.
    var version: Int { get }
    /// Reads until the task is cancelled. Runs again after that when it is called again.
    func run() async
}
