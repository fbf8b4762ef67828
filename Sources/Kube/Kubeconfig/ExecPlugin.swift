// Exec credential plugins (client.authentication.k8s.io v1 and v1beta1).
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins

package import Base

/// Runs a program with the terminal given to it: what was on the screen is put aside, and back afterwards.
package typealias CredentialPrompt =
    @Sendable (_ body: @escaping @Sendable () throws -> SubprocessResult) async throws -> SubprocessResult

/// A program that prints a credential.
package struct ExecPlugin: Sendable {
    /// interactiveMode: whether the plugin uses standard input.
    package enum Interaction: String, Sendable { case never = "Never", ifAvailable = "IfAvailable", always = "Always" }

    package var command: String
    package var arguments: [String]
    package var environment: [String: String]
    package var apiVersion: String
    package var installHint: String?
    package var interaction: Interaction
    /// The cluster's part of KUBERNETES_EXEC_INFO, when the plugin asked for it.
    package var clusterInfo: JSONValue?

    init(_ value: JSONValue, user: String, entry: Kubeconfig.Entry, cluster: Kubeconfig.Entry) throws(MeshTopError) {
        func fail(_ why: String, _ advice: String) -> MeshTopError {
            MeshTopError(.kubeconfig, "user \"\(user)\" in \(entry.file)", why: why, advice: advice)
        }
        guard let command = value["command"]?.string, !command.isEmpty else {
            throw fail("its exec plugin has no command", "set users[].user.exec.command")
        }
        let version = value["apiVersion"]?.string ?? ""
        guard ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"].contains(version) else {
            throw fail(
                "its exec plugin speaks \(version.isEmpty ? "no apiVersion" : version)",
                "use client.authentication.k8s.io/v1 or v1beta1")
        }
        // A command with a slash is relative to the kubeconfig; a bare name is looked up on PATH.
        self.command = command.contains("/") ? Kubeconfig.absolute(command, in: entry.folder) : command
        // One that is left out would make it another command.
        func isTexts(_ value: JSONValue?) -> Bool {
            guard let value, !value.isNull else { return true }
            return value.array?.allSatisfy { $0.string != nil } ?? false
        }
        guard isTexts(value["args"]) else { throw fail("args of its exec plugin is no list of texts", "quote them") }
        if let env = value["env"], !env.isNull, env.array == nil {
            throw fail("env of its exec plugin is no list", "write name and value of each")
        }
        if let wish = value["provideClusterInfo"], !wish.isNull, wish.bool == nil {
            throw fail("provideClusterInfo of its exec plugin is not true or false", "write one of them")
        }
        arguments = value["args"]?.array?.compactMap(\.string) ?? []
        environment = [:]
        for pair in value["env"]?.array ?? [] {
            guard let name = pair["name"]?.string, !name.isEmpty else {
                throw fail("its exec plugin has an env entry without a name", "name it or take it out")
            }
            let text = pair["value"] ?? .null
            guard text.isNull || text.string != nil else {
                throw fail("\(SafeText.line(name, limit: 60)) in env of its exec plugin is no text", "quote it")
            }
            environment[name] = text.string ?? ""
        }
        apiVersion = version
        installHint = value["installHint"]?.string
        let mode = value["interactiveMode"]?.string ?? ""
        // The older form of the API does not know it.
        if mode.isEmpty, version.hasSuffix("/v1") {
            throw fail("its exec plugin has no interactiveMode", "set it to Never, IfAvailable or Always")
        }
        guard let interaction = mode.isEmpty ? .ifAvailable : Interaction(rawValue: mode) else {
            throw fail(
                "its exec plugin has the interactiveMode \(mode)", "use Never, IfAvailable or Always")
        }
        self.interaction = interaction
        if value["provideClusterInfo"]?.bool == true {
            var info: JSONValue = [:]
            for key in [
                "server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url",
                "disable-compression",
            ] {
                // What says nothing is left out, as client-go does.
                guard let value = cluster.value[key], !value.isNull, value != "", value != false else { continue }
                info[key] = value
            }
            if info["certificate-authority-data"] == nil, let path = cluster.value["certificate-authority"]?.string,
                !path.isEmpty
            {
                let file = Kubeconfig.absolute(path, in: cluster.folder)
                info["certificate-authority-data"] = .string(Base64.encode(try Files.read(file, limit: 4 << 20)))
            }
            // What the cluster's entry says to the plugin alone.
            let extensions = cluster.value["extensions"]?.array ?? []
            info["config"] =
                extensions.first { $0["name"] == "client.authentication.k8s.io/exec" }?["extension"] ?? .null
            clusterInfo = info
        }
    }
}

