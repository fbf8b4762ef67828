// One context while the dashboard looks at it: the session that reads and the runner that changes.

internal import Actions
internal import Base
internal import ClusterData
internal import Kube
internal import MeshModel
internal import Views

struct ActiveCluster: Sendable {
    let place: Workplace
    let generation: Int
    let session: MeshSession
    let runner: ChangeRunner
    private let mailbox: Mailbox
    private let life = Life()

    init(_ place: Workplace, generation: Int, loop: CurlLoop, mailbox: Mailbox) throws(MeshTopError) {
        self.place = place
        self.generation = generation
        self.mailbox = mailbox
        let client = KubeClient(
            access: place.access, loop: loop, timeoutSeconds: place.options.requestTimeoutSeconds,
            prompt: mailbox.prompt)
        let session = MeshSession(client: client, options: place.options) { snapshot in
            mailbox.post(.event(.snapshot(snapshot), generation: generation))
        }
        self.session = session
        runner = ChangeRunner(
            client: client, journal: try Journal.standard(), productionNamespaces: place.options.productionNamespaces,
            foresight: ChangeForesight(session)
        ) { await session.snapshot() }
    }

    func start() {
        Task {
            await session.start()
            do {
                let said = Lock<Set<String>>([])
                let desk = RolloutDesk(session, stateFolder: try Journal.stateFolder()) { views, notes in
                    post(.rollouts(views, notes: notes))
                    for view in views where view.driver == .nobody && view.isRunning {
                        if said.withLock({ $0.insert(view.id).inserted }) { post(Self.abandoned(view)) }
                    }
                }
                await desk.attach(to: runner)
                life.holds(Task { await desk.run() })
            } catch {
                post(.notice("rollouts: \(error)", isError: true))
            }
        }
        Task {
            // What an earlier MeshTop left: changes whose outcome nobody saw. A cluster that does not answer yet says
            // so elsewhere.
            for line in (try? await runner.resolveOutcomes()) ?? [] {
                post(.notice("journal: \(line)", isError: false))
            }
        }
    }

    private static func abandoned(_ view: RolloutView) -> Event {
        .notice(
            "a guarded shift of \(view.object.namespace)/\(view.title) stands at \(view.weight ?? 0) % and nobody drives it: w shows it",
            isError: false)
    }

    func stop() {
        life.end()
        Task { await session.stop() }
    }

    private func post(_ event: Event) { mailbox.post(.event(event, generation: generation)) }

    /// What this user may do in a namespace; asked again while the server does not say.
    func askRights(_ namespace: String) {
        Task {
            for attempt in 0..<5 {
                let rights = await session.rights.rights(namespace)
                post(.rights(rights))
                guard rights.gap != nil, attempt < 4 else { return }
                do { try await session.client.clock.sleep(seconds: 5) } catch { return }
            }
        }
    }

    /// After a refusal: what was known of this user's rights is out of date.
    private func askRightsAgain() async {
        for rights in await session.rights.askAgain() { post(.rights(rights)) }
    }

    // MARK: Effects

    func plan(_ wanted: PlanRequest, _ request: RequestID) {
        Task {
            do {
                let preview = try await runner.plan(wanted)
                post(.preview(.success(preview), of: request))
                if preview.refusal != nil { await askRightsAgain() }
            } catch {
                post(.preview(.failure(MeshTopError(told: error)), of: request))
                if MeshTopError(told: error).code == .forbidden { await askRightsAgain() }
            }
        }
    }

    func apply(_ planID: String) {
        Task {  // A preview asks about what is lost before it sends.
            for await progress in await runner.apply(planID, acceptsLosses: true) {
                post(.progress(planID: planID, progress))
            }
        }
    }

    func discard(_ planID: String) { Task { await runner.discard(planID) } }

    /// A file or a folder; with " -R" behind it, its folders too.
    func applyFile(_ path: String, _ request: RequestID) {
        do {
            let recursive = path.hasSuffix(" -R")
            var full = recursive ? String(path.dropLast(3)) : path
            if full.hasPrefix("~/"), let home = environmentVariable("HOME") { full = home + full.dropFirst() }
            plan(
                .manifests(try Manifests.read([full], recursive: recursive), defaultNamespace: place.defaultNamespace),
                request)
        } catch {
            post(.preview(.failure(error), of: request))
        }
    }

    func openEditor(_ edit: ObjectEdit, _ request: RequestID) {
        Task {
            do {
                let file = try EditFile(edit)
                let code = try await mailbox.open(file)
                post(.edited(file.result(code), of: request))
            } catch {
                post(.edited(.failed(MeshTopError(told: error)), of: request))
            }
        }
    }

    /// Answers a window's question.
    func read(_ need: DataNeed) {
        let sources = DataSources(session: session, runner: runner, access: place.access)
        Task {
            let (answer, notice) = await sources.answer(need.question)
            if let notice { post(.notice(notice, isError: true)) }
            post(.data(answer, of: need.id))
        }
    }

    // Not tasks of the main actor: its queue is never drained, the main loop owns that thread.
    func setWindow(_ seconds: Int) { Task { await session.setWindow(seconds) } }
    func setScope(_ scope: NamespaceScope) { Task { await session.setScope(scope) } }

    func setInterest(_ services: [ServiceID]) { Task { await session.setInterest(services) } }

    func refresh() {
        Task {
            await session.refresh()
            await askRightsAgain()
        }
    }
}

/// Whether a cluster is still looked at.
private final class Life: Sendable {
    private let state = Lock<(isOver: Bool, task: Task<Void, Never>?)>((false, nil))

    /// A task that ends with it; one that comes too late ends at once.
    func holds(_ task: Task<Void, Never>) {
        let isOver = state.withLock { state in
            state.task = task
            return state.isOver
        }
        if isOver { task.cancel() }
    }

    func end() {
        let task = state.withLock { state in
            state.isOver = true
            return state.task
        }
        task?.cancel()
    }
}
