// PromQL to a syntax tree: the part of the language that dashboards of a mesh use.
// https://prometheus.io/docs/prometheus/latest/querying/basics/

struct LabelMatcher {
    enum Operation { case equal, notEqual, matches, notMatches }
    var label: String
    var operation: Operation
    var value: String
    var pattern: LabelPattern?

    func accepts(_ text: String) -> Bool {
        switch operation {
        case .equal: text == value
        case .notEqual: text != value
        case .matches: pattern?.matches(text) ?? false
        case .notMatches: !(pattern?.matches(text) ?? false)
        }
    }
}

indirect enum PromQLNode {
    case number(Double)
    case text(String)
    case selector(name: String?, matchers: [LabelMatcher], rangeSeconds: Double?, offsetSeconds: Double)
    case call(String, [PromQLNode])
    case aggregate(String, PromQLNode, parameter: PromQLNode?, labels: [String], without: Bool)
    case binary(String, PromQLNode, PromQLNode, isBool: Bool, on: [String]?, ignoring: [String])
    case negate(PromQLNode)
}

struct PromQLParser {
    private enum Token: Equatable {
        case word(String), number(Double), text(String), symbol(String), duration(Double), end
    }

    private static let unitSeconds: [Character: Double] = [
        "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800, "y": 31_536_000,
    ]

    private var tokens: [(Token, Int)] = []
    private var index = 0
    private var depth = 0
    /// A query is a person's or a dashboard's: this is far beyond either, and far within the stack.
    private static let nestingLimit = 200

    static func parse(_ text: String) throws(PromQLError) -> PromQLNode {
        var parser = PromQLParser()
        try parser.tokenise(text)
        if parser.peek == .end {
            throw PromQLError(message: "unknown position: parse error: no expression found in input")
        }
        let node = try parser.expression(0)
        guard parser.peek == .end else { throw parser.unexpected("") }
        return node
    }

    // MARK: Tokens

    private mutating func tokenise(_ text: String) throws(PromQLError) {
        let characters = Array(text)
        var i = 0
        var inBrackets = false
        while i < characters.count {
            let c = characters[i]
            let start = i
            if c.isWhitespace {
                i += 1
            } else if c == "\"" || c == "'" || c == "`" {
                var value = ""
                i += 1
                while i < characters.count, characters[i] != c {
                    if characters[i] == "\\", c != "`", i + 1 < characters.count {
                        i += 1
                        value.append(characters[i] == "n" ? "\n" : characters[i] == "t" ? "\t" : characters[i])
                    } else {
                        value.append(characters[i])
                    }
                    i += 1
                }
                guard i < characters.count else {
                    throw PromQLError(message: "1:\(start + 1): parse error: unterminated quoted string")
                }
                i += 1
                tokens.append((.text(value), start))
            } else if c.isNumber || (c == "." && i + 1 < characters.count && characters[i + 1].isNumber) {
                var digits = ""
                while i < characters.count,
                    characters[i].isNumber || characters[i] == "." || (characters[i] == "e" && !inBrackets)
                {
                    digits.append(characters[i])
                    i += 1
                    if digits.last == "e", i < characters.count, "+-".contains(characters[i]) {
                        digits.append(characters[i])
                        i += 1
                    }
                }
                if i < characters.count, "smhdwy".contains(characters[i]) {
                    var total = 0.0
                    var number = digits
                    while i < characters.count, characters[i].isLetter || characters[i].isNumber {
                        if characters[i].isNumber {
                            number.append(characters[i])
                        } else {
                            let isMilli = characters[i] == "m" && i + 1 < characters.count && characters[i + 1] == "s"
                            let unit = isMilli ? 0.001 : Self.unitSeconds[characters[i]] ?? 0
                            if isMilli { i += 1 }
                            total += (Double(number) ?? 0) * unit
                            number = ""
                        }
                        i += 1
                    }
                    tokens.append((.duration(total), start))
                } else {
                    guard let value = Double(digits) else {
                        throw PromQLError(
                            message: "1:\(start + 1): parse error: bad number or duration syntax: \"\(digits)\"")
                    }
                    tokens.append((.number(value), start))
                }
            } else if c.isLetter || c == "_" || c == ":" {
                var word = ""
                while i < characters.count,
                    characters[i].isLetter || characters[i].isNumber || "_:".contains(characters[i])
                {
                    word.append(characters[i])
                    i += 1
                }
                switch word.lowercased() {
                case "nan": tokens.append((.number(.nan), start))
                case "inf": tokens.append((.number(.infinity), start))
                default: tokens.append((.word(word), start))
                }
            } else {
                let pair = i + 1 < characters.count ? String([c, characters[i + 1]]) : ""
                if ["==", "!=", ">=", "<=", "=~", "!~"].contains(pair) {
                    tokens.append((.symbol(pair), start))
                    i += 2
                } else if "(){}[],+-*/%^<>=@".contains(c) {
                    if c == "[" { inBrackets = true }
                    if c == "]" { inBrackets = false }
                    tokens.append((.symbol(String(c)), start))
                    i += 1
                } else {
                    throw PromQLError(message: "1:\(start + 1): parse error: unexpected character: '\(c)'")
                }
            }
        }
        tokens.append((.end, characters.count))
    }

