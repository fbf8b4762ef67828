import Testing

@testable import Base
@testable import Kube

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

    /// An object that a patch makes is quoted whole; the words behind it have colons of their own.
    @Test(arguments: [
        (
            #"patch: Invalid value: "{\"metadata\":{\"labels\":{\"b\":true},\"annotations\":{\"x\":\"BULK: a\"}}}": json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string"#,
            "patch: Invalid value: …: json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string"
        ),
        (
            #"patch: Invalid value: "map[metadata:map[annotations:map[x:BULK: c] labels:map[b:true]]]": unrecognized type: string"#,
            "patch: Invalid value: …: unrecognized type: string"
        ),
        (
            #"spec.selector: Invalid value: {"matchLabels":{"a":"BULK: }"}}: field is immutable: always"#,
            "spec.selector: Invalid value: …: field is immutable: always"
        ),
        (
            #"spec: Forbidden: pod updates may not change fields other than these: BULK"#,
            nil
        ),
    ]) func theServersWordsBehindAValueAreKept(message: String, shown: String?) {
        let long = message.split(separator: "BULK", omittingEmptySubsequences: false).joined(
            separator: String(repeating: "long ", count: 100))
        let words = StatusError(object: ["kind": "Status", "code": 422, "message": .string(long)]).message
        if let shown {
            #expect(words == shown)
        } else {
            #expect(words.contains("may not change fields other than these: long"))
        }
    }

    @Test func whatIsWrongWithSeveralFieldsIsSaidOnce() {
        let long = "Too long: may not be more than 262144 bytes"
        let shown = error(
            422, "",
            causes: [
                ("metadata.annotations", long), ("metadata.annotations", long), ("spec.template.annotations", long),
                ("spec.replicas", "must be greater than or equal to 0"),
            ])
        #expect(
            shown.why
                == "metadata.annotations, spec.template.annotations: \(long); spec.replicas: must be greater than or equal to 0"
        )
    }

    @Test func whatACauseSaysIsNotSaidAgain() {
        let inner = MeshTopError(
            .conflict, "Service a", why: "istiod has spec.x", advice: "leave it out (a; b); nothing was sent")
        let outer = MeshTopError(.invalid, "Apply", why: inner.description, advice: "nothing was sent")
        #expect(outer.description == "Apply: Service a: istiod has spec.x; leave it out (a; b); nothing was sent")
        let quoted = MeshTopError(.invalid, "Apply", why: #"denied: "a; b; a""#, advice: "a")
        #expect(quoted.description == #"Apply: denied: "a; b; a"; a"#)
    }

    // MARK: What stands between

    private func answered(_ status: Int, _ body: String, _ path: String = "/api/v1/pods") -> StatusError {
        StatusError(
            HTTPResponse(head: HTTPHead(status: status, headers: []), body: Array(body.utf8)),
            call: KubeClient.Call("GET", path))
    }

    @Test(arguments: [
        (403, "Blocked by policy 17\nsecond line", "answered 403: Blocked by policy 17"),
        (401, "sign in first", "answered 401: sign in first"),
        (502, "", "answered 502"),
        (
            502, "<html><head><title>502 Bad Gateway</title></head></html>",
            "answered 502: a web page, \"502 Bad Gateway\""
        ),
        (503, "<!DOCTYPE html><title>Maintenance</title>", "answered 503: a web page, \"Maintenance\""),
        (
            403, "<html>WAF blocked, incident 77&nbsp;&amp; more</html>",
            "answered 403: a web page: WAF blocked, incident 77 & more"
        ),
        (
            403,
            "<HTML><head><TITLE>Blocked</TITLE><style>p { color: red }</style><script>if (1<2) x('</p>')</script></head><body><!-- a <b> comment --><h1>Blocked</h1><p>Incident\n  77</p><p>Ask &lt;ops&gt;</p></body></HTML>",
            "answered 403: a web page, \"Blocked\": Incident 77 Ask <ops>"
        ), (403, "<html><body><script>x</script></body></html>", "answered 403: a web page"),
        (
            503, "<html>\(String(repeating: "long ", count: 400))</html>",
            "answered 503: a web page: \(String(repeating: "long ", count: 60))…"
        ),
    ]) func whoAnswersInTheServersPlaceIsNotTakenForIt(status: Int, body: String, words: String) {
        let refusal = answered(status, body)
        let shown = refusal.error(server: "https://x")
        #expect(shown.why == "not the API server but something on the way to it \(words)")
        let advice = shown.advice ?? ""
        #expect(!advice.contains("permission") && !advice.contains("log in") && advice.contains("between"), "\(advice)")
        // A watch keeps trying: nobody has said that it may not.
        var machine = ReflectorMachine()
        _ = machine.handle(.start, now: Moment(seconds: 0), jitter: 0)
        #expect(machine.handle(.listFailed(refusal), now: Moment(seconds: 0), jitter: 0) == .wait(seconds: 0.8))
    }

    /// A server speaks of load and of unknown paths in plain words itself; a service behind it in its own.
    @Test(arguments: [
        (429, "Too many requests, please try again later.", "/api/v1/pods"), (404, "404 page not found", "/apis/x"),
        (403, "", "/api/v1/pods"), (403, "no", "/api/v1/namespaces/a/services/prometheus:9090/proxy/api/v1/query"),
    ]) func theServersPlainWordsAreItsOwn(status: Int, body: String, path: String) {
        #expect(answered(status, body, path).error(server: "https://x").why.hasPrefix(body))
    }

    @Test(arguments: [
        ("/api/v1/pods", "ask for that permission, or name a namespace with -n"),
        ("/api/v1/namespaces/shop/pods", "ask for that permission"),
        ("/apis", "ask for that permission, which the cluster role system:discovery gives"),
    ]) func aNamespaceIsAdvisedWhereNoneWasNamed(path: String, advice: String) {
        let body =
            #"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"pods is forbidden: User \"u\" cannot list","code":403}"#
        #expect(answered(403, body, path).error(server: "https://x").advice == advice)
    }
}
