// What a group of workloads carried in the past, and how fast it answered: what a prediction rests on.

package struct LoadHistory: Sendable, Hashable, Codable {
    package struct Point: Sendable, Hashable, Codable {
        /// Requests per second over all of the workloads' pods.
        package var rate: Double
        package var p99: Double?

        package init(rate: Double, p99: Double?) {
            self.rate = rate
            self.p99 = p99
        }
    }
    package var seconds: Int
    /// One for each window that had requests, oldest first; milliseconds.
    package var points: [Point]

    package init(seconds: Int, points: [Point]) {
        self.seconds = seconds
        self.points = points
    }

    package var most: Double? { points.map(\.rate).max() }
}
