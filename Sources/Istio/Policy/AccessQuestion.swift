// May this client send that request to this workload? The question, and an answer that says who decided.

/// A request as far as somebody described it. What is nil is not known, and an answer may depend on it.
package struct AccessQuestion: Sendable, Hashable {
    /// Who asks: an identity of the mesh, or somebody without one.
    package struct Source: Sendable, Hashable {
        package var namespace: String
        package var workload: String
        package var serviceAccount: String
        /// Without a proxy of its own a client has no certificate, and so no principal.
        package var hasIdentity: Bool
        package var address: String?

        package init(
            namespace: String, workload: String, serviceAccount: String, hasIdentity: Bool, address: String? = nil
        ) {
            self.namespace = namespace
            self.workload = workload
            self.serviceAccount = serviceAccount
            self.hasIdentity = hasIdentity
            self.address = address
        }
    }

    /// The workload that is asked, with what policies select it by.
    package struct Target: Sendable, Hashable {
        package var namespace: String
        package var workload: String
        package var labels: [String: String]
        package var isAmbient: Bool
        package var hasProxy: Bool

        package init(
            namespace: String, workload: String, labels: [String: String], isAmbient: Bool = false,
            hasProxy: Bool = true
        ) {
            self.namespace = namespace
            self.workload = workload
            self.labels = labels
            self.isAmbient = isAmbient
            self.hasProxy = hasProxy
        }
    }

    package var source: Source
    package var target: Target
    /// The port that the pod listens at.
    package var port: Int?
    /// A TCP port has no methods, paths or headers.
    package var isHTTP: Bool
    package var method: String?
    package var path: String?
    package var host: String?
    /// Lower-case names. Known headers are all there are when `knowsHeaders`.
    package var headers: [String: String]
    /// Claims of a token that the request carries; `iss` and `sub` make its principal. Nil: it carries none.
    package var claims: [String: [String]]?

    package init(
        source: Source, target: Target, port: Int? = nil, isHTTP: Bool = true, method: String? = nil,
        path: String? = nil, host: String? = nil, headers: [String: String] = [:], claims: [String: [String]]? = nil
    ) {
        self.source = source
        self.target = target
        self.port = port
        self.isHTTP = isHTTP
        self.method = method
        self.path = path
        self.host = host
        self.headers = headers
        self.claims = claims
    }
}

package struct AccessAnswer: Sendable, Hashable {
    package enum Verdict: String, Sendable, Hashable { case allowed, denied, depends }

    /// One policy that was looked at, in the order of evaluation.
    package struct Step: Sendable, Hashable {
        /// "DENY shop/no-admin", "PeerAuthentication shop/default".
        package var policy: String
        /// "rule 0 matches", "no rule matches".
        package var outcome: String

        package init(policy: String, outcome: String) {
            self.policy = policy
            self.outcome = outcome
        }
    }

    package var verdict: Verdict
    /// Which policy and rule decided, or that none did.
    package var because: String
    /// What the client gets when it is denied: "403", "401", "connection reset".
    package var response: String?
    package var steps: [Step]

    package init(verdict: Verdict, because: String, response: String? = nil, steps: [Step] = []) {
        self.verdict = verdict
        self.because = because
        self.response = response
        self.steps = steps
    }
}