    private var peek: Token { tokens[index].0 }

    private mutating func take() -> Token {
        defer { if index < tokens.count - 1 { index += 1 } }
        return tokens[index].0
    }

    private mutating func accept(_ symbol: String) -> Bool {
        guard peek == .symbol(symbol) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ symbol: String, _ context: String) throws(PromQLError) {
        guard accept(symbol) else { throw unexpected(context) }
    }

    private func unexpected(_ context: String) -> PromQLError {
        let what =
            switch peek {
            case .end: "unexpected end of input"
            case .word(let word): "unexpected identifier \"\(word)\""
            case .number(let value): "unexpected number \"\(PromFormat.number(value))\""
            case .text(let text): "unexpected string \"\(text)\""
            case .duration: "unexpected duration"
            case .symbol(let symbol): "unexpected \"\(symbol)\""
            }
        return PromQLError(
            message: "1:\(tokens[index].1 + 1): parse error: \(what)\(context.isEmpty ? "" : " in \(context)")")
    }

    // MARK: Grammar

    private static func precedence(_ operation: String) -> Int? {
        switch operation {
        case "or": 1
        case "and", "unless": 2
        case "==", "!=", ">", "<", ">=", "<=": 3
        case "+", "-": 4
        case "*", "/", "%": 5
        case "^": 6
        default: nil
        }
    }

    private var operation: String? {
        switch peek {
        case .symbol(let symbol): symbol
        case .word(let word): ["or", "and", "unless"].contains(word.lowercased()) ? word.lowercased() : nil
        default: nil
        }
    }

