// What an answer about access could not look at. Where a kind that decides was not read, or one of its objects not
// understood, nobody knows whether a request is let through.

extension ClusterObjects {
    /// What decides about a request. Namespaces matter by their labels alone, which many may not read: they are asked
    /// for by network policies, and by an ambient mesh for its waypoints.
    private var kindsOfAccess: [WatchedKind] {
        let always: [WatchedKind] = [
            .networkpolicies, .peerauthentications, .destinationrules, .requestauthentications, .authorizationpolicies,
            .configmaps,
        ]
        let hasWaypoints = !(configs[.kubernetesGateways] ?? [:]).isEmpty
        let hasNetwork = !(configs[.networkpolicies] ?? [:]).isEmpty
        return (hasWaypoints || hasNetwork ? [.namespaces] : []) + always + [.kubernetesGateways]
    }

    /// "AuthorizationPolicy not read: …", "PeerAuthentication: 1 not understood: …"; those of these kinds alone.
    func gaps(_ kinds: [WatchedKind]) -> [String] {
        kindStatuses.filter { status in kinds.contains { $0.kind == status.kind && $0.group == status.group } }
            .compactMap { status in
                if status.isUnread { return status.unreadWords }
                return status.odd.isEmpty ? nil : "\(status.kind): \(OddObject.words(status.odd))"
            }
    }

    var gapsOfAccess: [String] { gaps(kindsOfAccess) }
}

extension AccessAnswer {
    /// The answer as it is where these things are not known: what was read says no more than itself.
    func unsure(_ gaps: [String]) -> AccessAnswer {
        guard !gaps.isEmpty, verdict != .depends else { return self }
        var answer = self
        answer.verdict = .depends
        answer.because = "as not all that decides is known; what was read says \(verdict.rawValue): \(because)"
        answer.response = nil
        return answer
    }
}
