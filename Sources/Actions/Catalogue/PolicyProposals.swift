// Values that nobody named and that MeshTop would suggest: each with where it comes from, and off until it is chosen.

internal import Base
internal import MeshModel

enum PolicyProposals {
    /// What could be proposed; some depends on what else is named.
    static func of(
        _ template: PolicyTemplate, _ service: ServiceID, given: [String: String], _ world: PlanWorld
    ) -> [String: PresentPolicy.Proposal] {
        switch template {
        case .mtls: ["mode": .init("STRICT", "plain text is refused; the warnings name who would be")]
        case .circuitBreaker: BreakerTemplate.proposals(service, world)
        case .timeoutAndRetries: TimeoutTemplate.proposals(service, given, world)
        case .loadBalancing: ["algorithm": .init("LEAST_REQUEST", "Istio's own default")]
        case .fault: FaultTemplate.proposals(given)
        case .mirror:
            given["to"]?.isEmpty == false
                ? ["percent": .init("100", "every request, as Istio has it where no share is said")] : [:]
        case .authorization: ["mode": .init("observed", "who called in the window may go on calling")]
        case .rateLimit:
            [
                "tokens": .init("100", "a round number to start from\(rate(service, world))"),
                "interval": .init("1s", "so that tokens are requests per second"),
            ]
        case .networkPolicy:
            ["mesh": .init("on", "HBONE, metrics and health come from outside of the named namespaces")]
        case .sidecarInjection: ["mode": .init("on", "new pods get a sidecar")]
        case .matchRoute, .jwt: [:]
        }
    }

    private static func rate(_ service: ServiceID, _ world: PlanWorld) -> String {
        world.service(service)?.requestsPerSecond.map { "; \(PlanText.rate($0)) per second come now" } ?? ""
    }

    /// Puts the proposals that were chosen in place, and says in words which were taken and which are still off.
    static func settle(
        _ values: inout TemplateValues, _ policy: PresentPolicy, _ service: ServiceID, _ world: PlanWorld
    ) throws(MeshTopError) -> (taken: [String], offered: [String]) {
        let present = policy.values
        let words = [PresentPolicy.proposed, PresentPolicy.proposedWhereUnset, BreakerTemplate.sized]
        let asked = values.given.filter { key, value in
            words.contains(value)
                && (value != BreakerTemplate.sized || values.template == .circuitBreaker)
        }
        for key in asked.keys { values.given[key] = nil }
        let named = present.merging(values.given) { _, given in given }
        let all = of(values.template, service, given: named, world).filter { !policy.withoutPlace.contains($0.key) }
        var (taken, offered): ([String], [String]) = ([], [])
        for field in values.template.fields {
            let (key, word) = (field.key, asked[field.key])
            guard let proposal = all[key] else {
                if let word, word != PresentPolicy.proposedWhereUnset {
                    throw MeshTopError(
                        .usage, "\(key)=\(word)", why: "MeshTop has nothing to propose for it here",
                        advice: "name a value")
                }
                continue
            }
            let isOpen = present[key] == nil && values.given[key] == nil
            let line = "\(key)=\(proposal.value): \(proposal.reason)"
            if let word, word != PresentPolicy.proposedWhereUnset || isOpen {
                values.given[key] = proposal.value
                taken.append("as proposed, \(line)")
            } else if isOpen {
                offered.append(line)
            }
        }
        return (taken, offered)
    }
}
