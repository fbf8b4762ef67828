import Base
import Kube
import MeshModel
import Testing

@testable import Views

/// A kind that could not be read is named where something rests on it.
@Suite struct PaneKindsTests {
    @Test(arguments: WatchedKind.all) func everyKindIsOfAPane(_ kind: WatchedKind) {
        #expect(PaneName.allCases.contains { $0.kinds.contains(kind.kind) })
    }

    /// Who may read little sees the rest all the same: what is refused shares a line.
    @Test func whatIsRefusedSharesALine() {
        var snapshot = MeshSnapshot(time: Timestamp(seconds: 1000), context: "test")
        snapshot.kinds = [WatchedKind.nodes, .ingresses, .pods, .services].map {
            KindStatus(kind: $0.kind, group: $0.group, state: .forbidden, count: 0, detail: "no right")
        }
        snapshot.kinds[3].state = .down
        #expect(
            Set(Alert.all(snapshot, findingsPane: 7).map(\.text)) == [
                "Node, Ingress not read: no right", "Pod not read: no right", "Service not read: no right",
            ])
    }

    /// Of a namespace in scope that may not be read nothing is shown, and that is said.
    @Test func aNamespaceThatIsNotReadIsNamed() {
        var snapshot = MeshSnapshot(time: Timestamp(seconds: 1000), context: "test", scope: .some(["shop", "other"]))
        snapshot.kinds = [WatchedKind.pods, .services].map {
            KindStatus(kind: $0.kind, group: $0.group, state: .ok, count: 1, detail: "namespace shop only: no right")
        }
        #expect(snapshot.unread().isEmpty)
        for place in snapshot.kinds.indices { snapshot.kinds[place].namespacesRead = ["shop"] }
        func alerts() -> [String] { Alert.all(snapshot, findingsPane: 7).map(\.text) }
        #expect(snapshot.unread(["Pod"]).map(\.unreadWords) == ["Pod read in namespace shop only: no right"])
        // The reason first: the line is cut where the screen ends.
        for place in snapshot.kinds.indices {
            snapshot.kinds[place].namespacesRefused = ["other": "no right there"]
            snapshot.kinds[place].othersReason = "not asked for (-n)"
        }
        #expect(alerts() == ["Pod and 1 more kind not read in other: no right there"])
        for place in snapshot.kinds.indices { snapshot.kinds[place].namespacesAwaited = ["other"] }
        #expect(alerts() == ["Pod and 1 more kind not read yet in other"])
        snapshot.scope = .some(["shop"])
        #expect(snapshot.unread().isEmpty)
    }

    /// Nothing is known to be wrong in a namespace that is not there, and that is no answer.
    @Test func aNamespaceThatIsNotThereIsNamed() {
        var snapshot = MeshSnapshot(
            time: Timestamp(seconds: 1000), context: "test", scope: .some(["nosuch"]),
            namespaces: [NamespaceSummary(name: "shop")])
        let words = "namespace nosuch: the cluster has none of that name"
        #expect(Alert.all(snapshot, findingsPane: 7).map(\.text) == [words])
        #expect(!PlainText.summary(snapshot, width: 160).contains("Nothing is known to be wrong"))
        // Who may not list namespaces does not know it.
        snapshot.namespaces = []
        #expect(Alert.all(snapshot, findingsPane: 7).isEmpty)
    }

    /// A pane of findings that lacks some is not one in which there are none.
    @Test func whatWasNotJudgedIsSaidWithTheFindings() {
        var snapshot = MeshSnapshot(time: Timestamp(seconds: 1000), context: "test", scope: .some(["shop"]))
        snapshot.kinds = [KindStatus(kind: "Service", group: "", state: .ok, count: 1)]
        #expect(PlainText.pane(.findings, snapshot, width: 160) == "(none)\n")
        snapshot.notJudged = ["a", "b"].map {
            NotJudged(
                code: "IST0101", object: FindingObject(kind: "VirtualService", namespace: "shop", name: $0),
                path: "spec", gap: ReadGap(kind: "Service", namespace: "prod", reason: "not asked for (-n)"))
        }
        let words = "2 fields not judged: Service not read in prod: not asked for (-n)"
        #expect(PlainText.pane(.findings, snapshot, width: 160) == "(not known)\n\(words)\n")
        #expect(PlainText.summary(snapshot, width: 160).contains(words))
        #expect(snapshot.json["notJudged"]?.array?.count == 2)
        var screen = Screen(snapshot: snapshot)
        screen.type("7+")
        #expect(screen.text.contains("▲ \(words)"))
        screen.type("!")
        #expect(screen.text.contains(words))
    }
}
