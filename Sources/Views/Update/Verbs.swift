// From a verb to its form, from the form to a plan, and from the preview to the change.

internal import Actions
internal import ClusterData

extension Model {
    /// Opens a verb's form for what is selected, or says why it cannot be used. Where the selection stands for several
    /// things that the verb could be for, the operator says which.
    mutating func begin(_ verb: Verb) -> [Effect] {
        let (selection, context) = (selection, verbContext)
        if verb.needsTarget, let chosen, isSelectionGone {
            toast("\(verb.title): \(chosen.title) is not there any more; move the cursor to select", isError: true)
            return []
        }
        let candidates = verb.candidates(selection, context).filter { verb.target($0, context) != nil }
        guard candidates.count > 1 else { return begin(verb, for: selection) }
        overlay = .menu(
            Menu(
                title: "\(verb.title): which one?",
                items: candidates.map { .init(label: $0.title, choice: .verb(verb.id, $0)) }))
        return []
    }

    mutating func begin(_ verb: Verb, for selection: Selection) -> [Effect] {
        if let reason = verb.disabledReason(selection, verbContext) {
            // What is missed may be there and not read.
            let isMissed = verb.needsTarget && verb.target(selection, verbContext) == nil
            let kinds =
                verb.id == VerbTable.shift.id ? MeshSnapshot.routeKinds : MeshSnapshot.workloadKinds + ["Service"]
            toast("\(verb.title): \(reason)\(isMissed ? snapshot?.gap(kinds) ?? "" : "")", isError: true)
            return []
        }
        switch verb.form {
        case .weights:
            guard let route = VerbTable.route(for: selection, verbContext), var editor = WeightsEditor(route) else {
                toast("\(verb.title): no route with several destinations is selected", isError: true)
                return []
            }
            editor.owner = owner(of: editor.route)
            overlay = .weights(editor)
        case .replicas:
            guard let target = verb.target(selection, verbContext) else { return [] }
            let workload = snapshot?.workloads.first {
                $0.namespace == target.namespace && $0.kind == target.kind && $0.name == target.name
            }
            overlay = .replicas(
                ReplicasEditor(
                    target: target, current: workload?.desired, ready: workload?.ready,
                    field: TextField(workload?.desired.map(String.init) ?? "", isSelected: true),
                    autoscaler: workload?.autoscaler))
        case .restart:
            guard let target = verb.target(selection, verbContext) else { return [] }
            return plan(.restart(target), "restart of \(target.name)")
        case .policy:
            guard let id = VerbTable.service(for: selection, verbContext) else { return [] }
            ask()
            overlay = .policy(PolicyForm(service: id, request: lastRequest))
            return [.readPolicies(id)]
        case .file: overlay = .file(TextField())
        case .fix:
            guard let target = verb.target(selection, verbContext), case .finding(let finding) = selection,
                let fix = finding.mending
            else { return [] }
            return plan(.fix(target, fix), "a fix of \(target.name)")
        case .stats:
            guard let target = verb.target(selection, verbContext) else { return [] }
            return plan(.exposeStats(target), "an annotation of \(target.name)")
        case .undo: return plan(.undo(nil, overDrift: true), "undo of the last change")
        case .workload(let template):
            guard let target = verb.target(selection, verbContext) else { return [] }
            return begin(template, target)
        case .delete:
            guard let target = verb.target(selection, verbContext) else { return [] }
            return plan(.delete(target), "deletion of \(target.name)")
        case .edit:
            guard let target = verb.target(selection, verbContext) else { return [] }
            return read(target)
        }
        return []
    }

    /// Into the form that asked, also while it waits behind a plan.
    mutating func show(_ found: [PolicyTemplate: PresentPolicy], of service: ServiceID, _ request: RequestID) {
        if case .policy(var policy) = overlay, policy.service == service, policy.request == request {
            policy.show(found)
            overlay = .policy(policy)
        } else if case .policy(var policy) = form, policy.service == service, policy.request == request {
            policy.show(found)
            form = .policy(policy)
        }
    }

