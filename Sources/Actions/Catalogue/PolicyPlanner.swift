// Turns a policy template and a service into objects; each template family has a file of its own beside this one.

internal import Base
internal import Istio
internal import Kube
internal import MeshModel

struct PolicyRequest: ChangeRequest {
    var template: PolicyTemplate
    var namespace: String
    var target: String
    var values: [String: String]

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await PolicyPlanner.draft(template, namespace: namespace, target: target, values: values, world)
    }
}

extension PlanRequest {
    package static func policy(
        _ template: PolicyTemplate, namespace: String, target: String, values: [String: String]
    ) -> PlanRequest {
        PlanRequest(PolicyRequest(template: template, namespace: namespace, target: target, values: values))
    }
}

enum PolicyPlanner {
    /// A service by its name or as KIND/NAME.
    private static func name(
        _ target: String, _ template: PolicyTemplate, _ world: PlanWorld
    ) throws(MeshTopError) -> String {
        guard let word = ObjectWord(target) else { return target }
        let kind = try world.discovery.kind(of: word).kind
        guard kind == "Service" else {
            throw MeshTopError(
                .usage, "policy \(template.rawValue) \(SafeText.line(target))",
                why: "policies are for services, and this is a \(kind)", advice: "name the service")
        }
        return word.name
    }

    static func draft(
        _ template: PolicyTemplate, namespace: String, target: String, values: [String: String], _ world: PlanWorld
    ) async throws -> Draft {
        var values = try TemplateValues(template, values)
        let service = ServiceID(namespace: namespace, name: try name(target, template, world))
        var policy = PresentPolicy()
        do {
            policy = try await PresentPolicy.read(template, service, world)
        } catch let error as MeshTopError {
            // Of a policy that stands for itself, what holds now is only for the proposals.
            if template.startsFromPresent || values.keepsSomething { throw error }
        }
        // From the command line a policy that is named by its values starts from nothing.
        let kept = values.kept
        values.present = template.startsFromPresent ? policy.values : policy.values.filter { kept.contains($0.key) }
        let namesNothing = values.keepsEverything && kept.isEmpty
        let (taken, offered) = try PolicyProposals.settle(&values, policy, service, world)
        if values.keepsEverything {
            if namesNothing, offered.isEmpty {
                throw MeshTopError(
                    .usage, "policy \(template.rawValue)", why: "no value is named, so there is nothing to write",
                    advice: "name KEY=VALUE of \(template.fields.map(\.key).joined(separator: ", "))")
            }
            var draft = Draft(
                verb: "policy", title: "\(template.title) for \(service.name): as it is", steps: [],
                effects: ["nothing is changed"], kubectl: "# nothing to change")
            draft.proposals = offered
            return draft
        }
        var draft = try await draft(template, service, values, world)
        draft.effects = taken + draft.effects
        draft.proposals = offered
        return draft
    }

    private static func draft(
        _ template: PolicyTemplate, _ service: ServiceID, _ values: TemplateValues, _ world: PlanWorld
    ) async throws -> Draft {
        switch template {
        case .mtls: try await MutualTLSTemplate.draft(service, values, world)
        case .circuitBreaker: try await BreakerTemplate.draft(service, values, world)
        case .timeoutAndRetries: try await TimeoutTemplate.draft(service, values, world)
        case .loadBalancing: try await BalancerTemplate.draft(service, values, world)
        case .fault: try await FaultTemplate.draft(service, values, world)
        case .mirror: try await MirrorTemplate.draft(service, values, world)
        case .matchRoute: try await MatchTemplate.draft(service, values, world)
        case .authorization: try await AuthorizationTemplate.draft(service, values, world)
        case .jwt: try await TokenTemplate.draft(service, values, world)
        case .rateLimit: try await RateLimitTemplate.draft(service, values, world)
        case .networkPolicy: try await NetworkPolicyTemplate.draft(service, values, world)
        case .sidecarInjection: try await InjectionTemplate.draft(service, values, world)
        }
    }
}

