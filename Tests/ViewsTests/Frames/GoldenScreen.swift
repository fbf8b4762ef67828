// A screen that is kept as a text file: where it starts from, and the steps that lead there.

import Base
import MeshModel
import Testing

@testable import Views

extension Size {
    static let narrow = Size(rows: 24, columns: 80)
    static let usual = Size(rows: 45, columns: 160)
    static let large = Size(rows: 60, columns: 240)
}

/// One screen. Its frames are drawn at every one of its sizes by the same steps.
struct GoldenScreen: Sendable, CustomTestStringConvertible {
    /// The name of its file.
    let name: String
    let sizes: [Size]
    /// The file holds what is different from this screen.
    var before: GoldenScreen? { beneath.first }
    private let beneath: [GoldenScreen]
    private let start: @Sendable (Size) -> Screen
    private let steps: @Sendable (inout Screen) -> Void

    var testDescription: String { name }

    /// The program as it starts, once it got this snapshot; `than` is the screen that its file is compared with.
    init(
        _ name: String, mesh: MeshSnapshot?, options: ViewOptions = ViewOptions(), other than: GoldenScreen? = nil,
        sizes: [Size] = [.narrow, .usual, .large], steps: @escaping @Sendable (inout Screen) -> Void = { _ in }
    ) {
        (self.name, self.sizes, self.steps) = (name, sizes, steps)
        beneath = [than].compactMap { $0 }
        start = { size in
            Screen(rows: size.rows, columns: size.columns, snapshot: mesh) {
                $0 = options
                ($0.contexts, $0.currentContext) = (GoldenMesh.contexts, GoldenMesh.contexts[0])
            }
        }
    }

    /// What follows on another screen: its steps first, then these. A window that takes the place of another one is
    /// compared with what lies under both.
    init(
        _ name: String, on screen: GoldenScreen, _ sizes: Size..., other than: GoldenScreen? = nil,
        steps: @escaping @Sendable (inout Screen) -> Void
    ) {
        (self.name, self.steps) = (name, steps)
        self.sizes = sizes.isEmpty ? screen.sizes : sizes
        beneath = [than ?? screen]
        start = { GoldenScreen.drawn.screen(screen, $0) }
    }

    /// Carries its steps out.
    func screen(at size: Size) -> Screen {
        var screen = start(size)
        steps(&screen)
        return screen
    }

    /// Many screens follow on the same ones: these are made once.
    static let drawn = DrawnScreens()
}

/// What was drawn so far, by screen and size.
final class DrawnScreens: Sendable {
    private struct Key: Hashable {
        var name: String
        var size: Size
    }
    private struct Drawn: Sendable {
        var screen: Screen
        var frame: Frame
    }

    private let known = Lock<[Key: Drawn]>([:])

    func screen(_ screen: GoldenScreen, _ size: Size) -> Screen { drawn(screen, size).screen }
    func frame(_ screen: GoldenScreen, _ size: Size) -> Frame { drawn(screen, size).frame }

    private func drawn(_ screen: GoldenScreen, _ size: Size) -> Drawn {
        let key = Key(name: screen.name, size: size)
        if let found = known.withLock({ $0[key] }) { return found }
        let made = screen.screen(at: size)
        let drawn = Drawn(screen: made, frame: made.frame)
        known.withLock { $0[key] = drawn }
        return drawn
    }
}
