// The main loop: one thread that owns the terminal and waits for keys, messages, signals and the next second.

internal import Actions
internal import Base
internal import CLinux
internal import Kube
internal import MeshModel
internal import Views

enum Dashboard {
    /// Runs until the operator leaves. Returns the signal that ended it, if one did.
    static func run(_ global: GlobalOptions, wall: Bool) throws -> Int32? {
        Signals.block()
        // What is wrong with flags and files is said before the screen opens.
        let place = global.demo == nil ? try global.workplace() : nil
        return try MainActor.assumeIsolated {
            let loop = try DashboardLoop(place, global, wall: wall)
            return loop.run()
        }
    }
}

@MainActor
private final class DashboardLoop {
    private let global: GlobalOptions
    private let terminal: Terminal
    private let mailbox = Mailbox()
    private let signals = Signals()
    private var curl: CurlLoop?
    private var model: Model
    private var cluster: ActiveCluster?
    private var interest: [ServiceID] = []
    private var generation = 0
    private var isRunning = true
    private var endedBy: Int32?
    private let themes = ThemeFiles()
    /// Programs that wait for the terminal; the first one has it.
    private var borrowers: [Borrower] = []
    private var isLent: Bool { !borrowers.isEmpty }

    init(_ place: Workplace?, _ global: GlobalOptions, wall: Bool) throws(MeshTopError) {
        self.global = global
        var configuration = Configuration()
        if let place {
            configuration = place.configuration
        } else {
            configuration = try .load(flag: global.config, context: nil)
        }
        var options = ViewOptions()
        if let name = global.theme ?? configuration.theme { options.theme = try themes.find(name) }
        if let document = try Configuration.document(flag: nil, name: "keys.yaml") {
            do {
                options.keyOverrides = try KeyMap.overrides(document: document.value)
            } catch {
                throw MeshTopError(error.code, document.path, why: error.why, advice: "mend that entry")
            }
        }
        options.contexts = place?.contextNames ?? []
        options.currentContext = place?.access.contextName ?? "meshtop-demo"
        options.readOnly = (place?.readOnly ?? ReadOnly(flag: global.readOnly, configuration)).reason
        // Three ticks of the metrics, and what a request may take.
        options.silenceSeconds = max(30, 3 * (global.refresh ?? configuration.refreshSeconds ?? 5) + 15)
        options.isProduction = place?.safeguards.isProduction ?? false
        options.mouse = !wall && (configuration.mouse ?? true)
        options.wall = wall
        options.demo = global.demo != nil
        let noColor = global.noColor || !(environmentVariable("NO_COLOR") ?? "").isEmpty
        let ascii = global.ascii || configuration.ascii ?? false
        CrashGuard.install()
        terminal = try Terminal.open(TerminalOptions(noColor: noColor, ascii: ascii, mouse: options.mouse))
        options.ascii = !terminal.isUTF8
        model = Model(options)
        send(.resize(terminal.size))
        send(.tick(.now()))
        if let notice = terminal.notice { send(.notice(notice, isError: false)) }
        present()
        // Only now is anything asked of a network, or a mesh built.
        if let place {
            enter(place)
        } else {
            let (global, mailbox) = (global, mailbox)
            Task.detached {
                let result: Result<Workplace, MeshTopError>
                do throws(MeshTopError) { result = .success(try global.workplace()) } catch { result = .failure(error) }
                mailbox.post(.workplace(result))
            }
        }
    }