    mutating func plan(_ request: PlanRequest, _ words: String) -> [Effect] {
        form = overlay
        wait("planning \(words); the server tries it first")
        return [.plan(request)]
    }

    // MARK: Keys in overlays

    mutating func pressOverlay(_ key: Key) -> [Effect] {
        guard let overlay else { return [] }
        if overlay.needsRoom, !hasRoom, key != .escape { return [] }
        switch overlay {
        case .menu(let menu): return press(key, menu)
        case .weights(let editor): return press(key, editor)
        case .guardForm(let form): return press(key, form)
        case .rollouts(let screen): return press(key, screen)
        case .replicas(let editor): return press(key, editor)
        case .policy(let form): return press(key, form)
        case .values(let form): return press(key, form)
        case .file(let field): return press(key, field)
        case .confirm(let question):
            if key == .character("y") {
                if let text = question.waiting { wait(text) } else { self.overlay = nil }
                return [question.effect]
            }
            if [.escape, .character("n"), .character("q")].contains(key) {
                self.overlay = nil
                return question.otherwise.map { [$0] } ?? []
            }
        case .planning:
            if key == .escape {
                // The answer that is still to come finds nobody.
                closeOverlay()
                let tried = edit
                (form, edit) = (nil, nil)
                return tried.map { [.keepEdit($0)] } ?? []
            }
        case .preview(let state): return press(key, state)
        case .document(let document): press(key, document)
        case .log(let log): return press(key, log)
        }
        return []
    }

    private mutating func press(_ key: Key, _ menu: Menu) -> [Effect] {
        var menu = menu
        let last = max(0, menu.shown.count - 1)
        switch key {
        case .escape where menu.filter?.text.isEmpty == false:
            menu.filter = TextField()
            menu.cursor = 0
        case .escape:
            overlay = nil
            return []
        case .up: menu.cursor = max(0, menu.cursor - 1)
        case .down: menu.cursor = min(last, menu.cursor + 1)
        case .home: menu.cursor = 0
        case .end: menu.cursor = last
        case .pageDown: menu.cursor = min(last, menu.cursor + 10)
        case .pageUp: menu.cursor = max(0, menu.cursor - 10)
        case .enter:
            guard menu.shown.indices.contains(menu.cursor) else { return [] }
            return choose(menu.shown[menu.cursor])
        case _ where menu.filter != nil:
            if menu.filter?.handle(key) == true { menu.cursor = 0 }
        case .character("q"):
            overlay = nil
            return []
        case .character("k"): menu.cursor = max(0, menu.cursor - 1)
        case .character("j"): menu.cursor = min(last, menu.cursor + 1)
        case .character("g"): menu.cursor = 0
        case .character("G"): menu.cursor = last
        default:
            // The action menu's letters are the verbs' own keys.
            guard let id = keys[key.name], let item = menu.items.first(where: { $0.choice.actionID == id }) else {
                return []
            }
            return choose(item)
        }
        overlay = .menu(menu)
        return []
    }

    private mutating func choose(_ item: Menu.Item) -> [Effect] {
        if let reason = item.disabled {
            toast("\(item.label): \(reason)", isError: true)
            return []
        }
        overlay = nil
        switch item.choice {
        case .action(let id): return perform(id)
        case .verb(let id, let selection):
            return VerbTable.all.first { $0.id == id }.map { begin($0, for: selection) } ?? []
        case .namespace(let name): return setScope(name.map { .some([$0]) } ?? .all)
        case .context(let name): return switchContext(name)
        case .window(let seconds): return setWindow(seconds)
        case .sort(let column):
            self[focus].sort = column
            self[focus].inverted = false
            isStale = true
            return []
        }
    }

