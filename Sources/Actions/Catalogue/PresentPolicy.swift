// What the policies of a service say now, in the words of their templates.

internal import Base
package import MeshModel

/// The values of one template as the cluster has them.
package struct PresentPolicy: Sendable, Hashable {
    /// By the field's key; empty where the policy is not there. Text is safe for a terminal.
    package var values: [String: String]
    /// What the fields cannot show, or why nothing could be read.
    package var note: String?
    /// What MeshTop would suggest for the fields that have no value, by their keys.
    package var proposals: [String: Proposal] = [:]
    /// Fields that the object which holds now has no place for: nothing is proposed for them.
    var withoutPlace: Set<String> = []
    /// What a form gives for a field that nobody typed over.
    package static let unchanged = "keep"
    /// What stands for the proposal of a field; the second one only where the field has no value now.
    package static let proposed = "proposed"
    package static let proposedWhereUnset = "proposed-where-unset"

    /// A value that nobody named, and where it comes from.
    package struct Proposal: Sendable, Hashable {
        package var value: String
        package var reason: String

        package init(_ value: String, _ reason: String) {
            self.value = value
            self.reason = reason
        }
    }

    package init(values: [String: String] = [:], note: String? = nil, proposals: [String: Proposal] = [:]) {
        self.values = values
        self.note = note
        self.proposals = proposals
    }

    static func read(
        _ template: PolicyTemplate, _ service: ServiceID, _ world: PlanWorld
    ) async throws -> PresentPolicy {
        switch template {
        case .mtls: PresentPolicy(values: try await MutualTLSTemplate.present(service, world))
        case .circuitBreaker: PresentPolicy(values: try await BreakerTemplate.present(service, world))
        case .timeoutAndRetries:
            ofRules(
                try await ServiceRoute.find(service, world), TimeoutTemplate.present, TimeoutTemplate.withoutPlace)
        case .loadBalancing: PresentPolicy(values: try await BalancerTemplate.present(service, world))
        case .fault: ofRules(try await ServiceRoute.find(service, world), FaultTemplate.present)
        case .mirror: MirrorTemplate.present(try await ServiceRoute.find(service, world))
        case .matchRoute: PresentPolicy(values: MatchTemplate.present(try await ServiceRoute.find(service, world)))
        case .authorization: PresentPolicy(values: try await AuthorizationTemplate.present(service, world))
        case .jwt: PresentPolicy(values: try await TokenTemplate.present(service, world))
        case .rateLimit: PresentPolicy(values: try await RateLimitTemplate.present(service, world))
        case .networkPolicy: PresentPolicy(values: try await NetworkPolicyTemplate.present(service, world))
        case .sidecarInjection: PresentPolicy(values: try await InjectionTemplate.present(service, world))
        }
    }

    private static func ofRules(
        _ route: ServiceRoute, _ present: (ServiceRoute) -> [String: String],
        _ withoutPlace: (ServiceRoute) -> Set<String> = { _ in [] }
    ) -> PresentPolicy {
        var policy = PresentPolicy(values: present(route))
        policy.withoutPlace = withoutPlace(route)
        if route.rules.count > 1, !policy.values.isEmpty {
            policy.note = "of the first of \(route.rules.count) rules; what you change, all of them get"
        }
        return policy
    }
}

extension ChangeRunner {
    /// What every template says of a service now; one that cannot be read says why.
    package func presentPolicies(of service: ServiceID) async throws -> [PolicyTemplate: PresentPolicy] {
        let world = try await seeingWorld()
        var found: [PolicyTemplate: PresentPolicy] = [:]
        for template in PolicyTemplate.allCases {
            do {
                var present = try await PresentPolicy.read(template, service, world)
                present.proposals = PolicyProposals.of(template, service, given: present.values, world)
                    .filter { present.values[$0.key] == nil && !present.withoutPlace.contains($0.key) }
                present.values = present.values.mapValues { SafeText.line($0) }
                found[template] = present
            } catch let error as MeshTopError {
                found[template] = PresentPolicy(note: "not known: \(error.why)")
            }
        }
        return found
    }
}
