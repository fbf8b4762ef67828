// Texts that several planners share.

internal import Base

/// Texts that several planners share.
enum PlanText {
    static func rate(_ value: Double) -> String {
        value >= 100 ? String(Int(clamping: value.rounded())) : decimal(value, 1)
    }

    static func decimal(_ value: Double, _ places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        let text = JSONValue.double(rounded).compactText
        return text
    }

    static func percent(_ share: Double) -> String { "\(decimal(share * 100, 1)) %" }

    static func shell(_ text: String) -> String { ShellWord.quoted(text) }
}
