// What a change of load does to a group of replicas, from what they do now. Pure arithmetic.

/// A pool of replicas serving requests, as measured.
package struct ServicePool: Sendable, Hashable {
    /// Requests per second over all replicas.
    package var arrivalsPerSecond: Double
    package var replicas: Int
    /// Mean time in service, without waiting, in seconds; the median latency is a fair stand-in at low load.
    package var serviceSeconds: Double

    package init(arrivalsPerSecond: Double, replicas: Int, serviceSeconds: Double) {
        self.arrivalsPerSecond = arrivalsPerSecond
        self.replicas = replicas
        self.serviceSeconds = serviceSeconds
    }

    /// Requests under way at once (Little's law: arrivals × time in the system).
    /// https://en.wikipedia.org/wiki/Little%27s_law
    package var concurrency: Double { arrivalsPerSecond * serviceSeconds }
    package var requestsPerReplica: Double? { replicas > 0 ? arrivalsPerSecond / Double(replicas) : nil }

    package func with(arrivalsPerSecond: Double) -> ServicePool {
        var pool = self
        pool.arrivalsPerSecond = arrivalsPerSecond
        return pool
    }

    package func with(replicas: Int) -> ServicePool {
        var pool = self
        pool.replicas = replicas
        return pool
    }
}
