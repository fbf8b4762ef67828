// A request to the API server as the kubectl command that asks the same.

internal import Base

extension APICall {
    /// `prefix` is put behind "kubectl": the kubeconfig and the context. What is no Kubernetes request is a curl command.
    package func command(_ prefix: [String] = []) -> String {
        let words = isKubernetes ? ["kubectl"] + prefix + kubectl : ["curl"] + curl + [server + path]
        let note = body.flatMap { ShellWord.fits($0) ? nil : ShellWord.tooLong($0) } ?? ""
        return note + words.map(ShellWord.quoted).joined(separator: " ")
    }

    private var curl: [String] {
        if let query = body, bodyType == Self.form { return ["-d", ShellWord.fits(query) ? query : "@FILE"] }
        return method == "GET" ? [] : ["-X", method]
    }

    private var kubectl: [String] {
        let query = Self.query(path)
        guard let target = KubernetesTarget(path) else { return raw }
        let dryRun = query["dryRun"] == nil ? [] : ["--dry-run=server"]
        switch (method, target.name, target.subresource) {
        case ("GET", nil, nil):
            return ["get", target.resource] + (target.namespace.map { ["-n", $0] } ?? ["-A"])
                + (query["labelSelector"].map { ["-l", $0] } ?? [])
                + (query["fieldSelector"].map { ["--field-selector", $0] } ?? [])
                + (["1", "true"].contains(query["watch"]) ? ["--watch"] : [])
        case ("GET", let name?, nil): return ["get", target.resource, name] + target.scope + ["-o", "yaml"]
        case ("GET", let name?, "log") where target.resource == "pods":
            return ["logs", name] + target.scope + (query["container"].map { ["-c", $0] } ?? [])
        case ("PATCH", let name?, nil):
            let types = [
                "application/json-patch+json": "json", "application/merge-patch+json": "merge",
                "application/strategic-merge-patch+json": "strategic",
            ]
            guard let type = types[bodyType ?? ""] else {
                return ["patch", target.resource, name] + target.scope + ["--patch-file", "FILE"] + dryRun
            }
            return ["patch", target.resource, name] + target.scope + ["--type=\(type)"]
                + (body.flatMap { ShellWord.fits($0) ? ["-p", $0] : nil } ?? ["--patch-file", "FILE"]) + dryRun
        case ("DELETE", let name?, nil): return ["delete", target.resource, name] + target.scope
        default: return raw
        }
    }

    /// What has no word of its own is asked by its path.
    private var raw: [String] {
        switch method {
        // A metrics API takes its queries both ways, and kubectl posts no forms.
        case "POST" where body != nil && bodyType == Self.form: ["get", "--raw", "\(path)?\(body ?? "")"]
        case "POST": ["create", "--raw", path, "-f", "FILE"]
        case "PUT": ["replace", "--raw", path, "-f", "FILE"]
        case "DELETE": ["delete", "--raw", path]
        default: ["get", "--raw", path]
        }
    }

    private static func query(_ path: String) -> [String: String] {
        guard let mark = path.firstIndex(of: "?") else { return [:] }
        var found: [String: String] = [:]
        for part in path[path.index(after: mark)...].split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            found[String(pair[0])] = pair.count > 1 ? percentDecoded(String(pair[1])) : ""
        }
        return found
    }
}

/// What a path of the API is about.
struct KubernetesTarget {
    /// With its group, as kubectl takes it: "virtualservices.networking.istio.io".
    private(set) var resource: String
    private(set) var namespace: String?
    private(set) var name: String?
    private(set) var subresource: String?

    var scope: [String] { namespace.map { ["-n", $0] } ?? [] }

    /// Nil for paths that lead to no resource: discovery, the version, proxies.
    init?(_ path: String) {
        var parts = path.prefix { $0 != "?" }.split(separator: "/").map { percentDecoded(String($0)) }
        guard let root = parts.first, root == "api" || root == "apis" else { return nil }
        let group = root == "api" ? "" : parts.count > 1 ? parts[1] : ""
        let head = root == "api" ? 2 : 3
        guard parts.count > head else { return nil }
        parts.removeFirst(head)
        if parts[0] == "namespaces", parts.count > 2 {
            namespace = parts[1]
            parts.removeFirst(2)
        }
        guard parts.count <= 3 else { return nil }
        resource = group.isEmpty ? parts[0] : "\(parts[0]).\(group)"
        name = parts.count > 1 ? parts[1] : nil
        subresource = parts.count > 2 ? parts[2] : nil
    }
}

/// `%2C` and `+` as what they stand for.
private func percentDecoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    let source = Array(text.utf8)
    var index = 0
    while index < source.count {
        if source[index] == 0x25, index + 2 < source.count,
            let value = UInt8(String(decoding: source[index + 1...index + 2], as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            index += 3
        } else {
            bytes.append(source[index] == 0x2B ? 0x20 : source[index])
            index += 1
        }
    }
    return SafeText.line(String(decoding: bytes, as: UTF8.self))
}
