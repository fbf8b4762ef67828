// A context made usable: the server's address, how to reach it, and who we are there.

package import Base

/// Everything needed to talk to one API server.
package struct ClusterAccess: Sendable {
    package enum Credential: Sendable {
        case none
        case token(String)
        /// Read again as it rotates; the token where the file is missing.
        case tokenFile(String, otherwise: String?)
        case exec(ExecPlugin)
        case oidc(OIDCProvider)
    }
    package struct CertificateFiles: Sendable, Hashable {
        package var authority: String?
        package var clientCertificate: String?
        package var clientKey: String?
    }
    package struct Impersonation: Sendable, Hashable {
        package var user: String
        package var uid: String?
        package var groups: [String]
        package var extra: [String: [String]]
    }

    package var contextName: String
    /// The kubeconfig's file, where kubectl would not find it by itself.
    package var kubeconfigPath: String?
    /// Without a trailing slash.
    package var server: String
    package var connection: ConnectionSettings
    /// Files that the connection's certificates came from: they are read again when they change.
    package var files = CertificateFiles()
    package var credential: Credential
    package var namespace: String?
    package var impersonation: Impersonation?
}

/// Flags that override what the kubeconfig says.
package struct AccessOverrides: Sendable {
    package var context: String?
    package var cluster: String?
    package var user: String?
    package var impersonateUser: String?
    package var impersonateGroups: [String] = []
    package var impersonateUID: String?
    package init() {}
}

extension Kubeconfig {
    /// Resolves a context (the current one when no name is given) with its cluster and user.
    package func access(_ overrides: AccessOverrides = AccessOverrides()) throws(MeshTopError) -> ClusterAccess {
        let known = contexts.map(\.name).joined(separator: ", ")
        // A flag that says nothing is none.
        func given(_ flag: String?) -> String? { flag.flatMap { $0.isEmpty ? nil : $0 } }
        guard let name = given(overrides.context) ?? currentContext else {
            throw MeshTopError(
                .kubeconfig, "no cluster to connect to",
                why: files.isEmpty
                    ? "no kubeconfig was found" : "no current-context in \(files.joined(separator: ", "))",
                advice: contexts.isEmpty
                    ? "set KUBECONFIG, give --kubeconfig FILE, or try 'meshtop --demo'"
                    : "choose one with --context: \(known)")
        }
        guard let context = contexts.first(where: { $0.name == name }) else {
            throw MeshTopError(
                .kubeconfig, "context \"\(name)\"", why: "no kubeconfig file has it",
                advice: known.isEmpty ? "set KUBECONFIG or give --kubeconfig FILE" : "choose one of: \(known)")
        }
        let clusterName = given(overrides.cluster) ?? context.cluster
        guard let cluster = clusters[clusterName] else {
            throw MeshTopError(
                .kubeconfig, "context \"\(name)\"", why: "its cluster \"\(clusterName)\" is not defined",
                advice: "known clusters: \(clusters.keys.sorted().joined(separator: ", "))")
        }
        let userName = given(overrides.user) ?? context.user
        guard let user = userName.isEmpty ? Entry(value: [:], folder: ".", file: "") : users[userName] else {
            throw MeshTopError(
                .kubeconfig, "context \"\(name)\"", why: "its user \"\(userName)\" is not defined",
                advice: "known users: \(users.keys.sorted().joined(separator: ", "))")
        }
        try cluster.checkCluster(clusterName)
        try user.checkUser(userName)
        var connection = try connection(cluster, clusterName)
        let credential = try credential(user, userName, into: &connection, cluster: cluster)
        guard var server = cluster.value["server"]?.string, URLParts(server) != nil else {
            throw MeshTopError(
                .kubeconfig, "cluster \"\(clusterName)\" in \(cluster.file)",
                why: "its server is missing or no http(s) URL", advice: "set server: https://HOST:PORT")
        }
        while server.hasSuffix("/") { server.removeLast() }
        var access = ClusterAccess(
            contextName: context.name, server: server, connection: connection, credential: credential,
            namespace: context.namespace)
        access.files = ClusterAccess.CertificateFiles(
            authority: Self.file(cluster, "certificate-authority"),
            clientCertificate: Self.file(user, "client-certificate"), clientKey: Self.file(user, "client-key"))
        // As kubectl does, nobody's credentials go over a line that everybody can read.
        if let parts = URLParts(server), parts.scheme == "http", !parts.isLoopback {
            access.credential = .none
            access.connection.username = nil
            access.connection.password = nil
            // libcurl would send what stands in the address itself.
            access.server = parts.origin + parts.rest
        }
        let asUser = given(overrides.impersonateUser) ?? user.text("as")
        let flags = [
            overrides.impersonateGroups.isEmpty ? nil : "--as-group",
            given(overrides.impersonateUID).map { _ in "--as-uid" },
        ].compactMap { $0 }
        let fields = ["as-groups", "as-uid", "as-user-extra"].filter { key in
            user.value[key].map { !$0.isNull && $0 != [] && $0 != [:] && $0 != "" } ?? false
        }
        if asUser == nil, let part = (flags + fields).first {
            throw MeshTopError(
                .usage, part, why: "a group, uid or extra can be impersonated only together with a user",
                advice: part.hasPrefix("--") ? "add --as USER" : "add 'as' to user \"\(userName)\"")
        }
        if let asUser {
            let groups = user.value["as-groups"]?.array?.compactMap(\.string) ?? []
            var extra: [String: [String]] = [:]
            for (key, values) in user.value["as-user-extra"]?.object?.members.map({ ($0, $1) }) ?? [] {
                extra[key] = values.array?.compactMap(\.string)
            }
            access.impersonation = ClusterAccess.Impersonation(
                user: asUser, uid: given(overrides.impersonateUID) ?? user.text("as-uid"),
                groups: overrides.impersonateGroups.isEmpty ? groups : overrides.impersonateGroups, extra: extra)
        }
        return access
    }

