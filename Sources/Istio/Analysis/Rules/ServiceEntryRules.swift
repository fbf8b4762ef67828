// ServiceEntries: addresses that TCP needs, and entries that disagree.

internal import Base
internal import Kube
internal import MeshModel

enum ServiceEntryRules {
    static let analyzers = [
        Analyzer("addresses of service entries", reads: [.serviceentries, .configmaps], addresses),
        Analyzer("protocols of service entries", reads: [.serviceentries], protocols),
    ]

    private static func addresses(_ world: AnalysisWorld, _ findings: inout Findings) {
        let metadata = world.mesh.proxyMetadata
        let allocates =
            metadata["PILOT_ENABLE_IP_AUTOALLOCATE"] == "true"
            || metadata["ISTIO_META_DNS_CAPTURE"] == "true" && metadata["ISTIO_META_DNS_AUTO_ALLOCATE"] == "true"
        guard !allocates else { return }
        for entry in world.configs(.serviceentries) where entry.spec.texts("addresses").isEmpty {
            for (index, port) in entry.spec.list("ports").enumerated() {
                let written = port.text("protocol") ?? ""
                guard written.isEmpty || written.uppercased() == "TCP" else { continue }
                findings.report(
                    .addressesRequired, .serviceentries, entry.meta, "spec.addresses",
                    unless: [world.gapUnlessAbsent(.configmaps, in: world.mesh.rootNamespace)],
                    "port \(port["number"]?.int.map(String.init) ?? "?") is TCP (spec.ports[\(index)].protocol), which carries no host: without addresses it catches that port for every destination; give addresses or the protocol that is spoken"
                )
            }
        }
    }

    private static func protocols(_ world: AnalysisWorld, _ findings: inout Findings) {
        struct Place: Hashable {
            var host: String
            var port: Int
        }
        var uses: [Place: [(entry: ConfigObject, path: String, protocol: String)]] = [:]
        for entry in world.configs(.serviceentries) {
            for (index, port) in entry.spec.list("ports").enumerated() {
                guard let number = port["number"]?.int else { continue }
                for host in entry.spec.texts("hosts") {
                    uses[Place(host: host, port: number), default: []].append(
                        (entry, "spec.ports[\(index)].protocol", (port.text("protocol") ?? "TCP").uppercased()))
                }
            }
        }
        for (place, group) in uses.sorted(by: { ($0.key.host, $0.key.port) < ($1.key.host, $1.key.port) }) {
            let kinds = Set(group.map(\.protocol)).sorted()
            guard kinds.count > 1 else { continue }
            for use in group {
                let others = Set(group.map(\.entry.meta.key)).subtracting([use.entry.meta.key]).sorted()
                findings.report(
                    .conflictingEntryProtocols, .serviceentries, use.entry.meta, use.path,
                    "\(place.host):\(place.port) is \(kinds.joined(separator: " and ")) in \(others.map { "\($0.namespace)/\($0.name)" }.joined(separator: ", ")) and here; write one protocol in all"
                )
            }
        }
    }
}
