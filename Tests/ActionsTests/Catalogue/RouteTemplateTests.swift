import Actions
import Base
import MeshModel
import TestSupport
import Testing

/// Templates for a service's route, on the routes of the demo mesh.
@Suite(.serialized) struct RouteTemplateTests {
    static let cluster = Result { try DemoCluster() }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }

    /// Applies, gives the rules that came of it, and checks that an undo leaves the object as it was.
    private func rules(
        _ template: PolicyTemplate, _ service: String, _ values: [String: String],
        path: String? = nil, section: String = "http"
    ) async throws -> [JSONValue] {
        let path = path ?? Paths.virtualService(service)
        let runner = try cluster.runner()
        let isThere = try await cluster.exists(path)
        let before = isThere ? try await cluster.get(path) : .null
        let preview = try await runner.plan(
            .policy(template, namespace: "shop", target: service, values: values))
        #expect(preview.refusal == nil)
        #expect(await runner.finish(preview.planID).wasApplied)
        let made = try await cluster.get(path).at("spec", section)?.array ?? []
        _ = await runner.finish(try await runner.plan(.undo(preview.planID)).planID)
        if isThere {
            #expect(try await cluster.get(path)["spec"] == before["spec"])
        } else {
            #expect(try await !cluster.exists(path))
        }
        return made
    }

    @Test func timeoutAndRetriesKeepTheRules() async throws {
        let made = try await rules(.timeoutAndRetries, "reviews", ["timeout": "4s", "attempts": "3"])
        #expect(made.count == 2)
        #expect(made.allSatisfy { $0["timeout"] == "4s" && $0.at("retries", "attempts") == 3 })
        #expect(made[0]["match"] != nil && made[1].list("route").count == 3)
    }

    @Test func timeoutAndRetriesGoIntoAnHTTPRouteInItsOwnWords() async throws {
        let made = try await rules(
            .timeoutAndRetries, "users", ["timeout": "4s", "attempts": "3", "perTryTimeout": "1s"],
            path: "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/users-split", section: "rules")
        #expect(made.first?["timeouts"] == ["request": "4s", "backendRequest": "1s"])
        #expect(made.first?.at("retry", "attempts") == 3)
    }

    @Test func faultsDelayAndAbortAShare() async throws {
        let made = try await rules(
            .fault, "checkout", ["delay": "2s", "delayPercent": "10", "abort": "503", "abortPercent": "0.5"])
        #expect(made[0]["fault"]?["delay"] == ["fixedDelay": "2s", "percentage": ["value": 10]])
        #expect(made[0]["fault"]?["abort"] == ["httpStatus": 503, "percentage": ["value": 0.5]])
        #expect(made[0]["timeout"] == "10s")
    }

    @Test func aRouteIsMadeForAServiceWithoutOne() async throws {
        let made = try await rules(.fault, "ads", ["delay": "1s", "delayPercent": "50"])
        #expect(made.count == 1 && made[0].at("fault", "delay", "fixedDelay") == "1s")
        #expect(made[0]["fault"]?["abort"] == nil)
    }

    @Test func anEmptyValueTakesAFaultAway() async throws {
        let runner = try cluster.runner()
        let set = try await runner.plan(
            .policy(
                .fault, namespace: "shop", target: "recommendation",
                values: [
                    "delay": "1s", "delayPercent": "50", "abort": "500", "abortPercent": "50",
                ]))
        _ = await runner.finish(set.planID)
        let one = try await rules(.fault, "recommendation", ["delay": ""])
        #expect(one[0].at("fault", "delay") == nil && one[0].at("fault", "abort", "httpStatus") == 500)
        let none = try await rules(.fault, "recommendation", ["delay": "", "abort": ""])
        #expect(none[0]["fault"] == nil)
        _ = await runner.finish(try await runner.plan(.undo(set.planID)).planID)
    }

    @Test func anHTTPRouteHasNoFaults() async throws {
        let runner = try cluster.runner()
        let error = await #expect(throws: MeshTopError.self) {
            try await runner.plan(.policy(.fault, namespace: "shop", target: "users", values: ["delay": "1s"]))
        }
        #expect(error?.why.contains("Gateway API") == true)
    }

    @Test func aMirrorGoesToASubset() async throws {
        let made = try await rules(.mirror, "recommendation", ["to": "v2", "percent": "25"])
        #expect(made[0]["mirror"] == ["host": "recommendation", "subset": "v2"])
        #expect(made[0].at("mirrorPercentage", "value") == 25)
    }

    /// A list of mirrors is changed entry by entry, and an entry keeps what else it says.
    @Test(
        arguments: [
            (["to": "v2", "percent": "30"], [["v1", 50], ["v2", 30]]),
            (["to": "v3", "percent": "5"], [["v1", 50], ["v2", 10], ["v3", 5]]),
            (["remove": "v1"], [["v2", 10]]), (["to": "none"], []),
            // A form's: the share alone of the first, and nothing at all.
            (["to": "keep", "percent": "20", "remove": "keep"], [["v1", 20], ["v2", 10]]),
            (["to": "keep", "percent": "keep", "remove": "keep"], [["v1", 50], ["v2", 10]]),
        ] as [([String: String], [[JSONValue]])]) func aListOfMirrorsIsChangedOneByOne(
            _ values: [String: String], _ wanted: [[JSONValue]]
        ) async throws
    {
        let demo = try DemoCluster()
        let path = Paths.virtualService("reviews")
        let rules = try await demo.get(path).at("spec", "http")?.array ?? []
        let mirrors: JSONValue = [
            [
                "destination": ["host": "reviews", "subset": "v1", "port": ["number": 8080]],
                "percentage": ["value": 50],
            ],
            ["destination": ["host": "reviews", "subset": "v2"], "percentage": ["value": 10]],
        ]
        let mirrored = rules.enumerated().map { index, rule in
            var rule = rule
            if index == 1 { rule["mirrors"] = mirrors }
            return rule
        }
        try await demo.mergePatch(path, ["spec": ["http": .array(mirrored)]])
        let before = try await demo.get(path)["spec"]
        let present = try await demo.runner().presentPolicies(of: ServiceID(namespace: "shop", name: "reviews"))
        #expect(present[.mirror]?.values == ["to": "v1", "percent": "50"])
        #expect(present[.mirror]?.note == "mirrors now: v1 (50 %), v2 (10 %)")
        let runner = try demo.runner()
        let preview = try await runner.plan(.policy(.mirror, namespace: "shop", target: "reviews", values: values))
        #expect(preview.refusal == nil)
        if preview.objects.isEmpty {
            #expect(try await demo.get(path)["spec"] == before)
            return
        }
        #expect(await runner.finish(preview.planID).wasApplied)
        let rule = try await demo.get(path).at("spec", "http")?[1] ?? [:]
        let made = rule.list("mirrors").map {
            [$0.at("destination", "subset") ?? .null, $0.at("percentage", "value") ?? .null]
        }
        #expect(made == wanted, "\(rule.list("mirrors"))")
        let first = rule.list("mirrors").first { $0.at("destination", "subset") == "v1" }
        if first != nil { #expect(first?.at("destination", "port", "number") == 8080) }
        _ = await runner.finish(try await runner.plan(.undo(preview.planID)).planID)
        #expect(try await demo.get(path)["spec"] == before)
    }

    @Test func anHTTPRouteMirrorsByAFilter() async throws {
        let made = try await rules(
            .mirror, "users", ["to": "users-next", "percent": "100"],
            path: "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/users-split", section: "rules")
        let filter = made.first?.list("filters").first
        #expect(filter?["type"] == "RequestMirror")
        #expect(filter?.at("requestMirror", "backendRef", "name") == "users-next")
    }

    @Test func aMatchBecomesTheFirstRule() async throws {
        let made = try await rules(
            .matchRoute, "recommendation",
            [
                "to": "v2", "header": "x-group=b", "cookie": "ab=b", "userAgent": "contains:Mobile (x)",
                "source": "app=frontend",
            ])
        #expect(made.count == 2)
        let match = made[0].list("match")[0]
        #expect(match.at("headers", "x-group", "exact") == "b")
        #expect(match.at("headers", "cookie", "regex") == "^(.*?; ?)?(ab=b)(;.*)?$")
        #expect(match.at("headers", "user-agent", "regex") == ".*Mobile \\(x\\).*")
        #expect(match.at("sourceLabels", "app") == "frontend")
        #expect(made[0].list("route")[0].at("destination", "subset") == "v2")
        // The rest of what held for these requests still holds.
        #expect(made[0]["timeout"] == made[1]["timeout"] && made[0]["retries"] == made[1]["retries"])
    }

    @Test func aMatchIsTakenAwayByAnEmptyTarget() async throws {
        let made = try await rules(.matchRoute, "reviews", ["to": "", "header": "x-tester=true"])
        #expect(made.count == 1 && made[0]["match"] == nil)
    }

    @Test(
        arguments: [
            (.fault, ["delay": "soon"]), (.fault, ["abort": "42"]), (.fault, ["delay": "1s", "delayPercent": "101"]),
            (.mirror, ["to": "v9"]), (.matchRoute, ["to": "v2"]), (.matchRoute, ["to": "v2", "header": "x"]),
            (.matchRoute, ["to": "", "header": "x=never"]), (.timeoutAndRetries, ["attempts": "-1"]),
        ] as [(PolicyTemplate, [String: String])]) func wrongValuesAreRefused(
            _ template: PolicyTemplate, _ values: [String: String]
        ) async throws
    {
        let runner = try cluster.runner()
        await #expect(throws: MeshTopError.self) {
            try await runner.plan(.policy(template, namespace: "shop", target: "reviews", values: values))
        }
    }
}
