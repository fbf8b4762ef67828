import Base
import Testing

@Suite struct PluralTests {
    @Test(arguments: [
        ("AuthorizationPolicy", "AuthorizationPolicies"), ("ServiceEntry", "ServiceEntries"), ("Gateway", "Gateways"),
        ("Ingress", "Ingresses"), ("pod", "pods"), ("y", "ys"),
    ])
    func wordsHaveTheirPlurals(_ word: String, _ plural: String) { #expect(Plural.of(word) == plural) }

    @Test(arguments: [(0, "0 pods"), (1, "1 pod"), (2, "2 pods")])
    func aNumberGoesWithItsWord(_ number: Int, _ words: String) { #expect(Plural.count(number, "pod") == words) }
}
