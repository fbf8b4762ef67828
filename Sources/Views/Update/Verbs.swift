// From a verb to its form, from the form to a plan, and from the preview to the change.

internal import Actions
internal import Base
internal import MeshModel

extension Model {
    /// Opens a verb's form for what is selected, or says why it cannot be used. Where the selection stands for several
    /// things that the verb could be for, the operator says which.
    mutating func begin(_ verb: Verb) -> [Effect] {
        let (selection, context) = (selection, verbContext)
        if verb.needsTarget, let chosen, let selectionIsGone {
            toast("\(verb.title): \(chosen.title) \(selectionIsGone); move the cursor to select", isError: true)
            return []
        }
        let candidates = verb.candidates(selection, context).filter { verb.target($0, context) != nil }
        guard candidates.count > 1 else { return begin(verb, for: selection) }
        open(
            Menu(
                title: "\(verb.title): which one?",
                items: candidates.map { candidate in
                    .init(label: candidate.title) { $0.begin(verb, for: candidate) }
                }))
        return []
    }

    mutating func begin(_ verb: Verb, for selection: Selection) -> [Effect] {
        if let reason = verb.disabledReason(selection, verbContext) {
            // What is missed may be there and not read.
            let isMissed = verb.needsTarget && verb.target(selection, verbContext) == nil
            toast("\(verb.title): \(reason)\(isMissed ? snapshot?.gap(verb.kinds) ?? "" : "")", isError: true)
            return []
        }
        if let window = verb.form.window { return FormWindows.all[window]?(&self, verb, selection) ?? [] }
        let target = verb.target(selection, verbContext)
        if let target, !verb.form.fields.isEmpty {
            open(ValuesForm(verb, target, present: verb.form.present(target, snapshot)))
            return []
        }
        do {
            guard let request = try verb.form.plan(target, of: selection) else { return [] }
            return plan(request, verb.form.title(target))
        } catch {
            toast(error.description, isError: true)
            return []
        }
    }

    /// A path of manifests.
    mutating func apply(file: String) -> [Effect] {
        if refuses(VerbTable.apply) { return [] }
        wait("reading \(file); the server tries it first")
        return [.applyFile(path: file)]
    }

    /// One change of the journal.
    mutating func undo(_ id: String, words: String) -> [Effect] {
        refuses(VerbTable.undo) ? [] : plan(.undo(id, overDrift: true), "undo of \(words)")
    }

    /// Says why a verb cannot be used now; false where it can.
    private mutating func refuses(_ verb: Verb) -> Bool {
        guard let reason = verb.disabledReason(selection, verbContext) else { return false }
        toast("\(verb.title): \(reason)", isError: true)
        return true
    }

    mutating func plan(_ request: PlanRequest, _ words: String) -> [Effect] {
        wait("planning \(words); the server tries it first")
        return [.plan(request)]
    }
}
