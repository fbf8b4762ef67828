// `meshtop analyze`: what is wrong with a mesh's configuration, in the cluster or in files before they are applied.

import ArgumentParser
internal import Base
internal import CLinux
internal import ClusterData
internal import Istio
internal import Kube
internal import MeshModel

enum FailLevel: String, ExpressibleByArgument, CaseIterable {
    case error, warning, info, never

    func includes(_ severity: Finding.Severity) -> Bool {
        switch self {
        case .error: severity >= .error
        case .warning: severity >= .warning
        case .info: true
        case .never: false
        }
    }
}

enum FindingsFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

struct AnalyzeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze", abstract: "Say what is wrong with the mesh's configuration.",
        discussion: """
            Without -f it reads the cluster. With -f it reads the files alone and needs no cluster; --on-cluster lays \
            them over it, as if they were applied. Codes IST… mean what istioctl's mean; an object's annotation \
            galley.istio.io/analyze-suppress: CODE silences a code for it.
            """)

    @OptionGroup var global: GlobalOptions
    @Option(
        name: [.customShort("f"), .long],
        help: ArgumentHelp("A file, a folder, or - for standard input; may be given several times.", valueName: "file"),
        completion: .file())
    var file: [String] = []
    @Flag(help: "Lay the files over the cluster's objects.") var onCluster = false
    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.") var output = FindingsFormat.text
    @Option(help: "The mildest finding that makes the exit code 1: error, warning, info or never.") var failOn =
        FailLevel.error
    @Option(
        help: ArgumentHelp("MeshConfig as YAML, in place of the cluster's or the default.", valueName: "file"),
        completion: .file())
    var meshConfig: String?
    @Option(help: ArgumentHelp("How long the cluster may take to be read.", valueName: "seconds")) var wait = 30.0

    @Flag(help: "Judge what can be read, though a kind cannot.") var partial = false

    func validate() throws {
        if onCluster, file.isEmpty { throw ValidationError("--on-cluster needs files; give them with -f") }
        if !(wait >= 0 && wait <= 3600) { throw ValidationError("--wait takes 0 to 3600 seconds") }
    }

    func run() throws {
        let looked: Findings
        let kinds: [KindStatus]
        let lacksSecrets: Bool
        do {
            (looked, kinds, lacksSecrets) = try analyze()
        } catch var error as MeshTopError {
            // Whatever kept it from looking: it could not run.
            error.code = .environment
            throw error
        }
        let findings = looked.all
        let unread = kinds.filter { $0.isUnread || $0.namespacesRead != nil }
        let odd = kinds.flatMap { kind in kind.odd.map { (kind, $0) } }
        switch output {
        case .json:
            var value: JSONValue = ["findings": .array(findings.map(\.json))]
            if !unread.isEmpty {
                value["notRead"] = .array(
                    unread.map { ["kind": .string($0.kind), "group": .string($0.group), "reason": .string($0.reason)] })
            }
            if !looked.notJudged.isEmpty { value["notJudged"] = .array(looked.notJudged.map(\.json)) }
            if !odd.isEmpty {
                value["notUnderstood"] = .array(
                    odd.map { kind, object in
                        [
                            "kind": .string(kind.kind), "group": .string(kind.group),
                            "namespace": .string(object.key.namespace), "name": .string(object.key.name),
                            "reason": .string(object.reason),
                        ]
                    })
            }
            try printOut(value.prettyText + "\n")
        case .text: try printOut(FindingText.text(findings))
        }
        for (kind, object) in odd { printError("meshtop: not judged: \(kind.kind) \(object.words)") }
        for line in looked.notJudged.lines { printError("meshtop: \(line)") }
        let secrets = "secrets: they may not be read here, so certificates of Gateways were not checked"
        let words = unread.unreadLines
        try UnreadKinds.report((lacksSecrets ? [secrets] : []) + words, acceptsGaps: partial)
        if findings.contains(where: { failOn.includes($0.severity) }) { throw ExitCode(1) }
    }

    /// What was found, what is known of the kinds that were read for it, and whether secrets were missing.
    private func analyze() throws -> (Findings, [KindStatus], Bool) {
        let mesh = try meshConfig.map { path in
            do {
                return MeshConfig(try YAML.document(Files.read(path)))
            } catch let error as YAMLError {
                throw MeshTopError(.usage, SafeText.line(path), why: "\(error)", advice: "mend that line")
            }
        }
        if !file.isEmpty, !onCluster {
            var set = ManifestSet()
            try add(&set, namespace: global.oneNamespace() ?? "")
            return (Analysis.look(at: set.world(mesh: mesh, time: .now())), [], false)
        }
        var asked = try global.workplace()
        (asked.options.asksMetrics, asked.options.asksEnvoy) = (false, false)
        // What is meant may be in other namespaces.
        asked.options.readsScopeAlone = false
        let place = asked
        let (objects, secrets) = try runBlocking { () async throws -> (ClusterObjects, [ObjectKey: SecretFacts]?) in
            let session = try await HeadlessSession.start(place, loop: CurlLoop(), wait: wait)
            try await HeadlessSession.requireLoaded(session)
            let objects = await session.objects
            let secrets = await session.secrets(CredentialRules.wanted(AnalysisWorld(objects: objects, time: .now())))
            await session.stop()
            return (objects, secrets)
        }
        let world: AnalysisWorld
        if file.isEmpty {
            world = AnalysisWorld(objects: objects, mesh: mesh, secrets: secrets, time: .now())
        } else {
            var set = ManifestSet(over: objects)
            try add(&set, namespace: global.oneNamespace() ?? place.access.namespace ?? "default")
            world = set.world(mesh: mesh, clusterSecrets: secrets, time: .now())
        }
        let scope = place.options.scope
        func isMeant(_ object: FindingObject) -> Bool { object.namespace.isEmpty || scope.contains(object.namespace) }
        let looked = Analysis.look(at: world)
        let found = Findings(
            all: looked.all.filter { isMeant($0.object) }, notJudged: looked.notJudged.filter { isMeant($0.object) })
        let kinds = objects.kindStatuses.filter { $0.watched.map(Analyzer.kinds.contains) ?? false }
        return (found, kinds, secrets == nil)
    }

    private func add(_ set: inout ManifestSet, namespace: String) throws {
        for path in file {
            for name in try Self.files(path) {
                let text = try Files.read(name == "-" ? "/dev/stdin" : name, waitsForWriter: name == path)
                try set.add(text, name: name == "-" ? "standard input" : name, defaultNamespace: namespace)
            }
        }
        if set.count == 0 {
            throw MeshTopError(
                .usage, file.joined(separator: ", "), why: "no object is in there", advice: "give manifests")
        }
        if !set.others.isEmpty {
            let kinds = set.others.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            printError("meshtop: not looked at: \(kinds.joined(separator: ", "))")
        }
    }

    /// The manifests of a path: itself, or those in a folder and its folders.
    private static func files(_ path: String) throws -> [String] {
        if path == "-" { return ["-"] }
        guard Files.isFolder(path) else { return [path] }
        return try Files.list(path).sorted().flatMap { name -> [String] in
            let inner = "\(path)/\(name)"
            if name.hasPrefix(".") { return [] }
            if Files.isFolder(inner) { return try files(inner) }
            return [".yaml", ".yml", ".json"].contains(where: name.hasSuffix) ? [inner] : []
        }
    }
}

/// Findings as lines for people.
enum FindingText {
    static func text(_ findings: [Finding]) -> String {
        guard !findings.isEmpty else { return "Nothing was found.\n" }
        var lines: [String] = []
        for finding in findings {
            let level = finding.severity.rawValue.uppercased()
            lines.append("\(level) \(finding.code) \(finding.resource) \(finding.path)")
            lines.append("    \(finding.message)")
            if let mending = finding.mending {
                let patch = JSONValue.array(mending.patch).compactText
                lines.append("    fix: \(mending.title)  \(SafeText.line(patch, limit: 2000))")
            }
        }
        let counts = Finding.Severity.allCases.compactMap { severity -> String? in
            let count = findings.count { $0.severity == severity }
            return count == 0 ? nil : "\(count) \(severity.rawValue)\(count == 1 || severity == .info ? "" : "s")"
        }
        lines.append("\(counts.joined(separator: ", "))")
        return lines.joined(separator: "\n") + "\n"
    }
}
