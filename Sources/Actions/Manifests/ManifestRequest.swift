// A request to apply files.

internal import Istio
internal import MeshModel

/// Manifests, applied in the order of dependency; nothing is sent when one is bad.
struct ManifestRequest: ChangeRequest {
    var manifests: Manifests
    var defaultNamespace: String

    func draft(_ world: PlanWorld) async throws -> Draft {
        try await ManifestPlanner.draft(manifests, defaultNamespace: defaultNamespace, world)
    }

    /// Where the files have what an analysis can mend.
    func mend(_ draft: Draft) -> ChangePreview.Mend? {
        guard !manifests.isMended else { return nil }
        let titles = draft.files.sorted { $0.key < $1.key }.flatMap { ManifestMending.fixes(of: $0.value.object) }.map {
            "\($0.path): \($0.mending?.title ?? "")"
        }
        guard !titles.isEmpty else { return nil }
        var mended = manifests
        mended.isMended = true
        return ChangePreview.Mend(
            title: titles.joined(separator: "; "), request: .manifests(mended, defaultNamespace: defaultNamespace))
    }
}

extension PlanRequest {
    /// `defaultNamespace`: of objects that name none; "" where each has to.
    package static func manifests(_ manifests: Manifests, defaultNamespace: String) -> PlanRequest {
        PlanRequest(ManifestRequest(manifests: manifests, defaultNamespace: defaultNamespace))
    }

    /// One text of one or more documents.
    package static func apply(yaml: String, defaultNamespace: String) -> PlanRequest {
        .manifests(
            Manifests(files: [.init(name: "", text: yaml)], arguments: ["-f", "FILE"]),
            defaultNamespace: defaultNamespace)
    }
}
