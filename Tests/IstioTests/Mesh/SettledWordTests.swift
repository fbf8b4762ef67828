import Kube
import MeshModel
import Testing

@testable import Istio

/// A word is waited for as long as a group that has not answered could change what it stands for, and no longer.
@Suite struct SettledWordTests {
    private func resource(_ group: String, _ version: String, _ resource: String, _ kind: String) -> ResourceInfo {
        ResourceInfo(
            group: group, version: version, resource: resource, kind: kind, isNamespaced: true, verbs: ["list"],
            subresources: [])
    }

    private func discovery(awaiting awaited: Set<String>) -> Discovery {
        let all = [
            resource("", "v1", "pods", "Pod"), resource("", "v1", "secrets", "Secret"),
            resource("apps", "v1", "deployments", "Deployment"),
            resource("one.example", "v1", "widgets", "Widget"), resource("two.example", "v1", "gadgets", "Gadget"),
        ]
        var found = Discovery(serverVersion: "", resources: all.filter { !awaited.contains($0.group) })
        found.groups = ["", "apps", "one.example", "two.example"]
        found.awaited = awaited
        return found
    }

    @Test(
        arguments: [
            // Kinds that are read come first, whatever others there are.
            ("deploy", ["one.example"], false), ("deployments", ["one.example"], true), ("pod", ["two.example"], true),
            // A group behind the one that has it changes nothing; one before it may have it too.
            ("secret", ["one.example"], true), ("widget", ["two.example"], true), ("gadget", ["one.example"], false),
            ("gadgets.two.example", ["one.example"], false), ("widget", ["one.example"], false),
            // What nobody has may be in the one that is silent.
            ("nothing", ["two.example"], false), ("nothing", [], true), ("gadget", [], true),
            // Which of the kinds that are read a word means is known when all of those are.
            ("secret", ["apps"], false),
        ] as [(String, Set<String>, Bool)]) func wordsAreSettled(
            _ word: String, _ awaited: Set<String>, _ isSettled: Bool
        )
    {
        #expect(discovery(awaiting: awaited).isSettled(word) == isSettled, "\(word) without \(awaited)")
    }

    @Test func groupsWithoutAKindThatIsReadAreNamedApart() {
        var found = discovery(awaiting: [])
        found.failed = ["apps": "down", "two.example": "timed out"]
        #expect(found.gapsBesideWatchedKinds == ["the server does not say what two.example serves: timed out"])
    }
}
