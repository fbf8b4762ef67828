// A unified diff of two texts, by the longest common subsequence of their lines.

internal import Base

package enum LineDiff {
    /// Changed lines with `context` unchanged lines around them, each hunk under its `@@ -line,count +line,count @@`.
    /// Objects are hundreds of lines, so the quadratic table is small; common ends are cut off first.
    package static func unified(_ old: String, _ new: String, context: Int = 3) -> [ChangePreview.DiffLine] {
        let before = lines(old)
        let after = lines(new)
        let edits = script(before, after)
        var kept: Set<Int> = []
        for (index, edit) in edits.enumerated() where edit.kind != .context {
            for near in max(0, index - context)...min(edits.count - 1, index + context) { kept.insert(near) }
        }
        var result: [ChangePreview.DiffLine] = []
        var oldLine = 1
        var newLine = 1
        var index = 0
        while index < edits.count {
            guard kept.contains(index) else {
                if edits[index].kind != .added { oldLine += 1 }
                if edits[index].kind != .removed { newLine += 1 }
                index += 1
                continue
            }
            var end = index
            while end < edits.count, kept.contains(end) { end += 1 }
            let hunk = edits[index..<end]
            let (old, new) = (hunk.count { $0.kind != .added }, hunk.count { $0.kind != .removed })
            // A side without lines is named by the line before it, as diff -u does.
            let marks = "@@ -\(old == 0 ? oldLine - 1 : oldLine),\(old) +\(new == 0 ? newLine - 1 : newLine),\(new) @@"
            result.append(ChangePreview.DiffLine(kind: .hunk, text: marks))
            result += hunk
            oldLine += old
            newLine += new
            index = end
        }
        return result
    }

    private static func lines(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    private static func script(_ old: [String], _ new: [String]) -> [ChangePreview.DiffLine] {
        func line(_ kind: ChangePreview.DiffLine.Kind, _ text: String) -> ChangePreview.DiffLine {
            ChangePreview.DiffLine(kind: kind, text: SafeText.line(text))
        }
        let shared = min(old.count, new.count)
        var head = 0
        while head < shared, old[head] == new[head] { head += 1 }
        var tail = 0
        while tail < shared - head, old[old.count - 1 - tail] == new[new.count - 1 - tail] { tail += 1 }
        let a = Array(old[head..<old.count - tail])
        let b = Array(new[head..<new.count - tail])
        var result = old[..<head].map { line(.context, $0) }
        // Too large for the table: show the middle as replaced.
        if a.count * b.count > 16_000_000 {
            result += a.map { line(.removed, $0) } + b.map { line(.added, $0) }
        } else {
            var table = [[Int32]](repeating: [Int32](repeating: 0, count: b.count + 1), count: a.count + 1)
            for i in stride(from: a.count - 1, through: 0, by: -1) {
                for j in stride(from: b.count - 1, through: 0, by: -1) {
                    table[i][j] = a[i] == b[j] ? table[i + 1][j + 1] + 1 : max(table[i + 1][j], table[i][j + 1])
                }
            }
            var i = 0
            var j = 0
            while i < a.count || j < b.count {
                if i < a.count, j < b.count, a[i] == b[j] {
                    result.append(line(.context, a[i]))
                    i += 1
                    j += 1
                } else if i < a.count, j == b.count || table[i + 1][j] >= table[i][j + 1] {
                    result.append(line(.removed, a[i]))
                    i += 1
                } else {
                    result.append(line(.added, b[j]))
                    j += 1
                }
            }
        }
        return result + old[(old.count - tail)...].map { line(.context, $0) }
    }
}
