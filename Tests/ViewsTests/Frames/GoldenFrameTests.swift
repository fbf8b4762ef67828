// Every screen is compared with its file. `make golden` writes the files anew; CI only compares.

import Actions
import Base
import Testing

@testable import Views

@Suite struct GoldenFrameTests {
    @Test(arguments: GoldenScreens.all) func aScreenLooksAsItsFileSays(_ screen: GoldenScreen) throws {
        let file = GoldenFile(screen)
        #expect(file.torn.isEmpty, "halves of wide characters")
        try GoldenFolder.compare(screen.name, file.text)
    }

    /// Those that any screen has.
    private static let styles = Set(
        GoldenScreens.all.flatMap { screen in
            screen.sizes.flatMap { GoldenScreen.drawn.frame(screen, $0).styles }
        })

    @Test(arguments: Theme.builtIn) func stylesLookAsTheirFileSays(_ theme: Theme) throws {
        try GoldenFolder.compare("styles-\(theme.name)", GoldenLooks(Self.styles, theme).text)
    }

    /// A file that no screen makes any more looks like a test and is none.
    @Test func everyFileHasAScreen() throws {
        let names = GoldenScreens.all.map(\.name) + Theme.builtIn.map { "styles-\($0.name)" }
        #expect(Set(names).count == names.count, "two screens have one name")
        for name in try GoldenFolder.names() where !names.contains(name) {
            if GoldenFolder.isWritten {
                try GoldenFolder.remove(name)
            } else {
                Issue.record("no screen makes \(name) any more; \(GoldenFolder.advice)")
            }
        }
    }

    /// What is drawn and what is asked of the outside depends on the events alone: nothing comes from a clock, from
    /// chance or from the machine.
    @Test(arguments: GoldenScreens.all) func theSameEventsGiveTheSameScreen(_ screen: GoldenScreen) {
        let (one, other) = (screen.screen(at: screen.sizes[0]), screen.screen(at: screen.sizes[0]))
        #expect(one.frame == other.frame)
        #expect(one.effects == other.effects)
    }

    @Test func inCINothingIsWritten() {
        #expect(!(GoldenFolder.isAsked && environmentVariable("CI") != nil), "make golden is not for CI")
    }
}

/// The files, beside the tests.
enum GoldenFolder {
    static let advice = "'make golden' writes the files anew"

    private static let folder: String = {
        let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/\(tests)/Golden"
    }()

    private static func path(_ name: String) -> String { "\(folder)/\(name).txt" }

    static var isAsked: Bool { environmentVariable("MESHTOP_GOLDEN") == "write" }
    static var isWritten: Bool { isAsked && environmentVariable("CI") == nil }

    static func names() throws -> [String] {
        guard Files.isFolder(folder) else { return [] }
        return try Files.list(folder).filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }
    }

    /// Records an issue where the file is another one, or writes it where that was asked for.
    static func compare(_ name: String, _ text: String) throws {
        let kept = Files.exists(path(name)) ? String(decoding: try Files.read(path(name)), as: UTF8.self) : nil
        if kept == text { return }
        if isWritten { return try write(text, name, isNew: kept == nil) }
        let words = kept.map { difference(name, $0, text) } ?? "\(name) has no file; \(advice)"
        Issue.record("\(words)")
    }

    private static func write(_ text: String, _ name: String, isNew: Bool) throws {
        try Files.write(Array(text.utf8), to: path(name))
        print("golden: \(isNew ? "new" : "changed") Tests/ViewsTests/Golden/\(name).txt")
    }

    static func remove(_ name: String) throws {
        Files.remove(path(name))
        print("golden: removed Tests/ViewsTests/Golden/\(name).txt")
    }

    /// The first lines that differ, and what to do.
    private static func difference(_ name: String, _ kept: String, _ now: String) -> String {
        let changed = LineDiff.unified(kept, now, context: 1)
        let shown = changed.prefix(24).map { line in
            switch line.kind {
            case .added: "+ \(line.text)"
            case .removed: "- \(line.text)"
            case .context: "  \(line.text)"
            case .hunk, .file: line.text
            }
        }
        let more = changed.count > shown.count ? ["… \(changed.count - shown.count) more lines"] : []
        return
            (["Tests/ViewsTests/Golden/\(name).txt: - is kept, + is what is drawn now"] + shown + more
            + ["Where that is right, \(advice); look at them with git diff."]).joined(separator: "\n")
    }
}
