// The commands that change a cluster: the same planner, preview and journal as the keys.

internal import Actions
import ArgumentParser
internal import ClusterData

struct ChangeOptions: ParsableArguments {
    @Flag(help: "Send the change without asking.") var yes = false
    @Option(name: .customLong("dry-run"), help: "server: let the server try it, send nothing.") var dryRun: String?
    @Option(help: ArgumentHelp("How long the check afterwards may take.", valueName: "seconds")) var verifyTimeout =
        120.0

    func validate() throws {
        if let dryRun, dryRun != "server" { throw ValidationError("--dry-run takes server") }
    }
}

/// Shared by all: previews, and with --yes carries out.
enum HeadlessChange {
    static func run(
        _ global: GlobalOptions, _ change: ChangeOptions, needsMesh: Bool = true,
        request: @escaping @Sendable (MeshSnapshot, Workplace) throws -> PlanRequest
    ) throws {
        try run(global, change, needsMesh: needsMesh) { _, snapshot, place in try request(snapshot, place) }
    }

    /// For requests that have to ask the cluster first.
    static func run(
        _ global: GlobalOptions, _ change: ChangeOptions, needsMesh: Bool = true,
        request: @escaping @Sendable (MeshSession, MeshSnapshot, Workplace) async throws -> PlanRequest
    ) throws {
        let place = try global.workplace()
        if place.readOnly {
            throw MeshTopError(.readOnly, "this change", why: "started read-only", advice: "leave out --read-only")
        }
        let journal = try Journal.standard()
        let failure = try runBlocking { () async throws -> MeshTopError? in
            let loop = CurlLoop()
            let session = try await HeadlessSession.start(place, loop: loop, wait: needsMesh ? 30 : 0)
            if needsMesh { try await HeadlessSession.requireLoaded(session) }
            let snapshot = await session.snapshot()
            let runner = ChangeRunner(
                client: session.client, journal: journal, productionNamespaces: place.options.productionNamespaces,
                verifySeconds: change.verifyTimeout, foresight: ChangeForesight(session)
            ) { await session.snapshot() }
            // What an earlier program left open is settled first: an undo has to know.
            for line in try await runner.resolveOutcomes() { printError("meshtop: journal: \(line)") }
            let preview = try await runner.plan(try await request(session, snapshot, place))
            try printOut(PreviewText.text(preview))
            if let refusal = preview.refusal {
                return MeshTopError(.invalid, preview.title, why: refusal, advice: "nothing was sent")
            }
            if change.dryRun != nil || preview.objects.isEmpty { return nil }
            guard change.yes else {
                return MeshTopError(
                    .notConfirmed, preview.title, why: "not applied", advice: "repeat with --yes to send it")
            }
            var failure: MeshTopError?
            for await progress in await runner.apply(preview.planID) {
                try printOut(PreviewText.line(progress) + "\n")
                switch progress {
                case .failed(let error): failure = error
                case .unverified(let words):
                    failure = MeshTopError(
                        .verificationFailed, preview.title, why: words,
                        advice: "it was applied and not rolled back; 'meshtop undo \(preview.planID)' takes it back")
                default: break
                }
            }
            await session.stop()
            return failure
        }
        if let failure { throw failure }
    }
}

enum PreviewText {
    static func text(_ preview: ChangePreview) -> String {
        var lines = ["\(preview.title)   [context \(preview.context)]"]
        for line in preview.diff {
            switch line.kind {
            case .added: lines.append("+\(line.text)")
            case .removed: lines.append("-\(line.text)")
            case .context: lines.append(" \(line.text)")
            case .hunk, .file: lines.append(line.text)
            }
        }
        if preview.isEmpty { lines.append("  nothing would change") }
        lines += preview.effects.map { "effect:  \($0)" }
        lines += preview.managers.map { "manager: \($0)" }
        lines += preview.warnings.map { "warning: \($0)" }
        lines += preview.findingLines.map { "finding: \($0.isNew ? "adds" : "mends") \($0.text)" }
        if let refusal = preview.refusal {
            lines.append("refused: \(refusal)")
        } else if !preview.objects.isEmpty {
            lines.append("dry run: the server accepts it")
        }
        lines.append("kubectl: \(preview.kubectl)")
        return lines.joined(separator: "\n") + "\n"
    }

    static func line(_ progress: ChangeProgress) -> String {
        switch progress {
        case .sending: "sending"
        case .applied(let id): "applied; journal \(id), take it back with: meshtop undo \(id)"
        case .verifying(let words): "checking: \(words)"
        case .verified(let words): "verified: \(words)"
        case .unverified(let words): "not verified: \(words)"
        case .rolledBack(let why): "rolled back: \(why)"
        case .left(let words): "left: \(words)"
        case .failed(let error): "failed: \(error)"
        }
    }
}

