import Base
import TestSupport
import Testing

/// The man pages say what the program's command tree has, and formatters take them.
@Suite struct ManPageTests {
    /// A page as it is read in a terminal.
    private func page(_ name: String) async throws -> String {
        let path = "\(try Installation.shared.get().prefix)/share/man/man1/\(name).1"
        let result = try await Tool.run("groff", ["-man", "-Tutf8", "-ww", "-P-cbou", "-rLL=200n", path])
        #expect(result.code == 0 && result.errors == "", "\(name): \(result.errors)")
        return result.output
    }

    /// Whole words: `-n` is not found in `--namespace`.
    private func words(_ page: String) -> Set<String> {
        Set(page.split { " \n\t,;.()[]".contains($0) }.map(String.init))
    }

    @Test func theProgramsPageNamesEveryCommandAndOption() async throws {
        let tree = try await CommandTree()
        let words = words(try await page("meshtop"))
        #expect(tree.commands.count > 20 && tree.root.options.count > 20)
        #expect(tree.commands.map(\.name).filter { !words.contains($0) } == [])
        #expect(tree.root.options.filter { !words.contains($0) } == [])
    }

    @Test func everyCommandHasAPageWithItsOptions() async throws {
        let tree = try await CommandTree()
        for command in tree.commands {
            let words = words(try await page("meshtop-\(command.name)"))
            #expect(command.options.filter { !words.contains($0) } == [], "\(command.name)")
        }
        let pages = try Files.list("\(try Installation.shared.get().prefix)/share/man/man1")
        #expect(pages.count == tree.commands.count + 1)
    }
}
