// Which lists of a kind merge element by element, and by which key: what a strategic merge patch has to know.
// From the server's OpenAPI document (`OpenAPIPatchKeys`) or from the table of the built-in kinds.

/// How one field merges, and what it holds.
package struct PatchField: Sendable {
    package var merges = false
    package var replaces = false
    /// A patch names every member that stays; the others go.
    package var retainsKeys = false
    /// Empty for lists of scalars, and where lists are replaced.
    package var mergeKey = ""
    package var schema: PatchSchema
}

/// The types of a set of kinds, as far as they say how to merge.
package struct PatchGraph: Sendable {
    struct Field: Sendable, Hashable {
        var strategies: Set<String>
        var mergeKey: String
        var node: Int?

        init(strategies: some StringProtocol, mergeKey: String, node: Int?) {
            self.strategies = Set(String(strategies).split(separator: ",").map(String.init))
            self.mergeKey = mergeKey
            self.node = node
        }
    }

    var nodes: [[String: Field]] = []
    /// By "apps/v1/Deployment".
    var kinds: [String: Int] = [:]

    /// What an OpenAPI document or the table says of a kind; nil when it does not know it.
    package func schema(apiVersion: String, kind: String) -> PatchSchema? {
        kinds["\(apiVersion)/\(kind)"].map { PatchSchema(graph: self, node: $0) }
    }

    /// The kinds of Kubernetes itself: for servers that publish no OpenAPI v3.
    package static let builtIn = PatchGraph(table: patchKeyTable)

    /// Their groups; that of the core kinds is left out.
    package static let builtInGroups = Set(
        builtIn.kinds.keys.compactMap { $0.split(separator: "/").count == 3 ? String($0.prefix { $0 != "/" }) : nil })

    private init(table: String) {
        let lines = table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        var places: [String: Int] = [:]
        for (place, words) in lines.enumerated() { places[words[0]] = place }
        for (place, words) in lines.enumerated() {
            var fields: [String: Field] = [:]
            for word in words.dropFirst() {
                let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
                func part(_ index: Int) -> String { parts.count > index ? parts[index] : "" }
                fields[parts[0]] = Field(strategies: part(1), mergeKey: part(2), node: places[part(3)])
            }
            nodes.append(fields)
            if words[0].contains("/") { kinds[words[0]] = place }
        }
    }

    init() {}
}

/// One type of a graph; a type that nothing is known of merges its objects and replaces its lists.
package struct PatchSchema: Sendable {
    private let graph: PatchGraph?
    private let node: Int?

    init(graph: PatchGraph?, node: Int?) {
        self.graph = graph
        self.node = node
    }

    package static let unknown = PatchSchema(graph: nil, node: nil)

    package func field(_ name: String) -> PatchField {
        guard let graph, let node, let field = graph.nodes[node][name] else { return PatchField(schema: .unknown) }
        return PatchField(
            merges: field.strategies.contains("merge"), replaces: field.strategies.contains("replace"),
            retainsKeys: field.strategies.contains("retainKeys"), mergeKey: field.mergeKey,
            schema: PatchSchema(graph: graph, node: field.node))
    }
}
