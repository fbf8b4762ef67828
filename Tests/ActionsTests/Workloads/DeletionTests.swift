import Base
import Kube
import TestSupport
import Testing

@testable import Actions

/// What a deletion asks of the server.
@Suite struct DeletionTests {
    /// A Job's and a ReplicationController's pods stay when the request does not say that they go.
    @Test(arguments: [false, true]) func whatItMadeGoesWithIt(isDryRun: Bool) async throws {
        let demo = try Demo.withoutHistory()
        let path = "/apis/batch/v1/namespaces/shop/jobs/import"
        let step = PlanStep(
            object: ObjectReference(kind: "Job", namespace: "shop", name: "import"), path: path, write: .delete,
            before: nil, after: nil, inverse: .delete)
        let call = try ChangeSender(client: try demo.client()).call(step, dryRun: isDryRun)
        let options = try JSONValue(parsing: try #require(call.body))
        #expect(call.method == "DELETE" && call.path == path)
        #expect(options["propagationPolicy"] == "Background", "kubectl's own")
        #expect((options["dryRun"] == ["All"]) == isDryRun)
    }
}
