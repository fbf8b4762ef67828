// What an embedded mesh is made with.

package import Base
package import Insights

package enum DemoScene: String, CaseIterable, Sendable {
    case storefront, canary, rollouts, breaker, outage, scale
}

package struct DemoMeshOptions: Sendable {
    package var scene = DemoScene.storefront
    /// 0 takes a free one.
    package var port = 0
    /// Sizes of the scale scene; nil takes 1,000 services and 10,000 pods.
    package var services: Int?
    package var pods: Int?
    package var seed: UInt64 = 1
    /// Speeds up what controllers do (rollouts, autoscaling, ejections), not the traffic.
    package var speed = 1.0
    /// How much of the past is played before it starts, for its metrics; nil is enough for every pane.
    package var historySeconds: Double?
    /// Gives the mesh a clock of its own, which starts here and moves only with `advance`; nil goes by the wall.
    package var clockStart: Timestamp?
    /// How recommendation v2 differs from v1 in the canary scene, with requests that come by chance; nil leaves it
    /// slow and failing, and every count at its expected value.
    package var canary: CanaryScenario?
    /// Objects that change for no reason but to be seen, a second.
    package var changesPerSecond = 0.0
    /// How often a watch says how far it is.
    package var bookmarkSeconds = 60.0
    /// Writes every answer anew, as a real API server does, instead of from what was written before.
    package var encodesAnew = false
    /// A mesh whose metrics nobody stores: only its sidecars have them.
    package var hasPrometheus = true
    /// Counts requests by method and path, for whoever asks at `/demo/requests`.
    package var countsRequests = false

    package init() {}
}