    private mutating func press(_ key: Key, _ editor: WeightsEditor) -> [Effect] {
        var editor = editor
        switch key {
        case .escape, .character("q"):
            overlay = nil
            return []
        case .up, .character("k"): editor.move(-1)
        case .down, .character("j"), .tab: editor.move(1)
        case .backTab: editor.move(-1)
        case .character("+"), .right, .character("l"): editor.change(1)
        case .character("-"), .left, .character("h"): editor.change(-1)
        case .character(">"), .pageUp: editor.change(10)
        case .character("<"), .pageDown: editor.change(-10)
        case .backspace, .delete: editor.deleteDigit()
        case .character("="): editor.makeEven()
        case .character("P"): editor.promote()
        case .character("A"): editor.abort()
        case .character("G"):
            overlay = .guardForm(GuardForm(editor))
            return []
        case .character("D"):
            guard let owner = editor.owner else { return [] }
            openRollouts(owner.id)
            return []
        case .character(let digit) where digit.isASCII && digit.wholeNumberValue != nil:
            editor.digit(digit.wholeNumberValue ?? 0)
        case .enter:
            if editor.weights == editor.before {
                toast("the weights are as they were")
                return []
            }
            return plan(
                .shift(route: editor.route, section: editor.section, index: editor.index, weights: editor.weights),
                "shift of \(editor.route.name)")
        default: return []
        }
        overlay = .weights(editor)
        return []
    }

    private mutating func press(_ key: Key, _ editor: ReplicasEditor) -> [Effect] {
        var editor = editor
        switch key {
        case .escape:
            overlay = nil
            return []
        case .up, .character("+"), .down, .character("-"):
            let step = key == .up || key == .character("+") ? 1 : -1
            let value = min(100_000, max(0, (Int(editor.field.text) ?? editor.current ?? 0) + step))
            editor.field = TextField(String(value))
            editor.error = nil
        case .character("m"):
            if editor.move == nil {
                editor.error = "no bound of an autoscaler is in the way"
            } else {
                editor.movesBounds.toggle()
                editor.error = nil
            }
        case .enter:
            guard let replicas = Int(editor.field.text), (0...100_000).contains(replicas) else {
                editor.error = "replicas are a whole number from 0 to 100000"
                overlay = .replicas(editor)
                return []
            }
            if replicas == editor.current {
                editor.error = "it has \(replicas) already"
                overlay = .replicas(editor)
                return []
            }
            let moves = editor.movesBounds && editor.move != nil
            return plan(
                .scale(editor.target, replicas: replicas, movesBounds: moves), "scaling of \(editor.target.name)")
        default:
            _ = editor.field.handle(key)
            editor.error = nil
        }
        overlay = .replicas(editor)
        return []
    }

    private mutating func press(_ key: Key, _ form: PolicyForm) -> [Effect] {
        var form = form
        let fields = form.chosen.fields
        switch key {
        case .escape:
            overlay = nil
            return []
        case .up, .backTab: form.row = (form.row + fields.count) % (fields.count + 1)
        case .down, .tab: form.row = (form.row + 1) % (fields.count + 1)
        case .left where form.row == 0, .right where form.row == 0, .character(" ") where form.row == 0:
            let count = PolicyTemplate.allCases.count
            form.template = (form.template + (key == .left ? count - 1 : 1)) % count
        case .left where !fields[max(0, form.row - 1)].choices.isEmpty,
            .right where !fields[max(0, form.row - 1)].choices.isEmpty:
            form.turn(key == .left ? -1 : 1)
        case .character(" ") where form.spaceToggles: form.toggle()
        case .enter:
            if form.isUntouched {
                form.error = "nothing is typed, chosen or switched on: there is nothing to write"
                overlay = .policy(form)
                return []
            }
            return plan(
                .policy(
                    form.chosen, namespace: form.service.namespace, target: form.service.name, values: form.given),
                "\(form.chosen.title) for \(form.service.name)")
        default:
            if form.row > 0, fields[form.row - 1].choices.isEmpty { form.type(key) }
        }
        form.error = nil
        overlay = .policy(form)
        return []
    }

