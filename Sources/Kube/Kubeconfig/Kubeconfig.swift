// The kubeconfig as written: clusters, users and contexts, merged over the files of KUBECONFIG.

package import Base

/// What all kubeconfig files together say. Of things with the same name, the first file wins (client-go's rule).
package struct Kubeconfig: Sendable {
    package struct Context: Sendable, Hashable {
        package var name: String
        package var cluster: String
        package var user: String
        package var namespace: String?
    }

    /// A named entry with the folder that its relative paths start from.
    package struct Entry: Sendable {
        package var value: JSONValue
        package var folder: String
        package var file: String
    }

    package var currentContext: String?
    package var contexts: [Context] = []
    package var clusters: [String: Entry] = [:]
    package var users: [String: Entry] = [:]
    /// The files that were read.
    package var files: [String] = []

    package init() {}

    /// The files that apply: `--kubeconfig` alone, else the list in KUBECONFIG, else ~/.kube/config.
    package static func paths(flag: String?) -> [String] {
        if let flag { return [flag] }
        if let list = environmentVariable("KUBECONFIG"), !list.isEmpty {
            return list.split(separator: ":").map(String.init)
        }
        return environmentVariable("HOME").map { ["\($0)/.kube/config"] } ?? []
    }

    /// Reads and merges. A file that is missing is skipped unless it was named by flag; one that cannot be read or
    /// understood is an error that names it and the line.
    package static func load(flag: String? = nil) throws(MeshTopError) -> Kubeconfig {
        var merged = Kubeconfig()
        for path in paths(flag: flag) {
            if flag == nil, !Files.exists(path) { continue }
            let bytes: [UInt8]
            do {
                bytes = try Files.read(path, limit: 16 << 20)
            } catch {
                throw MeshTopError(
                    .kubeconfig, "kubeconfig \(path)", why: error.why, advice: "check the path and its mode")
            }
            try merged.merge(bytes, file: path)
        }
        return merged
    }

    package mutating func merge(_ bytes: [UInt8], file: String) throws(MeshTopError) {
        let document: JSONValue
        do {
            document = try YAML.document(bytes, as: .configuration)
        } catch {
            throw MeshTopError(
                .kubeconfig, "kubeconfig \(file)", why: error.description,
                advice: "mend that line or choose another file")
        }
        files.append(file)
        if document.isNull { return }
        func fail(_ why: String) -> MeshTopError {
            MeshTopError(
                .kubeconfig, "kubeconfig \(file)", why: why,
                advice: "compare it with 'kubectl config view' or choose another file with --kubeconfig")
        }
        guard document.object != nil else { throw fail("it is no mapping of clusters, users and contexts") }
        if let kind = document["kind"]?.string, kind != "Config" { throw fail("its kind is \(kind), not Config") }
        if let version = document["apiVersion"]?.string, !version.isEmpty, version != "v1" {
            throw fail("its apiVersion is \(SafeText.line(version, limit: 60)), not v1")
        }
        let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        if let name = document["current-context"], !name.isNull, name.string == nil {
            throw fail("current-context is no text: put it in quotes")
        }
        if currentContext == nil, let name = document["current-context"]?.string, !name.isEmpty {
            currentContext = name
        }
        func named(_ list: String, _ member: String) throws(MeshTopError) -> [(String, JSONValue)] {
            guard let value = document[list], !value.isNull else { return [] }
            guard let elements = value.array else { throw fail("\(list) is no list") }
            var pairs: [(String, JSONValue)] = []
            for element in elements {
                guard let name = element["name"]?.string else { throw fail("an entry of \(list) has no name") }
                guard !pairs.contains(where: { $0.0 == name }) else {
                    throw fail("\(list) has two entries named \(SafeText.line(name, limit: 100))")
                }
                pairs.append((name, element[member] ?? .object(JSONObject())))
            }
            return pairs
        }
        for (name, value) in try named("clusters", "cluster") where clusters[name] == nil {
            clusters[name] = Entry(value: value, folder: folder, file: file)
        }
        for (name, value) in try named("users", "user") where users[name] == nil {
            users[name] = Entry(value: value, folder: folder, file: file)
        }
        let found = try named("contexts", "context")
        for (name, value) in found {
            // Left out, another namespace or user would be meant.
            for key in ["cluster", "user", "namespace"] {
                guard let text = value[key], !text.isNull, text.string == nil else { continue }
                throw fail("\(key) of context \(SafeText.line(name, limit: 100)) is no text: put it in quotes")
            }
        }
        for (name, value) in found where !contexts.contains(where: { $0.name == name }) {
            contexts.append(
                Context(
                    name: SafeText.line(name), cluster: value["cluster"]?.string ?? "",
                    user: value["user"]?.string ?? "", namespace: value["namespace"]?.string))
        }
    }
}
