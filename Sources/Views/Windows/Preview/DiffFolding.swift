// Long stretches of a diff in few lines: what an operator reads first is what the change does, not all it removes.

internal import Actions

enum DiffFolding {
    /// A stretch of lines of one sort that is longer than this is folded.
    private static let longest = 8
    /// So many of its lines stay.
    private static let kept = 4

    /// The lines with long stretches folded; a folded stretch is one line that says how many it stands for.
    static func folded(_ lines: [ChangePreview.DiffLine]) -> [ChangePreview.DiffLine] {
        var folded: [ChangePreview.DiffLine] = []
        var start = lines.startIndex
        while start < lines.endIndex {
            let kind = lines[start].kind
            let end = lines[start...].firstIndex { $0.kind != kind } ?? lines.endIndex
            if end - start > longest, isFoldable(kind) {
                folded += lines[start..<(start + kept)]
                let count = end - start - kept
                folded.append(
                    .init(
                        kind: kind,
                        text:
                            "⋯ \(count) more line\(count == 1 ? "" : "s") \(words(kind)), tab shows \(count == 1 ? "it" : "them")"
                    ))
            } else {
                folded += lines[start..<end]
            }
            start = end
        }
        return folded
    }

    static func canFold(_ lines: [ChangePreview.DiffLine]) -> Bool { folded(lines).count < lines.count }

    private static func isFoldable(_ kind: ChangePreview.DiffLine.Kind) -> Bool {
        switch kind {
        case .added, .removed, .context: true
        case .hunk, .file: false
        }
    }

    private static func words(_ kind: ChangePreview.DiffLine.Kind) -> String {
        switch kind {
        case .added: "added"
        case .removed: "removed"
        default: "as they are"
        }
    }
}
