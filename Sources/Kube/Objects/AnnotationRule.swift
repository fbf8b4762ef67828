// Which annotations of an object are kept in memory: few of them are ever read.

internal import Base

/// What a reader of objects wants of their annotations.
package struct AnnotationRule: Sendable {
    private var names: Set<String>
    /// Ends of the part before the slash.
    private var domains: [String]
    private var exceptions: Set<String>
    /// Values of several lines, which are parsed where they are read and cleaned there.
    private var blocks: Set<String>

    init(names: Set<String>) {
        self.names = names
        (domains, exceptions, blocks) = ([], [], [])
    }

    /// By which one sees who else keeps an object as it is, and what Kubernetes itself notes.
    package static let kubernetes = AnnotationRule(names: [
        "rollouts.argoproj.io/managed-by-rollouts", "argocd.argoproj.io/tracking-id", "meta.helm.sh/release-name",
        "deployment.kubernetes.io/revision", "k8s.io/initial-events-end", "kubernetes.io/ingress.class",
    ])

    package func and(
        names: Set<String> = [], domains: [String] = [], but exceptions: Set<String> = [], blocks: Set<String> = []
    ) -> AnnotationRule {
        var rule = self
        rule.names.formUnion(names)
        rule.domains += domains
        rule.exceptions.formUnion(exceptions)
        rule.blocks.formUnion(blocks)
        return rule
    }

    package func isBlock(_ annotation: String) -> Bool { blocks.contains(annotation) }

    package func keeps(_ annotation: String) -> Bool {
        if names.contains(annotation) || blocks.contains(annotation) { return true }
        guard !domains.isEmpty, let slash = annotation.utf8.firstIndex(of: UInt8(ascii: "/")) else { return false }
        let domain = annotation[..<slash]
        return domains.contains { domain.hasSuffix($0) } && !exceptions.contains(annotation)
    }
}
