// When a new picture is made of what changed, and who waits for what.

internal import Base
internal import Kube
internal import MeshModel

/// Something that is waited for.
enum Milestone: Hashable, Sendable {
    /// Every kind has said its first word.
    case loaded
    case heard(SourceName)
}

extension MeshStore {
    /// Seconds between two pictures: often enough for an eye, seldom enough for a cluster where all changes.
    private static let shortestPause = 0.2

    /// At most five pictures a second, and fewer when making one takes long.
    func schedulePublish() {
        guard publish != nil, !isPublishing else { return }
        isPublishing = true
        let pause = max(Self.shortestPause, lastBuildSeconds * 20)
        Task {
            do { try await clock.sleep(seconds: pause) } catch { return }
            self.publishNow()
        }
    }

    private func publishNow() {
        isPublishing = false
        let started = clock.now
        let made = snapshot()
        lastBuildSeconds = clock.now - started
        publishedSources = made.sources
        publish?(made)
    }

    // MARK: Waiting

    private func isReached(_ milestone: Milestone) -> Bool {
        switch milestone {
        case .loaded: isLoaded
        case .heard(let name): status(name).map { $0.state != .starting } ?? true
        }
    }

    /// Returns when it is reached, or the task is cancelled.
    func wait(for milestone: Milestone) async {
        if isReached(milestone) { return }
        lastWaiter += 1
        let number = lastWaiter
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiting[milestone, default: [:]][number] = $0 }
        } onCancel: {
            Task { await self.wake(number, milestone) }
        }
    }

    private func wake(_ number: Int, _ milestone: Milestone) {
        waiting[milestone]?.removeValue(forKey: number)?.resume()
    }

    func wakeWaiters() {
        for milestone in waiting.keys where isReached(milestone) {
            for waiter in (waiting.removeValue(forKey: milestone) ?? [:]).values { waiter.resume() }
        }
    }
}
