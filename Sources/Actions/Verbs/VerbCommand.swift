// A verb as a command of the command line.

/// A verb that is a command too. It is a type, as the argument parser tells commands by their types.
package protocol CommandVerb: SendableMetatype {
    static var verb: Verb { get }
}

/// What the help says of the command; its options are those of the form's fields.
package struct VerbCommandWords: Sendable {
    package var name: String
    package var abstract: String
    package var discussion: String
    /// What stands for the object in the usage.
    package var objectName: String
    package var objectHelp: String
    package var type: any CommandVerb.Type

    init(
        _ type: any CommandVerb.Type, _ name: String, _ abstract: String, discussion: String = "",
        object: String = "workload", _ objectHelp: String = "KIND/NAME, e.g. deployment/orders."
    ) {
        (self.type, self.name, self.abstract, self.discussion) = (type, name, abstract, discussion)
        (objectName, self.objectHelp) = (object, objectHelp)
    }
}
