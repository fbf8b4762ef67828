// How a demo's canary differs from the version beside it, as an option says it.

import ArgumentParser
internal import Insights

struct CanaryKind: ExpressibleByArgument {
    var kind: CanaryScenario.Kind

    /// `errors=0.02`: shares are 0 to 1, a factor of time is above 0.
    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts == ["good"] {
            kind = .good
            return
        }
        guard parts.count == 2, let number = Double(parts[1]), number.isFinite, number > 0 else { return nil }
        switch parts[0] {
        case "errors" where number <= 1: kind = .errors(number)
        case "one-route" where number <= 1: kind = .oneRoute(number)
        case "leak" where number <= 1: kind = .leak(number)
        case "slower" where number <= 100: kind = .slower(number)
        default: return nil
        }
    }
}