    func run() -> Int32? {
        var nextTick = Moment.now() + 1
        var looked = Moment.now()
        while isRunning {
            var descriptors = [
                pollfd(fd: isLent ? -1 : 0, events: Int16(POLLIN), revents: 0),
                pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let wait = pause(until: nextTick)
            let before = Moment.now()
            poll(&descriptors, nfds_t(descriptors.count), wait)
            let woken = Moment.now()
            // What was there at once came while the loop was busy, at any time since it last looked.
            let came = woken - before < 0.001 ? looked : woken
            looked = woken
            send(.moment(woken))
            if descriptors[2].revents != 0 { for number in signals.take() { received(number) } }
            if descriptors[0].revents & Int16(POLLIN) != 0 {
                for event in terminal.readEvents(cameAfter: came) { send(event) }
            }
            // The terminal has gone.
            if descriptors[0].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 { isRunning = false }
            if descriptors[1].revents != 0 { for message in mailbox.take() { received(message) } }
            let now = Moment.now()
            if now >= nextTick {
                nextTick = now + 1
                let time = Timestamp.now()
                let ahead = Timestamp.wall() - time
                send(.wallClock(ahead: abs(ahead) < 1 ? 0 : ahead))
                send(.tick(time))
                // Where sidecars are asked one by one, those of what is looked at come first.
                let wanted = model.interest
                if wanted != interest {
                    interest = wanted
                    cluster?.setInterest(wanted)
                }
            }
            if isRunning, !isLent { present() }
        }
        cluster?.stop()
        if isLent {
            mailbox.tenant.evict()
            terminal.resume()
        }
        terminal.close()
        return endedBy
    }

    /// How long nothing needs to be done unless something happens, in milliseconds.
    private func pause(until tick: Moment) -> Int32 {
        let end = model.wakeAt.map { min($0, tick) } ?? tick
        let seconds = max(0, min(1, end - .now()))
        return Int32(clamping: (seconds * 1000).rounded(.up))
    }

    private func present() {
        terminal.present(render(model, size: terminal.size), theme: model.currentTheme)
        send(.presented(.now()))
    }

    private func send(_ event: Event) {
        // Read before effects are carried out: these may send events of their own.
        let effects = update(&model, event)
        let request = model.lastRequest
        for effect in effects { carryOut(effect, request) }
    }

    private func received(_ message: Message) {
        switch message {
        case .event(let event, let sender): if sender == generation { send(event) }
        case .workplace(.success(let place)):
            enter(place)
        case .workplace(.failure(let error)):
            send(.notice(error.description, isError: true))
        case .borrowTerminal(let borrower):
            borrowers.append(borrower)
            if borrowers.count == 1 { lend() }
        case .terminalReturned:
            borrowers.removeFirst()
            if isLent { lend() } else { takeBack() }
        }
    }

    /// The screen makes way for a program that asks the person something.
    private func lend() {
        terminal.suspend()
        borrowers[0].start(mailbox)
    }

    private func takeBack() {
        terminal.resume()
        terminal.resized()
        send(.resize(terminal.size))
    }

    private func received(_ signal: Int32) {
        // What is typed belongs to the program that has the terminal.
        if isLent, [SIGINT, SIGQUIT, SIGWINCH].contains(signal) { return }
        if signal == SIGWINCH {
            terminal.resized()
            send(.resize(terminal.size))
        } else {
            endedBy = signal
            isRunning = false
        }
    }

    /// Leaves the cluster before, if any, and starts on this one.
    private func enter(_ place: Workplace) {
        cluster?.stop()
        generation += 1
        interest = []
        do {
            let loop = curl ?? CurlLoop()
            curl = loop
            let entered = try ActiveCluster(place, generation: generation, loop: loop, mailbox: mailbox)
            cluster = entered
            send(
                .contexts(
                    names: place.contextNames, current: place.access.contextName, safeguards: place.safeguards))
            entered.start()
        } catch {
            cluster = nil
            send(.notice(error.description, isError: true))
        }
    }

    /// What a question is answered with carries the number of the request.
    private func carryOut(_ effect: Effect, _ request: RequestID) {
        switch effect {
        case .quit: isRunning = false
        case .plan(let wanted): cluster?.plan(wanted, request)
        case .apply(let planID): cluster?.apply(planID)
        case .discardPlan(let planID): cluster?.discard(planID)
        case .switchContext(let name): switchContext(name)
        case .setScope(let scope): cluster?.setScope(scope)
        case .setWindow(let seconds): cluster?.setWindow(seconds)
        case .refresh: cluster?.refresh()
        case .askRights(let namespace): cluster?.askRights(namespace)
        case .repaint: terminal.repaint()
        case .suspend: suspend()
        case .read(let need): cluster?.read(need)
        case .applyFile(let path): cluster?.applyFile(path, request)
        case .openEditor(let edit): cluster?.openEditor(edit, request)
        case .keepEdit(let edit): keep(edit)
        case .copy(let text): terminal.copy(text)
        case .setMouse(let on): terminal.setMouse(on)
        case .setTheme(let name):
            do { model.use(try themes.find(name)) } catch { send(.notice(error.description, isError: true)) }
        }
    }

    /// Works at once, also away from a cluster that does not answer: nothing of the old session is waited for.
    private func switchContext(_ name: String) {
        guard let now = cluster?.place else { return }
        do {
            enter(try global.workplace(now.kubeconfig, context: name, demo: now.demo))
        } catch {
            send(.notice(error.description, isError: true))
        }
    }

    private func keep(_ edit: ObjectEdit) {
        do {
            send(.notice("not applied; your text is kept in \(try EditFile.keep(edit))", isError: true))
        } catch {
            send(.notice(error.description, isError: true))
        }
    }

    private func suspend() {
        terminal.suspend()
        kill(getpid(), SIGSTOP)
        terminal.resume()
        terminal.resized()
        send(.resize(terminal.size))
    }
}
