// Keys while something lies over the panes: whose they are, and those of menus and documents.

internal import Actions
internal import MeshModel

extension Model {
    mutating func pressOverlay(_ key: Key) -> [Effect] {
        guard let overlay else { return [] }
        if overlay.needsRoom, !hasRoom, key != .escape { return [] }
        switch overlay {
        case .menu(let menu): return press(key, menu)
        case .weights(let editor): return press(key, editor)
        case .guardForm(let form): return press(key, form)
        case .rollouts(let screen): return press(key, screen)
        case .replicas(let editor): return press(key, editor)
        case .policy(let form): return press(key, form)
        case .values(let form): return press(key, form)
        case .file(let field): return press(key, field)
        case .confirm(let question):
            if key == .character("y") {
                if let text = question.waiting { wait(text) } else { self.overlay = nil }
                return [question.effect]
            }
            if [.escape, .character("n"), .character("q")].contains(key) {
                self.overlay = nil
                return question.otherwise.map { [$0] } ?? []
            }
        case .planning:
            if key == .escape {
                // The answer that is still to come finds nobody.
                closeOverlay()
                let tried = edit
                (form, edit) = (nil, nil)
                return tried.map { [.keepEdit($0)] } ?? []
            }
        case .preview(let state): return press(key, state)
        case .document(let document): press(key, document)
        case .log(let log): return press(key, log)
        }
        return []
    }

    private mutating func press(_ key: Key, _ menu: Menu) -> [Effect] {
        var menu = menu
        let last = max(0, menu.shown.count - 1)
        switch key {
        case .escape where menu.filter?.text.isEmpty == false:
            menu.filter = TextField()
            menu.cursor = 0
        case .escape:
            overlay = nil
            return []
        case .up: menu.cursor = max(0, menu.cursor - 1)
        case .down: menu.cursor = min(last, menu.cursor + 1)
        case .home: menu.cursor = 0
        case .end: menu.cursor = last
        case .pageDown: menu.cursor = min(last, menu.cursor + 10)
        case .pageUp: menu.cursor = max(0, menu.cursor - 10)
        case .enter:
            guard menu.shown.indices.contains(menu.cursor) else { return [] }
            return choose(menu.shown[menu.cursor])
        case _ where menu.filter != nil:
            if menu.filter?.handle(key) == true { menu.cursor = 0 }
        case .character("q"):
            overlay = nil
            return []
        case .character("k"): menu.cursor = max(0, menu.cursor - 1)
        case .character("j"): menu.cursor = min(last, menu.cursor + 1)
        case .character("g"): menu.cursor = 0
        case .character("G"): menu.cursor = last
        default:
            // The action menu's letters are the verbs' own keys.
            guard let id = keys[key.name], let item = menu.items.first(where: { $0.action == id }) else {
                return []
            }
            return choose(item)
        }
        overlay = .menu(menu)
        return []
    }

    private mutating func choose(_ item: Menu.Item) -> [Effect] {
        if let reason = item.disabled {
            toast("\(item.label): \(reason)", isError: true)
            return []
        }
        overlay = nil
        return item.take(&self)
    }

    private mutating func press(_ key: Key, _ document: Document) {
        var document = document
        let last = max(0, document.lines.count - 1)
        switch key {
        case .escape, .character("q"), .character("?"):
            closeOverlay()
            return
        case .up, .character("k"): document.scroll = max(0, document.scroll - 1)
        case .down, .character("j"), .enter: document.scroll = min(last, document.scroll + 1)
        case .pageUp, .control("b"), .control("u"): document.scroll = max(0, document.scroll - 20)
        case .pageDown, .control("f"), .control("d"), .character(" "): document.scroll = min(last, document.scroll + 20)
        case .home, .character("g"): document.scroll = 0
        case .end, .character("G"): document.scroll = last
        case .left, .character("h"): document.sideways = max(0, document.sideways - 8)
        case .right, .character("l"): document.sideways = min(1000, document.sideways + 8)
        default: break
        }
        overlay = .document(document)
    }
}
