// Where in a YAML text a key stands, to name the line of a value that cannot be taken.

internal import CYAML

extension YAML {
    /// The line, counted from 1, of the key or the list element at a path: `["contexts", "prod", "readOnly"]`. Where the
    /// whole path is not there, of the last part that is. Nil for a text that is not YAML.
    package static func line(of path: [String], in bytes: [UInt8]) -> Int? {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        defer {
            yaml_parser_delete(parser)
            parser.deallocate()
        }
        guard yaml_parser_initialize(parser) != 0 else { return nil }
        return bytes.withUnsafeBufferPointer { input in
            yaml_parser_set_input_string(parser, input.baseAddress, input.count)
            var walk = Walk(path: path)
            while true {
                var event = yaml_event_t()
                guard yaml_parser_parse(parser, &event) != 0 else { return nil }
                defer { yaml_event_delete(&event) }
                let line = Int(event.start_mark.line) + 1
                switch event.type {
                case YAML_STREAM_END_EVENT: return walk.best
                case YAML_MAPPING_START_EVENT: walk.open(isMapping: true, line)
                case YAML_SEQUENCE_START_EVENT: walk.open(isMapping: false, line)
                case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT: walk.close()
                case YAML_SCALAR_EVENT:
                    let scalar = event.data.scalar
                    let text = String(
                        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
                    walk.scalar(text, line)
                case YAML_ALIAS_EVENT: walk.scalar("", line)
                default: break
                }
            }
        }
    }

    /// Where the parser is, and how much of the wanted path lies behind it.
    private struct Walk {
        struct Level {
            var isMapping: Bool
            /// The key whose value is awaited, or the number of the next element.
            var key: String?
            var next = 0
        }

        let path: [String]
        var levels: [Level] = []
        var matched = 0
        var best: Int?

        init(path: [String]) { self.path = path }

        private var here: [String] { levels.map { $0.isMapping ? $0.key ?? "" : String($0.next) } }

        private mutating func note(_ line: Int) {
            let now = here
            guard now.count > matched, now.count <= path.count, Array(path.prefix(now.count)) == now else { return }
            (matched, best) = (now.count, line)
        }

        mutating func open(isMapping: Bool, _ line: Int) {
            if let level = levels.last, !level.isMapping { note(line) }
            levels.append(Level(isMapping: isMapping))
        }

        mutating func close() {
            levels.removeLast()
            valueIsOver()
        }

        mutating func scalar(_ text: String, _ line: Int) {
            guard let level = levels.last else { return }
            if level.isMapping, level.key == nil {
                levels[levels.count - 1].key = text
                note(line)
            } else {
                if !level.isMapping { note(line) }
                valueIsOver()
            }
        }

        private mutating func valueIsOver() {
            guard !levels.isEmpty else { return }
            if levels[levels.count - 1].isMapping {
                levels[levels.count - 1].key = nil
            } else {
                levels[levels.count - 1].next += 1
            }
        }
    }
}