/// What a plugin gave: a token or a certificate pair, until it expires.
package struct ExecCredential: Sendable {
    package var token: String?
    package var clientCertificate: [UInt8]?
    package var clientKey: [UInt8]?
    package var expires: Timestamp?
}

extension ExecPlugin {
    /// Runs the plugin. One that must ask something gets the terminal; one that may is first run without, with its
    /// words captured, and gets the terminal when that fails. Its standard output is the credential either way.
    package func credential(prompt: CredentialPrompt? = nil) async throws -> ExecCredential {
        let what = "credential plugin \(command)"
        if interaction == .always, prompt == nil {
            throw MeshTopError(
                .unauthorized, what, why: "it needs a terminal to ask you something (interactiveMode: Always)",
                advice: "run meshtop in a terminal, log in with the plugin in a shell first, or use another user")
        }
        var result: SubprocessResult?
        do {
            if interaction != .always { result = try await run(on: nil) }
            if interaction != .never, let prompt, result?.exitCode != 0 { result = try await run(on: prompt) }
        } catch let error as MeshTopError {
            throw MeshTopError(
                .unauthorized, what, why: error.why, advice: installHint ?? "install it or mend the kubeconfig")
        }
        guard let result, result.exitCode == 0 else {
            let said = String(decoding: result?.errorOutput.prefix(400) ?? [], as: UTF8.self).trimmingSpace()
            throw MeshTopError(
                .unauthorized, what,
                why: "it ended with code \(result?.exitCode ?? -1)\(said.isEmpty ? "" : ": \(said)")",
                advice: "run it in a shell to log in again")
        }
        return try parse(result.output, what: what)
    }

    /// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#input-and-output-formats
    private func run(on prompt: CredentialPrompt?) async throws -> SubprocessResult {
        var spec: JSONValue = ["interactive": .bool(prompt != nil)]
        spec["cluster"] = clusterInfo
        let info: JSONValue = ["apiVersion": .string(apiVersion), "kind": "ExecCredential", "spec": spec]
        var variables = environment
        variables["KUBERNETES_EXEC_INFO"] = info.compactText
        let (command, arguments, all) = (command, arguments, variables)
        guard let prompt else { return try await Subprocess.run(command, arguments, environment: all) }
        return try await prompt { try Subprocess.runOnTerminal(command, arguments, environment: all) }
    }

    func parse(_ output: [UInt8], what: String) throws(MeshTopError) -> ExecCredential {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: output)
        } catch {
            throw MeshTopError(.unauthorized, what, why: "it printed no JSON (\(error))", advice: "run it in a shell")
        }
        guard value["kind"]?.string == "ExecCredential", value["apiVersion"]?.string == apiVersion else {
            throw MeshTopError(
                .unauthorized, what, why: "it printed no ExecCredential of \(apiVersion)",
                advice: "match apiVersion in the kubeconfig with what the plugin speaks")
        }
        let status = value["status"]
        let credential = ExecCredential(
            token: status?["token"]?.string,
            clientCertificate: status?["clientCertificateData"]?.string.map { Array($0.utf8) },
            clientKey: status?["clientKeyData"]?.string.map { Array($0.utf8) },
            expires: status?["expirationTimestamp"]?.string.flatMap { Timestamp(rfc3339: $0) })
        guard credential.token != nil || (credential.clientCertificate != nil && credential.clientKey != nil) else {
            throw MeshTopError(
                .unauthorized, what, why: "its status has neither a token nor a certificate with its key",
                advice: "run it in a shell")
        }
        return credential
    }
}
