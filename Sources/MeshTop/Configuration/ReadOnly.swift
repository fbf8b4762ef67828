// Who says that nothing may be changed: the flag, a setting of the configuration, or both.

internal import Base

struct ReadOnly: Sendable {
    private var flag: Bool
    private var setting: String?

    init(flag: Bool, _ configuration: Configuration) {
        self.flag = flag
        setting = configuration.readOnly
    }

    /// Why nothing may be changed; nil where that is allowed.
    var reason: String? {
        let reasons = (flag ? ["started with --read-only"] : []) + [setting].compactMap { $0 }
        return reasons.isEmpty ? nil : reasons.joined(separator: ", and ")
    }

    /// Stops a command that changes something.
    func check() throws(MeshTopError) {
        guard let reason else { return }
        let ways = (flag ? ["leave out --read-only"] : []) + (setting == nil ? [] : ["set it to false there"])
        throw MeshTopError(.readOnly, "this change", why: reason, advice: ways.joined(separator: " and "))
    }
}