    private func connection(_ cluster: Entry, _ name: String) throws(MeshTopError) -> ConnectionSettings {
        var settings = ConnectionSettings()
        settings.certificateAuthority = try material(cluster, "certificate-authority", "cluster \"\(name)\"")
        settings.insecureSkipTLSVerify = cluster.value["insecure-skip-tls-verify"]?.bool ?? false
        settings.tlsServerName = cluster.value["tls-server-name"]?.string
        settings.disableCompression = cluster.value["disable-compression"]?.bool ?? false
        // Nothing of this matters to plain http.
        let isPlain = cluster.text("server").flatMap(URLParts.init)?.scheme == "http"
        if settings.insecureSkipTLSVerify, settings.certificateAuthority != nil, !isPlain {
            throw MeshTopError(
                .kubeconfig, "cluster \"\(name)\" in \(cluster.file)",
                why: "insecure-skip-tls-verify and a certificate-authority exclude each other",
                advice: "remove one of them")
        }
        if let proxy = cluster.value["proxy-url"]?.string, !proxy.isEmpty {
            let scheme = proxy.split(separator: ":").first.map { $0.lowercased() } ?? ""
            guard ["http", "https", "socks5", "socks5h"].contains(scheme) else {
                throw MeshTopError(
                    .kubeconfig, "cluster \"\(name)\" in \(cluster.file)", why: "proxy-url has an unknown scheme",
                    advice: "use http://, https:// or socks5://")
            }
            // client-go lets the proxy resolve names for socks5.
            settings.proxyURL = ProxyEnvironment.url(proxy)
        }
        return settings
    }

