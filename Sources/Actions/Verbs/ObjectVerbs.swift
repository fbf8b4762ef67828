// The verbs of any object, and those of files and of the journal.

internal import Kube
internal import MeshModel

extension VerbTable {
    package static let fix = Verb(
        id: "fix", key: "F", title: "Fix", help: "mend what a finding names, where that is mechanical",
        form: VerbForm("a fix") { selection, object in
            guard case .finding(let finding) = selection, let mending = finding.mending, let object else { return nil }
            return .fix(object, mending)
        },
        target: { selection, _ in
            guard case .finding(let finding) = selection, finding.fix else { return nil }
            return ObjectReference(
                kind: finding.object.kind, namespace: finding.object.namespace, name: finding.object.name)
        }, needsTarget: true, permissions: { [patch($0)] })

    package static let delete = Verb(
        id: "delete", key: "D", title: "Delete", help: "delete the selected object; its name is asked for",
        form: VerbForm("deletion") { .delete($0) }, target: { selection, _ in object(of: selection) },
        needsTarget: true,
        permissions: { [permission("delete", $0)] }, isFrequent: false,
        command: VerbCommandWords(
            DeleteVerb.self, "delete", "Delete an object; its name must be given once more with --confirm.",
            discussion: "'meshtop undo' makes it anew from what it was.", object: "object",
            "KIND/NAME, e.g. virtualservice/reviews."))

    package static let edit = Verb(
        id: "edit", key: "e", title: "Edit", help: "the selected object as YAML in your editor, then a preview",
        form: VerbForm("edit", in: .editor), target: { selection, _ in object(of: selection) }, needsTarget: true,
        permissions: { [patch($0)] }, isFrequent: false)

    package static let apply = Verb(
        id: "apply", key: "A", title: "Apply file",
        help: "apply a YAML file or folder, all of it validated before the first object is sent",
        form: VerbForm("file", in: .file), target: { _, _ in nil }, needsTarget: false)

    package static let undo = Verb(
        id: "undo", key: "z", title: "Undo", help: "take back the last change",
        form: VerbForm("undo of the last change") { _, _ in .undo(nil, overDrift: true) },
        target: { _, _ in nil }, needsTarget: false)

    /// The very object that a selection stands for; an edge stands for none.
    private static func object(of selection: Selection) -> ObjectReference? {
        switch selection {
        case .service(let id): ObjectReference(kind: "Service", namespace: id.namespace, name: id.name)
        case .workload(let namespace, let kind, let name):
            ObjectReference(kind: kind, namespace: namespace, name: name)
        case .route(let route):
            ObjectReference(kind: route.kind.rawValue, namespace: route.namespace, name: route.name)
        case .breaker(let breaker) where !breaker.destinationRule.isEmpty:
            ObjectReference(kind: "DestinationRule", namespace: breaker.namespace, name: breaker.destinationRule)
        case .finding(let finding):
            ObjectReference(
                kind: finding.object.kind, namespace: finding.object.namespace, name: finding.object.name)
        case .breaker, .edge, .none: nil
        }
    }
}

package enum DeleteVerb: CommandVerb { package static var verb: Verb { VerbTable.delete } }
