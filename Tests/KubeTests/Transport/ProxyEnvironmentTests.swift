import Base
import Kube
import TestSupport
import Testing

/// Go's rules, by the cases of its documentation and of golang.org/x/net/http/httpproxy.
@Suite struct ProxyEnvironmentTests {
    private func proxy(_ url: String, _ variables: [String: String]) -> String? {
        ProxyEnvironment { variables[$0] }.proxy(for: url)
    }

    @Test(arguments: [
        "http://localhost:8080", "https://localhost", "http://LOCALHOST", "https://127.0.0.1:6443", "https://127.9.9.9",
        "https://[::1]:6443", "https://[::ffff:127.0.0.1]",
    ])
    func loopbackIsNeverProxied(url: String) {
        #expect(
            proxy(url, ["HTTP_PROXY": "http://p:1", "HTTPS_PROXY": "http://p:1", "http_proxy": "http://p:1"]) == nil)
    }

    @Test func eachSchemeHasItsOwn() {
        let both = ["HTTP_PROXY": "http://a:1", "HTTPS_PROXY": "http://b:2"]
        #expect(proxy("http://x", both) == "http://a:1" && proxy("https://x", both) == "http://b:2")
        #expect(proxy("https://x", ["HTTP_PROXY": "http://a:1"]) == nil)
        #expect(proxy("https://x", ["https_proxy": "b:2"]) == "http://b:2")
        #expect(proxy("https://x", ["HTTPS_PROXY": "", "https_proxy": "http://b:2"]) == "http://b:2")
        // Go knows no ALL_PROXY.
        #expect(proxy("https://x", ["ALL_PROXY": "http://a:1", "all_proxy": "http://a:1"]) == nil)
        // The proxy resolves names.
        #expect(proxy("https://x", ["HTTPS_PROXY": "socks5://s:1080"]) == "socks5h://s:1080")
    }

    @Test(arguments: [
        // NO_PROXY, URL → goes directly
        ("example.com", "https://example.com", true), ("example.com", "https://www.example.com", true),
        ("example.com", "https://notexample.com", false), (".example.com", "https://example.com", false),
        (".example.com", "https://a.example.com", true), ("*.example.com", "https://a.example.com", true),
        ("*.example.com", "https://example.com", false), ("EXAMPLE.com", "https://Example.COM", true),
        ("example.com:8443", "https://example.com:8443", true), ("example.com:8443", "https://example.com", false),
        ("example.com:443", "https://example.com", true), (" example.com , other ", "https://example.com", true),
        ("10.0.0.0/8", "https://10.1.2.3:6443", true), ("10.0.0.0/8", "https://11.1.2.3", false),
        ("10.1.2.3", "https://10.1.2.3:6443", true), ("10.1.2.3:6443", "https://10.1.2.3:6443", true),
        ("10.1.2.3:80", "https://10.1.2.3:6443", false), ("2001:db8::/32", "https://[2001:db8::1]", true),
        ("2001:db8::1", "https://[2001:db8:0:0::1]:6443", true),
        ("[2001:db8::1]:6443", "https://[2001:db8::1]:6443", true),
        ("::ffff:10.0.0.0/104", "https://10.1.2.3", true), ("10.0.0.0/8", "https://[::ffff:10.1.2.3]", true),
        ("*", "https://anything", true), ("", "https://anything", false), (",,", "https://anything", false),
        ("1.2.3", "https://x1.2.3", false), ("3.4", "https://1.2.3.4", false), (".svc", "https://a.svc", true),
        ("cluster.local", "https://a.svc.cluster.local", true),
    ])
    func exceptions(list: String, url: String, isDirect: Bool) {
        let found = proxy(url, ["HTTPS_PROXY": "http://p:1", "NO_PROXY": list])
        #expect((found == nil) == isDirect, "\(list) \(url)")
        #expect((proxy(url, ["HTTPS_PROXY": "http://p:1", "no_proxy": list]) == nil) == isDirect)
    }

    @Test(arguments: [
        ("1.2.3.4", true), ("1.2.3", false), ("01.2.3.4", false), ("1.2.3.256", false), ("::", true), ("::1", true),
        ("1::2::3", false), ("1:2:3:4:5:6:7:8", true), ("1:2:3:4:5:6:7", false), ("::ffff:1.2.3.4", true),
        ("1:2:3:4:5:6:1.2.3.4", true), ("fe80::1%eth0", true), (":1", false), ("1:", false), ("12345::", false),
        ("1.2.3.4::", false), ("::1:2:3:4:5:6:7", true), ("1:2:3:4:5:6:7::", true), ("1:2:3:4:5:6:7:8::", false),
        ("", false),
        ("-1::", false),
    ])
    func addresses(text: String, isOne: Bool) { #expect((IPAddress(text) != nil) == isOne, "\(text)") }

    @Test func addressesAreTheSameInEverySpelling() {
        #expect(IPAddress("::ffff:10.0.0.1") == IPAddress("10.0.0.1"))
        #expect(IPAddress("2001:DB8::1") == IPAddress("2001:db8:0:0:0:0:0:1"))
        #expect(IPNetwork("10.0.0.0/33") == nil && IPNetwork("10.0.0.0") == nil && IPNetwork("10.0.0.0/-1") == nil)
        #expect(IPNetwork("0.0.0.0/0")?.contains(IPAddress("9.9.9.9")!) == true)
        #expect(IPNetwork("::/0")?.contains(IPAddress("9.9.9.9")!) == false)
        #expect(IPNetwork("10.128.0.0/9")?.contains(IPAddress("10.127.0.1")!) == false)
    }

    /// A line break would let a token write headers of its own.
    @Test(arguments: ["abc\r\nX-Evil: 1", "abc\n", "a\u{0}b", "a\u{7F}"])
    func aHeaderWithALineBreakIsNotSent(value: String) async throws {
        let asked = Lock(0)
        let server = try CannedServer { _ in
            asked.withLock { $0 += 1 }
            return .init(200, [:])
        }
        var request = HTTPRequest(url: server.url)
        request.headers = [("Authorization", "Bearer \(value)")]
        await #expect {
            _ = try await CurlLoop().send(request)
        } throws: { error in
            (error as? MeshTopError)?.why.contains("line break") == true
        }
        #expect(asked.withLock { $0 } == 0)
    }
}
