import Base
import Kube
import TestSupport
import Testing

@testable import Actions

/// Stories that kubectl told a real API server: an object was made, somebody else wrote it, a file was applied.
struct ApplyStory: Sendable, CustomTestStringConvertible {
    var name: String
    var live: JSONValue
    var second: JSONValue
    var after: JSONValue
    var isUnchanged: Bool

    var testDescription: String { name }

    static let all: [ApplyStory] = {
        let folder = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        guard let bytes = try? Files.read("\(folder)/Fixtures/kubectl-apply.json"),
            let stories = try? JSONValue(parsing: bytes).array
        else { preconditionFailure("no stories") }
        return stories.map { story in
            ApplyStory(
                name: story["name"]?.string ?? "", live: story["live"] ?? [:], second: story["second"] ?? [:],
                after: story["after"] ?? [:],
                isUnchanged: story.at("kubectl", "stdout")?.string?.contains("unchanged") == true)
        }
    }()
}

@Suite(.serialized) struct ApplyStoriesTests {
    static let cluster = Result { try DemoCluster(Demo.withoutHistory()) }
    private var cluster: DemoCluster { get throws { try Self.cluster.get() } }
    private let namespace = "apply-cases"

    private func collection(_ object: JSONValue) async throws -> String {
        let world = try await cluster.runner().readingWorld()
        let kind = try #require(
            world.discovery.resource(
                apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? ""))
        return kind.path.collection(namespace)
    }

    /// What the server keeps for itself, and what a controller counts.
    private func told(_ object: JSONValue) -> JSONValue {
        var object = ObjectText.creatable(object)
        object.set(["metadata", "annotations", "deployment.kubernetes.io/revision"], to: nil)
        if object.at("metadata", "annotations") == [:] { object.set(["metadata", "annotations"], to: nil) }
        return object
    }

    private func post(_ object: JSONValue) async throws -> String {
        if try await !cluster.exists("/api/v1/namespaces/\(namespace)") {
            _ = try await cluster.demo.ask("POST", "/api/v1/namespaces", ["metadata": ["name": .string(namespace)]])
        }
        let collection = try await collection(object)
        let path = "\(collection)/\(object.at("metadata", "name")?.string ?? "")"
        if try await cluster.exists(path) { _ = try await cluster.demo.ask("DELETE", path) }
        let answer = try await cluster.demo.ask("POST", collection, object)
        #expect(answer.status == 201, "\(answer.json.compactText)")
        return path
    }

    @Test(arguments: ApplyStory.all) func endsAsKubectlsDoes(_ story: ApplyStory) async throws {
        let path = try await post(story.live)
        let before = try await cluster.get(path)
        let runner = try cluster.runner()
        let preview = try await runner.plan(
            .apply(yaml: YAML.text(story.second), defaultNamespace: namespace))
        #expect(preview.refusal == nil)
        #expect(preview.isEmpty == story.isUnchanged)
        let progress = await runner.finish(preview.planID)
        #expect(progress.failure == nil)
        let after = told(try await cluster.get(path))
        #expect(after == told(story.after), "\(LineDiff.unified(YAML.text(told(story.after)), YAML.text(after)))")
        if story.isUnchanged { return }
        // The way back leads to the object as it was, kubectl's record included.
        let undo = try await runner.plan(.undo(preview.planID))
        #expect(undo.refusal == nil)
        #expect(await runner.finish(undo.planID).failure == nil)
        let undone = told(try await cluster.get(path))
        #expect(undone == told(before), "\(LineDiff.unified(YAML.text(told(before)), YAML.text(undone)))")
    }
}
