// What the API server fills into a pod's spec, in a pod or in a workload's template.
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/

internal import Base

enum PodDefaults {
    static func filled(_ spec: JSONValue) -> JSONValue {
        var spec = spec
        fill(
            &spec,
            [
                ("restartPolicy", "Always"), ("terminationGracePeriodSeconds", 30), ("dnsPolicy", "ClusterFirst"),
                ("schedulerName", "default-scheduler"), ("securityContext", [:]),
            ])
        // Older clients read the account by its older name.
        if let account = spec["serviceAccountName"] { fill(&spec, [("serviceAccount", account)]) }
        for name in ["containers", "initContainers"] {
            if let list = spec[name]?.array { spec[name] = .array(list.map(container)) }
        }
        if let volumes = spec["volumes"]?.array { spec["volumes"] = .array(volumes.map(volume)) }
        return spec
    }

    private static func fill(_ object: inout JSONValue, _ values: [(String, JSONValue)]) {
        guard object.object != nil else { return }
        for (name, value) in values where object[name] == nil { object[name] = value }
    }

    private static func container(_ container: JSONValue) -> JSONValue {
        var container = container
        fill(
            &container,
            [
                ("terminationMessagePath", "/dev/termination-log"), ("terminationMessagePolicy", "File"),
                ("imagePullPolicy", isLatest(container["image"]?.string ?? "") ? "Always" : "IfNotPresent"),
                ("resources", [:]),
            ])
        if let ports = container["ports"]?.array {
            container["ports"] = .array(ports.map { each($0, [("protocol", "TCP")]) })
        }
        for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
            guard var probe = container[name], probe.object != nil else { continue }
            fill(
                &probe,
                [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)])
            if let get = probe["httpGet"] { probe["httpGet"] = each(get, [("path", "/"), ("scheme", "HTTP")]) }
            container[name] = probe
        }
        if let environment = container["env"]?.array {
            container["env"] = .array(
                environment.map { variable in
                    guard let reference = variable.at("valueFrom", "fieldRef") else { return variable }
                    var variable = variable
                    variable.set(["valueFrom", "fieldRef"], to: each(reference, [("apiVersion", "v1")]))
                    return variable
                })
        }
        return container
    }

    private static func each(_ object: JSONValue, _ values: [(String, JSONValue)]) -> JSONValue {
        var object = object
        fill(&object, values)
        return object
    }

    private static func volume(_ volume: JSONValue) -> JSONValue {
        var volume = volume
        for source in ["configMap", "secret", "downwardAPI", "projected"] {
            if let content = volume[source] { volume[source] = each(content, [("defaultMode", 420)]) }
        }
        return volume
    }

    /// Of the tag `latest`, or of none.
    private static func isLatest(_ image: String) -> Bool {
        if image.contains("@") { return false }
        let name = image.split(separator: "/").last ?? ""
        let tag = name.split(separator: ":").dropFirst().last
        return tag == nil || tag == "latest"
    }
}