/// What the templates share.
extension PlanWorld {
    /// A step that creates an object, or writes what `change` did to the spec of the one that is there.
    func upsert(
        _ kind: WatchedKind, _ namespace: String, _ name: String,
        change: (inout JSONValue) throws -> Void
    ) async throws -> PlanStep {
        let reference = ObjectReference(kind: kind.kind, namespace: namespace, name: name)
        let path = try path(reference)
        if let before = try await readIfPresent(path) {
            var after = before
            var spec = before["spec"] ?? [:]
            try change(&spec)
            after["spec"] = spec
            return ObjectChange.step(reference, path, from: before, to: after)
        }
        var spec: JSONValue = [:]
        try change(&spec)
        let body: JSONValue = [
            "apiVersion": .string(try apiVersion(kind)), "kind": .string(kind.kind),
            "metadata": ["name": .string(name), "namespace": .string(namespace)], "spec": spec,
        ]
        return PlanStep(object: reference, path: path, write: .create(body), before: nil, after: nil, inverse: .delete)
    }

    /// The objects of a kind in a namespace, or in all; empty where the server has none of them. Where they may not be
    /// listed, those of these names are read each by itself, and `unlisted` says so, as it does where the server does not
    /// say whether it has them.
    func list(_ kind: WatchedKind, in namespace: String?, named names: [String]) async throws -> [JSONValue] {
        guard let path = discovery.path(for: kind) else {
            if let gap = discovery.gapWords(kind.group) { unlisted.note(kind, namespace, gap) }
            return []
        }
        do {
            let listed = try await read(path.collection(namespace)).list("items")
            noteSkipped(kind, in: namespace)
            return listed
        } catch let error as MeshTopError where error.code == .notFound {
            return []
        } catch let error as MeshTopError where error.code == .forbidden {
            unlisted.note(kind, namespace, error.why)
            var found: [JSONValue] = []
            guard let namespace else { return [] }
            for name in names.uniqued() {
                do {
                    if let object = try await readIfPresent(path.object(ObjectKey(namespace, name))) {
                        found.append(object)
                    }
                } catch let error as MeshTopError where error.code == .forbidden {
                    continue
                }
            }
            return found
        }
    }

    /// Says which objects of a kind the mesh's picture lacks, because they were not understood.
    private func noteSkipped(_ kind: WatchedKind, in namespace: String?) {
        for status in snapshot?.kinds ?? [] where status.kind == kind.kind && status.group == kind.group {
            let near = status.odd.filter {
                namespace == nil || $0.key.namespace.isEmpty || $0.key.namespace == namespace
            }
            if !near.isEmpty { unlisted.noteSkipped("\(kind.kind): \(OddObject.words(near))") }
        }
    }

    /// The labels that a service selects its pods by.
    func selector(of service: ServiceID) async throws -> JSONValue {
        let path = ResourcePath(group: "", version: "v1", resource: "services")
            .object(ObjectKey(service.namespace, service.name))
        let selector = try await read(path).at("spec", "selector")
        guard let selector, selector.object?.isEmpty == false else {
            throw MeshTopError(
                .usage, "service \(service.name)", why: "it selects no pods",
                advice: "apply the policy to a service with pods")
        }
        return selector
    }

    func service(_ id: ServiceID) -> ServiceSummary? { snapshot?.services.first { $0.id == id } }

    /// The edges that lead to a service, the busiest first.
    func callers(of service: ServiceID) -> [MeshEdge] {
        (snapshot?.edges ?? []).filter { $0.service == service }
            .sorted { ($0.requestsPerSecond ?? 0) > ($1.requestsPerSecond ?? 0) }
    }

    /// Said where a policy is for proxies and some of the service's pods have none.
    func unenforced(_ service: ServiceID) -> [String] {
        let names = self.service(service)?.workloads ?? []
        let own = (snapshot?.workloads ?? []).filter {
            $0.namespace == service.namespace && names.contains($0.name)
        }
        return own.filter { $0.dataPlane == WorkloadSummary.DataPlane.none }.map {
            "the pods of \($0.name) have no proxy: nothing enforces the policy there"
        }
            + own.filter { $0.dataPlane == .unknown }.map {
                "whether the pods of \($0.name) have a proxy that enforces the policy is not known"
            }
    }

    func workload(_ node: MeshNode) -> WorkloadSummary? {
        snapshot?.workloads.first { $0.namespace == node.namespace && $0.name == node.workload }
    }
}

extension PlanText {
    static func kubectl(_ world: PlanWorld, _ steps: [PlanStep]) -> String {
        steps.map { kubectl(world, $0) }.joined(separator: " && ")
    }
}
