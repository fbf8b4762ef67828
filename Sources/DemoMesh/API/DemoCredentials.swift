// What the demo's users are known by: secrets that are new with every start.

/// A bearer token, and the first part of a path that says the same: kubectl sends no token over plain HTTP, but keeps
/// what its server's address begins with.
package struct DemoCredential: Sendable {
    package let token: String
    package let pathPrefix: String

    init(_ user: String) {
        token = "\(user)-\(Self.secret())"
        pathPrefix = "as-\(user)-\(Self.secret())"
    }

    /// 128 bits of the system's generator.
    private static func secret() -> String {
        [UInt64.random(in: 0...(.max)), UInt64.random(in: 0...(.max))].map { number in
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
    }
}

package struct DemoCredentials: Sendable {
    package let admin = DemoCredential(APIUser.admin.name)
    package let viewer = DemoCredential(APIUser.viewer.name)
    package let team = DemoCredential(APIUser.team.name)

    init() {}

    private var all: [(user: APIUser, credential: DemoCredential)] {
        [(.admin, admin), (.viewer, viewer), (.team, team)]
    }

    /// Whom an Authorization header names; nil for one that the mesh did not give.
    func user(authorization: String) -> APIUser? {
        all.first { authorization == "Bearer \($0.credential.token)" }?.user
    }

    /// Whom a path's first segment names.
    func user(prefix: String) -> APIUser? { all.first { prefix == $0.credential.pathPrefix }?.user }
}
