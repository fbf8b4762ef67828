// `auth-provider: oidc` of a kubeconfig: an ID token, and a refresh token that the issuer exchanges for the next one.
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#option-1-oidc-authenticator

internal import Base

package struct OIDCProvider: Sendable, Hashable {
    var issuer: String
    var clientID: String
    var clientSecret: String
    var idToken: String?
    var refreshToken: String?
    /// PEM of the issuer's authority, where it is not one of the system's.
    var authority: [UInt8]?
    /// "user \"x\" in FILE", for errors.
    var place: String

    init(_ config: JSONValue?, entry: Kubeconfig.Entry, user: String) throws(MeshTopError) {
        func text(_ key: String) -> String { config?[key]?.string ?? "" }
        let place = "user \"\(user)\" in \(entry.file)"
        self.place = place
        (issuer, clientID, clientSecret) = (text("idp-issuer-url"), text("client-id"), text("client-secret"))
        while issuer.hasSuffix("/") { issuer.removeLast() }
        idToken = text("id-token").isEmpty ? nil : text("id-token")
        refreshToken = text("refresh-token").isEmpty ? nil : text("refresh-token")
        guard !issuer.isEmpty, !clientID.isEmpty else {
            throw MeshTopError(
                .kubeconfig, place, why: "its oidc auth-provider lacks idp-issuer-url or client-id",
                advice: "log in with the tool that wrote it")
        }
        if !text("idp-certificate-authority-data").isEmpty {
            guard let bytes = Base64.decode(text("idp-certificate-authority-data")) else {
                throw MeshTopError(.kubeconfig, place, why: "idp-certificate-authority-data is not base64", advice: nil)
            }
            authority = bytes
        } else if !text("idp-certificate-authority").isEmpty {
            let path = Kubeconfig.absolute(text("idp-certificate-authority"), in: entry.folder)
            do {
                authority = try Files.read(path, limit: 4 << 20)
            } catch {
                throw MeshTopError(.kubeconfig, place, why: "idp-certificate-authority: \(error.why)", advice: nil)
            }
        }
    }

    /// When a token ends, by its own `exp`; nil when it is no JWT or does not say.
    static func expiry(_ token: String) -> Timestamp? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        var text = parts[1].map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        while text.count % 4 != 0 { text.append("=") }
        guard let bytes = Base64.decode(String(text)), let claims = try? JSONValue(parsing: bytes),
            let seconds = claims["exp"]?.double, seconds.isFinite
        else { return nil }
        return Timestamp(seconds: seconds)
    }

    /// Seconds before its end at which a token is not used any more, as kubectl has it.
    private static let slack = 10.0

    func isValid(_ token: String, at now: Timestamp) -> Bool {
        Self.expiry(token).map { now + Self.slack < $0 } ?? false
    }

    /// Asks the issuer for the next tokens.
    func refreshed(_ token: String?, _ loop: CurlLoop) async throws -> (idToken: String, refreshToken: String) {
        guard let token else {
            throw MeshTopError(
                .unauthorized, place, why: "its id-token has ended and there is no refresh-token",
                advice: "log in again")
        }
        var connection = ConnectionSettings()
        connection.certificateAuthority = authority
        func ask(_ request: HTTPRequest, _ what: String) async throws -> JSONValue {
            guard URLParts(request.url).map({ $0.scheme == "https" || $0.isLoopback }) == true else {
                throw MeshTopError(
                    .kubeconfig, place, why: "its issuer's \(what) is not https", advice: "mend idp-issuer-url")
            }
            let answer = try await loop.send(request)
            guard answer.status == 200, let value = try? JSONValue(parsing: answer.body) else {
                let said = SafeText.line(String(decoding: answer.body.prefix(300), as: UTF8.self), limit: 200)
                throw MeshTopError(
                    .unauthorized, place, why: "its issuer answers \(answer.status) to \(what): \(said)",
                    advice: "log in again")
            }
            return value
        }
        let document = try await ask(
            HTTPRequest(
                url: "\(issuer)/.well-known/openid-configuration", connection: connection, timeoutSeconds: 10,
                bodyLimit: 1 << 20), "the question for its endpoints")
        guard let endpoint = document["token_endpoint"]?.string else {
            throw MeshTopError(.unauthorized, place, why: "its issuer names no token endpoint", advice: nil)
        }
        let form = formEncoded([
            ("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", clientID),
            ("client_secret", clientSecret),
        ])
        let answer = try await ask(
            HTTPRequest(
                method: "POST", url: endpoint, headers: [("Content-Type", "application/x-www-form-urlencoded")],
                body: Array(form.utf8), connection: connection, timeoutSeconds: 10, bodyLimit: 1 << 20),
            "the refresh")
        guard let fresh = answer["id_token"]?.string else {
            throw MeshTopError(
                .unauthorized, place, why: "its issuer's answer to the refresh has no id_token", advice: "log in again")
        }
        return (fresh, answer["refresh_token"]?.string ?? token)
    }
}
