// Builds values from YAML events, as go-yaml v2 decodes into Go's generic maps and sigs.k8s.io/yaml turns those into JSON.

/// Keeps anchors and counts what aliases expand to.
struct YAMLComposer {
    /// A node before it is used: a scalar reads differently as a key and as a value.
    private enum Node {
        case scalar(YAMLScalar)
        case tree(JSONValue)
    }

    private let parser: YAMLEventParser
    private var anchors: [String: (node: Node, nodes: Int)] = [:]
    private var nodes = 0
    private var depth = 0

    private let reading: YAML.Reading

    init(parser: YAMLEventParser, _ reading: YAML.Reading) {
        self.parser = parser
        self.reading = reading
    }

    /// The document of a part of a stream; nil when it is empty or null.
    mutating func document() throws(YAMLError) -> YAMLDocument? {
        var found: YAMLDocument?
        var count = 0
        while true {
            let event = try parser.next()
            switch event.kind {
            case .streamEnd: return found
            case .documentStart:
                count += 1
                // kubectl leaves out what follows a `...` without a word.
                guard count == 1 else {
                    throw YAMLError(
                        reason: "a second document without --- before it", line: event.line, column: event.column)
                }
                let first = try parser.next()
                let value = try json(try node(first), first)
                if !value.isNull { found = YAMLDocument(value: value, line: first.line) }
            default: continue
            }
        }
    }

    private mutating func node(_ event: YAMLEvent) throws(YAMLError) -> Node {
        nodes += 1
        try checkBudget(event)
        let before = nodes
        let node: Node
        switch event.kind {
        case .alias(let name):
            guard let known = anchors[name] else { throw fault("unknown anchor *\(name)", event) }
            nodes += known.nodes
            try checkBudget(event)
            return known.node
        case .scalar(let text, let tag):
            do {
                let isLetter = reading == .configuration && ["y", "Y", "n", "N"].contains(text)
                node = .scalar(try YAMLScalar(text, tag: isLetter && tag == .none ? .quoted : tag))
            } catch {
                throw fault(error.reason, event)
            }
        case .sequenceStart: node = .tree(.array(try sequence(event)))
        case .mappingStart: node = .tree(.object(try mapping(event)))
        default: throw fault("unexpected end", event)
        }
        if let anchor = event.anchor { anchors[anchor] = (node, nodes - before + 1) }
        return node
    }

    private func json(_ node: Node, _ event: YAMLEvent) throws(YAMLError) -> JSONValue {
        switch node {
        case .tree(let value): return value
        case .scalar(let scalar):
            guard let value = scalar.json else {
                throw fault("\(scalar.text) is no number that JSON has", event)
            }
            return value
        }
    }

    private func fault(_ reason: String, _ event: YAMLEvent) -> YAMLError {
        YAMLError(reason: reason, line: event.line, column: event.column)
    }

    private func checkBudget(_ event: YAMLEvent) throws(YAMLError) {
        guard nodes <= YAML.nodeLimit else {
            throw fault("aliases expand to more than \(YAML.nodeLimit) values", event)
        }
    }

    private mutating func enter(_ event: YAMLEvent) throws(YAMLError) {
        depth += 1
        guard depth <= YAML.depthLimit else { throw fault("nested deeper than \(YAML.depthLimit)", event) }
    }

    private mutating func sequence(_ start: YAMLEvent) throws(YAMLError) -> [JSONValue] {
        try enter(start)
        defer { depth -= 1 }
        var elements: [JSONValue] = []
        while true {
            let event = try parser.next()
            if case .sequenceEnd = event.kind { return elements }
            elements.append(try json(try node(event), event))
        }
    }

    private mutating func mapping(_ start: YAMLEvent) throws(YAMLError) -> JSONObject {
        try enter(start)
        defer { depth -= 1 }
        var members = JSONObject()
        var seen: Set<String> = []
        while true {
            let event = try parser.next()
            if case .mappingEnd = event.kind { return members }
            if case .scalar("<<", let tag) = event.kind, tag.allowsMerge {
                guard seen.insert("<<").inserted else { throw fault("key \"<<\" appears twice", event) }
                let source = try parser.next()
                try merge(try json(try node(source), source), source, into: &members)
                continue
            }
            let key = try key(try node(event), event)
            guard seen.insert(key).inserted else { throw fault("key \"\(key)\" appears twice", event) }
            let next = try parser.next()
            members[key] = try json(try node(next), next)
        }
    }

    private func key(_ node: Node, _ event: YAMLEvent) throws(YAMLError) -> String {
        guard case .scalar(let scalar) = node else { throw fault("a key must be a plain word", event) }
        guard let key = scalar.key else { throw fault("\(scalar.text) cannot be a key", event) }
        return key
    }

    /// go-yaml v2 takes a merge where it stands: it overrides what was written before it and is overridden by what
    /// follows. Of several sources the earlier ones win.
    private func merge(
        _ value: JSONValue, _ event: YAMLEvent, into members: inout JSONObject
    ) throws(YAMLError) {
        for source in (value.array ?? [value]).reversed() {
            guard let object = source.object else { throw fault("<< takes a mapping or a list of mappings", event) }
            for (key, member) in object.members { members[key] = member }
        }
    }
}
