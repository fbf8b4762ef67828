// An object in an operator's editor: as it was read, as text, and what came back.

package import Base
internal import Kube

/// An object as it was read before an editor was opened, the text that was given to the editor, and the text as it is
/// now. Both texts hold one YAML document without managedFields.
package struct ObjectEdit: Sendable, Hashable {
    package let object: ObjectReference
    let path: String
    /// Whole, with the resourceVersion that the change is locked to.
    let before: JSONValue
    package let original: String
    package var text: String

    init(_ object: ObjectReference, path: String, before: JSONValue, context: String) {
        self.object = object
        self.path = path
        self.before = before
        let body = Self.text(of: before)
        original = """
            # \(SafeText.line("\(object.kind) \(object.namespace)/\(object.name) in context \(context)")), as it was read.
            # Save and leave to see what would change; what is left as it is changes nothing.

            """ + body
        text = original
    }

    /// YAML, or JSON where YAML would not read back as the same object.
    private static func text(of object: JSONValue) -> String {
        let shown = ObjectText.sorted(ObjectText.withoutManagedFields(object))
        let yaml = YAML.text(shown)
        // A text that cannot be read back is no text of the object.
        let same = (try? YAML.document(Array(yaml.utf8))) == shown
        return same ? yaml : shown.prettyText + "\n"
    }

    /// A name for a file: what is special to a shell or a file system is left out.
    package var fileName: String {
        let text = "\(object.kind)-\(object.namespace)-\(object.name)".lowercased()
        let plain = text.unicodeScalars.map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == ".")
                ? Character(scalar) : "-"
        }
        return String(plain.prefix(120)) + ".yaml"
    }

    /// Both states as objects; nil when nothing was changed. An error says which line to mend.
    func states() throws(MeshTopError) -> (before: JSONValue, after: JSONValue)? {
        if text == original { return nil }
        func read(_ text: String) throws(MeshTopError) -> JSONValue {
            let documents: [YAMLDocument]
            do {
                documents = try YAML.documents(text)
            } catch {
                throw mistake("\(error)", "mend that line")
            }
            guard let first = documents.first else { throw mistake("the text is empty", "edit it again") }
            guard documents.count == 1 else {
                throw mistake("line \(documents[1].line): a second document", "leave one object in it")
            }
            guard first.value.object != nil else {
                throw mistake("it is no object", "write apiVersion, kind and metadata")
            }
            return first.value
        }
        let (before, after) = (try read(original), try read(text))
        return before == after ? nil : (before, after)
    }

    func mistake(_ why: String, _ advice: String) -> MeshTopError {
        MeshTopError(
            .usage, "the edit of \(object.kind) \(object.name)", why: why, advice: "\(advice); nothing was sent")
    }
}

/// What came of an editor.
package enum EditResult: Sendable, Hashable {
    case unchanged
    case changed(ObjectEdit)
    /// The text cannot be taken as it is; it is kept for another try.
    case unreadable(ObjectEdit, MeshTopError)
    /// No text came back.
    case failed(MeshTopError)

    /// Judges the text that an editor left.
    package init(_ edit: ObjectEdit) {
        do {
            self = try EditPlanner.isChanged(edit) ? .changed(edit) : .unchanged
        } catch {
            self = .unreadable(edit, error)
        }
    }
}

extension ChangeRunner {
    /// Reads an object for an editor.
    package func edit(_ object: ObjectReference) async throws -> ObjectEdit {
        let world = try await readingWorld(object)
        let path = try world.path(world.resolved(object))
        let before = try await world.read(path)
        let found = ObjectReference(
            kind: before.text("kind") ?? object.kind, namespace: before["metadata"]?.text("namespace") ?? "",
            name: before["metadata"]?.text("name") ?? object.name)
        return ObjectEdit(found, path: path, before: before, context: world.client.access.contextName)
    }

    /// The same edit on the object as it is now, for another try after a refusal. An error when somebody changed
    /// meanwhile what the edit is about.
    package func renewed(_ edit: ObjectEdit) async throws -> ObjectEdit {
        let world = try await readingWorld()
        let now = try await world.read(edit.path)
        guard now.at("metadata", "resourceVersion") != edit.before.at("metadata", "resourceVersion") else {
            return edit
        }
        var fresh = ObjectEdit(edit.object, path: edit.path, before: now, context: world.client.access.contextName)
        guard let (before, after) = try EditPlanner.meant(edit)?.states else { return fresh }
        do {
            let operations = ObjectChange.operations(from: before, to: after, guarded: true)
            fresh.text = YAML.text(
                ObjectText.sorted(ObjectText.withoutManagedFields(try Patching.json(operations, to: now))))
        } catch {
            throw MeshTopError(
                .conflict, "\(edit.object.kind) \(edit.object.namespace)/\(edit.object.name)",
                why: "somebody changed meanwhile what you edited", advice: "look at it as it is now and edit it anew")
        }
        return fresh
    }
}
