// Keeps credentials current: token files are re-read, exec plugins run again when they expire or after a 401.

package import Base

/// Turns a cluster's access into what one request needs, at the moment it needs it.
package actor CredentialKeeper {
    private let access: ClusterAccess
    private var token: (text: String, readAt: Timestamp)?
    private var exec: ExecCredential?
    private var running: Task<ExecCredential, any Error>?
    private var certificates = CertificateReader()
    private let prompt: CredentialPrompt?
    private var failure: (at: Timestamp, error: any Error)?
    private var oidc: OIDCState?
    private var refreshing: Task<(idToken: String, refreshToken: String), any Error>?
    /// For the issuer of ID tokens.
    private let loop: CurlLoop?
    private let clock: any TimeSource
    private static let pauseSeconds = 60.0
    /// What issuers gave in this program's life: a refresh token that was used once may be spent, and somebody who comes
    /// back to a context has another keeper.
    private static let issued = Lock<[OIDCProvider: OIDCState]>([:])

    /// A token file is read again after this many seconds: projected tokens rotate on disk.
    private static let tokenFileSeconds = 60.0

    /// `prompt`: how a plugin that asks the person something gets the terminal; nil where there is none.
    package init(
        _ access: ClusterAccess, prompt: CredentialPrompt? = nil, loop: CurlLoop? = nil,
        clock: any TimeSource = .system
    ) {
        self.access = access
        self.loop = loop
        self.clock = clock
        self.prompt = prompt
    }

    /// The connection's settings and the headers that say who we are.
    package func authorised() async throws -> (ConnectionSettings, [(name: String, value: String)]) {
        var connection = access.connection
        certificates.refresh(&connection, access.files)
        var headers: [(name: String, value: String)] = []
        switch access.credential {
        case .none: break
        case .token(let token): headers.append(("Authorization", "Bearer \(token)"))
        case .tokenFile(let path, let other):
            headers.append(("Authorization", "Bearer \(try fileToken(path, otherwise: other))"))
        case .oidc(let provider): headers.append(("Authorization", "Bearer \(try await oidcToken(provider))"))
        case .exec(let plugin):
            let credential = try await execCredential(plugin)
            if let token = credential.token { headers.append(("Authorization", "Bearer \(token)")) }
            if let certificate = credential.clientCertificate {
                connection.clientCertificate = certificate
                connection.clientKey = credential.clientKey
            }
        }
        if let impersonation = access.impersonation {
            headers.append(("Impersonate-User", impersonation.user))
            if let uid = impersonation.uid { headers.append(("Impersonate-Uid", uid)) }
            for group in impersonation.groups { headers.append(("Impersonate-Group", group)) }
            for (key, values) in impersonation.extra.sorted(by: { $0.key < $1.key }) {
                for value in values { headers.append(("Impersonate-Extra-\(percentEncoded(key))", value)) }
            }
        }
        // As Go's client writes them; a server that compares them as they came would know nobody by a blank more.
        return (connection, headers.map { ($0.name, $0.value.trimmingSpace()) })
    }

    /// Forgets what was cached, after the server said 401. True when trying again may help.
    package func forget() -> Bool {
        switch access.credential {
        case .none, .token: return false
        case .tokenFile:
            token = nil
            return true
        case .exec:
            exec = nil
            return true
        case .oidc:
            // Only a new one can be better.
            guard oidc != nil else { return false }
            oidc?.isRefused = true
            return true
        }
    }

    private struct OIDCState: Sendable {
        var idToken: String?
        var refreshToken: String?
        /// The server did not take it.
        var isRefused = false
    }

    /// The ID token, or the next one from the issuer. What the issuer gives is kept in memory: the kubeconfig is the
    /// operator's.
    private func oidcToken(_ provider: OIDCProvider) async throws -> String {
        var state =
            oidc ?? Self.issued.withLock { $0[provider] }
            ?? OIDCState(idToken: provider.idToken, refreshToken: provider.refreshToken)
        if let token = state.idToken, !state.isRefused, provider.isValid(token, at: clock.wall) {
            oidc = state
            return token
        }
        if let refreshing { return try await refreshing.value.idToken }
        // A refused refresh token stays refused: every watch would ask the issuer again with each try.
        if let failure, clock.now - failure.at < Self.pauseSeconds { throw failure.error }
        let loop = loop
        let task = Task { [token = state.refreshToken] in
            guard let loop else {
                throw MeshTopError(.unauthorized, provider.place, why: "its id-token has ended", advice: "log in again")
            }
            return try await provider.refreshed(token, loop)
        }
        refreshing = task
        defer { refreshing = nil }
        do {
            let fresh = try await task.value
            state = OIDCState(idToken: fresh.idToken, refreshToken: fresh.refreshToken)
        } catch {
            if (error as? MeshTopError)?.code == .unauthorized { failure = (clock.now, error) }
            throw error
        }
        failure = nil
        oidc = state
        Self.issued.withLock { [state] in $0[provider] = state }
        return state.idToken ?? ""
    }

    private func fileToken(_ path: String, otherwise other: String?) throws -> String {
        let now = clock.now
        if let token, now - token.readAt < Self.tokenFileSeconds { return token.text }
        let bytes: [UInt8]
        do {
            bytes = try Files.read(path, limit: 1 << 20)
        } catch {
            if let last = token?.text ?? other { return last }
            throw error
        }
        let text = String(decoding: bytes, as: UTF8.self).trimmingSpace()
        guard !text.isEmpty else {
            if let last = token?.text ?? other { return last }
            throw MeshTopError(.unauthorized, "token file \(path)", why: "it is empty", advice: "log in again")
        }
        token = (text, now)
        return text
    }

    private func execCredential(_ plugin: ExecPlugin) async throws -> ExecCredential {
        if let exec, exec.expires.map({ $0 - clock.wall > 10 }) ?? true { return exec }
        if let running { return try await running.value }
        // Nobody wants to be asked for a password again with every retry.
        if let failure, clock.now - failure.at < Self.pauseSeconds { throw failure.error }
        let prompt = prompt
        let task = Task { try await plugin.credential(prompt: prompt) }
        running = task
        defer { running = nil }
        do {
            let credential = try await task.value
            exec = credential
            failure = nil
            return credential
        } catch {
            if prompt != nil, plugin.interaction != .never { failure = (clock.now, error) }
            throw error
        }
    }
}
