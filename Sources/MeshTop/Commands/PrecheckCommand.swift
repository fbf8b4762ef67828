// `meshtop precheck`: can Istio be installed or upgraded in this cluster?

import ArgumentParser
internal import Base
internal import ClusterData
internal import Istio
internal import Kube
internal import MeshModel

struct PrecheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "precheck", abstract: "Say what stands in the way of installing or upgrading Istio here.",
        discussion: """
            It asks for the version of Kubernetes and for the rights that an installation needs, and reads what an \
            upgrade changes. Nothing is written. Exit code 0: nothing stands in the way; 1: something does, or it \
            could not be found out; 2: the cluster could not be read.
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: ArgumentHelp("The release to be installed; the newest known without it.", valueName: "1.N"))
    var toVersion: String?
    @Option(help: ArgumentHelp("The release to be replaced; the running one without it.", valueName: "1.N"))
    var fromVersion: String?
    @Option(help: "Istio's namespace.") var istioNamespace = "istio-system"
    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.") var output = FindingsFormat.text
    @Option(help: ArgumentHelp("How long the cluster may take to be read.", valueName: "seconds")) var wait = 30.0

    func validate() throws {
        for (flag, text) in [("--to-version", toVersion), ("--from-version", fromVersion)] {
            if let text, MinorVersion(text) == nil { throw ValidationError("\(flag) takes a release such as 1.28") }
        }
        if !(wait >= 0 && wait <= 3600) { throw ValidationError("--wait takes 0 to 3600 seconds") }
        if istioNamespace.isEmpty || istioNamespace.contains("/") {
            throw ValidationError("--istio-namespace takes the name of a namespace")
        }
    }

    func run() throws {
        var asked = try global.workplace()
        (asked.options.asksMetrics, asked.options.asksEnvoy) = (false, false)
        // An installation concerns the whole cluster.
        asked.options.scope = .all
        let place = asked
        let (objects, facts): (ClusterObjects, InstallFacts)
        do {
            (objects, facts) = try runBlocking { try await read(place) }
        } catch var error as MeshTopError {
            error.code = .environment
            throw error
        }
        let world = AnalysisWorld(objects: objects, time: .now())
        let verdict = InstallRules.findings(facts, objects)
        let codes = Set(InstallRules.alsoAnalysed.map(\.rawValue))
        let findings = verdict.findings + Analysis.findings(world).filter { codes.contains($0.code) }
        switch output {
        case .json:
            let body: JSONValue = [
                "kubernetes": facts.kubernetes.map(JSONValue.string) ?? .null, "from": facts.present?.json ?? .null,
                "to": facts.target.json, "findings": .array(findings.map(\.json)),
                "unknown": .array(verdict.unknown.map(JSONValue.string)),
            ]
            try printOut(body.prettyText + "\n")
        case .text:
            let step = facts.present.map { "from \($0.text) to" } ?? "to"
            var text = "Kubernetes \(facts.kubernetes ?? "of an unknown version"); Istio \(step) \(facts.target.text)\n"
            text += FindingText.text(findings)
            for line in verdict.unknown { text += "unknown: \(line)\n" }
            try printOut(text)
        }
        if findings.contains(where: { $0.severity >= .warning }) || !verdict.unknown.isEmpty { throw ExitCode(1) }
    }

    private func read(_ place: Workplace) async throws -> (ClusterObjects, InstallFacts) {
        let client = HeadlessSession.client(place, CurlLoop())
        let session = try await HeadlessSession.start(place, client, wait: wait)
        try await HeadlessSession.requireLoaded(session)
        let objects = await session.objects
        await session.stop()
        let running = IstioRelease.running(objects, rootNamespace: istioNamespace)
        let facts = await InstallInquiry.facts(
            client, target: toVersion.flatMap { MinorVersion($0) } ?? IstioRelease.newestKnown,
            present: (fromVersion ?? running).flatMap { MinorVersion($0) }, rootNamespace: istioNamespace)
        return (objects, facts)
    }
}

extension MinorVersion {
    fileprivate var json: JSONValue { .string(text) }
}
