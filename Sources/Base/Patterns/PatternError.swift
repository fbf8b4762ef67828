// Why a text is no pattern, in RE2's words: https://github.com/google/re2/blob/main/re2/regexp.cc

package struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case badEscape = "invalid escape sequence"
        case badRange = "invalid character class range"
        case missingBracket = "missing ]"
        case missingParenthesis = "missing )"
        case unexpectedParenthesis = "unexpected )"
        case trailingBackslash = "trailing \\"
        case missingArgument = "no argument for repetition operator"
        case repetitionSize = "invalid repetition size"
        case repetitionOperator = "bad repetition operator"
        case perlOperator = "invalid perl operator"
        case namedGroup = "invalid named capture group"
        case tooLarge = "pattern too large"
        /// RE2 takes it; this engine does not.
        case unsupported = "not supported here"
    }

    package var code: Code
    /// The piece of the pattern that is wrong.
    package var piece: String

    package var description: String { piece.isEmpty ? code.rawValue : "\(code.rawValue): \(piece)" }
}
