import Actions
import Base
import Kube
import MeshModel
import Testing

@testable import MeshTop

/// Where nothing can be mended it is said what was not read or not judged.
@Suite struct FixGapTests {
    private let target = ObjectReference(kind: "VirtualService", namespace: "shop", name: "own")

    private func words(_ snapshot: MeshSnapshot, code: String? = nil) throws -> String {
        let error = #expect(throws: MeshTopError.self) { try FixCommand.fix(target, code, snapshot) }
        return try #require(error).why
    }

    @Test func whatWasNotReadIsNotFoundToBeWell() throws {
        var snapshot = MeshSnapshot(time: .now(), context: "meshtop-demo")
        let nothing = "nothing is found that can be mended mechanically"
        #expect(try words(snapshot) == nothing)
        var kind = KindStatus(kind: "VirtualService", group: "networking.istio.io", state: .forbidden, count: 0)
        kind.reason = "not for you"
        snapshot.kinds = [kind]
        #expect(try words(snapshot) == "\(nothing); VirtualService not read: not for you")
    }

    @Test func whatWasNotJudgedIsSaidOfThisObjectAndCode() throws {
        var snapshot = MeshSnapshot(time: .now(), context: "meshtop-demo")
        let gap = ReadGap(kind: "Service", namespace: "prod", reason: "not asked for (-n)")
        snapshot.notJudged = ["own", "other"].map { name in
            let object = FindingObject(kind: "VirtualService", namespace: "shop", name: name)
            return NotJudged(code: "IST0101", object: object, path: "spec.http[0]", gap: gap)
        }
        let said = "; 1 field not judged: Service not read in prod: not asked for (-n)"
        #expect(try words(snapshot).hasSuffix(said))
        #expect(try words(snapshot, code: "IST0101").hasSuffix(said))
        #expect(try !words(snapshot, code: "IST0104").contains("not judged"))
    }
}
