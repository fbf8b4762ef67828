// Answers "may A call B?" from what a cluster holds: identities, mTLS of both sides, tokens, policies, the network.

package import Base
internal import Kube
internal import MeshModel

package struct AccessDesk: Sendable {
    private let world: AnalysisWorld
    private let peers: PeerPolicies
    private let policies: AuthorizationPolicies
    private let network: NetworkPolicies

    package init(_ world: AnalysisWorld) {
        self.world = world
        peers = PeerPolicies(world.configs(.peerauthentications), rootNamespace: world.mesh.rootNamespace)
        policies = AuthorizationPolicies(world.configs(.authorizationpolicies), mesh: world.mesh)
        network = NetworkPolicies(world.objects)
    }

    /// The answer for each kind of pod behind the destination.
    package func answer(_ request: AccessRequest) throws(MeshTopError) -> AccessReport {
        let targets = try destination(request)
        let near = targets.groups.first?.namespace
        let source = try client(request.source, request.sourceKind, near: near)
        let gaps = world.objects.gapsOfAccess(
            from: source.source.namespace, to: Set(targets.groups.map(\.namespace)), root: world.mesh.rootNamespace)
        let rows = targets.groups.map { group -> AccessReport.Row in
            let name = group.workload
            let answer = answer(request, source, group.group, name, targets.service)
            return AccessReport.Row(
                target: "\(group.namespace)/\(name)", answer: answer.answer.unsure(gaps), mtls: answer.mtls)
        }
        return AccessReport(
            source: source.words, destination: targets.words, request: request.requestWords, rows: rows,
            unknown: gaps)
    }

    // MARK: Who

    private struct Client {
        var words: String
        var group: PodGroup?
        var source: AccessQuestion.Source
    }

    private func client(_ name: String, _ kind: String?, near: String?) throws(MeshTopError) -> Client {
        if ["outside", "anyone", "*"].contains(name) {
            return Client(
                words: "a client outside the mesh", group: nil,
                source: AccessQuestion.Source(
                    namespace: "", workload: "unknown", serviceAccount: "", hasIdentity: false))
        }
        let found = try find(name, kind, near: near, role: "the client")
        guard let group = found.groups.first else { throw unknown(name, kind, "the client") }
        let hasProxy = group.group.facts.hasSidecar || ambient(group.group)
        let account = group.group.facts.serviceAccount ?? "default"
        return Client(
            words:
                "\(group.namespace)/\(group.workload) as \(group.namespace)/sa/\(account)\(hasProxy ? "" : ", which has no proxy")",
            group: group.group,
            source: AccessQuestion.Source(
                namespace: group.namespace, workload: group.workload, serviceAccount: account, hasIdentity: hasProxy))
    }

    private struct Named {
        var group: PodGroup
        var namespace: String
        package var workload: String
    }

    private struct Found {
        var words: String
        var service: Service?
        package var groups: [Named]
    }

    private static let workloadKinds: [WatchedKind] = [.pods, .deployments, .statefulsets, .daemonsets, .rollouts]

    /// That nothing has a name is known only where all that could have it was read.
    private func unknown(_ name: String, _ kind: String?, _ role: String) -> MeshTopError {
        let kinds =
            (kind == nil || kind == "Service" ? [.services] : []) + (kind == "Service" ? [] : Self.workloadKinds)
        let gaps = world.objects.gaps(kinds, in: name.firstIndex(of: "/").map { [String(name[..<$0])] })
        let why =
            gaps.isEmpty
            ? "no workload or service has that name"
            : "whether a workload or a service has that name is not known: \(gaps.joined(separator: "; "))"
        return MeshTopError(
            .usage, "\(role) \(SafeText.line(name, limit: 100))", why: why,
            advice: "write NAMESPACE/NAME of a workload or a service, or 'outside'")
    }

    private func ambient(_ group: PodGroup) -> Bool {
        group.isAmbient || world.isAmbient(group.namespace) && !group.facts.hasSidecar
    }

    /// A workload or a service by name, with its namespace where several have it.
    private func find(
        _ name: String, _ kind: String?, near: String?, role: String
    ) throws(MeshTopError) -> Found {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        let (namespace, short) = parts.count == 2 ? (parts[0], parts[1]) : (nil, name)
        func isPlace(_ key: ObjectKey) -> Bool { key.name == short && (namespace == nil || key.namespace == namespace) }
        let (asksServices, asksWorkloads) = (kind == nil || kind == "Service", kind != "Service")
        var keys = asksServices ? Set(world.objects.services.keys.filter(isPlace)) : []
        // With pods or without, of any kind.
        let named = world.workloads.groups.filter { asksWorkloads && isPlace(ObjectKey($0.namespace, $0.workload)) }
        keys.formUnion(named.map { ObjectKey($0.namespace, $0.workload) })
        if namespace == nil, keys.count > 1, let near, keys.contains(ObjectKey(near, short)) {
            keys = [ObjectKey(near, short)]
        }
        guard let key = keys.first else { throw unknown(name, kind, role) }
        guard keys.count == 1 else {
            let names = keys.sorted().map { "\($0.namespace)/\($0.name)" }
            throw MeshTopError(
                .usage, "\(role) \(SafeText.line(name, limit: 100))",
                why: "several have that name: \(names.joined(separator: ", "))",
                advice: "write one of these")
        }
        if asksServices, let service = world.objects.services[key], service.selectsPods {
            let groups = workloadGroups(world.workloads.matching(service.selector, in: key.namespace))
            return Found(words: "service \(key.namespace)/\(key.name)", service: service, groups: groups)
        }
        let groups = workloadGroups(named.filter { $0.namespace == key.namespace })
        guard !groups.isEmpty else { throw unknown(name, kind, role) }
        return Found(words: "workload \(key.namespace)/\(key.name)", service: nil, groups: Array(groups.prefix(1)))
    }

    /// One for each workload: those of an old and a new template are alike for policies.
    private func workloadGroups(_ groups: [PodGroup]) -> [Named] {
        var named: [String: Named] = [:]
        for group in groups {
            let name = group.workload
            if (named[name]?.group.pods ?? -1) < group.pods {
                named[name] = Named(group: group, namespace: group.namespace, workload: name)
            }
        }
        return named.values.sorted { $0.workload < $1.workload }
    }

    private func destination(_ request: AccessRequest) throws(MeshTopError) -> Found {
        let found = try find(request.destination, request.destinationKind, near: nil, role: "the destination")
        guard !found.groups.isEmpty else {
            let gaps = world.objects.gaps(Self.workloadKinds, in: [found.service?.meta.namespace ?? ""])
            throw MeshTopError(
                .usage, found.words,
                why: gaps.isEmpty
                    ? "it selects no pods and no workload"
                    : "which pods and workloads it selects is not known: \(gaps.joined(separator: "; "))",
                advice: "name a workload or another service")
        }
        return found
    }

    // MARK: What

    private func answer(
        _ request: AccessRequest, _ client: Client, _ group: PodGroup, _ name: String, _ service: Service?
    ) -> (answer: AccessAnswer, mtls: String) {
        var steps: [AccessAnswer.Step] = []
        let (port, isHTTP) = port(request, service)
        let isAmbient = ambient(group)
        let hasProxy = group.facts.hasSidecar || group.isGateway
        // The network first: what is dropped there reaches no proxy.
        let (admitted, names) = network.admits(
            isAmbient ? 15008 : port, of: .init(namespace: group.namespace, labels: group.labels),
            from: client.group.map { .init(namespace: $0.namespace, labels: $0.labels) })
        if !names.isEmpty {
            steps.append(.init(policy: "NetworkPolicy \(names.joined(separator: ", "))", outcome: words(admitted)))
            if admitted == .no {
                return (
                    AccessAnswer(
                        verdict: .denied,
                        because: "NetworkPolicy \(names.joined(separator: ", ")) lets this in from nowhere that fits",
                        response: "the connection times out", steps: steps), "not reached"
                )
            }
        }
        let (mode, why) = peers.mode(namespace: group.namespace, labels: group.labels, port: port)
        let sending = clientMode(client.source, service)
        let isMutual = client.source.hasIdentity && (hasProxy || isAmbient) && sending.isMutual && mode != "DISABLE"
        let side = hasProxy || isAmbient ? "\(mode) by \(why)" : "none, no proxy takes it there"
        let mtls = "\(side); the client sends \(isMutual ? "mTLS" : "plain text")\(sending.because)"
        if hasProxy || isAmbient {
            steps.append(.init(policy: "PeerAuthentication: \(mode)", outcome: why))
            if mode == "STRICT", !isMutual {
                return (
                    AccessAnswer(
                        verdict: .denied,
                        because: "mTLS is STRICT (\(why)) and the client sends none\(sending.because)",
                        response: "the connection is reset", steps: steps), mtls
                )
            }
        }
        var source = client.source
        source.hasIdentity = isMutual
        source.address = request.address
        func question(_ source: AccessQuestion.Source, isAmbient: Bool, hasProxy: Bool) -> AccessQuestion {
            AccessQuestion(
                source: source,
                target: AccessQuestion.Target(
                    namespace: group.namespace, workload: name, labels: group.labels, isAmbient: isAmbient,
                    hasProxy: hasProxy),
                port: port, isHTTP: isHTTP, method: request.method, path: request.path,
                host: request.host, headers: request.headers, claims: request.claims)
        }
        let waypoint = isAmbient && !hasProxy ? waypoint(group, service) : nil
        var first: AccessAnswer?
        let passes = waypoint.map { passage(client, $0) } ?? .past
        if let waypoint, passes != .past {
            let place = "waypoint \(waypoint.name)"
            let tokens = world.configs(.requestauthentications).filter {
                $0.isFor(waypoint, root: world.mesh.rootNamespace)
            }
            var before: [AccessAnswer.Step] = []
            var answer =
                token(request, tokens, &before)
                ?? policies.answer(
                    question(source, isAmbient: false, hasProxy: true), by: policies.attached(to: waypoint))
            answer.steps = (before + answer.steps).map {
                AccessAnswer.Step(policy: "\(place): \($0.policy)", outcome: $0.outcome)
            }
            steps += answer.steps
            answer.because = "\(place): \(answer.because)"
            answer.steps = steps
            if passes == .through, answer.verdict == .denied { return (answer, mtls) }
            first = answer
            // Behind it the pod sees the waypoint's own identity.
            if passes == .through {
                source = AccessQuestion.Source(
                    namespace: waypoint.gateway.namespace, workload: waypoint.gateway.name,
                    serviceAccount: waypoint.gateway.name, hasIdentity: true)
            }
        } else if let waypoint {
            steps.append(.init(policy: "waypoint \(waypoint.name)", outcome: "this client goes past it"))
        }
        if let refused = token(request, group, &steps) { return (refused, mtls) }
        var answer = policies.answer(question(source, isAmbient: isAmbient && !hasProxy, hasProxy: hasProxy))
        answer.steps = steps + answer.steps
        if let first, answer.verdict == .allowed, first.verdict != .allowed {
            answer.verdict = .depends
            answer.because =
                passes == .through ? first.because : "whether its proxy sends through the waypoint: \(first.because)"
        } else if let first, answer.verdict == .allowed, passes == .through {
            answer.because = first.because
        }
        if case .unknown(let what) = admitted, answer.verdict == .allowed {
            answer.verdict = .depends
            answer.because = "NetworkPolicy \(names.joined(separator: ", ")) depends on \(what)"
        }
        return (answer, mtls)
    }

    private func waypoint(_ group: PodGroup, _ service: Service?) -> Waypoint? {
        if let service { return Waypoint(of: service, world.objects) }
        return Waypoint(ofPod: group.labels, namespace: group.namespace, world.objects)
    }

    private enum Passage { case through, past, unknown }

    /// Ztunnel sends an ambient client's requests through the waypoint; an ingress gateway goes past it unless told
    /// otherwise; what a sidecar does depends on its release. https://istio.io/latest/docs/ambient/usage/waypoint/
    private func passage(_ client: Client, _ waypoint: Waypoint) -> Passage {
        guard let group = client.group, client.source.hasIdentity else { return .past }
        let isEdge = group.isGateway || group.labels["istio"]?.hasSuffix("gateway") == true
        if isEdge { return waypoint.takesIngress ? .through : .past }
        return ambient(group) ? .through : .unknown
    }

    private func words(_ truth: Truth) -> String {
        switch truth {
        case .yes: "lets it in"
        case .no: "does not let it in"
        case .unknown(let what): "depends on \(what)"
        }
    }

    /// The pod's port, and whether it carries HTTP.
    private func port(_ request: AccessRequest, _ service: Service?) -> (Int?, Bool) {
        let wantsHTTP = request.method != nil || request.path != nil
        guard let service else { return (request.port, true) }
        let found =
            request.port.flatMap { number in service.ports.first { $0.number == number } }
            ?? (request.port == nil ? service.ports.first : nil)
        guard let found else { return (request.port, true) }
        let declared = ServiceRules.declaredProtocol(found)
        let isTCP = ["tcp", "tls", "mysql", "mongo", "redis", "https"].contains(declared ?? "")
        return (found.targetNumber, !isTCP || wantsHTTP && declared == nil)
    }

    /// What the client's own side sends: a DestinationRule's TLS mode goes before automatic mTLS.
    private func clientMode(
        _ source: AccessQuestion.Source, _ service: Service?
    ) -> (isMutual: Bool, because: String) {
        guard source.hasIdentity else { return (false, source.workload == "unknown" ? "" : ", having no proxy") }
        if let service,
            let policy = DestinationRuleLookup(world).effective(
                host: HostNames.fullName(service.id), client: source.namespace, service: service.meta.namespace)
        {
            let mode = policy.tlsMode
            if let mode { return (mode == "ISTIO_MUTUAL", " (DestinationRule \(policy.name): \(mode))") }
        }
        return (world.mesh.enableAutoMtls, world.mesh.enableAutoMtls ? "" : ", as automatic mTLS is off")
    }

    /// A token that no RequestAuthentication knows is refused before any policy is asked.
    private func token(
        _ request: AccessRequest, _ group: PodGroup, _ steps: inout [AccessAnswer.Step]
    ) -> AccessAnswer? {
        let selecting = world.configs(.requestauthentications).filter { policy in
            [group.namespace, world.mesh.rootNamespace].contains(policy.meta.namespace) && !policy.hasTarget
                && group.has(policy.selector)
                || group.isGateway
                    && policy.isFor(
                        gateway: ObjectKey(
                            group.namespace, group.labels["gateway.networking.k8s.io/gateway-name"] ?? ""))
        }
        return token(request, selecting, &steps)
    }

    private func token(
        _ request: AccessRequest, _ selecting: [ConfigObject], _ steps: inout [AccessAnswer.Step]
    ) -> AccessAnswer? {
        guard !selecting.isEmpty else { return nil }
        let names = selecting.map { "\($0.meta.namespace)/\($0.meta.name)" }.joined(separator: ", ")
        guard let claims = request.claims else {
            steps.append(.init(policy: "RequestAuthentication \(names)", outcome: "no token: passes"))
            return nil
        }
        let issuer = claims["iss"]?.first ?? ""
        let isKnown = selecting.contains { $0.spec.list("jwtRules").contains { $0.text("issuer") == issuer } }
        steps.append(
            .init(
                policy: "RequestAuthentication \(names)",
                outcome: isKnown ? "takes tokens of \(issuer)" : "knows no issuer \(issuer)"))
        guard !isKnown else { return nil }
        return AccessAnswer(
            verdict: .denied,
            because:
                "RequestAuthentication \(names) takes no tokens of \(issuer.isEmpty ? "an unnamed issuer" : issuer)",
            response: "401 Jwt issuer is not configured", steps: steps)
    }
}
