import Base
import MeshModel
import Testing

@testable import Views

@Suite struct ThemeTests {
    @Test func aDocumentChangesTheRolesItNames() throws {
        let theme = try Theme(
            name: "mine",
            document: ["base": "light", "roles": ["healthy": "cyan on black bold", "failing": "#ff0000"]])
        #expect(theme.colors(of: .healthy) == Theme.Colors(6, on: 0, .bold))
        #expect(theme.colors(of: .failing).foreground == 196)
        #expect(theme.colors(of: .text) == Theme.light.colors(of: .text))
    }

    @Test(
        arguments: [
            (["roles": ["helthy": "green"]], "unknown role helthy"),
            (["roles": ["healthy": "greenish"]], "unknown colour greenish"),
            (["base": "neon"], "base must be one of"), (["color": "red"], "unknown role color"),
            ("dark", "not a mapping"),
        ] as [(JSONValue, String)]) func unknownNamesAreRefused(document: JSONValue, words: String)
    {
        let error = #expect(throws: MeshTopError.self) { try Theme(name: "mine", document: document) }
        #expect(error?.description.contains(words) == true)
    }

    @Test func everyRoleIsToldApartWithoutColour() {
        // What matters most differs by more than colour: a word or a glyph stands beside it.
        let glyphs = [Health.healthy, .degraded, .failing, .idle, .unknown].map(HealthSign.glyph)
        #expect(Set(glyphs).count == glyphs.count)
    }
}

@Suite struct ThemeFileTests {
    /// The files under `themes/` are the built-in themes, so that a copy of one is a good start.
    @Test(arguments: Theme.builtIn) func aThemeFileSaysWhatIsBuiltIn(theme: Theme) throws {
        let here = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let document = try YAML.document(try Files.read("/\(here)/themes/\(theme.name).yaml"))
        let read = try Theme(name: theme.name, document: document)
        for role in Role.allCases { #expect(read.colors(of: role) == theme.colors(of: role), "\(role)") }
    }
}
