// What every planner needs: the cluster to read from, and the mesh to predict with.

internal import ClusterData

/// Reads the objects a plan is about; predicts from the last snapshot. Sends nothing but reads and dry runs.
struct PlanWorld: Sendable {
    var client: KubeClient
    var discovery: Discovery
    var snapshot: MeshSnapshot?
    /// What workloads carried in the past; nil without metrics.
    var loadHistory: (@Sendable (Set<ObjectKey>) async -> LoadHistory?)?
    /// Kinds that may not be listed, where one that was meant had to be found by its name.
    let unlisted = UnlistedKinds()

    /// Of the kinds that MeshTop reads, or of any other that the server has; those are also found by their plural and
    /// with their group, as kubectl takes them (`certificates.cert-manager.io`).
    func path(_ object: ObjectReference) throws(MeshTopError) -> String {
        let candidates = WatchedKind.allCases.filter { $0.kind == object.kind }
        for kind in candidates {
            if let path = discovery.path(for: kind) { return path.object(ObjectKey(object.namespace, object.name)) }
        }
        let found = try discovery.kind(of: ObjectWord(type: object.kind, name: object.name))
        return found.path.object(ObjectKey(found.isNamespaced ? object.namespace : "", object.name))
    }

    /// The same object with its kind as the server calls it, and without a namespace where its kind has none. A kind
    /// that several groups have keeps the group that was written.
    func resolved(_ object: ObjectReference) throws(MeshTopError) -> ObjectReference {
        if WatchedKind.allCases.contains(where: { $0.kind == object.kind && $0.isNamespaced }) { return object }
        let info = try discovery.kind(of: ObjectWord(type: object.kind, name: object.name))
        var found = ObjectReference(
            kind: info.kind, namespace: info.isNamespaced ? object.namespace : "", name: object.name)
        let own = info.path.object(ObjectKey(found.namespace, found.name))
        if try path(found) != own { found.kind = "\(info.resource).\(info.group)" }
        return found
    }

    /// What to say of an object's requests where no rate of them is known: that there are none can be said only of
    /// metrics that were read.
    func silence(at place: String, of object: ObjectReference, rate: Double?) -> String {
        let metrics = snapshot?.source(.metrics)
        switch metrics?.state {
        case .ok?, .slow?:
            let gap = rate == nil ? snapshot?.gap([object.kind, "Pod"], in: [object.namespace]) ?? "" : ""
            return gap.isEmpty
                ? "no requests measured \(place)" : "whether there are requests \(place) is not known\(gap)"
        default:
            let why = metrics.map { $0.detail.isEmpty ? $0.state.rawValue : $0.detail } ?? "no metrics"
            return "whether there are requests \(place) is not known: \(why)"
        }
    }

    func read(_ path: String) async throws -> JSONValue {
        try await client.json(KubeClient.Call("GET", path))
    }

    /// The object, or nil when there is none.
    func readIfPresent(_ path: String) async throws -> JSONValue? {
        do {
            return try await read(path)
        } catch let error as MeshTopError where error.code == .notFound {
            return nil
        }
    }

    func apiVersion(_ kind: WatchedKind) throws(MeshTopError) -> String {
        guard let path = discovery.path(for: kind) else {
            let unanswered = discovery.unanswered(kind.group)
            throw MeshTopError(
                .notFound, kind.kind,
                why: unanswered.isEmpty
                    ? "the server does not serve it" : "whether it is served is not known\(unanswered)",
                advice: unanswered.isEmpty ? "install Istio's CRDs" : "try again")
        }
        return path.apiVersion
    }
}

/// A plan's parts before the dry run has completed them.
struct Draft: Sendable {
    var verb: String
    var title: String
    var steps: [PlanStep]
    var effects: [String] = []
    var warnings: [String] = []
    /// What nobody named and could be taken, a line each.
    var proposals: [String] = []
    var kubectl: String
    var verification = Verification.accepted
    var undoes: String?
    /// Errors are what it is for: a rise of them is no reason to doubt it.
    var comparesErrors = true
    var guarded: GuardRecord?
    var ending: GuardEnding?
    /// The name to type though the namespace is not marked as production.
    var typedConfirmation: String?
    /// What happened since to the objects of a change that is taken back.
    var drift: [DriftItem] = []
    /// What went with an object that is made anew, and was not kept.
    var notBroughtBack: [String] = []
    /// What files say of the objects, by the steps' paths.
    var files: [String: AppliedFile] = [:]
}

