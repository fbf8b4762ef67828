// config.yaml: every flag, for all contexts and for each.

internal import Base
internal import MeshModel

/// `$XDG_CONFIG_HOME/meshtop/config.yaml`, with a context's own section laid over the rest.
struct Configuration: Sendable {
    var metricsURL: String?
    var metricsToken: String?
    var metricsUsername: String?
    var metricsPassword: String?
    var metricsPasswordFile: String?
    var tracingURL: String?
    var theme: String?
    var refreshSeconds: Double?
    var windowSeconds: Int?
    var namespaces: [String]?
    /// Which setting of which file forbids changes; nil where none does.
    var readOnly: String?
    var ascii: Bool?
    var mouse: Bool?
    var productionNamespaces: [String] = []
    var requestTimeoutSeconds: Double?
    var objectives: [Objective] = []

    static func folder() -> String? {
        if let base = environmentVariable("XDG_CONFIG_HOME"), base.hasPrefix("/") { return "\(base)/meshtop" }
        return environmentVariable("HOME").map { "\($0)/.config/meshtop" }
    }

    /// A YAML file of the operator's, with its text for the lines of mistakes.
    struct Document {
        var value: JSONValue
        var path: String
        var bytes: [UInt8]
    }

    /// Reads a document when its file exists; a named file must. What is there and cannot be read is an error: a
    /// safeguard in it would be missed.
    static func document(flag: String?, name: String) throws(MeshTopError) -> Document? {
        guard let path = flag ?? folder().map({ "\($0)/\(name)" }) else { return nil }
        if flag == nil, try !Files.isPresent(path) { return nil }
        let bytes = try Files.read(path, limit: 1 << 20)
        do {
            return Document(value: try YAML.document(bytes, as: .configuration), path: path, bytes: bytes)
        } catch {
            throw MeshTopError(.usage, path, why: error.description, advice: "mend that line")
        }
    }

    static func load(flag: String?, context: String?) throws(MeshTopError) -> Configuration {
        guard let document = try document(flag: flag, name: "config.yaml"), !document.value.isNull else {
            return Configuration()
        }
        let reader = ConfigurationReader(document: document, context: context)
        var configuration = Configuration()
        try reader.merge(document.value, [], into: &configuration)
        // Every section is looked at: a mistake in another context's would show when one goes there in a hurry.
        for (name, section) in try reader.sections(document.value) {
            var other = Configuration()
            try reader.merge(section, ["contexts", name], into: &other)
            if name == context { try reader.merge(section, ["contexts", name], into: &configuration) }
        }
        return configuration
    }
}
