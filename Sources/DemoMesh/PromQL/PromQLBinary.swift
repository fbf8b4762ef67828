// Operators between two values: arithmetic, comparisons and sets, with the matching of labels.

internal import Base

/// Binary operations between scalars and vectors, one to one.
struct PromQLBinary {
    var operation: String
    var isBool: Bool
    var on: [String]?
    var ignoring: Set<String>

    func apply(_ left: PromValue, _ right: PromValue) throws(PromQLError) -> PromValue {
        let isComparison = ["==", "!=", ">", "<", ">=", "<="].contains(operation)
        switch (left, right) {
        case (.scalar(let a), .scalar(let b)):
            if isComparison, !isBool {
                throw PromQLError(message: "1:1: parse error: comparisons between scalars must use BOOL modifier")
            }
            return .scalar(isComparison ? (compares(a, b) ? 1 : 0) : compute(a, b))
        case (.vector(let samples), .scalar(let b)):
            return .vector(samples.compactMap { keep($0, $0.value, b, isComparison, shown: $0.value) })
        case (.scalar(let a), .vector(let samples)):
            return .vector(samples.compactMap { keep($0, a, $0.value, isComparison, shown: $0.value) })
        case (.vector(let a), .vector(let b)): return .vector(try combine(a, b, isComparison))
        default: throw PromQLError(message: "1:1: parse error: operator \(operation) not allowed with strings")
        }
    }

    private func keep(_ sample: PromSample, _ a: Double, _ b: Double, _ isComparison: Bool, shown: Double)
        -> PromSample?
    {
        if isComparison {
            if isBool {
                return PromSample(labels: PromFormat.unnamed(sample.labels), value: compares(a, b) ? 1 : 0)
            }
            return compares(a, b) ? PromSample(labels: sample.labels, value: shown, text: sample.text) : nil
        }
        return PromSample(labels: PromFormat.unnamed(sample.labels), value: compute(a, b))
    }

    private func key(_ labels: [String: String]) -> [String: String] {
        if let on { return labels.filter { on.contains($0.key) } }
        return labels.filter { $0.key != "__name__" && !ignoring.contains($0.key) }
    }

    private func combine(_ left: [PromSample], _ right: [PromSample], _ isComparison: Bool) throws(PromQLError)
        -> [PromSample]
    {
        switch operation {
        case "and":
            let keys = Set(right.map { key($0.labels) })
            return left.filter { keys.contains(key($0.labels)) }
        case "unless":
            let keys = Set(right.map { key($0.labels) })
            return left.filter { !keys.contains(key($0.labels)) }
        case "or":
            let keys = Set(left.map { key($0.labels) })
            return left + right.filter { !keys.contains(key($0.labels)) }
        default: break
        }
        var byKey: [[String: String]: Double] = [:]
        for sample in right {
            guard byKey.updateValue(sample.value, forKey: key(sample.labels)) == nil else {
                throw PromQLError(
                    message:
                        "found duplicate series for the match group on the right hand-side of the operation: many-to-many matching not allowed: matching labels must be unique on one side"
                )
            }
        }
        return left.compactMap { sample in
            let group = key(sample.labels)
            guard let other = byKey[group] else { return nil }
            if isComparison, !isBool { return compares(sample.value, other) ? sample : nil }
            return PromSample(
                labels: group,
                value: isComparison ? (compares(sample.value, other) ? 1 : 0) : compute(sample.value, other))
        }
    }

    private func compares(_ a: Double, _ b: Double) -> Bool {
        switch operation {
        case "==": a == b
        case "!=": a != b
        case ">": a > b
        case "<": a < b
        case ">=": a >= b
        default: a <= b
        }
    }

    private func compute(_ a: Double, _ b: Double) -> Double {
        switch operation {
        case "+": return a + b
        case "-": return a - b
        case "*": return a * b
        case "/": return a / b
        case "%": return a.truncatingRemainder(dividingBy: b)
        default:
            // Whole powers are all that dashboards use.
            var result = 1.0
            for _ in 0..<min(64, Int(clamping: abs(b))) { result *= a }
            return b < 0 ? 1 / result : result
        }
    }
}
