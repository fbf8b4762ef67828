// What kubectl refuses in a kubeconfig before it asks anything: what was meant is not guessed of an entry that says two
// things, or says one in another type. https://github.com/kubernetes/client-go/blob/master/tools/clientcmd/validation.go

internal import Base

extension Kubeconfig.Entry {
    private enum Form: String { case text = "a text", truth = "true or false", list = "a list", map = "a mapping" }

    private static let cluster: [(String, Form)] = [
        ("server", .text), ("certificate-authority", .text), ("certificate-authority-data", .text),
        ("tls-server-name", .text), ("proxy-url", .text), ("insecure-skip-tls-verify", .truth),
        ("disable-compression", .truth),
    ]
    private static let user: [(String, Form)] = [
        ("token", .text), ("tokenFile", .text), ("username", .text), ("password", .text),
        ("client-certificate", .text), ("client-certificate-data", .text), ("client-key", .text),
        ("client-key-data", .text), ("as", .text), ("as-uid", .text), ("as-groups", .list), ("as-user-extra", .map),
        ("exec", .map), ("auth-provider", .map),
    ]

    func checkCluster(_ name: String) throws(MeshTopError) {
        let place = "cluster \"\(name)\" in \(file)"
        try check(Self.cluster, place)
        try checkOneOf("certificate-authority", place)
    }

    func checkUser(_ name: String) throws(MeshTopError) {
        let place = "user \"\(name)\" in \(file)"
        try check(Self.user, place)
        for key in ["client-certificate", "client-key"] { try checkOneOf(key, place) }
        for group in value["as-groups"]?.array ?? [] where group.string == nil {
            throw MeshTopError(.kubeconfig, place, why: "as-groups has a member that is no text", advice: "quote it")
        }
        for (key, values) in value["as-user-extra"]?.object?.members.map({ ($0, $1) }) ?? [] {
            guard values.isNull || values.array?.allSatisfy({ $0.string != nil }) == true else {
                throw MeshTopError(
                    .kubeconfig, place, why: "as-user-extra \(SafeText.line(key, limit: 60)) is no list of texts",
                    advice: "write a list")
            }
        }
    }

    /// Null is nothing, everywhere.
    private func check(_ fields: [(String, Form)], _ place: String) throws(MeshTopError) {
        for (key, form) in fields {
            guard let found = value[key], !found.isNull else { continue }
            let isRight =
                switch form {
                case .text: found.string != nil
                case .truth: found.bool != nil
                case .list: found.array != nil
                case .map: found.object != nil
                }
            guard isRight else {
                throw MeshTopError(
                    .kubeconfig, place, why: "\(key) is not \(form.rawValue)",
                    advice: form == .text ? "put it in quotes" : "write \(form.rawValue)")
            }
        }
    }

    private func checkOneOf(_ key: String, _ place: String) throws(MeshTopError) {
        guard text(key) != nil, text("\(key)-data") != nil else { return }
        throw MeshTopError(
            .kubeconfig, place, why: "\(key) and \(key)-data are both there", advice: "remove one of them")
    }

    /// Nil where it is absent, null or empty.
    func text(_ key: String) -> String? { value[key]?.string.flatMap { $0.isEmpty ? nil : $0 } }
}
