// Words for one of a thing and for several.

package enum Plural {
    /// "policies" of "policy", "Gateways" of "Gateway", "Ingresses" of "Ingress".
    package static func of(_ word: String) -> String {
        if let before = word.dropLast().last, word.hasSuffix("y"), !"aeiou".contains(before) {
            return word.dropLast() + "ies"
        }
        return word + (["s", "x", "ch", "sh"].contains(where: word.hasSuffix) ? "es" : "s")
    }

    /// "1 pod", "3 pods".
    package static func count(_ number: Int, _ word: String) -> String {
        "\(number) \(number == 1 ? word : of(word))"
    }

    /// "is" after one, "are" after several.
    package static func verb(_ number: Int) -> String { number == 1 ? "is" : "are" }
}
