// The matchers of a pattern, which remember what they saw; whoever comes while one is in use gets a new one.

internal import Synchronization

final class MatcherStore: @unchecked Sendable {  // `isTaken` guards the matchers: who sets it has them
    private let program: PatternProgram
    private let isTaken = Atomic(false)
    private var whole: PatternMatcher?
    private var search: PatternMatcher?

    init(_ program: PatternProgram) { self.program = program }

    func run(_ text: String, isSearch: Bool) -> MatchOutcome {
        guard !isTaken.exchange(true, ordering: .acquiring) else {
            var matcher = PatternMatcher(program, isSearch: isSearch)
            return Self.run(&matcher, text)
        }
        defer { isTaken.store(false, ordering: .releasing) }
        if isSearch {
            var matcher = search.take() ?? PatternMatcher(program, isSearch: true)
            defer { search = matcher }
            return Self.run(&matcher, text)
        }
        var matcher = whole.take() ?? PatternMatcher(program, isSearch: false)
        defer { whole = matcher }
        return Self.run(&matcher, text)
    }

    private static func run(_ matcher: inout PatternMatcher, _ text: String) -> MatchOutcome {
        let before = matcher.steps
        return MatchOutcome(isMatch: matcher.run(text), steps: matcher.steps - before)
    }
}
