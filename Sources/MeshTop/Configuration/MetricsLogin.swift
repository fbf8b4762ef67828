// Who asks a metrics API. A password on the command line can be read by everyone on the machine, so it comes from the
// configuration, a file or the environment.

internal import Base
internal import ClusterData

struct MetricsLogin {
    var username: String?
    var password: String?
    var token: String?

    init(username: String?, password: String?, passwordFile: String?, token: String?) throws(MeshTopError) {
        self.username = username
        self.token = token
        self.password = password
        if password == nil, let passwordFile {
            let text = String(decoding: try Files.read(passwordFile, limit: 64 << 10), as: UTF8.self)
            // An editor ends the file with a line feed.
            self.password = String(text.prefix { !$0.isNewline })
        }
    }

    /// `MESHTOP_PROMETHEUS_USERNAME`, `_PASSWORD`, `_PASSWORD_FILE` and `_TOKEN`.
    static func environment() throws(MeshTopError) -> MetricsLogin {
        func value(_ name: String) -> String? { environmentVariable("MESHTOP_PROMETHEUS_\(name)") }
        return try MetricsLogin(
            username: value("USERNAME"), password: value("PASSWORD"), passwordFile: value("PASSWORD_FILE"),
            token: value("TOKEN"))
    }

    /// The API at a URL, which may name the user and, though it is better kept elsewhere, the password.
    func endpoint(_ url: String) throws(MeshTopError) -> MetricsEndpoint {
        if MetricsEndpoint.login(in: url)?.password.isEmpty == false,
            CommandLine.arguments.contains(where: { $0.contains(url) })
        {
            printError(
                "meshtop: --prometheus: everyone on this machine can read a password on the command line; put it in MESHTOP_PROMETHEUS_PASSWORD, a file named by MESHTOP_PROMETHEUS_PASSWORD_FILE, or the configuration"
            )
        }
        return try .url(url, username: username, password: password, bearerToken: token)
    }
}
