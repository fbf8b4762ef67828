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
        #expect(
            Alert.all(snapshot, findingsPane: 7).map(\.text) == ["Pod, Service read in namespace shop only: no right"])
        #expect(snapshot.unread(["Pod"]).map(\.unreadWords) == ["Pod read in namespace shop only: no right"])
        snapshot.scope = .some(["shop"])
        #expect(snapshot.unread().isEmpty)
    }
}
