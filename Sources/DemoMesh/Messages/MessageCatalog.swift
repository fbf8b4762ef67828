// The messages of the built-in kinds, read from the table that Scripts/derive-protobuf.py makes.

internal import Base

/// One field of a message, as both JSON and protobuf know it.
struct MessageField: Sendable {
    enum Kind: Sendable, Hashable {
        case string, bool, int32, int64, double, bytes, time, microTime, quantity, intOrString
        /// JSON text within protobuf: what a field manager owns.
        case rawJSON
        /// A message of strings that JSON writes as a list.
        case strings
        /// By its place in the catalogue.
        case message(Int)
    }

    var number: Int
    var name: String
    var kind: Kind
    var isList = false
    var isMap = false
    /// A Go pointer: zero is a value of its own and is kept.
    var isPointer = false
    /// Go writes it into JSON even when it is empty.
    var isAlwaysWritten = false
    /// Its members stand among its parent's in JSON.
    var isInline = false
}

struct Message: Sendable {
    var name: String
    var fields: [MessageField] = []
    /// Places in `fields`.
    var byName: [String: Int] = [:]
    var byNumber: [Int: Int] = [:]
    /// Members that belong to an inlined message, with the place of that message's field.
    var inlined: [String: Int] = [:]

    /// The Go type's name, without the package that tells two of them apart in the table.
    var goName: String { String(name.split(separator: ".").last ?? "") }
}

struct MessageCatalog: Sendable {
    static let builtIn = MessageCatalog(builtInMessageTable)

    private(set) var messages: [Message] = []
    private var places: [String: Int] = [:]

    init(_ table: String) {
        let lines = table.split(separator: "\n").map { $0.split(separator: " ") }
        for (place, words) in lines.enumerated() { places[String(words[0])] = place }
        for words in lines {
            var message = Message(name: String(words[0]))
            for word in words.dropFirst() {
                guard let field = field(word) else { continue }
                message.byName[field.name] = field.isInline ? nil : message.fields.count
                message.byNumber[field.number] = message.fields.count
                message.fields.append(field)
            }
            messages.append(message)
        }
        for place in messages.indices {
            for (index, field) in messages[place].fields.enumerated() where field.isInline {
                guard case .message(let inner) = field.kind else { continue }
                for name in messages[inner].byName.keys { messages[place].inlined[name] = index }
            }
        }
    }

    /// `NUMBER:NAME:TYPE`, as the script describes it.
    private func field(_ word: Substring) -> MessageField? {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let number = Int(parts[0]) else { return nil }
        var code = parts[2]
        var field = MessageField(number: number, name: String(parts[1]), kind: .string)
        while let last = code.last, "?!^".contains(last) {
            switch last {
            case "?": field.isPointer = true
            case "!": field.isAlwaysWritten = true
            default: field.isInline = true
            }
            code = code.dropLast()
        }
        if code.first == "[" { field.isList = true }
        if code.first == "{" { field.isMap = true }
        if field.isList || field.isMap { code = code.dropFirst() }
        let scalars: [Substring: MessageField.Kind] = [
            "s": .string, "b": .bool, "i": .int32, "l": .int64, "d": .double, "y": .bytes, "T": .time, "U": .microTime,
            "Q": .quantity, "O": .intOrString, "J": .rawJSON, "L": .strings,
        ]
        if let scalar = scalars[code] {
            field.kind = scalar
        } else if let place = places[String(code.dropFirst())] {
            field.kind = .message(place)
        } else {
            return nil
        }
        return field
    }

    func place(_ name: String) -> Int? { places[name] }

    /// The message of a kind; nil for kinds that have no protobuf form.
    func place(kind: String, apiVersion: String) -> Int? {
        if apiVersion == "autoscaling/v1", let place = places["autoscaling.\(kind)"] { return place }
        let group = apiVersion.contains("/") ? apiVersion.prefix { $0 != "/" } : ""
        // Custom groups have kinds of the same names: only those of Kubernetes itself are in the table.
        guard !group.contains(".") || group.hasSuffix(".k8s.io"), !group.hasPrefix("gateway.") else { return nil }
        return places[kind]
    }
}
