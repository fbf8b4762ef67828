// YAML text to JSONValue trees, through libyaml's event parser: the same reading that kubectl gives a manifest.

internal import CYAML

/// Why a YAML text was refused; lines and columns count from 1.
package struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    package var reason: String
    package var line: Int
    package var column: Int

    package init(reason: String, line: Int, column: Int) {
        self.reason = reason
        self.line = line
        self.column = column
    }

    package var description: String { "line \(line), column \(column): \(reason)" }
}

/// One document of a YAML stream and the line it starts on.
package struct YAMLDocument: Sendable, Hashable {
    package var value: JSONValue
    package var line: Int
}

package enum YAML {
    /// How many nodes a text may stand for once its aliases are expanded; a bound against alias bombs.
    package static let nodeLimit = 1_000_000
    package static let depthLimit = 128

    /// Every document of the stream. Empty documents are left out. Duplicate keys, unknown anchors, tabs in
    /// indentation and texts that grow beyond `nodeLimit` are errors.
    package static func documents(_ bytes: [UInt8]) throws(YAMLError) -> [YAMLDocument] {
        let parser = EventParser(bytes: bytes)
        var composer = Composer(parser: parser)
        return try composer.stream()
    }

    package static func documents(_ text: String) throws(YAMLError) -> [YAMLDocument] {
        try documents(Array(text.utf8))
    }

    /// The only document of a text; `.null` for an empty one.
    package static func document(_ bytes: [UInt8]) throws(YAMLError) -> JSONValue {
        let all = try documents(bytes)
        if all.count > 1 {
            throw YAMLError(reason: "one document expected, \(all.count) found", line: all[1].line, column: 1)
        }
        return all.first?.value ?? .null
    }
}

/// One libyaml event, copied out of the parser's memory.
private struct Event {
    enum Kind {
        case streamEnd, documentStart, documentEnd, mappingEnd, sequenceEnd, other
        case alias(String)
        case scalar(String, plain: Bool, tag: String?)
        case sequenceStart
        case mappingStart
    }
    var kind: Kind
    var anchor: String?
    var line: Int
    var column: Int
}

/// Owns a `yaml_parser_t` and the bytes it reads.
private final class EventParser {
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(bytes: [UInt8]) {
        input = .allocate(capacity: bytes.count)
        _ = input.initialize(from: bytes)
        parser.initialize(to: yaml_parser_t())
        yaml_parser_initialize(parser)
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    func next() throws(YAMLError) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) != 0 else { throw failure() }
        defer { yaml_event_delete(&event) }
        let line = Int(event.start_mark.line) + 1
        let column = Int(event.start_mark.column) + 1
        var anchor: String?
        let kind: Event.Kind
        switch event.type {
        case YAML_STREAM_END_EVENT: kind = .streamEnd
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_ALIAS_EVENT: kind = .alias(text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let value = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            anchor = text(scalar.anchor)
            kind = .scalar(value, plain: scalar.style == YAML_PLAIN_SCALAR_STYLE, tag: text(scalar.tag))
        case YAML_SEQUENCE_START_EVENT:
            anchor = text(event.data.sequence_start.anchor)
            kind = .sequenceStart
        case YAML_MAPPING_START_EVENT:
            anchor = text(event.data.mapping_start.anchor)
            kind = .mappingStart
        default: kind = .other
        }
        return Event(kind: kind, anchor: anchor, line: line, column: column)
    }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func failure() -> YAMLError {
        let mark = parser.pointee.problem_mark
        let reason = parser.pointee.problem.map { String(cString: $0) } ?? "not YAML"
        // libyaml's words for a tab are about tokens; say what a person sees.
        let tab = reason.contains("cannot start any token") && offendingByte(at: mark) == 0x09
        return YAMLError(
            reason: tab ? "a tab where only spaces may indent" : reason, line: Int(mark.line) + 1,
            column: Int(mark.column) + 1)
    }

    private func offendingByte(at mark: yaml_mark_t) -> UInt8? {
        input.indices.contains(mark.index) ? input[mark.index] : nil
    }
}

/// Builds values from events, keeping anchors and counting what aliases expand to.
private struct Composer {
    let parser: EventParser
    var anchors: [String: (value: JSONValue, nodes: Int)] = [:]
    var nodes = 0
    var depth = 0

