import Testing

@testable import Base
@testable import Kube
@testable import MeshModel

@Suite struct UnreadKindsTests {
    private static func kind(_ name: String, _ state: SourceState, _ reason: String, in namespaces: Set<String>? = nil)
        -> KindStatus
    {
        var kind = KindStatus(kind: name, group: "", state: state, count: 0, detail: reason)
        kind.reason = reason
        kind.namespacesRead = namespaces
        return kind
    }

    /// One reason for many kinds is one line to read, in whatever order they come.
    @Test func aReasonThatManyKindsShareIsSaidOnce() {
        let narrow = "namespace shop only: the others were not asked for (-n)"
        var odd = Self.kind("Rollout", .ok, "")
        odd.odd = [OddObject(key: ObjectKey("pay", "x"), reason: "spec is no object")]
        let snapshot = MeshSnapshot(
            time: Timestamp(seconds: 0), context: "test",
            kinds: [
                Self.kind("Pod", .ok, narrow, in: ["shop"]), Self.kind("Service", .forbidden, "no right"),
                Self.kind("Deployment", .ok, narrow, in: ["shop"]), Self.kind("Node", .starting, ""), odd,
            ])
        let names = ["Pod", "Service", "Deployment", "Node", "Rollout"]
        #expect(
            snapshot.gap(names, in: ["pay"])
                == "; Pod, Deployment not read in pay: \(narrow); Service not read: no right; Node not read yet; Rollout: 1 not understood: pay/x (spec is no object)"
        )
        #expect(snapshot.gap(["Pod", "Deployment"], in: ["shop"]) == "")
        #expect(snapshot.gap(["Pod"], in: ["pay", "shop", "web"]) == "; Pod not read in pay, web: \(narrow)")
    }

    /// One reason is one line, with the namespaces that it holds for.
    @Test(arguments: [
        (["pay"], false, "Pod not read in pay"), (["web", "pay"], false, "Pod not read in pay, web"),
        (["a", "b", "c", "d", "e"], false, "Pod not read in a, b, c and 2 more"), ([""], false, "Pod not read"),
        (["*"], false, "Pod not read everywhere"), (["pay", "*"], false, "Pod not read in pay and elsewhere"),
        (["pay"], true, "Pod"),
    ])
    func whatWasNotJudgedIsALine(_ namespaces: [String], _ isOdd: Bool, _ words: String) {
        let all = namespaces.map { namespace in
            NotJudged(
                code: "IST0101", object: FindingObject(kind: "VirtualService", namespace: "shop", name: "web"),
                path: "spec", gap: ReadGap(kind: "Pod", namespace: namespace, reason: "why", isOdd: isOdd))
        }
        #expect(all.lines == ["1 field not judged: \(words): why"])
    }
}
