// KIND/NAME as a person writes it, and which resource of the server is meant: one reading for every command and key.

/// `deploy/orders`, `deployments.apps/orders`, `deployment.v1.apps/orders`, `VirtualService/reviews`.
package struct ObjectWord: Sendable, Hashable {
    /// Kind, resource, singular or short name, with a group or a version and group behind it; as written.
    package var type: String
    package var name: String

    /// Nil when it is not one word, a slash and a name.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, !text.contains(" ") else { return nil }
        (type, name) = (parts[0], parts[1])
    }

    package init(type: String, name: String) {
        self.type = type
        self.name = name
    }

    package static let usage = "KIND/NAME, e.g. deployment/orders"
}

extension Discovery {
    /// The resources that a word stands for, as kubectl finds it: resource, singular, kind or short name, alone or with
    /// `.GROUP` or `.VERSION.GROUP` behind it, whatever the case; several where several groups have it, in the
    /// server's order.
    /// https://kubernetes.io/docs/reference/kubectl/#resource-types
    package func resources(named word: String) -> [ResourceInfo] {
        let text = word.lowercased()
        let exact = resources.filter { $0.isCalled(text) }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var found = exact
        if found.isEmpty, parts.count == 2 {
            let (name, rest) = (parts[0], parts[1])
            found = resources.filter { $0.isCalled(name) && $0.group == rest }
            if found.isEmpty {
                found = resources.filter { info in
                    guard info.isCalled(name), rest.hasPrefix(info.version) else { return false }
                    let group = rest.dropFirst(info.version.count)
                    return group == ".\(info.group)" || info.group.isEmpty && (group.isEmpty || group == ".")
                }
            }
        }
        return found
    }
}

extension ResourceInfo {
    fileprivate func isCalled(_ word: String) -> Bool {
        resource == word || singular == word || kind.lowercased() == word || shortNames.contains(word)
    }
}
