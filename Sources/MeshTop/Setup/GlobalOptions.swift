// The options that every command shares, and the session they describe.

internal import Actions
import ArgumentParser
internal import Base
internal import ClusterData
internal import DemoMesh
internal import Kube
internal import Logging
internal import MeshModel
internal import Views

/// What of a log is kept: itself and what is graver.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, warning, error
}

struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Kubeconfig file; replaces KUBECONFIG.", valueName: "file"), completion: .file())
    var kubeconfig: String?
    @Option(help: "Kubeconfig context.") var context: String?
    @Option(help: "Kubeconfig cluster, in place of the context's.") var cluster: String?
    @Option(help: "Kubeconfig user, in place of the context's.") var user: String?
    @Option(name: [.customShort("n"), .long], help: "Namespace; may be given several times.") var namespace: [String] =
        []
    @Flag(name: [.customShort("A"), .long], help: "All namespaces (default).") var allNamespaces = false
    @Option(help: ArgumentHelp("Prometheus-compatible API.", valueName: "url")) var prometheus: String?
    @Option(help: ArgumentHelp("Jaeger query API; this version does not read it yet.", valueName: "url"))
    var tracing: String?
    @Option(help: ArgumentHelp("Seconds between metrics polls.", valueName: "seconds")) var refresh: Double?
    @Flag(help: "Remove every verb that changes a cluster.") var readOnly = false
    @Option(help: "Theme name or file.") var theme: String?
    @Option(name: .customLong("as"), help: "Impersonate this user.") var asUser: String?
    @Option(name: .customLong("as-group"), help: "Impersonate this group; may be given several times.")
    var asGroup: [String] = []
    @Option(name: .customLong("as-uid"), help: "Impersonate this uid.") var asUID: String?
    @Option(help: ArgumentHelp("Seconds one request may take.", valueName: "seconds")) var requestTimeout: Double?
    @Flag(help: "Read the cluster's objects alone: ask no metrics API and no proxy.") var noMetrics = false
    @Flag(help: "No colours.") var noColor = false
    @Flag(help: "Plain ASCII instead of box and block characters.") var ascii = false
    @Option(help: ArgumentHelp("Write a log here.", valueName: "file"), completion: .file()) var logFile: String?
    @Option(
        help: ArgumentHelp("How much of it: trace, debug, info (default), warning or error.", valueName: "level"))
    var logLevel = LogLevel.info
    @Option(help: ArgumentHelp("Configuration file.", valueName: "file"), completion: .file()) var config: String?
    @Option(
        help: ArgumentHelp(
            "Use the embedded mesh: storefront (default), canary, rollouts, breaker, outage, scale.", valueName: "scene"
        ), completion: .list(DemoScene.allCases.map(\.rawValue)))
    var demo: String?

    /// Opens the log of --log-file; before anything else is done, so that a wrong name is one error at the start.
    func startLog() throws(MeshTopError) {
        guard let logFile else { return }
        let level = Logger.Level(rawValue: logLevel.rawValue) ?? .info
        ActivityLog.start(LogFileHandler(try LogFile(logFile), level: level))
        ActivityLog.note(.info, "meshtop \(meshtopVersion) starts")
    }

    func validate() throws {
        if let refresh, !(refresh >= 1 && refresh <= 3600) {
            throw ValidationError("--refresh takes 1 to 3600 seconds")
        }
        if let requestTimeout, !(requestTimeout > 0 && requestTimeout <= 3600) {
            throw ValidationError("--request-timeout takes up to 3600 seconds")
        }
        if let demo, DemoScene(rawValue: demo) == nil {
            throw ValidationError(
                "--demo=\(demo): no such scene; choose one of \(DemoScene.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
    }
}

/// Where a command works: a client for one context with the options that apply there.
struct Workplace: Sendable {
    var kubeconfig: Kubeconfig
    var access: ClusterAccess
    var configuration: Configuration
    var options: SessionOptions
    /// Nothing may be changed here.
    var readOnly: ReadOnly
    /// Keeps the embedded mesh alive.
    var demo: DemoMeshServer?

    var contextNames: [String] { kubeconfig.contexts.map(\.name) }
    var safeguards: Safeguards {
        Safeguards(readOnly: readOnly.reason, isProduction: options.productionNamespaces.contains("*"))
    }
}

extension GlobalOptions {
    /// Resolves kubeconfig, context and configuration; starts the embedded mesh where it was asked for.
    func workplace() throws(MeshTopError) -> Workplace {
        EditFolders.sweep()
        var kubeconfig = Kubeconfig()
        var server: DemoMeshServer?
        if let demo {
            let started = try Self.startDemo(DemoScene(rawValue: demo) ?? .storefront)
            // On disk, so that kubectl in another terminal can follow: `kubectl --kubeconfig FILE get pods -A`.
            let file = "\(try Journal.stateFolder())/demo-kubeconfig"
            try Files.write(Array(started.kubeconfig.utf8), to: file)
            try kubeconfig.merge(Array(started.kubeconfig.utf8), file: file)
            server = started
        } else {
            kubeconfig = try Kubeconfig.load(flag: self.kubeconfig)
        }
        return try workplace(kubeconfig, context: context, demo: server)
    }

    private static func startDemo(_ scene: DemoScene) throws(MeshTopError) -> DemoMeshServer {
        do {
            var options = DemoMeshOptions()
            options.scene = scene
            return try DemoMeshServer.start(options)
        } catch {
            throw MeshTopError(
                .environment, "the embedded mesh", why: "\(error)", advice: "check that loopback ports are free")
        }
    }

    /// The same for another context of the same kubeconfig.
    func workplace(
        _ kubeconfig: Kubeconfig, context: String?, demo: DemoMeshServer?
    ) throws(MeshTopError) -> Workplace {
        var overrides = AccessOverrides()
        overrides.context = context
        overrides.cluster = cluster
        overrides.user = user
        overrides.impersonateUser = asUser
        overrides.impersonateGroups = asGroup
        overrides.impersonateUID = asUID
        var access: ClusterAccess
        if kubeconfig.contexts.isEmpty, context == nil, let inside = try ClusterAccess.inCluster() {
            access = inside
        } else {
            access = try kubeconfig.access(overrides)
            if demo != nil { access.kubeconfigPath = kubeconfig.files.first }
        }
        let configuration = try Configuration.load(flag: config, context: access.contextName)
        // A wrong name is said by every command, not by the first that draws.
        if let name = theme ?? configuration.theme { _ = try ThemeFiles().find(name) }
        var options = SessionOptions()
        if !allNamespaces {
            let names = namespace.isEmpty ? configuration.namespaces ?? [] : namespace
            let parts = names.flatMap { $0.split(separator: ",").map(String.init) }
            if let wrong = parts.first(where: { !ObjectKey.isNamespaceName($0) }) {
                throw MeshTopError(
                    .usage, "namespace \(SafeText.line(wrong, limit: 100))", why: "that is no name of a namespace",
                    advice: "names are lower-case letters, digits and '-', at most 63")
            }
            if !parts.isEmpty { options.scope = .some(parts) }
        }
        options.windowSeconds = configuration.windowSeconds ?? options.windowSeconds
        options.refreshSeconds = refresh ?? configuration.refreshSeconds ?? options.refreshSeconds
        options.requestTimeoutSeconds =
            requestTimeout ?? configuration.requestTimeoutSeconds ?? options.requestTimeoutSeconds
        options.productionNamespaces = Set(configuration.productionNamespaces)
        options.metrics = try metricsEndpoint(configuration)
        options.objectives = configuration.objectives
        options.asksMetrics = !noMetrics
        options.asksEnvoy = !noMetrics
        return Workplace(
            kubeconfig: kubeconfig, access: access, configuration: configuration, options: options,
            readOnly: ReadOnly(flag: readOnly, configuration), demo: demo)
    }

    private func metricsEndpoint(_ configuration: Configuration) throws(MeshTopError) -> MetricsEndpoint? {
        let login =
            prometheus == nil
            ? try MetricsLogin(
                username: configuration.metricsUsername, password: configuration.metricsPassword,
                passwordFile: configuration.metricsPasswordFile, token: configuration.metricsToken)
            : try MetricsLogin.environment()
        guard let url = prometheus ?? configuration.metricsURL else { return nil }
        return try login.endpoint(url)
    }
}
