// What the evidence came to when a step was made, small enough for the mark: all that a MeshTop that only watches has.

package import Base
package import Insights

package struct GuardEvidence: Sendable, Hashable {
    package var time: Timestamp
    package var canary: CanaryLook.Arm
    package var stable: CanaryLook.Arm
    /// Odds, as in a status.
    package var worse: Double
    package var pass: Double

    package init(
        time: Timestamp, canary: CanaryLook.Arm, stable: CanaryLook.Arm, worse: Double, pass: Double
    ) {
        self.time = time
        self.canary = canary
        self.stable = stable
        self.worse = worse
        self.pass = pass
    }

    package var json: JSONValue {
        func counts(_ arm: CanaryLook.Arm) -> JSONValue {
            .array([.int(Self.whole(arm.requests)), .int(Self.whole(arm.errors))])
        }
        return [
            "at": .string(time.rfc3339), "canary": counts(canary), "stable": counts(stable),
            "worse": .double((min(worse, 1e6) * 100).rounded() / 100),
            "pass": .double((min(pass, 1e6) * 100).rounded() / 100),
        ]
    }

    /// Nil where anything of it is missing: half of it says nothing.
    package init?(json: JSONValue?) {
        guard let json, let time = json["at"]?.string.flatMap({ Timestamp(rfc3339: $0) }),
            let worse = json["worse"]?.double, let pass = json["pass"]?.double,
            let canary = Self.arm(json.list("canary")), let stable = Self.arm(json.list("stable"))
        else { return nil }
        self.init(time: time, canary: canary, stable: stable, worse: worse, pass: pass)
    }

    private static func arm(_ numbers: [JSONValue]) -> CanaryLook.Arm? {
        let counts = numbers.compactMap(\.double)
        guard counts.count == 2, counts[0] >= counts[1], counts[1] >= 0, counts[0] <= 1e15 else { return nil }
        return CanaryLook.Arm(requests: counts[0], errors: counts[1])
    }

    private static func whole(_ value: Double) -> Int64 { Int64(clamping: min(max(0, value.rounded()), 1e15)) }
}