    private mutating func expression(_ minimum: Int) throws(PromQLError) -> PromQLNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.nestingLimit else { throw PromQLError(message: "1:1: parse error: nested too deeply") }
        var left = try unary()
        while let name = operation, let level = Self.precedence(name), level >= minimum {
            index += 1
            var isBool = false
            var on: [String]?
            var ignoring: [String] = []
            while case .word(let word) = peek, ["bool", "on", "ignoring"].contains(word) {
                index += 1
                switch word {
                case "bool": isBool = true
                case "on": on = try labelList()
                default: ignoring = try labelList()
                }
            }
            let right = try expression(name == "^" ? level : level + 1)
            left = .binary(name, left, right, isBool: isBool, on: on, ignoring: ignoring)
        }
        return left
    }

    private mutating func unary() throws(PromQLError) -> PromQLNode {
        if accept("-") { return .negate(try expression(6)) }
        if accept("+") { return try expression(6) }
        return try postfix(try primary())
    }

    private mutating func postfix(_ node: PromQLNode) throws(PromQLError) -> PromQLNode {
        guard case .selector(let name, let matchers, _, _) = node else { return node }
        var range: Double?
        var offset = 0.0
        if accept("[") {
            guard case .duration(let seconds) = take() else {
                throw PromQLError(message: "1:\(tokens[index].1): parse error: missing unit character in duration")
            }
            range = seconds
            try expect("]", "range selector")
        }
        if case .word("offset") = peek {
            index += 1
            let isNegative = accept("-")
            guard case .duration(let seconds) = take() else { throw unexpected("offset") }
            offset = isNegative ? -seconds : seconds
        }
        return .selector(name: name, matchers: matchers, rangeSeconds: range, offsetSeconds: offset)
    }

    private static let aggregations: Set<String> = ["sum", "avg", "min", "max", "count", "topk", "bottomk", "group"]
    private static let functions: Set<String> = [
        "rate", "irate", "increase", "delta", "histogram_quantile", "abs", "ceil", "floor", "round", "clamp_min",
        "clamp_max",
        "vector", "scalar", "time", "max_over_time", "min_over_time", "avg_over_time", "sum_over_time", "absent",
        "sort", "sort_desc",
    ]

    private mutating func primary() throws(PromQLError) -> PromQLNode {
        switch peek {
        case .number(let value):
            index += 1
            return .number(value)
        case .text(let value):
            index += 1
            return .text(value)
        case .symbol("("):
            index += 1
            let node = try expression(0)
            try expect(")", "parenthesised expression")
            return node
        case .symbol("{"): return try selector(nil)
        case .word(let word):
            index += 1
            if Self.aggregations.contains(word), isAggregation { return try aggregation(word) }
            if peek == .symbol("(") {
                guard Self.functions.contains(word) else {
                    throw PromQLError(
                        message: "1:\(tokens[index - 1].1 + 1): parse error: unknown function with name \"\(word)\"")
                }
                return .call(word, try arguments())
            }
            return try selector(word)
        default: throw unexpected("")
        }
    }

    private var isAggregation: Bool {
        switch peek {
        case .symbol("("), .word("by"), .word("without"): true
        default: false
        }
    }

    private mutating func arguments() throws(PromQLError) -> [PromQLNode] {
        try expect("(", "function call")
        var nodes: [PromQLNode] = []
        if accept(")") { return nodes }
        repeat { nodes.append(try expression(0)) } while accept(",")
        try expect(")", "function call")
        return nodes
    }

    private mutating func labelList() throws(PromQLError) -> [String] {
        try expect("(", "grouping opts")
        var labels: [String] = []
        while !accept(")") {
            guard case .word(let label) = take() else { throw unexpected("grouping opts") }
            labels.append(label)
            if !accept(",") {
                try expect(")", "grouping opts")
                break
            }
        }
        return labels
    }

    private mutating func aggregation(_ name: String) throws(PromQLError) -> PromQLNode {
        var labels: [String] = []
        var without = false
        func isGrouping() -> Bool { peek == .word("by") || peek == .word("without") }
        if isGrouping() {
            without = take() == .word("without")
            labels = try labelList()
        }
        var nodes = try arguments()
        if isGrouping() {
            without = take() == .word("without")
            labels = try labelList()
        }
        guard let last = nodes.popLast() else {
            throw PromQLError(
                message: "1:\(tokens[index].1 + 1): parse error: no arguments for aggregate expression provided")
        }
        return .aggregate(name, last, parameter: nodes.first, labels: labels, without: without)
    }

    private mutating func selector(_ name: String?) throws(PromQLError) -> PromQLNode {
        var matchers: [LabelMatcher] = []
        if accept("{") {
            while !accept("}") {
                guard case .word(let label) = take() else { throw unexpected("label matching") }
                let operation: LabelMatcher.Operation
                switch take() {
                case .symbol("="): operation = .equal
                case .symbol("!="): operation = .notEqual
                case .symbol("=~"): operation = .matches
                case .symbol("!~"): operation = .notMatches
                default: throw unexpected("label matching")
                }
                guard case .text(let value) = take() else { throw unexpected("label matching") }
                var matcher = LabelMatcher(label: label, operation: operation, value: value)
                if operation == .matches || operation == .notMatches { matcher.pattern = try LabelPattern(value) }
                matchers.append(matcher)
                if !accept(",") {
                    try expect("}", "label matching")
                    break
                }
            }
        }
        if name == nil, matchers.allSatisfy({ $0.accepts("") }) {
            throw PromQLError(message: "1:1: parse error: vector selector must contain at least one non-empty matcher")
        }
        return .selector(name: name, matchers: matchers, rangeSeconds: nil, offsetSeconds: 0)
    }
}
