import ArgumentParser
import Base
import ClusterData
import Kube
import MeshModel
import TestSupport
import Testing
import Views

@testable import MeshTop

/// How flags, a context's section, the rest of config.yaml and the defaults come together.
@Suite struct ConfigurationTests {
    private static let text = """
        theme: dark
        refresh: 7
        window: 120
        namespaces: [shop, billing]
        readOnly: true
        metrics: http://all:9090
        production: {namespaces: [shop], contexts: [prod]}
        contexts:
          prod:
            refresh: 3
            namespaces: [prod]
            metrics: {url: "http://prod:9090", token: t}
            requestTimeout: 9
          test:
            readOnly: false
            theme: light
            production: true

        """

    private func configuration(_ text: String, context: String?) throws -> Configuration {
        let folder = try TemporaryFolder()
        return try Configuration.load(flag: folder.write("config.yaml", text), context: context)
    }

    @Test func withoutAContextOfItsOwnTheRestHolds() throws {
        let found = try configuration(Self.text, context: "elsewhere")
        #expect(found.theme == "dark" && found.refreshSeconds == 7 && found.windowSeconds == 120)
        #expect(found.namespaces == ["shop", "billing"] && found.productionNamespaces == ["shop"])
        #expect(found.metricsURL == "http://all:9090" && found.metricsToken == nil)
        #expect(found.requestTimeoutSeconds == nil && found.ascii == nil)
        #expect(found.readOnly?.hasPrefix("readOnly is true in line 5 of ") == true)
    }

    @Test func aContextsSectionIsLaidOverTheRest() throws {
        let production = try configuration(Self.text, context: "prod")
        #expect(production.refreshSeconds == 3 && production.windowSeconds == 120 && production.theme == "dark")
        #expect(production.namespaces == ["prod"] && production.requestTimeoutSeconds == 9)
        #expect(production.metricsURL == "http://prod:9090" && production.metricsToken == "t")
        // Named among the production contexts, beside the namespaces.
        #expect(production.productionNamespaces == ["shop", "*"])
        #expect(production.readOnly != nil)

        let test = try configuration(Self.text, context: "test")
        #expect(test.theme == "light" && test.refreshSeconds == 7)
        #expect(test.readOnly == nil && test.productionNamespaces == ["*"])
    }

    @Test func anEmptyFileSetsNothing() throws {
        let found = try configuration("# nothing\n", context: "a")
        #expect(found.theme == nil && found.refreshSeconds == nil && found.namespaces == nil && found.readOnly == nil)
    }

    /// A mistake in the section of a context that is not looked at is one all the same.
    @Test func everySectionIsChecked() {
        let text = "contexts:\n  a: {refresh: 5}\n  b:\n    refresh: soon\n"
        let error = #expect(throws: MeshTopError.self) { try configuration(text, context: "a") }
        #expect(
            error?.why.hasPrefix("line 4: contexts.b.refresh is not a number of seconds") == true, "\(error?.why ?? "")"
        )
    }

    // MARK: Flags

    private func workplace(_ flags: [String], _ text: String = Self.text, context: String = "prod") throws -> Workplace
    {
        let folder = try TemporaryFolder()
        let file = try folder.write("config.yaml", text)
        var kubeconfig = Kubeconfig()
        try kubeconfig.merge(
            Array(
                """
                current-context: \(context)
                contexts: [{name: \(context), context: {cluster: c, user: u}}]
                clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
                users: [{name: u, user: {token: t}}]
                """.utf8), file: "test")
        return try GlobalOptions.parse(flags + ["--config", file]).workplace(kubeconfig, context: nil, demo: nil)
    }

    @Test func aFlagGoesBeforeTheFile() throws {
        let place = try workplace(["--refresh", "11", "-n", "a,b", "-n", "c", "--request-timeout", "2"])
        #expect(place.options.refreshSeconds == 11 && place.options.requestTimeoutSeconds == 2)
        #expect(place.options.scope == .some(["a", "b", "c"]))
        #expect(place.options.windowSeconds == 120)
        #expect(place.options.asksMetrics && place.options.asksEnvoy)
        #expect(place.readOnly.reason?.hasPrefix("readOnly is true in line 5 of ") == true)
        #expect(place.safeguards.isProduction)
    }

    @Test func withoutFlagAndFileTheDefaultsHold() throws {
        let (place, standard) = (try workplace([], "{}"), SessionOptions())
        #expect(place.options.refreshSeconds == standard.refreshSeconds)
        #expect(place.options.windowSeconds == standard.windowSeconds)
        #expect(place.options.requestTimeoutSeconds == standard.requestTimeoutSeconds)
        #expect(place.options.scope == .all && place.readOnly.reason == nil && !place.safeguards.isProduction)
    }

    @Test func allNamespacesAndNoMetricsGoBeforeTheFile() throws {
        let place = try workplace(["-A", "--no-metrics"])
        #expect(place.options.scope == .all)
        #expect(!place.options.asksMetrics && !place.options.asksEnvoy)
    }

    @Test func bothReasonsForReadOnlyAreNamed() throws {
        let reason = try workplace(["--read-only"]).readOnly.reason
        #expect(reason?.hasPrefix("started with --read-only, and readOnly is true in line 5 of ") == true)
        #expect(try workplace(["--read-only"], "{}").readOnly.reason == "started with --read-only")
    }

    @Test func whatIsNoNamespaceIsRefused() {
        #expect(throws: MeshTopError.self) { try workplace(["-n", "Shop"]) }
    }
}
