// Keys in the forms that lead to a plan.

internal import Actions
internal import Base
internal import MeshModel

extension Model {
    mutating func press(_ key: Key, _ editor: WeightsEditor) -> [Effect] {
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

    mutating func press(_ key: Key, _ editor: ReplicasEditor) -> [Effect] {
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

    mutating func press(_ key: Key, _ form: PolicyForm) -> [Effect] {
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

    mutating func press(_ key: Key, _ field: TextField) -> [Effect] {
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
}
