// A mesh of a thousand services, to see that nothing gets slow.

internal import Base

enum ScaleScene {
    /// Two deployments a service, spread over fifty namespaces; each service calls the next ones in its namespace.
    static func apps(services: Int, pods: Int) -> [AppSpec] {
        let deployments = max(1, services * 2)
        let each = max(1, pods / deployments)
        let extra = max(0, pods - each * deployments)
        return (0..<services).map { index in
            let namespace = "team-\(pad(index % 50, 2))"
            let number = index / 50
            let replicas = { (position: Int) in each + (index * 2 + position < extra ? 1 : 0) }
            var calls: [AppSpec.Call] = []
            for step in 1...2 where (number * 2 + step) * 50 + index % 50 < services {
                calls.append(
                    AppSpec.Call(namespace: namespace, service: "svc-\(pad(number * 2 + step, 3))", perRequest: 0.6))
            }
            return AppSpec(
                name: "svc-\(pad(number, 3))", namespace: namespace,
                versions: [
                    AppSpec.Version(name: "v1", replicas: replicas(0), serviceMs: 5 + Double(index % 17)),
                    AppSpec.Version(
                        name: "v2", replicas: replicas(1), serviceMs: 6 + Double(index % 13),
                        errorRatio: index % 97 == 0 ? 0.03 : 0),
                ], calls: calls, arrivals: number == 0 ? 200 : 0, isBulky: true)
        }
    }

    static func configuration(services: Int) -> [JSONValue] {
        (0..<services).flatMap { index -> [JSONValue] in
            let namespace = "team-\(pad(index % 50, 2))"
            let name = "svc-\(pad(index / 50, 3))"
            var objects = [
                Make.destinationRule(
                    namespace, name,
                    [
                        "host": .string(name),
                        "trafficPolicy": [
                            "connectionPool": ["tcp": ["maxConnections": 1000], "http": ["http2MaxRequests": 2000]],
                            "outlierDetection": [
                                "consecutive5xxErrors": 5, "interval": "10s", "baseEjectionTime": "30s",
                            ],
                        ], "subsets": Make.subsets(["v1", "v2"]),
                    ])
            ]
            objects.append(
                Make.istio(
                    "AuthorizationPolicy", "security.istio.io", namespace, name,
                    [
                        "selector": ["matchLabels": ["app": .string(name)]], "action": "ALLOW",
                        "rules": [["from": [["source": ["namespaces": [.string(namespace), "istio-system"]]]]]],
                    ]))
            if index % 2 == 0 {
                objects.append(
                    Make.virtualService(
                        namespace, name,
                        ["hosts": [.string(name)], "http": [Make.split(name, [("v1", 80), ("v2", 20)])]]))
            }
            return objects
        }
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
