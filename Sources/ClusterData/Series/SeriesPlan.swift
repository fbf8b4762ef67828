// How much of a past is kept: all of a small mesh, the most telling of a large one.

internal import MeshModel

/// What is kept of the services, workloads and edges of a mesh, by how many there are.
struct SeriesPlan: Sendable, Equatable {
    struct Part: Sendable, Equatable {
        /// Of `SeriesStore.resolutions`, the finest first.
        var resolutions: Int
        var measures: [SeriesMeasure]

        static let all = Part(resolutions: 3, measures: SeriesMeasure.allCases)
        static let none = Part(resolutions: 0, measures: [])
        static let twoHours = Part(resolutions: 2, measures: SeriesMeasure.allCases)
        static let minutes = Part(resolutions: 1, measures: SeriesMeasure.allCases)
        /// What is drawn on the screen.
        static let brief = Part(resolutions: 1, measures: [.requests, .p99])
    }

    var services: Part
    var workloads: Part
    var edges: Part

    /// The richest first.
    private static let all = [
        SeriesPlan(services: .all, workloads: .all, edges: .all),
        SeriesPlan(services: .all, workloads: .all, edges: .minutes),
        SeriesPlan(services: .all, workloads: .twoHours, edges: .brief),
        SeriesPlan(services: .twoHours, workloads: .minutes, edges: .brief),
        SeriesPlan(services: .minutes, workloads: .none, edges: .brief),
        SeriesPlan(services: .minutes, workloads: .none, edges: .none),
    ]

    /// The richest that stays within `points` when all its rings are full; nil where none does.
    static func fitting(
        services: Int, workloads: Int, edges: Int, points: Int, _ resolutions: [Resolution]
    ) -> SeriesPlan? {
        func full(_ part: Part) -> Int {
            resolutions.prefix(part.resolutions).reduce(0) { $0 + $1.capacity } * part.measures.count
        }
        return all.first { plan in
            let ofServices = services * full(plan.services)
            let ofWorkloads = workloads * full(plan.workloads)
            return ofServices + ofWorkloads + edges * full(plan.edges) <= points
        }
    }
}
