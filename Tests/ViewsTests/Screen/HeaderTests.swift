import Kube
import MeshModel
import Testing

@testable import Views

/// The top line: where one is, before anything else.
@Suite struct HeaderTests {
    private static let arns = ["payments-prod", "payments-staging", "payments-dev"].map {
        "arn:aws:eks:eu-west-1:123456789012:cluster/\($0)"
    }

    @Test(arguments: [40, 50, 60, 80, 120, 160]) func contextsReadOnlyAndProductionComeFirst(columns: Int) {
        var seen: Set<String> = []
        for arn in Self.arns {
            let screen = Screen(rows: 24, columns: columns) {
                $0.contexts = Self.arns + ["ctx-01", "ctx-02"]
                $0.currentContext = arn
                $0.readOnly = "started with --read-only"
                $0.isProduction = true
                $0.demo = true
            }
            let header = screen.lines[0]
            #expect(header.contains("READ-ONLY") && header.contains("PROD"), "\(header)")
            if columns >= 44 { #expect(header.contains("demo"), "\(header)") }
            // What stands before them tells the three apart.
            let context = header.prefix(while: { $0 != "R" })
            #expect(seen.insert(String(context)).inserted, "\(header)")
        }
    }

    /// A server that answers is not yet a screen that is current.
    @Test(arguments: [
        ([SourceStatus.State.ok, .ok, .stale, .absent, .forbidden], "k8s▲2/3"), ([.ok, .down, .starting], "k8s▲1/3"),
        ([.ok, .unauthorized], "k8s▲1/2"), ([.ok, .starting, .absent], "k8s◌1/2"),
        ([.ok, .absent, .forbidden], "k8s●"),
    ]) func kindsThatAreNotCurrentAreCounted(states: [SourceStatus.State], text: String) {
        var snapshot = MeshSnapshot.shop()
        snapshot.kinds = states.map { KindStatus(kind: "Pod", group: "", state: $0, count: 1) }
        let header = Screen(snapshot: snapshot).lines[0]
        #expect(header.contains("\(text) "), "\(header)")
        // What is wrong with the whole source goes first.
        snapshot.sources[0].state = .stale
        #expect(Screen(snapshot: snapshot).lines[0].contains("k8s▲stale"))
    }

    /// As the preview does, the header does not take what may not be read for harmless.
    @Test func aNamespaceThatMayNotBeReadMayBeProduction() {
        var snapshot = MeshSnapshot.shop()
        snapshot.scope = .some(["shop"])
        let states: [(SourceStatus.State, [NamespaceSummary], String?)] = [
            (.forbidden, [], "PRODUCTION? "), (.down, [], "PRODUCTION? "),
            // Who may look at his own alone knows it.
            (.forbidden, [NamespaceSummary(name: "shop")], nil),
            (.forbidden, [NamespaceSummary(name: "shop", production: true)], "PRODUCTION "),
            (.ok, [], nil), (.starting, [], nil),
        ]
        for (state, namespaces, words) in states {
            snapshot.namespaces = namespaces
            snapshot.kinds = [KindStatus(kind: "Namespace", group: "", state: state, count: 0)]
            let header = Screen(snapshot: snapshot).lines[0]
            #expect(words.map(header.contains) ?? !header.contains("PROD"), "\(state) \(namespaces): \(header)")
        }
    }

    @Test func theMenuHasWhatIsLookedAtThoughNamespacesMayNotBeListed() {
        var snapshot = MeshSnapshot.shop()
        (snapshot.scope, snapshot.namespaces) = (.some(["shop"]), [])
        var pods = KindStatus(kind: "Pod", group: "", state: .ok, count: 1)
        pods.namespacesRead = ["shop", "other"]
        snapshot.kinds = [KindStatus(kind: "Namespace", group: "", state: .forbidden, count: 0), pods]
        var screen = Screen(snapshot: snapshot)
        screen.type("n")
        for name in ["shop", "other"] {
            #expect(screen.lines.contains { $0.contains(" \(name) ") && $0.contains("not known whether") }, "\(name)")
        }
        // One that the cluster does not have is none.
        snapshot.scope = .some(["nosuch"])
        snapshot.kinds[0].state = .ok
        screen = Screen(snapshot: snapshot)
        screen.type("n")
        #expect(!screen.text.contains("not known whether"))
    }

    /// Another context may be one that nothing may be changed in.
    @Test func aSwitchOfTheContextTakesItsSafeguards() {
        var screen = Screen()
        #expect(!screen.lines[0].contains("READ-ONLY"))
        screen.send(
            .contexts(
                names: ["test", "other"], current: "other",
                safeguards: Safeguards(readOnly: "readOnly is true in line 4 of c.yaml", isProduction: true)),
            .snapshot(.shop()))
        #expect(screen.lines[0].contains("READ-ONLY") && screen.lines[0].contains("PRODUCTION"))
        screen.type("S")
        #expect(screen.text.contains("read-only"))
    }

    @Test(arguments: [
        (["cluster-a-prod-eu", "cluster-b-prod-eu"], 10), (["aaaaaaaaaaaaaaaaaaaaX", "aaaaaaaaaaaaaaaaaaaaY"], 8),
        (["Xaaaaaaaaaaaaaaaaaaaa", "Yaaaaaaaaaaaaaaaaaaaa"], 8),
        (["aaaaaaaaaaaaaaaXaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaYaaaaaaaaaaaaaaaaaa"], 9),
        (["short", "a-much-longer-name-than-fits"], 12),
    ]) func cutNamesDiffer(names: [String], width: Int) {
        let cut = names.map { Names.distinct($0, among: names, width: width) }
        #expect(Set(cut).count == names.count, "\(cut)")
        #expect(cut.allSatisfy { CharacterWidth.of($0) <= width }, "\(cut)")
    }

    @Test func theMenusOfContextsAndNamespacesNarrowAsOneTypes() {
        var screen = Screen { $0.contexts = ["test", "quay", "other-prod", "other-dev"] }
        screen.type("xoth dev")
        #expect(screen.text.contains("other-dev") && !screen.text.contains("other-prod"), "\(screen.text)")
        screen.press(.enter)
        #expect(screen.effects == [.switchContext("other-dev")])
        // The letters that close or move in other menus are text here.
        screen.type("xqu")
        #expect(screen.text.contains("quay") && !screen.text.contains("other-prod"))
        screen.press(.escape, .escape)
        #expect(screen.model.window == nil)
        screen.type("nzzz")
        #expect(screen.text.contains("nothing matches"), "\(screen.text)")
    }
}