    private mutating func press(_ key: Key, _ field: TextField) -> [Effect] {
        var field = field
        switch key {
        case .escape:
            overlay = nil
            return []
        case .enter:
            guard !field.text.isEmpty else { return [] }
            form = .file(field)
            wait("reading \(field.text); the server tries it first")
            return [.applyFile(path: field.text)]
        default: _ = field.handle(key)
        }
        overlay = .file(field)
        return []
    }

    private mutating func press(_ key: Key, _ state: PreviewState) -> [Effect] {
        var state = state
        switch key {
        case .escape:
            closeOverlay()
            if !state.sent { return abandon(state) }
            if !state.isFinal { toast("the check goes on; its result will be shown here") }
            return []
        case .up: state.scroll = max(0, state.scroll - 1)
        case .down: state.scroll += 1
        case .pageUp: state.scroll = max(0, state.scroll - 10)
        case .pageDown: state.scroll += 10
        case .tab: state.isFolded.toggle()
        case .enter where state.sent && state.isFinal, .character("q") where state.sent && state.isFinal:
            closeOverlay()
            return []
        case .character("y") where state.stopped != nil:
            guard let stopped = state.stopped else { break }
            return plan(.undo(stopped.journalID, overDrift: true), "undo of what was applied")
        case .character("n") where state.stopped != nil:
            overlay = nil
            return []
        case .character("e") where state.canEditAgain:
            guard let edit = state.edit else { break }
            return again(edit, state)
        case .character("m") where !state.sent && state.preview.mend != nil:
            guard let mend = state.preview.mend else { break }
            return plan(mend.request, "the mended manifest")
        case _ where state.sent || state.preview.refusal != nil || state.preview.isEmpty: break
        case _ where state.isAnswer(key): return answer(key, state)
        case _ where state.asksName:
            _ = state.typed.handle(key)
            state.error = nil
        case .character("n"), .character("q"):
            closeOverlay()
            return abandon(state)
        case .character("c"):
            toast("copied the kubectl command")
            return [.copy(state.preview.kubectl)]
        default: break
        }
        state.scroll = min(state.scroll, max(0, PreviewLines.lines(state, width: size.columns).count - 1))
        overlay = .preview(state)
        return []
    }

    /// An answer that counts: that somebody's work is overwritten, that a name is meant, or that the change is wanted.
    mutating func confirm(_ state: PreviewState) -> [Effect] {
        var state = state
        if state.asksName {
            if state.typed.text == state.preview.typedConfirmation { return send(state) }
            state.error = "that is not the name"
        } else if state.preview.needsAcknowledgement, !state.isAcknowledged {
            state.isAcknowledged = true
        } else {
            return send(state)
        }
        overlay = .preview(state)
        return []
    }

    /// A guarded shift is followed in its own window, everything else in the preview.
    private mutating func send(_ state: PreviewState) -> [Effect] {
        var state = state
        state.sent = true
        overlay = .preview(state)
        if let edit = state.edit { sentEdits[state.preview.planID] = edit }
        if let route = state.preview.rollout {
            openRollouts("\(route.kind)/\(route.namespace)/\(route.name)")
        }
        return [.apply(planID: state.preview.planID)]
    }

    private mutating func press(_ key: Key, _ document: Document) {
        var document = document
        let last = max(0, document.lines.count - 1)
        switch key {
        case .escape, .character("q"), .character("?"):
            closeOverlay()
            return
        case .up, .character("k"): document.scroll = max(0, document.scroll - 1)
        case .down, .character("j"), .enter: document.scroll = min(last, document.scroll + 1)
        case .pageUp, .control("b"), .control("u"): document.scroll = max(0, document.scroll - 20)
        case .pageDown, .control("f"), .control("d"), .character(" "): document.scroll = min(last, document.scroll + 20)
        case .home, .character("g"): document.scroll = 0
        case .end, .character("G"): document.scroll = last
        case .left, .character("h"): document.sideways = max(0, document.sideways - 8)
        case .right, .character("l"): document.sideways = min(1000, document.sideways + 8)
        default: break
        }
        overlay = .document(document)
    }
}