    private func credential(
        _ user: Entry, _ name: String, into connection: inout ConnectionSettings, cluster: Entry
    ) throws(MeshTopError) -> ClusterAccess.Credential {
        let place = "user \"\(name)\" in \(user.file)"
        connection.clientCertificate = try material(user, "client-certificate", "user \"\(name)\"")
        // A key alone proves nothing and is not read.
        if connection.clientCertificate != nil {
            connection.clientKey = try material(user, "client-key", "user \"\(name)\"")
            guard connection.clientKey != nil else {
                throw MeshTopError(
                    .kubeconfig, place, why: "its client certificate has no key", advice: "give client-key too")
            }
        }
        let exec = user.value["exec"].flatMap { $0.isNull ? nil : $0 }
        let provider = user.value["auth-provider"].flatMap { $0.isNull ? nil : $0 }
        if exec != nil, provider != nil {
            throw MeshTopError(
                .kubeconfig, place, why: "an auth-provider and an exec plugin exclude each other",
                advice: "remove one of them")
        }
        let (token, username) = (user.text("token"), user.text("username"))
        if token ?? user.text("tokenFile") != nil, username != nil || token != nil && user.text("password") != nil {
            throw MeshTopError(
                .kubeconfig, place, why: "a token and a user name or password exclude each other",
                advice: "remove one of them")
        }
        // Read even where they are not asked: a mistake in them is said.
        let plugin = try exec.map { value throws(MeshTopError) in
            try ExecPlugin(value, user: name, entry: user, cluster: cluster)
        }
        let oidc = try provider.map { value throws(MeshTopError) in try Self.oidc(value, place, user, name) }
        if let token, token.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) {
            throw MeshTopError(
                .kubeconfig, place, why: "its token has a line break or a control character",
                advice: "write it in one line, without a line feed at its end")
        }
        if let path = user.text("tokenFile") {
            return .tokenFile(Self.absolute(path, in: user.folder), otherwise: token)
        }
        if let token { return .token(token) }
        if let username {
            connection.username = username
            connection.password = user.value["password"]?.string
        }
        // An ID token goes beside a certificate, but a name and password are sent in its place.
        if let oidc, username == nil { return .oidc(oidc) }
        // What is written down beside a plugin goes before it, and the plugin is not run.
        if let plugin, username == nil, connection.clientCertificate == nil { return .exec(plugin) }
        return .none
    }

    private static func oidc(
        _ provider: JSONValue, _ place: String, _ user: Entry, _ name: String
    ) throws(MeshTopError) -> OIDCProvider {
        guard provider["name"] == "oidc" else {
            throw MeshTopError(
                .kubeconfig, place,
                why:
                    "auth-provider \(SafeText.line(provider.text("name") ?? "without a name", limit: 60)) was removed from Kubernetes",
                advice: "use an exec credential plugin instead")
        }
        return try OIDCProvider(provider["config"], entry: user, user: name)
    }

    /// Certificate material: the inline `-data` field (base64) wins over the file.
    private func material(_ entry: Entry, _ key: String, _ what: String) throws(MeshTopError) -> [UInt8]? {
        if let data = entry.value["\(key)-data"]?.string, !data.isEmpty {
            guard let bytes = Base64.decode(data) else {
                throw MeshTopError(
                    .kubeconfig, "\(what) in \(entry.file)", why: "\(key)-data is not base64",
                    advice: "encode the PEM text with 'base64 -w0'")
            }
            return bytes
        }
        guard let path = entry.value[key]?.string, !path.isEmpty else { return nil }
        do {
            return try Files.read(Self.absolute(path, in: entry.folder), limit: 4 << 20)
        } catch {
            throw MeshTopError(
                .kubeconfig, "\(what) in \(entry.file)", why: "\(key): \(error.what): \(error.why)",
                advice: "check the path; relative paths start at the kubeconfig's folder")
        }
    }

    /// The file of some material; nil when it is inline.
    private static func file(_ entry: Entry, _ key: String) -> String? {
        guard (entry.value["\(key)-data"]?.string ?? "").isEmpty, let path = entry.value[key]?.string, !path.isEmpty
        else { return nil }
        return absolute(path, in: entry.folder)
    }

    static func absolute(_ path: String, in folder: String) -> String {
        if path.hasPrefix("/") || folder == "." { return path }
        return "\(folder)/\(path.hasPrefix("./") ? String(path.dropFirst(2)) : path)"
    }
}

extension ClusterAccess {
    package static let serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// The access of a pod: its service account's token and CA, which are read again as they rotate. Nil outside a
    /// cluster. https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
    package static func inCluster(
        folder: String = serviceAccount, variable: (String) -> String? = environmentVariable
    ) throws(MeshTopError) -> ClusterAccess? {
        guard let host = variable("KUBERNETES_SERVICE_HOST"), !host.isEmpty, Files.exists("\(folder)/token") else {
            return nil
        }
        var connection = ConnectionSettings()
        connection.certificateAuthority = try Files.read("\(folder)/ca.crt")
        let port = variable("KUBERNETES_SERVICE_PORT") ?? "443"
        var namespace: String?
        if Files.exists("\(folder)/namespace") {
            namespace = String(decoding: try Files.read("\(folder)/namespace"), as: UTF8.self).trimmingSpace()
        }
        var access = ClusterAccess(
            contextName: "in-cluster", server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)",
            connection: connection, credential: .tokenFile("\(folder)/token", otherwise: nil), namespace: namespace)
        access.files.authority = "\(folder)/ca.crt"
        return access
    }
}
