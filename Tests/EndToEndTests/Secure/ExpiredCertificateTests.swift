import TestSupport
import Testing

/// Certificates that were good until a year ago, on either side.
@Suite struct ExpiredCertificateTests {
    /// A self-signed certificate for 127.0.0.1, valid in January 2025 or for the two days from now.
    private func makeCertificate(_ name: String, expired: Bool, in home: TemporaryFolder) async throws {
        let file = "\(home.path)/\(name)"
        try home.write(
            "\(name).cnf",
            """
            [ca]
            default_ca = d
            [d]
            database = \(file).index
            serial = \(file).serial
            new_certs_dir = \(home.path)
            default_md = sha256
            policy = p
            x509_extensions = x
            [p]
            commonName = supplied
            [x]
            subjectAltName = IP:127.0.0.1
            basicConstraints = CA:TRUE
            """ + "\n")
        try home.write("\(name).index", "")
        try home.write("\(name).serial", "01\n")
        let dates = expired ? ["-startdate", "20250101000000Z", "-enddate", "20250201000000Z"] : ["-days", "2"]
        for arguments in [
            [
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)",
                "-keyout", "\(file).key", "-out", "\(file).csr",
            ],
            [
                "ca", "-config", "\(file).cnf", "-selfsign", "-keyfile", "\(file).key", "-in", "\(file).csr", "-out",
                "\(file).crt", "-batch", "-notext",
            ] + dates,
        ] {
            let result = try await Tool.run("openssl", arguments)
            #expect(result.code == 0, "\(result.errors)")
        }
    }

    @Test(arguments: [
        (true, false, "certificate has expired", "certificate-authority"),
        (false, true, "refuses the client certificate", "renew client-certificate"),
    ])
    func eitherSideIsNamed(serverExpired: Bool, clientExpired: Bool, why: String, advice: String) async throws {
        let home = try TemporaryFolder()
        try await makeCertificate("server", expired: serverExpired, in: home)
        try await makeCertificate("client", expired: clientExpired, in: home)
        let port = try Tool.freePort()
        let server = try BackgroundProcess(
            Tool.path("openssl"),
            [
                "s_server", "-accept", "127.0.0.1:\(port)", "-cert", "\(home.path)/server.crt", "-key",
                "\(home.path)/server.key", "-www", "-Verify", "1", "-verify_return_error", "-CAfile",
                "\(home.path)/client.crt",
            ], log: "\(home.path)/server.log")
        defer { _ = server.stop() }
        let file = try home.write(
            "kubeconfig",
            """
            apiVersion: v1
            kind: Config
            current-context: a
            clusters: [{name: a, cluster: {server: "https://127.0.0.1:\(port)", certificate-authority: server.crt}}]
            users: [{name: a, user: {client-certificate: client.crt, client-key: client.key}}]
            contexts: [{name: a, context: {cluster: a, user: a}}]
            """)
        #expect(try await eventually { home.read("server.log").contains("ACCEPT") ? true : nil } == true)
        let result = try await Program.run(["snapshot", "--kubeconfig", file, "--wait", "5"], home: home)
        #expect(result.code == 2, "\(result.output)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(result.errors.contains(why) && result.errors.contains(advice), "\(result.errors)")
    }
}