/// An object as a file has it, and how its kind merges.
struct AppliedFile: Sendable {
    var object: JSONValue
    var schema: PatchSchema?
}

/// Texts that several planners share.
enum PlanText {
    static func rate(_ value: Double) -> String {
        value >= 100 ? String(Int(clamping: value.rounded())) : decimal(value, 1)
    }

    static func decimal(_ value: Double, _ places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        let text = JSONValue.double(rounded).compactText
        return text
    }

    static func percent(_ share: Double) -> String { "\(decimal(share * 100, 1)) %" }

    static func shell(_ text: String) -> String { ShellWord.quoted(text) }

    /// The command that sends one step: what can be pasted into a shell and does the same.
    static func kubectl(_ world: PlanWorld, _ step: PlanStep) -> String {
        let masked = SecretMask.masked(step)
        let line = unmasked(world, masked)
        return masked.write == step.write ? line : line + "  # the values are hidden: put in your own"
    }

    private static func unmasked(_ world: PlanWorld, _ step: PlanStep) -> String {
        let target = [step.object.kind.lowercased(), step.object.name]
        func command(_ words: [String]) -> String { kubectl(world, step.object.namespace, words) }
        func patch(_ options: [String], _ body: JSONValue) -> String {
            let (words, text) = (["patch"] + target + options, body.compactText)
            return ShellWord.fits(text)
                ? command(words + ["-p", text]) : ShellWord.tooLong(text) + command(words + ["--patch-file", "FILE"])
        }
        switch step.write {
        case .jsonPatch([]): return "# \(target.joined(separator: " ")) is as asked already"
        case .jsonPatch(let operations):
            return patch(["--type=json"], .array(operations))
        case .mergePatch(let body): return patch(["--type=merge"], body)
        case .statusPatch(let body): return patch(["--subresource=status", "--type=merge"], body)
        case .strategicMergePatch(let body): return patch([], body)
        case .scale(let replicas): return command(["scale"] + target + ["--replicas=\(replicas)"])
        case .delete: return command(["delete"] + target)
        case .evict:
            // kubectl has no word for one eviction; this is the request that `kubectl drain` sends.
            // kubectl takes a raw path as it is, without the path of the server's address.
            let prefix = URLParts(world.client.access.server)?.rest ?? ""
            let path = "\(prefix)/api/v1/namespaces/\(step.object.namespace)/pods/\(step.object.name)/eviction"
            return "printf %s \(shell(ChangeSender.eviction(step, dryRun: false).compactText)) | "
                + kubectl(world, "", ["create", "--raw", path, "-f", "-"])
        case .serverSideApply(let body, let how):
            return piped(body, world, step.object.namespace, ["apply"] + how.arguments)
        case .create(let body), .replace(let body):
            return piped(body, world, step.object.namespace, ["apply"])
        }
    }

    /// A command that reads an object from its input.
    static func piped(_ body: JSONValue, _ world: PlanWorld, _ namespace: String, _ words: [String]) -> String {
        let text = body.compactText
        return ShellWord.fits(text)
            ? "printf %s \(shell(text)) | " + kubectl(world, namespace, words + ["-f", "-"])
            : ShellWord.tooLong(text) + kubectl(world, namespace, words + ["-f", "FILE"])
    }

    static func kubectl(_ world: PlanWorld, _ namespace: String, _ words: [String]) -> String {
        let context = world.client.access.contextName
        let file = world.client.access.kubeconfigPath.map { ["--kubeconfig", $0] } ?? []
        let common = ["kubectl"] + file + ["--context", context] + (namespace.isEmpty ? [] : ["-n", namespace])
        return (common + words).map(shell).joined(separator: " ")
    }
}
