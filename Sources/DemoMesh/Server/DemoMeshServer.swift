// The embedded mesh as the rest of the program sees it: a server that starts, and a kubeconfig that leads to it.

internal import Base
internal import Glibc
internal import Kube
internal import NIOCore

/// A mesh that runs inside this process and is reached over loopback HTTP like any cluster.
package final class DemoMeshServer: Sendable {
    private let server: HTTPServer
    /// What its users are known by, until it stops.
    package let credentials: DemoCredentials

    /// Returns when the port is bound and the mesh has its history.
    package static func start(_ options: DemoMeshOptions) throws -> DemoMeshServer {
        let credentials = DemoCredentials()
        let server = try HTTPServer(port: options.port) { loop in DemoCore(options, credentials, loop) }
        return DemoMeshServer(server, credentials)
    }

    private init(_ server: HTTPServer, _ credentials: DemoCredentials) {
        self.server = server
        self.credentials = credentials
    }

    /// Why `start` failed, in the system's words.
    package static func reason(_ error: any Error) -> String {
        (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
    }

    package var port: Int { server.port }
    package var url: String { "http://127.0.0.1:\(port)" }
    /// The address for clients that send no token.
    package func url(of user: DemoCredential) -> String { "\(url)/\(user.pathPrefix)" }

    package var kubeconfig: String {
        let contexts = [
            ("meshtop-demo", APIUser.admin, credentials.admin),
            ("meshtop-demo-viewer", .viewer, credentials.viewer),
            ("meshtop-demo-operator", .team, credentials.team),
        ]
        var clusters = ""
        var users = ""
        var names = ""
        for (name, user, credential) in contexts {
            clusters += "- name: \(name)\n  cluster:\n    server: \(url(of: credential))\n"
            users += "- name: \(user.name)\n  user:\n    token: \(credential.token)\n"
            names +=
                "- name: \(name)\n  context:\n    cluster: \(name)\n    user: \(user.name)\n    namespace: shop\n"
        }
        return """
            \(Self.kubeconfigMark)
            apiVersion: v1
            kind: Config
            current-context: meshtop-demo
            clusters:
            \(clusters)users:
            \(users)contexts:
            \(names)
            """
    }

    private static let kubeconfigMark = "# Written by 'meshtop demo-server', which replaces it at its next start."

    /// With what kubectl adds when it chooses a context.
    private static let kubeconfigMembers: Set<String> = [
        "apiVersion", "kind", "preferences", "current-context", "clusters", "users", "contexts",
    ]

    /// Whether a kubeconfig is one of ours and nothing else: nobody added a cluster of their own to it.
    package static func isOwnKubeconfig(_ text: [UInt8]) -> Bool {
        guard text.starts(with: Array((kubeconfigMark + "\n").utf8)) else { return false }
        var kubeconfig = Kubeconfig()
        // What cannot be read was changed by somebody.
        guard (try? kubeconfig.merge(text, file: "demo")) != nil else { return false }
        let members = (try? YAML.document(text))?.object?.keys ?? []
        guard Set(members).isSubset(of: Self.kubeconfigMembers)
        else { return false }
        let known = APIUser.all.map(\.name)
        return kubeconfig.contexts.allSatisfy { $0.name.hasPrefix("meshtop-demo") }
            && kubeconfig.clusters.keys.allSatisfy { $0.hasPrefix("meshtop-demo") }
            && kubeconfig.users.keys.allSatisfy { known.contains($0) }
    }

    package func stop() { server.stop() }

    /// Lets a mesh with a clock of its own live on for some seconds; returns when they are over.
    package func advance(seconds: Double) async throws {
        try await server.perform { $0.advance(seconds: seconds) }
    }
}
