// The line on top: context, scope, window, sources with age; and the line of alerts below it.

internal import Actions
internal import Base
internal import ClusterData
internal import Kube
internal import MeshModel

enum Header {
    static func draw(_ frame: inout Frame, row: Int, _ model: Model) {
        let width = frame.size.columns
        frame.put(String(repeating: " ", count: width), row: row, column: 0, style: Style(.header))
        let hasName = width >= 60
        var x = frame.put(hasName ? " MeshTop " : " ", row: row, column: 0, style: Style(.header, .bold))
        let clock = model.clock.map { ($0 + model.wallClockAhead).clock } ?? "--:--:--"
        let clockColumn = width - clock.utf8.count - 1
        let hasClock = width >= 60
        let end = hasClock ? clockColumn - 1 : width
        // Where one is comes first, and of it what a mistake would be dear for; the context takes what is left.
        let place = place(model)
        let taken = place.reduce(0) { $0 + CharacterWidth.of($1.text) + 1 }
        let sources = details(model).prefix(2).reduce(0) { $0 + CharacterWidth.of($1.text) + 1 }
        let room = max(min(12, end - x - taken - 1), min(48, end - x - taken - sources - 1))
        let context = Names.distinct(model.currentContext, among: model.contexts, width: room)
        x = frame.put(context + " ", row: row, column: x, style: Style(.header, .bold), limit: max(0, end - x))
        for part in place + details(model) {
            let columns = CharacterWidth.of(part.text) + 1
            guard x + columns <= end else { break }
            x = frame.put(part.text + " ", row: row, column: x, style: part.style)
        }
        if hasClock { frame.put(clock, row: row, column: clockColumn, style: Style(.header)) }
    }

    /// What a change would touch, and whether it can be made at all.
    private static func place(_ model: Model) -> [CellText] {
        var parts: [CellText] = []
        let loud = Style(.header, [.bold, .reverse])
        let isNarrow = model.size.columns < 60
        if model.paused { parts.append(CellText("‖PAUSED", loud)) }
        if model.readOnly { parts.append(CellText("READ-ONLY", loud)) }
        switch isProduction(model) {
        case true?: parts.append(CellText(isNarrow ? "PROD" : "PRODUCTION", loud))
        // It counts as production when it is changed.
        case nil: parts.append(CellText(isNarrow ? "PROD?" : "PRODUCTION?", loud))
        case false?: break
        }
        if model.options.demo { parts.append(CellText("demo", Style(.header))) }
        return parts
    }

    /// The context is, or the namespace that is looked at or selected in; nil where that is not known.
    private static func isProduction(_ model: Model) -> Bool? {
        if model.options.isProduction { return true }
        guard let snapshot = model.snapshot else { return false }
        var names: Set<String> = []
        if case .some(let scope) = snapshot.scope { names.formUnion(scope) }
        if let chosen = model.chosen?.namespace { names.insert(chosen) }
        let answers = names.map(snapshot.isProduction)
        return answers.contains(true) ? true : answers.contains(nil) ? nil : false
    }

    private static func details(_ model: Model) -> [CellText] {
        var parts: [CellText] = []
        let plain = Style(.header)
        guard let snapshot = model.snapshot else {
            parts.append(CellText("connecting…", plain))
            return parts
        }
        parts.append(CellText("ns:\(Names.scope(snapshot.scope))", plain))
        for source in snapshot.sources where !(source.name == .tracing && source.state == .absent) {
            let isWell = source.state == .ok && (source.name != .kubernetes || KindCount(snapshot.kinds).isWhole)
            parts.append(CellText(self.text(source, model), isWell ? plain : Style(.header, .bold)))
        }
        if snapshot.isSampled { parts.append(CellText("≈sampled", Style(.header, .bold))) }
        parts.append(CellText("window:\(Numbers.window(snapshot.windowSeconds))", plain))
        return parts
    }

    /// `metrics ● 3s`: a source's sign, and its age where it has one that matters; `k8s▲27/31` while some kinds are not
    /// as the server has them.
    static func text(_ source: SourceStatus, _ model: Model) -> String {
        let name = Names.source(source.name)
        let age = age(source, model).map { " " + $0 } ?? ""
        switch source.state {
        case .ok:
            let kinds = KindCount(source.name == .kubernetes ? model.snapshot?.kinds ?? [] : [])
            if !kinds.isWhole { return "\(name)\(kinds.text)" }
            // The API server tells of changes by itself: its age says something only when it is long silent.
            let isFresh = source.asOf.flatMap { asOf in model.clock.map { $0 - asOf < 8 } } ?? true
            return source.name == .kubernetes && isFresh ? "\(name)●" : "\(name)●\(age)"
        case .starting: return "\(name)◌"
        case .absent: return "\(name)○none"
        case .slow, .stale: return "\(name)▲\(source.state.rawValue)\(age)"
        case .down, .unauthorized, .forbidden: return "\(name)✖\(source.state.rawValue)\(age)"
        }
    }

