// What a verb asks for, as data: a form on the screen and a command of the command line are made from it.

package import Base
package import MeshModel

/// The fields of a verb, and the request that their values come to. Without fields the plan is made at once.
package struct VerbForm: Sendable {
    /// A window of its own, for what is more than a few fields.
    package struct Window: Sendable, Hashable {
        package var name: String
    }

    /// What is planned, as in "planning a fix of reviews".
    package var words: String
    package var fields: [FormField] = []
    /// The window that asks on the screen; nil for the one that draws any fields.
    package var window: Window?
    /// The values that an object has now, by the field's key, for the fields to start from.
    package var present: @Sendable (ObjectReference, MeshSnapshot?) -> [String: String] = { _, _ in [:] }
    private var request: @Sendable (Selection, ObjectReference?, FormValues) throws(MeshTopError) -> PlanRequest?

    /// One whose window makes the request itself.
    init(_ words: String, in window: Window) {
        (self.words, self.window) = (words, window)
        request = { _, _, _ in nil }
    }

    /// One whose request depends on more than the object.
    init(
        _ words: String, request: @escaping @Sendable (Selection, ObjectReference?) -> PlanRequest?
    ) {
        self.words = words
        self.request = { selection, object, _ in request(selection, object) }
    }

    /// One of an object alone.
    init(_ words: String, request: @escaping @Sendable (ObjectReference) -> PlanRequest) {
        self.init(words) { _, object in object.map(request) }
    }

    /// One of an object and the values of fields.
    init(
        _ words: String, _ fields: [FormField], in window: Window? = nil,
        request: @escaping @Sendable (ObjectReference, FormValues) throws(MeshTopError) -> PlanRequest,
        present: @escaping @Sendable (ObjectReference, MeshSnapshot?) -> [String: String] = { _, _ in [:] }
    ) {
        (self.words, self.fields, self.window, self.present) = (words, fields, window, present)
        self.request = { (_, object, values) throws(MeshTopError) in
            guard let object else { return nil }
            return try request(object, values)
        }
    }

    /// The request for an object with what was filled in, by the field's key; nil where there is nothing to plan.
    package func plan(
        _ object: ObjectReference?, _ given: [String: String] = [:], of selection: Selection = .none
    ) throws(MeshTopError) -> PlanRequest? {
        try request(selection, object, FormValues(fields, given))
    }

    /// "scaling of reviews-v1"
    package func title(_ object: ObjectReference?) -> String { object.map { "\(words) of \($0.name)" } ?? words }
}

extension VerbForm.Window {
    /// The weights of a route.
    package static let weights = Self(name: "weights")
    /// A count, beside what an autoscaler allows.
    package static let replicas = Self(name: "replicas")
    /// The catalogue of policies.
    package static let policy = Self(name: "policy")
    /// A path of manifests.
    package static let file = Self(name: "file")
    /// The operator's own editor.
    package static let editor = Self(name: "editor")
}
