// Asks the API server what a precheck has to know.

internal import Base
package import Kube
package import MeshModel

package enum InstallInquiry {
    /// Never throws: what could not be asked is unknown.
    package static func facts(
        _ client: KubeClient, target: MinorVersion, present: MinorVersion?, rootNamespace: String
    ) async -> InstallFacts {
        let keeper = RightsKeeper(client)
        var facts = InstallFacts(
            kubernetes: nil, target: target, present: present, rootNamespace: rootNamespace, rights: [:])
        facts.kubernetes = try? await client.json(KubeClient.Call("GET", "/version", timeoutSeconds: 5))
            .text("gitVersion").map { SafeText.line($0, limit: 80) }
        for right in InstallRight.all {
            facts.rights[right] = await keeper.answer(
                right.permission, namespace: right.isClusterWide ? nil : rootNamespace)
        }
        return facts
    }
}
