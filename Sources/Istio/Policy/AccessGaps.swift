// What an answer about access could not look at. Where a kind that decides was not read, or one of its objects not
// understood, nobody knows whether a request is let through.

internal import Kube
internal import MeshModel

extension ClusterObjects {
    /// What is not known of what decides about a request from one namespace to pods of others: "AuthorizationPolicy not
    /// read: …", "PeerAuthentication: 1 not understood: …".
    func gapsOfAccess(from client: String, to targets: Set<String>, root: String) -> [String] {
        let policies: [WatchedKind] = [.peerauthentications, .requestauthentications, .authorizationpolicies]
        // Namespaces matter by their labels alone, which many may not read: network policies ask for them, and an
        // ambient mesh for its waypoints.
        let needsNamespaces = [.kubernetesGateways, .networkpolicies].contains { !(configs[$0] ?? [:]).isEmpty }
        var found = needsNamespaces ? [gap(.namespaces, in: [])] : []
        found += [WatchedKind.networkpolicies, .kubernetesGateways].map { gap($0, in: targets) }
        found += policies.map { gap($0, in: targets.union([root])) }
        // Nobody outside of the mesh has a rule for what it sends.
        found.append(gap(.destinationrules, in: targets.union([root, client]).subtracting([""])))
        found.append(gap(.configmaps, in: [root]))
        return found.compactMap { $0 }
    }

    /// The same of kinds that a name is looked up in; nil stands for all namespaces, of which not all may be known.
    func gaps(_ kinds: [WatchedKind], in namespaces: Set<String>?) -> [String] {
        kinds.compactMap { kind in
            if let namespaces { return gap(kind, in: namespaces) }
            if let found = gap(kind, in: Set(self.namespaces.keys.map(\.name))) { return found }
            return namespacesRead[kind] == nil ? nil : status(kind).unreadWords
        }
    }
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
