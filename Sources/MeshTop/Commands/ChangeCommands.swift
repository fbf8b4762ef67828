// The commands that change a cluster: the same planner, preview and journal as the keys.

internal import Actions
import ArgumentParser
internal import Base
internal import ClusterData
internal import Kube
internal import MeshModel

struct ChangeOptions: ParsableArguments {
    @Flag(help: "Send the change without asking.") var yes = false
    @Option(name: .customLong("dry-run"), help: "server: let the server try it, send nothing.") var dryRun: String?
    @Option(
        help: ArgumentHelp(
            "The object's name once more: for a deletion, and in production where the command does not say it.",
            valueName: "name"))
    var confirm: String?
    @Flag(help: "Send it though the server drops or changes a part of it, as the preview lists.") var allowDropped =
        false
    @Option(help: ArgumentHelp("How long the check afterwards may take.", valueName: "seconds")) var verifyTimeout =
        120.0

    func validate() throws {
        if let dryRun, dryRun != "server" { throw ValidationError("--dry-run takes server") }
        guard (0...86_400).contains(verifyTimeout) else {
            throw ValidationError("--verify-timeout takes 0 to 86400 seconds")
        }
    }
}

/// `KIND/NAME` as kubectl takes it; what the kind stands for is the server's to say.
struct ObjectArgument: ExpressibleByArgument {
    var word: ObjectWord

    init?(argument: String) {
        guard let word = ObjectWord(argument) else { return nil }
        self.word = word
    }

    func reference(_ place: Workplace) throws(MeshTopError) -> ObjectReference {
        ObjectReference(kind: word.type, namespace: try place.namespace(), name: word.name)
    }
}

extension GlobalOptions {
    /// The namespace of -n for what is in one; nil without it. An error where it names several.
    func oneNamespace() throws(MeshTopError) -> String? {
        let names = namespace.flatMap { $0.split(separator: ",").map(String.init) }.uniqued()
        guard names.count > 1 else { return names.first }
        throw MeshTopError(
            .usage, "-n", why: "it names several namespaces, and one is meant: \(Workplace.words(names))",
            advice: "name one")
    }
}

extension Workplace {
    /// Where a change may be meant: in the namespaces of -n, else in those of the configuration, else in the context's.
    var namespaces: [String] {
        if case .some(let names) = options.scope, !names.isEmpty { return names.uniqued() }
        return [access.namespace ?? "default"]
    }

    /// The namespace a change is made in. An error where several may be meant.
    func namespace() throws(MeshTopError) -> String {
        let names = namespaces
        guard names.count == 1 else {
            throw MeshTopError(
                .usage, "the namespace", why: "several are looked at, and one is meant: \(Self.words(names))",
                advice: "name it with -n")
        }
        return names[0]
    }

    /// For objects that name none; "" where several may be meant.
    var defaultNamespace: String { namespaces.count == 1 ? namespaces[0] : "" }

    static func words(_ names: [String]) -> String {
        names.map { SafeText.line($0, limit: 100) }.joined(separator: ", ")
    }
}

struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Apply files and folders of YAML; every object is validated before the first is sent.",
        discussion: """
            Objects go in the order of dependency across all files. When one is refused, the rest is not sent; at a \
            terminal you are asked whether to take back what was applied, elsewhere --undo-on-failure does it.
            """)
    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: ArgumentHelp(
            "File, folder, or - for standard input; may be given several times.", valueName: "path"),
        completion: .file())
    var file: [String]
    @Flag(name: [.customShort("R"), .long], help: "Look in the folders of a folder too.") var recursive = false
    @Flag(help: "When an object is refused, take back those that were applied.") var undoOnFailure = false
    @Flag(help: "Write what the server would drop where it takes effect, as far as that is known.") var mend = false
    @Flag(help: "Let the server merge, by who owns which field.") var serverSide = false
    @Option(
        help: ArgumentHelp(
            "Who owns the fields (default meshtop-client-side-apply, with --server-side meshtop).", valueName: "name"))
    var fieldManager: String?
    @Flag(help: "With --server-side: take over fields that others own.") var forceConflicts = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if !serverSide, forceConflicts { throw ValidationError("--force-conflicts goes with --server-side") }
        if let fieldManager, fieldManager.isEmpty { throw ValidationError("--field-manager: give a name") }
    }

    func run() throws {
        var read = try Manifests.read(file, recursive: recursive, waitsForWriter: true)
        if serverSide {
            read.serverSide = ServerSideApply(fieldManager: fieldManager, forcesConflicts: forceConflicts)
        }
        read.fieldManager = fieldManager
        read.enforcesNamespace = !global.namespace.isEmpty
        read.isMended = mend
        let manifests = read
        try HeadlessChange.run(global, change, undoOnFailure: undoOnFailure) { _, place in
            .manifests(manifests, defaultNamespace: place.defaultNamespace)
        }
    }
}

struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Apply a policy from the catalogue to a service.",
        discussion: PolicyTemplate.allCases.map { template in
            "\(template.rawValue): \(template.fields.map(\.key).joined(separator: ", "))"
        }.joined(separator: "\n") + """


            Only what is named is written. For the rest the preview lists proposals and where they come from: \
            KEY=proposed takes one, --proposed all that stand for values that are not set. KEY=none takes a value \
            away. Texts to match by are taken as they stand; exact:, prefix:, contains: and regex: in front say \
            otherwise.
            """)
    @Argument(help: "The policy's name.") var name: String
    @Argument(help: "The service.") var service: String
    @Argument(help: ArgumentHelp("Settings.", valueName: "key=value")) var values: [String] = []
    @Flag(help: "Take all proposals for values that are neither named nor set.") var proposed = false
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
            let key = String(parts[0])
            if let other = map[key], other != parts[1] {
                throw MeshTopError(
                    .usage, "\(key)=\(parts[1])", why: "\(key)=\(other) was given too", advice: "name it once")
            }
            map[key] = String(parts[1])
        }
        if proposed {
            for field in template.fields where map[field.key] == nil {
                map[field.key] = PresentPolicy.proposedWhereUnset
            }
        }
        let (service, settings) = (service, map)
        try HeadlessChange.run(global, change, needsRates: true) { _, place in
            .policy(template, namespace: try place.namespace(), target: service, values: settings)
        }
    }
}

struct UndoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Take back the last change, or a chosen one.")
    @Argument(help: "The change's id from the journal.") var id: String?
    @Flag(help: "Also where somebody else changed the same place since; what they wrote is lost.") var overDrift = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let id = id
        // The plan shows what stands in the way; without the flag it is not sent.
        let namespaces = try global.oneNamespace().map { [$0] }
        try HeadlessChange.run(global, change, overDrift: overDrift) { _, _ in
            .undo(id, overDrift: true, in: namespaces)
        }
    }
}

struct JournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "journal", abstract: "Every change made with MeshTop.")
    @Option(name: [.customShort("o"), .customLong("output")], help: "text, json or yaml.") var output = OutputFormat
        .text

    @Flag(help: "Read the objects of changes whose outcome is unknown, and note what became of them.") var resolve =
        false
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Forget the values of Secrets; changes of them cannot be taken back afterwards.") var forgetSecrets =
        false

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
        if forgetSecrets {
            try Journal.standard().forgetSecrets()
            try EditFile.forgetSecrets()
            return try printOut("the values of Secrets are forgotten\n")
        }
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
