// The command line of kubectl that does the same as a change.

internal import Base
internal import Kube

extension PlanText {
    /// The command that sends one step: what can be pasted into a shell and does the same.
    static func kubectl(_ world: PlanWorld, _ step: PlanStep) -> String {
        let masked = SecretMask.masked(step)
        let line = unmasked(world, masked)
        return masked.write == step.write ? line : line + "  # the values are hidden: put in your own"
    }

    private static func unmasked(_ world: PlanWorld, _ step: PlanStep) -> String {
        let target = [step.object.kind.lowercased(), step.object.name]
        func command(_ words: [String]) -> String { kubectl(world, step.object.namespace, words) }
        func patch(_ options: [String], _ body: JSONValue) -> String {
            let (words, text) = (["patch"] + target + options, body.compactText)
            return ShellWord.fits(text)
                ? command(words + ["-p", text]) : ShellWord.tooLong(text) + command(words + ["--patch-file", "FILE"])
        }
        switch step.write {
        case .jsonPatch([]): return "# \(target.joined(separator: " ")) is as asked already"
        case .jsonPatch(let operations):
            return patch(["--type=json"], .array(operations))
        case .mergePatch(let body): return patch(["--type=merge"], body)
        case .statusPatch(let body): return patch(["--subresource=status", "--type=merge"], body)
        case .strategicMergePatch(let body): return patch([], body)
        case .scale(let replicas): return command(["scale"] + target + ["--replicas=\(replicas)"])
        case .delete: return command(["delete"] + target)
        case .evict:
            // kubectl has no word for one eviction; this is the request that `kubectl drain` sends.
            // kubectl takes a raw path as it is, without the path of the server's address.
            let prefix = URLParts(world.client.access.server)?.rest ?? ""
            let path = "\(prefix)/api/v1/namespaces/\(step.object.namespace)/pods/\(step.object.name)/eviction"
            return "printf %s \(shell(step.eviction(dryRun: false).compactText)) | "
                + kubectl(world, "", ["create", "--raw", path, "-f", "-"])
        case .serverSideApply(let body, let how):
            return piped(body, world, step.object.namespace, ["apply"] + how.arguments)
        case .create(let body), .replace(let body):
            return piped(body, world, step.object.namespace, ["apply"])
        }
    }

    /// A command that reads an object from its input.
    static func piped(_ body: JSONValue, _ world: PlanWorld, _ namespace: String, _ words: [String]) -> String {
        let text = body.compactText
        return ShellWord.fits(text)
            ? "printf %s \(shell(text)) | " + kubectl(world, namespace, words + ["-f", "-"])
            : ShellWord.tooLong(text) + kubectl(world, namespace, words + ["-f", "FILE"])
    }

    static func kubectl(_ world: PlanWorld, _ namespace: String, _ words: [String]) -> String {
        let context = world.client.access.contextName
        let file = world.client.access.kubeconfigPath.map { ["--kubeconfig", $0] } ?? []
        let common = ["kubectl"] + file + ["--context", context] + (namespace.isEmpty ? [] : ["-n", namespace])
        return (common + words).map(shell).joined(separator: " ")
    }
}
