import TestSupport
import Testing

@testable import Base
@testable import Kube

/// What was asked of servers, kept in a ring, as commands that ask the same.
@Suite struct CallLogTests {
    private func call(_ method: String, _ path: String, body: String? = nil, type: String? = nil) -> APICall {
        APICall(startedAt: .now(), method: method, path: path, body: body, bodyType: type)
    }

    @Test(arguments: [
        ("GET", "/api/v1/pods?limit=500&resourceVersion=0", "kubectl get pods -A"),
        ("GET", "/api/v1/pods?watch=1&allowWatchBookmarks=true", "kubectl get pods -A --watch"),
        (
            "GET", "/apis/networking.istio.io/v1/namespaces/shop/virtualservices?labelSelector=app%3Da%2Cb%3Dc",
            "kubectl get virtualservices.networking.istio.io -n shop -l app=a,b=c"
        ),
        ("GET", "/apis/apps/v1/namespaces/shop/deployments/ads", "kubectl get deployments.apps ads -n shop -o yaml"),
        ("GET", "/api/v1/namespaces", "kubectl get namespaces -A"),
        ("GET", "/api/v1/namespaces/shop", "kubectl get namespaces shop -o yaml"),
        ("GET", "/api/v1/namespaces/shop/pods/a/log?container=app", "kubectl logs a -n shop -c app"),
        ("GET", "/version", "kubectl get --raw /version"), ("GET", "/apis", "kubectl get --raw /apis"),
        (
            "GET", "/api/v1/namespaces/m/services/prometheus:9090/proxy/api/v1/query?query=up",
            "kubectl get --raw '/api/v1/namespaces/m/services/prometheus:9090/proxy/api/v1/query?query=up'"
        ),
        ("DELETE", "/api/v1/namespaces/shop/configmaps/a", "kubectl delete configmaps a -n shop"),
        (
            "POST", "/api/v1/namespaces/shop/configmaps?dryRun=All",
            "kubectl create --raw '/api/v1/namespaces/shop/configmaps?dryRun=All' -f FILE"
        ),
        (
            "PUT", "/apis/apps/v1/namespaces/shop/deployments/ads/scale",
            "kubectl replace --raw /apis/apps/v1/namespaces/shop/deployments/ads/scale -f FILE"
        ),
    ]) func aRequestIsTheCommandThatAsksTheSame(_ method: String, _ path: String, _ command: String) {
        #expect(call(method, path).command() == command)
    }

    @Test func aPatchIsWhole() {
        let patch = call(
            "PATCH", "/apis/apps/v1/namespaces/shop/deployments/ads?fieldManager=meshtop&dryRun=All",
            body: #"[{"op":"remove","path":"/spec/it's"}]"#, type: "application/json-patch+json")
        #expect(
            patch.command(["--context", "a b"])
                == #"kubectl --context 'a b' patch deployments.apps ads -n shop --type=json -p '[{"op":"remove","path":"/spec/it'\''s"}]' --dry-run=server"#
        )
    }

    @Test func aMetricsQueryIsAskedByItsPath() {
        let path = "/api/v1/namespaces/m/services/p:9090/proxy/api/v1/query"
        let query = call("POST", path, body: "query=up&time=1", type: "application/x-www-form-urlencoded")
        #expect(query.command() == "kubectl get --raw '\(path)?query=up&time=1'")
    }

    @Test func requestsAreNotedWithTheirAnswerAndWithoutSecrets() async throws {
        let server = try CannedServer { line in
            line.contains("nope") ? .init(404, ["kind": "Status"]) : .init(200, ["a": "1234567890"])
        }
        let client = try server.client()
        _ = try await client.exchange(.init("GET", "/api/v1/pods"))
        _ = try await client.exchange(.init("GET", "/nope"))
        _ = try await client.exchange(
            .init(
                "PATCH", "/api/v1/namespaces/a/secrets/s", contentType: "application/merge-patch+json",
                body: Array("SECRET".utf8)))
        _ = try await client.loop.send(
            HTTPRequest(
                url: server.url.replacing("://", with: "://user:SECRET@") + "/prometheus?token=SECRET",
                headers: [("Authorization", "Bearer SECRET")]))
        let calls = client.loop.calls.calls
        #expect(calls.map(\.status) == [200, 404, 200, 200])
        #expect(calls.map(\.method) == ["GET", "GET", "PATCH", "GET"])
        #expect(calls[0].bytes == 18 && calls.allSatisfy { $0.seconds != nil })
        #expect(!"\(calls)".contains("SECRET"))
        #expect(calls[3].command() == "curl \(server.url)/prometheus")
    }

    @Test func onlyTheLastFewHundredAreKept() {
        let log = CallLog()
        var numbers: [UInt64] = []
        for index in 0..<(CallLog.capacity + 20) {
            var request = HTTPRequest(url: "http://a:1/\(index)")
            request.group = "x"
            numbers.append(log.begin(request))
        }
        // Its place has another call now.
        log.note(numbers[0], status: 500, ended: true)
        log.note(numbers[30], status: 200, bytes: 7, ended: true)
        let calls = log.calls
        #expect(calls.count == CallLog.capacity && calls.first?.path == "/20")
        #expect(calls.filter { $0.status != nil }.map(\.path) == ["/30"])
    }

    @Test func aServerThatIsNotThereIsNotedToo() async throws {
        let client = try CannedServer.client(of: "http://127.0.0.1:\(try Tool.freePort())")
        await #expect(throws: MeshTopError.self) { try await client.exchange(.init("GET", "/version")) }
        let call = try #require(client.loop.calls.calls.first)
        #expect(call.status == nil && call.error != nil && call.seconds != nil)
    }
}