    static func age(_ source: SourceStatus, _ model: Model) -> String? {
        guard let asOf = source.asOf, let now = model.clock else { return nil }
        return Numbers.age(now - asOf)
    }

    /// A rollout that runs, at the right of the alerts: whoever looks at anything else does not forget it.
    private static func drawRollouts(_ frame: inout Frame, row: Int, _ model: Model) -> Int {
        let running = model.runningRollouts
        guard let first = running.first else { return 0 }
        let more = running.count > 1 ? " +\(running.count - 1)" : ""
        let text = " \(RolloutsView.glyph(first.tone)) \(first.line)\(more) ".fitted(
            max(24, frame.size.columns * 7 / 10))
        let columns = CharacterWidth.of(text)
        guard columns + 12 <= frame.size.columns else { return 0 }
        frame.put(
            text, row: row, column: frame.size.columns - columns,
            style: first.tone == .bad ? Style(.alert, .bold) : Style(.notice, .bold))
        return columns
    }

    static func drawAlerts(_ frame: inout Frame, row: Int, _ model: Model) {
        let taken = drawRollouts(&frame, row: row, model)
        drawAlerts(&frame, row: row, model, width: frame.size.columns - taken)
    }

    private static func drawAlerts(_ frame: inout Frame, row: Int, _ model: Model, width: Int) {
        guard model.snapshot != nil else {
            frame.put(
                " waiting for the first answer from \(model.currentContext)", row: row, column: 0, style: Style(.muted))
            return
        }
        let silent = model.snapshot?.sources.filter { $0.state == .starting && $0.name != .tracing } ?? []
        if model.alerts.isEmpty, !silent.isEmpty {
            let names = silent.map { Names.source($0.name) }.joined(separator: ", ")
            frame.put(" ◌ not heard from yet: \(names)", row: row, column: 0, style: Style(.muted))
            return
        }
        guard let worst = model.alerts.first else {
            frame.put(" ● nothing known to be wrong", row: row, column: 0, style: Style(.healthy))
            return
        }
        let errors = model.alerts.filter { $0.severity == .error }.count
        let style = errors > 0 ? Style(.alert) : Style(.warning)
        if errors > 0 { frame.put(String(repeating: " ", count: width), row: row, column: 0, style: style) }
        let more = model.alerts.count > 1 ? "  (\(model.alerts.count) in all: !)" : ""
        let sign = errors > 0 ? "✖" : "▲"
        let room = max(0, width - 4 - CharacterWidth.of(more))
        let next = model.alerts.dropFirst().prefix(3).map(\.text)
        let text = ([worst.text] + next).joined(separator: "  ·  ").fitted(room)
        frame.put(" \(sign) \(text)\(more)", row: row, column: 0, style: style)
    }
}

/// How many of the kinds that can be read are as the server has them now.
private struct KindCount {
    var current = 0
    var coming = 0
    var behind = 0

    init(_ kinds: [KindStatus]) {
        for kind in kinds {
            switch kind.state {
            case .absent, .forbidden: break
            case .starting: coming += 1
            case let state where state.isBehind: behind += 1
            default: current += 1
            }
        }
    }

    var isWhole: Bool { coming + behind == 0 }
    var text: String { "\(behind > 0 ? "▲" : "◌")\(current)/\(current + coming + behind)" }
}

/// The names of all panes, where one is shown at a time.
enum Tabs {
    /// Titles are cut, all to one length, until every tab is on the screen.
    static func labels(_ model: Model) -> [(pane: PaneName, text: String, column: Int)] {
        let panes = model.registry.panes
        var length = panes.map(\.title.count).max() ?? 1
        func texts() -> [String] { panes.enumerated().map { " \($0 + 1) \($1.title.prefix(length)) " } }
        while length > 1, texts().reduce(0, { $0 + CharacterWidth.of($1) }) > model.size.columns { length -= 1 }
        var column = 0
        return zip(panes, texts()).map { pane, text in
            defer { column += CharacterWidth.of(text) }
            return (pane.name, text, column)
        }
    }

    static func draw(_ frame: inout Frame, row: Int, _ model: Model) {
        for label in labels(model) {
            let style = label.pane == model.focus ? Style(.selected, .bold) : Style(.muted)
            frame.put(label.text, row: row, column: label.column, style: style)
        }
    }

    static func pane(at column: Int, _ model: Model) -> PaneName? {
        labels(model).first { $0.column <= column && column < $0.column + CharacterWidth.of($0.text) }?.pane
    }
}
