import Testing

@testable import Base
@testable import ClusterData
@testable import Kube

/// Pages are read together as far as their sizes leave room, and what cannot be taken is not read at every look.
@Suite struct AdminPageBudgetTests {
    private let pod = ObjectKey("shop", "web-1")
    private let noon = Timestamp(seconds: 1_700_000_000)

    @Test(arguments: [(0, 8), (40_000, 8), (2 << 20, 8), (4 << 20, 4), (9 << 20, 1), (16 << 20, 1)])
    func howManyFollowsFromTheLargest(_ bytes: Int, _ atOnce: Int) {
        var budget = AdminPageBudget()
        // Until one has come nothing is known of their size.
        #expect(budget.atOnce == 1)
        budget.answered(pod, bytes: bytes)
        #expect(budget.atOnce == atOnce)
        #expect(budget.atOnce == 1 || budget.atOnce * bytes <= AdminPageBudget.mostBytes)
    }

    @Test func oneLargePageAmongSmallOnesCountsForAWhile() {
        var budget = AdminPageBudget()
        budget.answered(pod, bytes: 10 << 20)
        budget.answered(pod, bytes: 1000)
        #expect(budget.atOnce == 1)
        for _ in 0..<100 { budget.answered(pod, bytes: 1000) }
        #expect(budget.atOnce == 8)
    }

    @Test func aPageThatCannotBeTakenIsNotReadAtEveryLook() {
        var budget = AdminPageBudget()
        budget.answered(pod, bytes: 1000)
        budget.useless(pod, now: noon)
        #expect(budget.atOnce == 1)
        let freed = [budget.hasFreed(), budget.hasFreed()]
        #expect(freed == [true, false])
        #expect(!budget.mayAsk(pod, now: noon + 2) && !budget.mayAsk(pod, now: noon + 59))
        #expect(budget.mayAsk(pod, now: noon + 60) && budget.mayAsk(ObjectKey("shop", "web-2"), now: noon))
        // A clock set back by an hour holds nothing up for an hour.
        #expect(budget.mayAsk(pod, now: noon + -3600))
        budget.keep(only: [], now: noon + 2)
        #expect(!budget.mayAsk(pod, now: noon + 2))
    }
}
