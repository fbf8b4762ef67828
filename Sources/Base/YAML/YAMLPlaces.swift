// Where in a YAML text a key stands, to name the line of a value that cannot be taken.

extension YAML {
    /// The line, counted from 1, of the key or the list element at a path: `["contexts", "prod", "readOnly"]`. Where the
    /// whole path is not there, of the last part that is. Nil for a text that is not YAML.
    package static func line(of path: [String], in bytes: [UInt8]) -> Int? {
        let parser = YAMLEventParser(bytes: bytes, firstLine: 1)
        var walk = Walk(path: path)
        while true {
            guard let event = try? parser.next() else { return nil }
            switch event.kind {
            case .streamEnd: return walk.best
            case .mappingStart: walk.open(isMapping: true, event.line)
            case .sequenceStart: walk.open(isMapping: false, event.line)
            case .mappingEnd, .sequenceEnd: walk.close()
            case .scalar(let text, _): walk.scalar(text, event.line)
            case .alias: walk.scalar("", event.line)
            case .documentStart, .documentEnd, .other: break
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
