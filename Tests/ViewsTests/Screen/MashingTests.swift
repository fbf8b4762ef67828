import Actions
import Base
import Testing

@testable import Views

@Suite struct MashingTests {
    static let keys: [Key] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .:/?!@+-_=<>".map { .character($0) }
        + [
            .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .enter, .escape, .tab, .backTab, .backspace,
            .delete, .insert, .control("d"), .control("u"), .control("l"), .control("r"), .function(5),
        ]

    /// Any keys at any size, with snapshots, previews and progress in between: no crash, and no change is sent
    /// that was not previewed.
    @Test(arguments: 0..<12) func mashingSendsNothingUnseen(seed: Int) {
        var dice = Dice(seed: UInt64(seed))
        var screen = Screen()
        var previewed: Set<String> = []
        for step in 0..<1500 {
            switch Int.random(in: 0..<40, using: &dice) {
            case 0:
                screen.size = Size(rows: .random(in: 0...60, using: &dice), columns: .random(in: 0...200, using: &dice))
            case 1: screen.send(.resize(screen.size))
            case 2:
                screen.send(
                    .snapshot(.shop(services: Bool.random(using: &dice) ? [] : [.busy("reviews"), .silent("b")])))
            case 3: screen.send(.tick(Timestamp.noon + Double(step)))
            case 4:
                var preview = ChangePreview.shift(typed: Bool.random(using: &dice) ? "reviews" : nil)
                preview.planID = "plan-\(step)"
                if screen.model.awaited != nil { previewed.insert(preview.planID) }
                screen.answer { .preview(.success(preview), of: $0) }
            case 5: screen.send(.progress(planID: "plan-1", .verified("done")))
            case 6:
                screen.send(
                    .mouse(
                        MouseEvent(
                            kind: .press, row: .random(in: -1...60, using: &dice),
                            column: .random(in: -1...200, using: &dice))))
            case 7: screen.send(.paste("10\ny"))
            default: screen.press(Self.keys.randomElement(using: &dice) ?? .enter)
            }
            if step % 10 == 0 { #expect(screen.frame.size == screen.size) }
            for effect in screen.effects {
                if case .apply(let planID) = effect { #expect(previewed.contains(planID)) }
            }
            screen.effects = []
        }
    }

    @Test func readOnlyAsksForNoChangeWhateverIsPressed() {
        var dice = Dice(seed: 7)
        var screen = Screen { $0.readOnly = "started with --read-only" }
        for _ in 0..<5000 { screen.press(Self.keys.randomElement(using: &dice) ?? .enter) }
        for effect in screen.effects {
            switch effect {
            case .plan, .apply, .applyFile: Issue.record("read-only asked for \(effect)")
            default: break
            }
        }
    }
}
