import Base
import Kube
import MeshModel
import TestSupport
import Testing

@testable import ClusterData
@testable import Istio

/// Every record of a real API server, read the way the client reads it.
@Suite struct RecordedAnswersTests {
    @Test func theWholeFileIsThere() { #expect(Recording.all.count == 91) }

    @Test(arguments: Recording.all.filter { ($0.headers["content-type"] ?? "").hasPrefix("application/json") })
    func everyJSONBodyParses(_ record: Recording) throws {
        for line in record.name.hasPrefix("watch") ? record.body.split(separator: 0x0A).map(Array.init) : [record.body]
        {
            let value = try JSONValue(parsing: line)
            #expect(value.object != nil)
            #expect(try JSONValue(parsing: value.compactText) == value)
        }
    }

    @Test(arguments: Recording.all.filter { $0.status >= 400 })
    func everyRefusalIsReadAsOne(_ record: Recording) throws {
        let error = StatusError(status: record.status, body: record.body)
        #expect(error.code == record.status)
        #expect(!error.message.isEmpty)
        let shown = error.error(server: "https://test").description
        #expect(!shown.contains("\n"))
        if record.status == 403 { #expect(error.error(server: "x").code == .forbidden) }
        if record.status == 409 { #expect(error.error(server: "x").code == .conflict) }
    }

    @Test func podsArePagedAndProjected() throws {
        let first = try ListPage<Pod>(Recording.named("list-pods-page-1").body)
        let second = try ListPage<Pod>(Recording.named("list-pods-page-2").body)
        #expect(first.objects.count == 3)
        #expect(second.objects.count == 3)
        #expect(first.continueToken != nil)
        #expect(first.resourceVersion == "923")
        #expect(Set((first.objects + second.objects).map(\.meta.name)).count == 6)
        let pod = try #require(first.objects.first)
        #expect(pod.meta.namespace == "default")
        #expect(pod.workload.kind == "Deployment")
        #expect(pod.meta.name.hasPrefix(pod.workload.name))
    }

    @Test func theTreeAndTheScannerAgree() throws {
        for name in ["list-pods-page-1", "list-label-selector", "list-field-selector"] {
            let record = try Recording.named(name)
            let page = try ListPage<Pod>(record.body)
            let tree = try JSONValue(parsing: record.body)
            #expect(page.objects.map(\.meta.name) == tree.list("items").map { $0.at("metadata", "name")?.string })
            #expect(
                page.objects.map(\.meta.labels)
                    == tree.list("items").map { $0.at("metadata", "labels")?.stringMap ?? [:] })
            #expect(page.objects.map(\.podIP) == tree.list("items").map { $0.at("status", "podIP")?.string })
        }
    }

    @Test func istioObjectsKeepTheirSpec() throws {
        let page = try ListPage<ConfigObject>(Recording.named("list-virtualservices").body)
        let tree = try JSONValue(parsing: Recording.named("list-virtualservices").body)
        #expect(page.objects.count > 0)
        #expect(page.objects.map(\.spec) == tree.list("items").compactMap { $0["spec"] })
    }

    @Test func deploymentsAndServicesAreRead() throws {
        let deployments = try ListPage<Workload>(Recording.named("list-deployments").body).objects
        #expect(deployments.contains { $0.meta.name == "details-v1" && $0.replicas == 1 && $0.app == "details" })
        let services = try ListPage<Service>(Recording.named("list-services").body).objects
        #expect(services.contains { $0.meta.name == "details" && $0.ports.first?.number == 9080 })
    }

    @Test func watchesGiveTheirEventsWhateverTheChunks() throws {
        let record = try Recording.named("watch-configmaps-lifecycle")
        let whole = try kinds(of: record, chunk: record.body.count)
        #expect(whole.starts(with: ["upsert", "upsert", "delete"]) || whole.contains("delete"))
        for chunk in [1, 7, 100, 4096] { #expect(try kinds(of: record, chunk: chunk) == whole) }
    }

    @Test func aBookmarkCarriesItsVersionAndTheEndOfTheInitialState() throws {
        let bookmark = try events(of: Recording.named("watch-bookmark"))
        guard case .bookmark(let version, false)? = bookmark.first else {
            Issue.record("no bookmark")
            return
        }
        #expect(version == "990")
        let initial = try events(of: Recording.named("watchlist-initial-events"))
        #expect(initial.contains { if case .bookmark(_, true) = $0 { true } else { false } })
    }

    @Test func anExpiredWatchIsSeenAsExpired() throws {
        guard case .error(let error)? = try events(of: Recording.named("watch-rv-too-old")).first else {
            Issue.record("no error event")
            return
        }
        #expect(error.isExpired)
        #expect(error.code == 410)
    }

    @Test(arguments: Recording.all.filter { $0.headers["warning"] != nil })
    func warningsAreReadAsTexts(_ record: Recording) {
        let head = HTTPHead(status: record.status, headers: record.headers.map { ($0.key, $0.value) })
        #expect(!head.warnings.isEmpty)
        #expect(
            head.warnings.allSatisfy { !$0.isEmpty && !$0.hasPrefix("299") && !$0.contains("\n") }, "\(head.warnings)")
        if record.headers["warning"]?.contains("unknown field") == true {
            #expect(head.warnings.contains { $0.hasPrefix("unknown field \"spec.") })
        }
    }

    /// A table is what a person's kubectl asks for; it must not pass for a list of objects.
    @Test(
        arguments: Recording.all.filter {
            String(decoding: $0.body.prefix(200), as: UTF8.self).contains("\"kind\":\"Table\"")
        })
    func tablesAreReadAndAreNoLists(_ record: Recording) throws {
        let table = try JSONValue(parsing: record.body)
        let columns = table.list("columnDefinitions").compactMap { $0.text("name") }
        #expect(columns.first == "Name")
        #expect(table.list("rows").allSatisfy { $0.list("cells").count == columns.count })
        #expect(throws: JSONError.self) { try ListPage<Pod>(record.body) }
    }

    @Test func discoveryIsReadInBothForms() throws {
        let aggregated = Discovery.aggregatedResources(
            try JSONValue(parsing: Recording.named("discovery-aggregated-apis").body))
        let legacy = Discovery.legacyResources(
            try JSONValue(parsing: Recording.named("discovery-legacy-istio").body), group: "networking.istio.io",
            version: "v1")
        let both = aggregated.filter { $0.group == "networking.istio.io" && $0.version == "v1" }
        #expect(Set(both.map(\.resource)) == Set(legacy.map(\.resource)))
        let discovery = Discovery(serverVersion: "v1.36", resources: aggregated)
        #expect(discovery.path(for: .deployments)?.apiVersion == "apps/v1")
        #expect(discovery.path(for: .virtualservices)?.version == "v1")
        #expect(discovery.resource(apiVersion: "apps/v1", kind: "Deployment")?.subresources.contains("scale") == true)
    }

    private func events(of record: Recording) throws -> [WatchEvent<ConfigObject>] {
        var decoder = WatchLineDecoder<ConfigObject>()
        return try decoder.feed(record.body + [0x0A])
    }

    private func kinds(of record: Recording, chunk: Int) throws -> [String] {
        var decoder = WatchLineDecoder<ConfigObject>()
        var kinds: [String] = []
        var rest = (record.body + [0x0A])[...]
        while !rest.isEmpty {
            for event in try decoder.feed(Array(rest.prefix(chunk))) {
                switch event {
                case .upsert: kinds.append("upsert")
                case .delete: kinds.append("delete")
                case .bookmark: kinds.append("bookmark")
                case .error: kinds.append("error")
                case .odd: kinds.append("odd")
                }
            }
            rest = rest.dropFirst(chunk)
        }
        return kinds
    }
}
