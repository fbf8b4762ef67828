import TestSupport
import Testing

@testable import Base
@testable import Istio
@testable import Kube

/// The order in which Istio looks for a DestinationRule: client's namespace, service's, root.
@Suite struct DestinationRuleLookupTests {
    private func rule(_ name: String, _ namespace: String, _ host: String, _ more: JSONValue = [:], age: Int = 0) throws
        -> ConfigObject
    {
        var spec = more
        spec["host"] = .string(host)
        return try decoded([
            "metadata": [
                "name": .string(name), "namespace": .string(namespace),
                "creationTimestamp": .string("2026-01-0\(1 + age)T00:00:00Z"),
            ], "spec": spec,
        ])
    }

    private func name(_ rules: [ConfigObject], client: String) -> String? {
        DestinationRuleLookup(rules, rootNamespace: "istio-system").effective(
            host: "reviews.shop.svc.cluster.local", client: client, service: "shop")?.name
    }

    @Test func theFirstPlaceWithAMatchIsTaken() throws {
        let own = try rule("own", "web", "reviews.shop.svc.cluster.local")
        let service = try rule("service", "shop", "reviews")
        let root = try rule("root", "istio-system", "*.local")
        #expect(name([root, service, own], client: "web") == "web/own")
        #expect(name([root, service, own], client: "other") == "shop/service")
        #expect(name([root], client: "web") == "istio-system/root")
        // A wildcard in the client's namespace hides the exact rule of the service's.
        let wild = try rule("wild", "web", "*.local")
        #expect(name([root, service, wild], client: "web") == "web/wild")
        // What is not exported is looked past.
        let hidden = try rule("hidden", "shop", "reviews", ["exportTo": ["."]])
        #expect(name([root, hidden], client: "web") == "istio-system/root")
        #expect(name([root, hidden], client: "shop") == "shop/hidden")
    }

    @Test func rulesOfOneHostAreMergedTheOldestFirst() throws {
        let old = try rule("old", "shop", "reviews", ["subsets": [["name": "v1", "labels": ["version": "v1"]]]])
        let new = try rule(
            "new", "shop", "reviews",
            [
                "trafficPolicy": ["connectionPool": ["tcp": ["maxConnections": 5]]],
                "subsets": [["name": "v1", "labels": ["version": "other"]], ["name": "v2", "labels": [:]]],
            ], age: 1)
        let found = try #require(
            DestinationRuleLookup([old, new], rootNamespace: "istio-system").effective(
                host: "reviews.shop.svc.cluster.local", client: "web", service: "shop"))
        #expect(found.subsets.map(\.name) == ["v1", "v2"])
        #expect(found.subsets[0].value.at("labels", "version") == "v1")
        #expect(found.trafficPolicy?.at("connectionPool", "tcp", "maxConnections") == 5)
    }

    @Test func theMoreExactHostWins() throws {
        let wide = try rule("wide", "shop", "*.svc.cluster.local")
        let near = try rule("near", "shop", "*.shop.svc.cluster.local", age: 1)
        #expect(name([wide, near], client: "web") == "shop/near")
        let exact = try rule("exact", "shop", "reviews", age: 2)
        #expect(name([wide, near, exact], client: "web") == "shop/exact")
    }

    @Test func aRuleForSomeClientsIsTheirs() throws {
        let chosen = try rule(
            "chosen", "web", "reviews.shop.svc.cluster.local", ["workloadSelector": ["matchLabels": ["app": "front"]]])
        let lookup = DestinationRuleLookup([chosen], rootNamespace: "istio-system")
        let host = "reviews.shop.svc.cluster.local"
        #expect(
            lookup.effective(host: host, client: "web", service: "shop", labels: ["app": "front"])?.name == "web/chosen"
        )
        #expect(lookup.effective(host: host, client: "web", service: "shop", labels: ["app": "back"]) == nil)
    }
}
