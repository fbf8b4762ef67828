import Base
import Kube
import TestSupport
import Testing
import Views

@testable import MeshTop

/// What is in examples/ is taken as it is, by the program's own readers.
@Suite struct ExampleFileTests {
    private static let folder = "\(Readme.clone)/examples"

    /// Every file is one that a test here, or the one of the roles, reads.
    @Test func everyFileIsChecked() throws {
        let files = try Files.list(Self.folder).sorted()
        #expect(files == ["config.yaml", "keys.yaml", "rbac-operator.yaml", "rbac-viewer.yaml", "theme.yaml"])
    }

    @Test(arguments: ["eu-prod", "elsewhere"]) func theConfigurationIsRead(_ context: String) throws {
        let found = try Configuration.load(flag: "\(Self.folder)/config.yaml", context: context)
        #expect(found.refreshSeconds == 5 && found.windowSeconds == 60 && found.objectives.count == 2)
        #expect((found.readOnly != nil) == (context == "eu-prod"))
        #expect(found.productionNamespaces.contains("payments"))
    }

    /// Each setting of the example is one that the reader knows, and none of its settings is left out.
    @Test func theConfigurationNamesEverySetting() throws {
        let document = try YAML.document(try Files.read("\(Self.folder)/config.yaml"), as: .configuration)
        let named = Set(document.object?.keys ?? [])
        // Traces are not read by this version.
        #expect(Set(ConfigurationReader.known).subtracting(named) == ["tracing"])
    }

    @Test func theKeysAreTaken() throws {
        let document = try YAML.document(try Files.read("\(Self.folder)/keys.yaml"), as: .configuration)
        let keys = try KeyMap.overrides(document: document)
        #expect(keys.values.contains("f5") && keys.count == document.object?.count)
    }

    @Test func theThemeIsTaken() throws {
        let theme = try ThemeFiles().find("\(Self.folder)/theme.yaml")
        let base = try #require(Theme.builtIn.first { $0.name == "dark" })
        #expect(theme != base)
    }
}
