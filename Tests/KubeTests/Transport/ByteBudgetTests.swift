import TestSupport
import Testing

@testable import Kube

/// Answers that come together have one bound, and the network's thread copies each byte once.
@Suite struct ByteBudgetTests {
    @Test func sharesComeOutOfOneBudget() {
        let budget = ByteBudget(100)
        let (first, second) = (BudgetShare(of: budget), BudgetShare(of: budget))
        #expect(first.take(60) && second.take(40) && !second.take(1))
        first.end()
        #expect(budget.inUse == 40)
        // What still arrives of an answer that was given up takes nothing.
        #expect(!first.take(1) && second.take(60) && !second.take(1))
        first.end()
        second.end()
        #expect(budget.inUse == 0)
    }

    @Test func aShareThatIsForgottenGivesBack() {
        let budget = ByteBudget(100)
        do { #expect(BudgetShare(of: budget).take(100)) }
        #expect(budget.inUse == 0)
    }

    @Test(arguments: [0, 1, 16 << 10, (256 << 10) - 1, 256 << 10, (256 << 10) + 1, 1_000_003])
    func piecesOfAnySizeGiveTheBody(_ size: Int) {
        let all = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var pieces = BodyPieces()
        var rest = all[...]
        while size > 0, !rest.isEmpty {
            let part = Array(rest.prefix(size))
            part.withUnsafeBytes { pieces.append($0) }
            rest = rest.dropFirst(part.count)
        }
        #expect(pieces.count == (size > 0 ? all.count : 0))
        #expect(pieces.joined() == (size > 0 ? all : []))
    }

    /// Eight answers of 1 MB where 3 MB may be under way: some come, the others say why not, and all is given back.
    @Test func answersBeyondTheBudgetSaySo() async throws {
        let body = [UInt8](repeating: 0x20, count: 1 << 20)
        let server = try CannedServer { _ in CannedServer.Answer(200, body) }
        let loop = CurlLoop()
        defer { loop.stop() }
        let budget = ByteBudget(3 << 20)
        // Held until all have come or failed.
        let shares = (0..<8).map { _ in BudgetShare(of: budget) }
        let outcomes = await withTaskGroup(of: String.self) { group in
            for share in shares {
                group.addTask {
                    var request = HTTPRequest(url: server.url + "/api")
                    request.share = share
                    do { return "\(try await loop.send(request).body.count)" } catch { return "\(error)" }
                }
            }
            return await group.reduce(into: [String]()) { $0.append($1) }
        }
        for share in shares { share.end() }
        let whole = outcomes.filter { $0 == "\(1 << 20)" }
        let refused = outcomes.filter { $0.contains("larger than 3 MB together") }
        #expect(whole.count + refused.count == 8 && whole.count <= 3 && refused.count >= 5, "\(outcomes)")
        #expect(budget.inUse == 0)
    }
}
