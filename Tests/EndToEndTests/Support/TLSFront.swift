// nginx in front of a demo mesh: TLS 1.3, HTTP/2, and a client certificate required.

import Base
import DemoMesh
import Kube
import TestSupport

final class TLSFront: Sendable {
    let demo: Demo
    let port: Int
    private let process: Lock<BackgroundProcess>
    private let arguments: [String]

    var folder: TemporaryFolder { demo.folder }
    var url: String { "https://127.0.0.1:\(port)" }

    init(_ demo: Demo) async throws {
        self.demo = demo
        port = try Tool.freePort()
        let folder = demo.folder
        try await Self.makeCertificates(folder)
        let log = "\"$server_protocol $ssl_protocol $request_method $status $request_uri\""
        let config = try folder.write(
            "nginx.conf",
            """
            daemon off;
            master_process off;
            error_log \(folder.path)/nginx-error.log warn;
            pid \(folder.path)/nginx.pid;
            events { worker_connections 256; }
            http {
              log_format plain \(log);
              access_log \(folder.path)/access.log plain;
              client_body_temp_path \(folder.path)/tmp-body; proxy_temp_path \(folder.path)/tmp-proxy;
              fastcgi_temp_path \(folder.path)/tmp-fcgi; uwsgi_temp_path \(folder.path)/tmp-uwsgi; scgi_temp_path \(folder.path)/tmp-scgi;
              server {
                listen 127.0.0.1:\(port) ssl http2;
                ssl_protocols TLSv1.3;
                ssl_certificate \(folder.path)/server.crt; ssl_certificate_key \(folder.path)/server.key;
                ssl_client_certificate \(folder.path)/ca.crt; ssl_verify_client on;
                location / {
                  proxy_pass \(demo.server.url(of: demo.server.credentials.admin))/; proxy_http_version 1.1; proxy_buffering off; proxy_read_timeout 3600s;
                  proxy_set_header Upgrade $http_upgrade;
                }
              }
            }

            """)
        arguments = ["-c", config, "-p", folder.path]
        process = Lock(try BackgroundProcess("nginx", arguments, log: "\(folder.path)/nginx.log"))
        let started = Lock(false)
        let access = try kubeconfig().access()
        _ = try await eventually(within: 20) { () -> Bool? in
            // Not listening yet: asked again.
            let answer = try? await demo.loop.send(
                HTTPRequest(url: "\(access.server)/version", connection: access.connection))
            if answer?.status == 200 { started.withLock { $0 = true } }
            return answer?.status == 200 ? true : nil
        }
        guard started.withLock({ $0 }) else {
            throw MeshTopError(.environment, "nginx", why: folder.read("nginx.log") + folder.read("nginx-error.log"))
        }
    }

    /// Puts other certificates of another authority in the same files and starts anew, as a rotation does.
    func rotate() async throws {
        _ = process.withLock { $0.stop() }
        try await Self.makeCertificates(folder)
        let arguments = arguments
        let log = "\(folder.path)/nginx.log"
        try process.withLock { $0 = try BackgroundProcess("nginx", arguments, log: log) }
    }

    /// A CA, a server certificate for 127.0.0.1 and "kubernetes", and a client certificate for "operator".
    private static func makeCertificates(_ folder: TemporaryFolder) async throws {
        func openssl(_ arguments: String...) async throws {
            let result = try await Tool.run("openssl", arguments)
            guard result.code == 0 else { throw MeshTopError(.environment, "openssl", why: result.errors) }
        }
        let path = folder.path
        try await openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=test-ca",
            "-keyout", "\(path)/ca.key", "-out", "\(path)/ca.crt")
        for (name, subject, extensions) in [
            ("server", "/CN=kubernetes", "subjectAltName=DNS:kubernetes,IP:127.0.0.1"),
            ("other", "/CN=elsewhere", "subjectAltName=DNS:elsewhere.example"),
            ("client", "/CN=operator/O=system:masters", "extendedKeyUsage=clientAuth"),
        ] {
            try folder.write("\(name).ext", extensions + "\n")
            try await openssl(
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", subject,
                "-keyout",
                "\(path)/\(name).key", "-out", "\(path)/\(name).csr")
            try await openssl(
                "x509", "-req", "-days", "2", "-in", "\(path)/\(name).csr", "-CA", "\(path)/ca.crt", "-CAkey",
                "\(path)/ca.key",
                "-CAcreateserial", "-extfile", "\(path)/\(name).ext", "-out", "\(path)/\(name).crt")
        }
    }

    /// A kubeconfig that leads through nginx with certificates from files, relative to it.
    func kubeconfigText(
        cluster: String = "certificate-authority: ca.crt",
        user: String = "client-certificate: client.crt\n    client-key: client.key"
    ) -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: secure
        clusters:
        - name: c
          cluster:
            server: \(url)
            \(cluster)
        users:
        - name: u
          user:
            \(user)
        contexts:
        - {name: secure, context: {cluster: c, user: u, namespace: shop}}

        """
    }

    func kubeconfig(_ text: String? = nil) throws -> Kubeconfig {
        let file = try folder.write("secure-kubeconfig", text ?? kubeconfigText())
        return try Kubeconfig.load(flag: file)
    }

    func client(clock: any TimeSource = .system) throws -> KubeClient {
        KubeClient(access: try kubeconfig().access(), loop: demo.loop, clock: clock)
    }

    /// What nginx wrote of each request: `HTTP/2.0 TLSv1.3 GET 200 /path`.
    var accessLog: [String] { folder.read("access.log").split(separator: "\n").map(String.init) }
}
