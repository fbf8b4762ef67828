// Which objects a Kubernetes label selector selects, with the meanings that its API gives to nothing and to {}.
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/

package import Base

/// `matchLabels` and `matchExpressions`, all of which must hold.
package struct LabelSelector: Sendable, Hashable {
    package struct Requirement: Sendable, Hashable {
        package var key: String
        /// `In`, `NotIn`, `Exists`, `DoesNotExist`; any other selects nothing.
        package var operation: String
        package var values: [String]
    }

    package var labels: [String: String]
    package var requirements: [Requirement]

    package init(labels: [String: String] = [:], requirements: [Requirement] = []) {
        self.labels = labels
        self.requirements = requirements
    }

    /// Nil, the selector that selects nothing, where there is none or null: `{}` selects everything.
    package init?(_ value: JSONValue?) {
        guard let value, value.object != nil else { return nil }
        labels = value["matchLabels"]?.stringMap ?? [:]
        requirements = value.list("matchExpressions").map {
            Requirement(key: $0.text("key") ?? "", operation: $0.text("operator") ?? "", values: $0.texts("values"))
        }
    }

    package var isEmpty: Bool { labels.isEmpty && requirements.isEmpty }

    package func matches(_ found: [String: String]) -> Bool {
        labels.allSatisfy { found[$0.key] == $0.value }
            && requirements.allSatisfy { requirement in
                let own = found[requirement.key]
                switch requirement.operation {
                case "In": return own.map(requirement.values.contains) ?? false
                case "NotIn": return own.map { !requirement.values.contains($0) } ?? true
                case "Exists": return own != nil
                case "DoesNotExist": return own == nil
                default: return false
                }
            }
    }

    /// As a query writes it, in the order that Kubernetes does: `app=x,tier in (a,b),!canary`.
    package var text: String {
        let equal = labels.map { (key: $0.key, text: "\($0.key)=\($0.value)") }
        let others = requirements.map { requirement -> (key: String, text: String) in
            let values = requirement.values.sorted().joined(separator: ",")
            let text =
                switch requirement.operation {
                case "In": "\(requirement.key) in (\(values))"
                case "NotIn": "\(requirement.key) notin (\(values))"
                case "DoesNotExist": "!\(requirement.key)"
                default: requirement.key
                }
            return (requirement.key, text)
        }
        return (equal + others).sorted { $0.key < $1.key }.map(\.text).joined(separator: ",")
    }
}

extension Optional where Wrapped == LabelSelector {
    /// No selector selects nothing.
    package func selects(_ labels: [String: String]) -> Bool { self?.matches(labels) ?? false }
}
