// How service level objectives stand: queries over hours, which no tick waits for.

internal import Base
internal import Kube
package import MeshModel

package actor ObjectiveSource: Source {
    private let store: MeshStore
    private let options: SessionOptions
    private let traffic: TrafficSource
    private let clock: any TimeSource
    package private(set) var status = SourceStatus(name: .metrics, state: .starting, detail: "objectives")
    package private(set) var version = 0

    init(_ store: MeshStore, _ options: SessionOptions, _ traffic: TrafficSource, clock: any TimeSource) {
        self.store = store
        self.options = options
        self.traffic = traffic
        self.clock = clock
    }

    /// Long windows change slowly: once a minute is enough.
    private static let pauseSeconds = 60.0

    /// True once they are known, or cannot be.
    package var hasAnswered: Bool { options.objectives.isEmpty || status.state != .starting }

    package func run() async {
        guard !options.objectives.isEmpty else { return }
        // What is served is known first: the rates of now go before those of the last hours.
        await store.wait(for: .heard(.metrics))
        while !Task.isCancelled {
            await ask()
            do { try await clock.sleep(seconds: Self.pauseSeconds) } catch { return }
        }
    }

    private func ask() async {
        do {
            let found = try await ObjectivePoll.read(
                try await traffic.metricsAPI(), options.dialect, options.objectives, at: clock.now)
            guard !Task.isCancelled else { return }
            status = SourceStatus(name: .metrics, state: .ok, asOf: clock.now)
            version += 1
            await store.take(.objectives(found))
        } catch {
            // The burn is unknown then; the metrics themselves say how they are.
            status = SourceStatus(name: .metrics, state: SourceState(error), detail: "\(error)")
            version += 1
            await store.take(.objectives([]))
        }
    }
}
