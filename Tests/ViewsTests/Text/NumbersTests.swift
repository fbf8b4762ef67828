import Kube
import MeshModel
import Testing

@testable import Views

@Suite struct NumbersTests {
    @Test(
        arguments: [
            (nil, "–"), (0, "0"), (0.001, "<0.01"), (0.256, "0.26"), (9.99, "9.99"), (12.34, "12.3"), (340.4, "340"),
            (999.6, "1.00k"), (1234, "1.23k"), (45_600, "45.6k"), (2_500_000, "2.50M"), (3e9, "3.00G"),
            (1e30, "1.0e30"), (-4.26e15, "-4.3e15"), (9.96e20, "1.0e21"), (Double.nan, "–"),
        ] as [(Double?, String)]) func rates(value: Double?, text: String)
    { #expect(Numbers.rate(value) == text) }

    @Test(
        arguments: [
            (nil, "–"), (0, "0%"), (0.0001, "<0.1%"), (0.012, "1.2%"), (0.5, "50%"), (0.996, "99.6%"),
            (0.9999, ">99.9%"), (1, "100%"),
        ] as [(Double?, String)]) func percents(value: Double?, text: String)
    { #expect(Numbers.percent(value) == text) }

    @Test(
        arguments: [(nil, "–"), (0.84, "0.8ms"), (45.2, "45ms"), (1250, "1.25s"), (12_500, "12.5s"), (250_000, "250s")]
            as [(Double?, String)])
    func milliseconds(value: Double?, text: String) { #expect(Numbers.milliseconds(value) == text) }

    /// Whatever a metric says is drawn within its place.
    @Test(arguments: [1e30, -1e30, 1e300, -1e300, .infinity, -.infinity, .nan, 1e-300])
    func numbersOfAnySizeAreDrawnWithinTheirPlace(_ odd: Double) {
        for other in [odd, 0, 1, -1, 1e30] {
            #expect(Sparkline.text(History(values: [other, nil, odd]), width: 5).count == 5)
            #expect(Bar.text(odd, width: 7, ascii: false).count == 7 && Bar.text(odd, width: 7, ascii: true).count == 7)
            var chart = DotChart(columns: 10, rows: 3)
            chart.add([odd, other, nil, 1], most: other, role: .text)
            chart.add([odd, other], most: odd, role: .text)
        }
        for text in [
            Numbers.rate(odd), Numbers.percent(odd), Numbers.milliseconds(odd), Numbers.bytes(odd), Numbers.age(odd),
        ] {
            #expect(!text.isEmpty)
        }
    }

    @Test func sparklinesKeepGaps() {
        #expect(Sparkline.text(History(values: [0, nil, 4, 8]), width: 5) == " ▁ ▅█")
    }

    @Test func aShareAboveZeroIsNeverDrawnAsNothing() {
        #expect(Bar.text(0.001, width: 10, ascii: false).first == "▏")
        #expect(Bar.text(0, width: 4, ascii: false) == "    ")
        #expect(Bar.text(nil, width: 4, ascii: false) == "····")
        #expect(Bar.text(0.5, width: 4, ascii: true) == "##..")
    }

    @Test func plainTextHoldsEveryPane() {
        let text = PlainText.summary(.shop(), width: 160)
        for part in ["SERVICES", "TRAFFIC", "BREAKERS", "reviews", "EJECTING", "weight", "91%"] {
            #expect(text.contains(part))
        }
        #expect(PlainText.pane(.traffic, .shop(), width: 160).contains("reviews v2"))
    }

    @Test func anEmptyPaneOfAKindThatWasNotReadIsNotNone() {
        var snapshot = MeshSnapshot.shop()
        snapshot.routes = []
        #expect(PlainText.pane(.traffic, snapshot, width: 160) == "(none)\n")
        for state in [SourceStatus.State.forbidden, .down, .starting] {
            snapshot.kinds = [
                KindStatus(kind: "VirtualService", group: "networking.istio.io", state: state, count: 0)
            ]
            #expect(PlainText.pane(.traffic, snapshot, width: 160) == "(not known)\n")
        }
    }
}
