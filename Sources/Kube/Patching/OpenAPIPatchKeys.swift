// The patch keys of a group's kinds, read from the server's OpenAPI v3 document without keeping a tree of it.

package import Base

package struct OpenAPIPatchKeys: Sendable {
    private var graph = PatchGraph()
    /// By "apps/v1/Deployment".
    private var strategicKinds: Set<String> = []
    private var patchedKinds: Set<String> = []
    private var places: [String: Int] = [:]

    package enum Answer: Sendable {
        case strategic(PatchSchema)
        /// The kind is known and takes no strategic merge patch: a custom one.
        case mergeOnly
        case unknown
    }

    package func answer(apiVersion: String, kind: String) -> Answer {
        let name = "\(apiVersion)/\(kind)"
        guard patchedKinds.contains(name) else { return .unknown }
        guard strategicKinds.contains(name) else { return .mergeOnly }
        return graph.schema(apiVersion: apiVersion, kind: kind).map { .strategic($0) } ?? .unknown
    }

    package init(_ document: [UInt8]) throws(JSONError) {
        var scanner = JSONScanner(document.span)
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("paths") {
                try paths(&scanner)
            } else if scanner.key("components") {
                try components(&scanner)
            } else {
                try scanner.skip()
            }
        }
    }

    // MARK: Which kinds take a strategic merge patch

    private mutating func paths(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            guard try scanner.isObject() else {
                try scanner.skip()
                continue
            }
            try scanner.beginObject()
            while try scanner.nextKey() {
                if scanner.key("patch"), try scanner.isObject() { try patch(&scanner) } else { try scanner.skip() }
            }
        }
    }

    private mutating func patch(_ scanner: inout JSONScanner) throws(JSONError) {
        var names: [String] = []
        var isStrategic = false
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("x-kubernetes-group-version-kind") {
                names = Self.kinds(try scanner.value())
            } else if scanner.key("requestBody") {
                let body = try scanner.value()
                isStrategic = body["content"]?["application/strategic-merge-patch+json"] != nil
            } else {
                try scanner.skip()
            }
        }
        patchedKinds.formUnion(names)
        if isStrategic { strategicKinds.formUnion(names) }
    }

    /// One, or a list of them.
    private static func kinds(_ value: JSONValue) -> [String] {
        (value.array ?? [value]).compactMap { entry in
            guard let group = entry["group"]?.string, let version = entry["version"]?.string,
                let kind = entry["kind"]?.string
            else { return nil }
            return (group.isEmpty ? "" : group + "/") + version + "/" + kind
        }
    }

    // MARK: Types

    private mutating func components(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            guard scanner.key("schemas") else {
                try scanner.skip()
                continue
            }
            try scanner.beginObject()
            while try scanner.nextKey() {
                let node = place(scanner.keyText())
                _ = try type(&scanner, at: node)
            }
        }
    }

    private mutating func place(_ name: String) -> Int {
        if let place = places[name] { return place }
        graph.nodes.append([:])
        places[name] = graph.nodes.count - 1
        return graph.nodes.count - 1
    }

    private struct Found {
        var strategies = ""
        var mergeKey = ""
        var node: Int?
    }

    /// What one schema says: its fields go to a node of their own, unless it refers to another.
    private mutating func type(_ scanner: inout JSONScanner, at given: Int?) throws(JSONError) -> Found {
        var found = Found(node: given)
        guard try scanner.isObject() else {
            try scanner.skip()
            return found
        }
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("x-kubernetes-patch-strategy") {
                found.strategies = try scanner.string() ?? ""
            } else if scanner.key("x-kubernetes-patch-merge-key") {
                found.mergeKey = try scanner.string() ?? ""
            } else if scanner.key("x-kubernetes-group-version-kind") {
                let names = Self.kinds(try scanner.value())
                if let given { for name in names { graph.kinds[name] = given } }
            } else if scanner.key("$ref") {
                found.node = try scanner.string().map { place(String($0.split(separator: "/").last ?? "")) }
            } else if scanner.key("allOf") {
                try scanner.beginArray()
                var isFirst = true
                while try scanner.nextElement() {
                    let part = try type(&scanner, at: nil)
                    if isFirst, part.node != nil { found.node = part.node }
                    isFirst = false
                }
            } else if scanner.key("items") {
                found.node = try type(&scanner, at: nil).node ?? found.node
            } else if scanner.key("properties"), try scanner.isObject() {
                let node: Int
                if let known = given ?? found.node {
                    node = known
                } else {
                    graph.nodes.append([:])
                    node = graph.nodes.count - 1
                    found.node = node
                }
                try scanner.beginObject()
                while try scanner.nextKey() {
                    let name = scanner.keyText()
                    let field = try type(&scanner, at: nil)
                    guard !field.strategies.isEmpty || field.node != nil else { continue }
                    graph.nodes[node][name] = PatchGraph.Field(
                        strategies: field.strategies, mergeKey: field.mergeKey, node: field.node)
                }
            } else {
                try scanner.skip()
            }
        }
        return found
    }
}
