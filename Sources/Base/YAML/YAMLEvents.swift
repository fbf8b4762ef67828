// libyaml's event parser, wrapped: events are copied out of its memory.

internal import CYAML

struct YAMLEvent {
    enum Kind {
        case streamEnd, documentStart, documentEnd, mappingEnd, sequenceEnd, other
        case alias(String)
        case scalar(String, tag: YAMLScalar.Tag)
        case sequenceStart
        case mappingStart
    }
    var kind: Kind
    var anchor: String?
    var line: Int
    var column: Int
}

/// Owns a `yaml_parser_t` and the bytes it reads.
final class YAMLEventParser {
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let firstLine: Int

    init(bytes: [UInt8], firstLine: Int) {
        self.firstLine = firstLine
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

    func next() throws(YAMLError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) != 0 else { throw failure() }
        defer { yaml_event_delete(&event) }
        var anchor: String?
        let kind: YAMLEvent.Kind
        switch event.type {
        case YAML_STREAM_END_EVENT: kind = .streamEnd
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_ALIAS_EVENT: kind = .alias(text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            anchor = text(event.data.scalar.anchor)
            let scalar = event.data.scalar
            let value = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            kind = .scalar(value, tag: YAMLScalar.Tag(text(scalar.tag), isPlain: isPlain))
        case YAML_SEQUENCE_START_EVENT:
            anchor = text(event.data.sequence_start.anchor)
            kind = .sequenceStart
        case YAML_MAPPING_START_EVENT:
            anchor = text(event.data.mapping_start.anchor)
            kind = .mappingStart
        default: kind = .other
        }
        return YAMLEvent(
            kind: kind, anchor: anchor, line: Int(event.start_mark.line) + firstLine,
            column: Int(event.start_mark.column) + 1)
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
            reason: tab ? "a tab where only spaces may indent" : reason, line: Int(mark.line) + firstLine,
            column: Int(mark.column) + 1)
    }

    private func offendingByte(at mark: yaml_mark_t) -> UInt8? {
        input.indices.contains(mark.index) ? input[mark.index] : nil
    }
}
