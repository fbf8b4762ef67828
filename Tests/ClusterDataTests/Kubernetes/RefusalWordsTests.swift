import ClusterData
import Testing

/// What a refusal says to a person: the cause, in the server's words, and what to do about that.
@Suite struct RefusalWordsTests {
    private func error(_ code: Int, _ message: String, causes: [(String, String)] = []) -> MeshTopError {
        let listed = causes.map { field, message -> JSONValue in
            ["field": .string(field), "reason": "FieldValueInvalid", "message": .string(message)]
        }
        let status = StatusError(object: [
            "kind": "Status", "code": .int(Int64(code)), "message": .string(message),
            "details": ["causes": .array(listed)],
        ])
        return status.error(server: "https://x")
    }

    @Test func anInvalidDeploymentShowsTheCauseAndNotTheObject() {
        let pod = String(repeating: "v1.Container{Name:\"x\", Image:\"y\"}, ", count: 120)
        let cause = "Invalid value: v1.LabelSelector{\(pod)}: field is immutable"
        let shown = error(
            422, "Deployment.apps \"x\" is invalid: spec.selector: \(cause)", causes: [("spec.selector", cause)])
        #expect(shown.why == "spec.selector: Invalid value: …: field is immutable")
        let bare = error(422, "Deployment.apps \"x\" is invalid: spec.selector: \(cause)")
        #expect(bare.why.count < 400 && bare.why.hasSuffix("field is immutable") && bare.why.contains("spec.selector"))
    }

    @Test(arguments: [
        ("pods \"x\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2", "quota"),
        ("pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\": privileged", "pod security"),
        ("admission webhook \"v.example\" denied the request: no latest tag", "whoever set it up"),
        ("deployments.apps \"x\" is forbidden: User \"u\" cannot patch resource \"deployments\"", "permission"),
        (
            "deployments.apps \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no",
            "whoever set it up"
        ),
        ("unable to create new content in namespace a because it is being terminated", "wait"),
    ])
    func theAdviceFits(message: String, advice: String) {
        let shown = error(403, message)
        #expect(shown.why == message && shown.advice?.contains(advice) == true, "\(shown)")
    }
}