/// `KIND/NAME` as kubectl takes it.
struct WorkloadName: ExpressibleByArgument {
    var kind: String
    var name: String

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty else { return nil }
        switch parts[0].lowercased() {
        case "deploy", "deployment", "deployments": kind = "Deployment"
        case "sts", "statefulset", "statefulsets": kind = "StatefulSet"
        case "ds", "daemonset", "daemonsets": kind = "DaemonSet"
        default: return nil
        }
        name = parts[1]
    }
}

extension Workplace {
    /// The namespace a change is made in: -n, else the context's.
    var namespace: String {
        if case .some(let names) = options.scope, let first = names.first { return first }
        return access.namespace ?? "default"
    }
}

struct ScaleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "scale", abstract: "Set the replicas of a workload.")
    @Argument(help: "KIND/NAME, e.g. deployment/orders.") var workload: WorkloadName
    @Option(help: "How many.") var replicas: Int
    @Flag(
        name: .customLong("move-hpa"),
        help: "Move the autoscaler's bound too, where the count is outside: one change, one undo.")
    var movesBounds = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let (workload, replicas, movesBounds) = (workload, replicas, movesBounds)
        try HeadlessChange.run(global, change) { _, place in
            .scale(
                ObjectReference(kind: workload.kind, namespace: place.namespace, name: workload.name),
                replicas: replicas, movesBounds: movesBounds)
        }
    }
}

struct RestartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "restart", abstract: "Roll the pods of a workload.")
    @Argument(help: "KIND/NAME, e.g. deployment/orders.") var workload: WorkloadName
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let workload = workload
        try HeadlessChange.run(global, change) { _, place in
            .restart(ObjectReference(kind: workload.kind, namespace: place.namespace, name: workload.name))
        }
    }
}

struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Apply YAML; every document is validated before the first is sent.")
    @Option(name: [.customShort("f"), .customLong("filename")], help: "File, or - for standard input.") var file: String
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let bytes = try Files.read(file == "-" ? "/dev/stdin" : file)
        try HeadlessChange.run(global, change) { _, place in
            .apply(yaml: String(decoding: bytes, as: UTF8.self), defaultNamespace: place.namespace)
        }
    }
}

struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Apply a policy from the catalogue to a service.",
        discussion: PolicyTemplate.allCases.map { template in
            "\(template.rawValue): \(template.fields.map(\.key).joined(separator: ", "))"
        }.joined(separator: "\n"))
    @Argument(help: "The policy's name.") var name: String
    @Argument(help: "The service.") var service: String
    @Argument(help: ArgumentHelp("Settings.", valueName: "key=value")) var values: [String] = []
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard PolicyTemplate(rawValue: name) != nil else {
            throw ValidationError(
                "policy \(name): not in the catalogue; choose one of \(PolicyTemplate.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        for value in values where !value.contains("=") { throw ValidationError("\(value): write KEY=VALUE") }
    }

    func run() throws {
        guard let template = PolicyTemplate(rawValue: name) else { return }
        var map: [String: String] = [:]
        for value in values {
            let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            map[String(parts[0])] = String(parts[1])
        }
        let (service, settings) = (service, map)
        try HeadlessChange.run(global, change) { _, place in
            .policy(template, namespace: place.namespace, target: service, values: settings)
        }
    }
}

struct UndoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Take back the last change, or a chosen one.")
    @Argument(help: "The change's id from the journal.") var id: String?
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let id = id
        try HeadlessChange.run(global, change) { _, _ in .undo(id) }
    }
}

struct JournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "journal", abstract: "Every change made with MeshTop.")
    @Option(name: [.customShort("o"), .customLong("output")], help: "text, json or yaml.") var output = OutputFormat
        .text

    @Flag(help: "Read the objects of changes whose outcome is unknown, and note what became of them.") var resolve =
        false
    @OptionGroup var global: GlobalOptions

    /// Asks the cluster of the present context.
    private func settle() throws {
        let place = try global.workplace()
        let journal = try Journal.standard()
        let lines = try runBlocking {
            let runner = ChangeRunner(client: HeadlessSession.client(place, CurlLoop()), journal: journal) { nil }
            return try await runner.resolveOutcomes()
        }
        for line in lines { printError("meshtop: journal: \(line)") }
    }

    func run() throws {
        if resolve { try settle() }
        let (entries, bad) = try Journal.standard().read()
        let value: JSONValue = [
            "changes": .array(entries.map(\.json)), "unreadableLines": .array(bad.map { .int(Int64($0)) }),
        ]
        switch output {
        case .json: try printOut(value.prettyText + "\n")
        case .yaml: try printOut(YAML.text(value))
        case .text:
            for entry in entries { try printOut(entry.line + "\n") }
            if entries.isEmpty { try printOut("no changes yet\n") }
        }
        if !bad.isEmpty {
            printError(
                "meshtop: journal: lines \(bad.map(String.init).joined(separator: ", ")) cannot be read and were kept")
        }
    }
}