    init(parser: EventParser) { self.parser = parser }

    mutating func stream() throws(YAMLError) -> [YAMLDocument] {
        var documents: [YAMLDocument] = []
        while true {
            let event = try parser.next()
            switch event.kind {
            case .streamEnd: return documents
            case .documentStart:
                anchors = [:]
                let first = try parser.next()
                let value = try value(first)
                if !value.isNull { documents.append(YAMLDocument(value: value, line: first.line)) }
            default: continue
            }
        }
    }

    private mutating func value(_ event: Event) throws(YAMLError) -> JSONValue {
        nodes += 1
        try checkBudget(event)
        let before = nodes
        let value: JSONValue
        switch event.kind {
        case .alias(let name):
            guard let known = anchors[name] else {
                throw YAMLError(reason: "unknown anchor *\(name)", line: event.line, column: event.column)
            }
            nodes += known.nodes
            try checkBudget(event)
            return known.value
        case .scalar(let text, let plain, let tag): value = scalar(text, plain: plain, tag: tag)
        case .sequenceStart: value = .array(try sequence(event))
        case .mappingStart: value = .object(try mapping(event))
        default: throw YAMLError(reason: "unexpected end", line: event.line, column: event.column)
        }
        if let anchor = event.anchor { anchors[anchor] = (value, nodes - before + 1) }
        return value
    }

    private func checkBudget(_ event: Event) throws(YAMLError) {
        guard nodes <= YAML.nodeLimit else {
            throw YAMLError(
                reason: "aliases expand to more than \(YAML.nodeLimit) values", line: event.line, column: event.column)
        }
    }

    private mutating func enter(_ event: Event) throws(YAMLError) {
        depth += 1
        guard depth <= YAML.depthLimit else {
            throw YAMLError(reason: "nested deeper than \(YAML.depthLimit)", line: event.line, column: event.column)
        }
    }

    private mutating func sequence(_ start: Event) throws(YAMLError) -> [JSONValue] {
        try enter(start)
        defer { depth -= 1 }
        var elements: [JSONValue] = []
        while true {
            let event = try parser.next()
            if case .sequenceEnd = event.kind { return elements }
            elements.append(try value(event))
        }
    }

    private mutating func mapping(_ start: Event) throws(YAMLError) -> JSONObject {
        try enter(start)
        defer { depth -= 1 }
        var members: [(String, JSONValue)] = []
        var seen: Set<String> = []
        var merged: [(String, JSONValue)] = []
        while true {
            let event = try parser.next()
            if case .mappingEnd = event.kind { break }
            guard case .scalar(let key, _, _) = event.kind else {
                throw YAMLError(reason: "a key must be a plain word", line: event.line, column: event.column)
            }
            guard seen.insert(key).inserted else {
                throw YAMLError(reason: "key \"\(key)\" appears twice", line: event.line, column: event.column)
            }
            let element = try value(try parser.next())
            if key == "<<" {
                let sources = element.array ?? [element]
                merged += sources.flatMap { Array($0.object?.members.map { ($0, $1) } ?? []) }
            } else {
                members.append((key, element))
            }
        }
        let extra = merged.filter { !seen.contains($0.0) }
        return JSONObject(extra + members)
    }

    private func scalar(_ text: String, plain: Bool, tag: String?) -> JSONValue {
        if tag == "tag:yaml.org,2002:str" || tag == "!" || !plain { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return .bool(false)
        default: break
        }
        guard let first = text.utf8.first, (48...57).contains(first) || [43, 45, 46].contains(first) else {
            return .string(text)
        }
        let digits = text.hasPrefix("+") ? String(text.dropFirst()) : text
        if digits.hasPrefix("0x"), let value = Int64(digits.dropFirst(2), radix: 16) { return .int(value) }
        if digits.hasPrefix("0o"), let value = Int64(digits.dropFirst(2), radix: 8) { return .int(value) }
        if let value = Int64(digits) { return .int(value) }
        let numeric = digits.utf8.allSatisfy { (48...57).contains($0) || [43, 45, 46, 69, 101].contains($0) }
        if numeric, let value = Double(digits), value.isFinite { return .double(value) }
        return .string(text)
    }
}
