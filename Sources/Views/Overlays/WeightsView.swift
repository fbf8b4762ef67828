// The weights editor: every destination with its old, observed and new share.

internal import Actions
internal import Base

enum WeightsView {
    /// The number as it is being typed carries a cursor.
    private static func weight(_ editor: WeightsEditor, _ index: Int) -> String {
        index == editor.cursor
            ? editor.typed.map { $0 + "_" } ?? String(editor.weights[index]) : String(editor.weights[index])
    }

    static func draw(_ frame: inout Frame, _ editor: WeightsEditor, ascii: Bool) {
        let label = min(30, (editor.labels.map(CharacterWidth.of).max() ?? 10) + 2)
        let inside = OverlayRenderer.box(
            &frame,
            title:
                "Weights of \(editor.route.kind) \(editor.route.namespace)/\(editor.route.name) rule \(editor.index)",
            lines: editor.labels.count + (editor.owner == nil ? 2 : 3), width: max(label + 54, 80))
        OverlayRenderer.put(
            &frame, inside, 0,
            "DESTINATION".padded(label) + "NEW".padded(4, right: true) + "  " + "".padded(22)
                + "NOW".padded(5, right: true) + "OBSERVED".padded(10, right: true), Style(.heading))
        for (index, name) in editor.labels.enumerated() {
            let bar = Bar.text(Double(editor.weights[index]) / 100, width: 20, ascii: ascii)
            let text =
                name.padded(label) + weight(editor, index).padded(4, right: true) + "  " + bar + "  "
                + String(editor.before[index]).padded(5, right: true)
                + Numbers.percent(editor.observed[index]).padded(10, right: true)
            let style =
                index == editor.cursor
                ? Style(.selected) : editor.weights[index] == editor.before[index] ? .text : Style(.marked)
            OverlayRenderer.put(&frame, inside, index + 1, text.padded(inside.columns), style)
        }
        OverlayRenderer.put(
            &frame, inside, editor.labels.count + 1,
            "sum \(editor.weights.total)   digits   + - 1   > < 10   = even   P promote   A abort   G guarded",
            Style(.muted))
        guard let owner = editor.owner else { return }
        OverlayRenderer.put(
            &frame, inside, editor.labels.count + 2,
            "▲ \(owner.owner.rawValue)'s \(owner.object.kind) \(owner.object.name) writes these weights and will overwrite yours; D drives it instead",
            Style(.production))
    }
}
