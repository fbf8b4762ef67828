// The commands that are made of verbs: their words, options and bounds are those of the verb's form.

internal import Actions
import ArgumentParser
internal import Base

enum VerbCommands {
    /// In the order of the table of verbs.
    static let all: [any ParsableCommand.Type] = VerbTable.all.compactMap { $0.command.map { command($0.type) } }

    private static func command<Kind: CommandVerb>(_: Kind.Type) -> any ParsableCommand.Type {
        VerbCommand<Kind>.self
    }
}

/// The parser learns of a command's options by reflection and reads them with a decoder; both are told of the fields of
/// the form, so help, completions and errors are the parser's own.
struct VerbCommand<Kind: CommandVerb>: ParsableCommand, CustomReflectable {
    private(set) var object: Argument<ObjectArgument>
    private var options: [(field: FormField, option: VerbOption)]
    private(set) var change: OptionGroup<ChangeOptions>
    private(set) var global: OptionGroup<GlobalOptions>

    private static var words: VerbCommandWords? { Kind.verb.command }
    private static var objectName: String { words?.objectName ?? "object" }
    private static var asked: [FormField] { Kind.verb.form.fields.filter { $0.option != nil } }

    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: words?.name, abstract: words?.abstract ?? "", discussion: words?.discussion ?? "")
    }

    init() {
        object = Argument(help: ArgumentHelp(stringLiteral: Self.words?.objectHelp ?? ""))
        options = Self.asked.map { ($0, VerbOption($0)) }
        (change, global) = (OptionGroup(), OptionGroup())
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: VerbKey.self)
        object = try container.decode(Argument<ObjectArgument>.self, forKey: VerbKey(Self.objectName))
        options = try Self.asked.map { ($0, try VerbOption($0, from: container)) }
        change = try container.decode(OptionGroup<ChangeOptions>.self, forKey: VerbKey("change"))
        global = try container.decode(OptionGroup<GlobalOptions>.self, forKey: VerbKey("global"))
    }

    var customMirror: Mirror {
        let own: [(label: String?, value: Any)] =
            [(Self.objectName, object)] + options.map { ($0.field.key, $0.option.definition) }
        return Mirror(self, children: own + [("change", change), ("global", global)], displayStyle: .struct)
    }

    /// What was given, by the key of the field.
    var values: [String: String] {
        var values: [String: String] = [:]
        for (field, option) in options { values[field.key] = option.text }
        return values
    }

    func run() throws {
        let (object, values) = (object.wrappedValue, values)
        try HeadlessChange.run(global.wrappedValue, change.wrappedValue) { _, place in
            guard let request = try Kind.verb.form.plan(object.reference(place), values) else {
                throw MeshTopError(.usage, Kind.verb.id, why: "there is nothing to plan")
            }
            return request
        }
    }
}

/// A field as the parser knows it.
private enum VerbOption {
    case text(Option<String?>)
    case requiredText(Option<String>)
    case number(Option<Int?>)
    case requiredNumber(Option<Int>)
    case flag(Flag<Bool>)

    init(_ field: FormField) {
        let help = ArgumentHelp(field.option?.help ?? "", valueName: field.option?.valueName)
        let name = NameSpecification.customLong(field.key)
        self =
            switch (field.kind, field.option?.isRequired ?? false) {
            case (.toggle, _): .flag(Flag(wrappedValue: false, name: name, help: help))
            case (.number, true): .requiredNumber(Option(name: name, help: help))
            case (.number, false): .number(Option(name: name, help: help))
            case (_, true): .requiredText(Option(name: name, help: help, completion: Self.completion(field)))
            case (_, false): .text(Option(name: name, help: help, completion: Self.completion(field)))
            }
    }

    init(_ field: FormField, from container: KeyedDecodingContainer<VerbKey>) throws {
        let key = VerbKey(field.key)
        self =
            switch VerbOption(field) {
            case .text: .text(try container.decode(Option<String?>.self, forKey: key))
            case .requiredText: .requiredText(try container.decode(Option<String>.self, forKey: key))
            case .number: .number(try container.decode(Option<Int?>.self, forKey: key))
            case .requiredNumber: .requiredNumber(try container.decode(Option<Int>.self, forKey: key))
            case .flag: .flag(try container.decode(Flag<Bool>.self, forKey: key))
            }
    }

    private static func completion(_ field: FormField) -> CompletionKind? {
        field.choices.isEmpty ? nil : .list(field.choices)
    }

    var definition: Any {
        switch self {
        case .text(let option): option
        case .requiredText(let option): option
        case .number(let option): option
        case .requiredNumber(let option): option
        case .flag(let flag): flag
        }
    }

    /// As a form has it; nil where nothing was given.
    var text: String? {
        switch self {
        case .text(let option): option.wrappedValue
        case .requiredText(let option): option.wrappedValue
        case .number(let option): option.wrappedValue.map(String.init)
        case .requiredNumber(let option): String(option.wrappedValue)
        case .flag(let flag): flag.wrappedValue ? FormField.on : nil
        }
    }
}

/// Keys are the names of fields.
private struct VerbKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}
