// The windows that lie over the panes, and what they want to know.

package import Base

extension Model {
    /// The one that is seen and gets the keys.
    var window: (any Window)? { windows.last }

    /// Enough of a screen to read what a change would do.
    var hasRoom: Bool { size.rows >= 10 && size.columns >= 40 }

    mutating func open(_ window: any Window) { windows.append(window) }

    /// Closes the one on top; what lies under it is seen again.
    mutating func close() { _ = windows.popLast() }

    /// Lets the window on top do something.
    mutating func onTop(_ body: (inout any Window, Model) -> WindowStep) -> [Effect] {
        windows.indices.last.map { withWindow(at: $0, body) } ?? []
    }

    /// When the screen wants to be told of the time, though nothing happens.
    package var wakeAt: Moment? { window?.wakeAt }

    mutating func pressWindow(_ key: Key) -> [Effect] {
        if let window, window.needsRoom, !hasRoom, key != .escape { return [] }
        return onTop { $0.press(key, $1) }
    }

    // MARK: Needs

    /// What the open windows want to know and was not asked yet.
    mutating func askForData() -> [Effect] {
        let needs = windows.flatMap(\.needs)
        let asked = asked
        self.asked = Set(needs.map(\.id))
        return needs.filter { !asked.contains($0.id) }.map { .read($0) }
    }

    /// What is asked again every second.
    var followed: [Effect] { windows.flatMap(\.needs).filter(\.isFollowed).map { .read($0) } }

    /// An answer, for the window that wants it; that may have been closed meanwhile.
    mutating func take(_ answer: DataAnswer, of request: RequestID) -> [Effect] {
        guard let place = windows.lastIndex(where: { $0.needs.contains { $0.id == request } }) else { return [] }
        return withWindow(at: place) { $0.take(answer, of: request, $1) }
    }

    private mutating func withWindow(at place: Int, _ body: (inout any Window, Model) -> WindowStep) -> [Effect] {
        var window = windows[place]
        let step = body(&window, self)
        windows[place] = window
        switch step {
        case .stay(let then): return then(&self)
        case .close(let then):
            windows.remove(at: place)
            return then(&self)
        case .replace(let other): windows[place] = other
        case .open(let other): open(other)
        }
        return []
    }
}
