// `meshtop doctor`: what it can reach and do here.

internal import Actions
import ArgumentParser
internal import Base
internal import CLinux
internal import ClusterData
internal import Istio
internal import Kube
internal import MeshModel

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check the API server, permissions, metrics and this terminal.",
        discussion:
            "It names every right that MeshTop can use, whether this user has it, and what it is for: to look, and to change."
    )
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let place = try global.workplace()
        var lines = [
            "context      \(place.access.contextName)", "server       \(place.access.shownServer)",
            "credential   \(Self.credential(place.access))",
            "terminal     TERM=\(environmentVariable("TERM") ?? "unset")\(isatty(1) == 1 ? "" : ", standard output is no terminal")",
        ]
        let client = HeadlessSession.client(place, CurlLoop())
        let snapshot = try runBlocking { try await HeadlessSession.snapshot(place, client, wait: 30) }
        let source = snapshot.source(.kubernetes)
        // What does not answer is said once, not of each thing that it was asked for.
        guard source?.state == .ok || snapshot.kinds.contains(where: { $0.state != .starting }) else {
            let why = source.map { "\($0.state.rawValue): \($0.detail)" } ?? "not asked"
            lines.append("kubernetes   \(why)")
            // Metrics may be elsewhere.
            lines += snapshot.sources.filter { $0.state == .ok }.map {
                "\(Self.pad($0.name.rawValue, 12)) \($0.state.rawValue): \($0.detail)"
            }
            lines.append("the rest     not looked at: it is asked for through the API server")
            try printOut(lines.joined(separator: "\n") + "\n")
            throw MeshTopError(
                .network, "context \(snapshot.context)", why: "the API server was not read, as said above")
        }
        for source in snapshot.sources {
            lines.append("\(Self.pad(source.name.rawValue, 12)) \(source.state.rawValue): \(source.detail)")
        }
        for kind in snapshot.kinds {
            let count = kind.state == .ok ? "\(kind.count)" : kind.state.rawValue
            lines.append("  \(Self.pad(kind.kind, 24)) \(count)\(kind.detail.isEmpty ? "" : "  (\(kind.detail))")")
        }
        lines += try runBlocking { await Self.silentGroups(client) }
        lines += try runBlocking { await [Self.clock(client)] + Self.rights(place, client) }
        try printOut(lines.joined(separator: "\n") + "\n")
        if source?.state != .ok {
            throw MeshTopError(.network, "context \(snapshot.context)", why: source?.detail ?? "")
        }
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func credential(_ access: ClusterAccess) -> String {
        switch access.credential {
        case .none: access.connection.clientCertificate == nil ? "none" : "client certificate"
        case .token: "token"
        case .tokenFile(let path, _): "token file \(path)"
        case .oidc: "ID token of an OIDC issuer"
        case .exec(let plugin): "exec plugin \(([plugin.command] + plugin.arguments).joined(separator: " "))"
        }
    }

    /// Groups of the API that do not answer, beside those whose kinds are named already. All get their time here.
    private static func silentGroups(_ client: KubeClient) async -> [String] {
        let discovery = try? await client.discovery()
        return (discovery?.gapsBesideWatchedKinds ?? []).map { "API groups   \($0)" }
    }

    /// How far this host's clock is from the server's: tokens and metrics depend on it.
    private static func clock(_ client: KubeClient) async -> String {
        var answer: HTTPResponse?
        var why = "the server sends no date"
        // Some servers keep their version to themselves.
        for path in ["/version", "/api"] where answer?.head.clockLead == nil {
            do {
                answer = try await client.exchange(KubeClient.Call("GET", path, timeoutSeconds: 5))
            } catch {
                why = "\(error)"
            }
        }
        guard let lead = answer?.head.clockLead else { return "clock        unknown: \(why)" }
        let seconds = Int(clamping: abs(lead).rounded())
        return seconds == 0
            ? "clock        as the server's, within 5 s"
            : "clock        \(seconds) s \(lead > 0 ? "behind" : "ahead of") the server's: set it, tokens and metrics depend on it"
    }

    /// What this user may do: in the whole cluster, or where that is refused in the namespaces that are looked at.
    private static func rights(_ place: Workplace, _ client: KubeClient) async -> [String] {
        var namespaces = [place.access.namespace ?? "default"]
        if case .some(let names) = place.options.scope { namespaces = names }
        let inquiry = RightsInquiry(client, namespaces: namespaces)
        return DoctorRights.lines(RightsTable.all, await inquiry.standings(RightsTable.all))
    }
}
