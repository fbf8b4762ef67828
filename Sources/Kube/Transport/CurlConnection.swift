// Puts a connection's settings on a curl handle: address, certificates, names, proxy.

internal import Base
internal import CCurl

enum CurlConnection {
    /// Gives the CONNECT_TO list, which the caller frees after the handle.
    static func apply(
        _ connection: ConnectionSettings, url: String, to handle: UnsafeMutableRawPointer
    ) -> UnsafeMutablePointer<curl_slist>? {
        func set(_ option: CURLoption, _ value: Int) { _ = mt_setopt_long(handle, option, value) }
        func set(_ option: CURLoption, _ value: String) { _ = mt_setopt_string(handle, option, value) }
        func set(_ option: CURLoption, blob: [UInt8]) {
            _ = blob.withUnsafeBytes { mt_setopt_blob(handle, option, $0.baseAddress, $0.count) }
        }
        let original = url
        var url = url
        var connectTo: UnsafeMutablePointer<curl_slist>?
        if let name = connection.tlsServerName, let parts = URLParts(url), parts.scheme == "https" {
            // The URL and SNI carry the certificate's name; the connection goes to the real address.
            connectTo = curl_slist_append(nil, "\(name):\(parts.port):\(parts.hostForCurl):\(parts.port)")
            _ = mt_setopt_list(handle, CURLOPT_CONNECT_TO, connectTo)
            url = "https://\(name):\(parts.port)\(parts.rest)"
        }
        set(CURLOPT_URL, url)
        if let authority = connection.certificateAuthority { set(CURLOPT_CAINFO_BLOB, blob: authority) }
        if connection.insecureSkipTLSVerify {
            set(CURLOPT_SSL_VERIFYPEER, 0)
            set(CURLOPT_SSL_VERIFYHOST, 0)
        }
        if let certificate = connection.clientCertificate {
            set(CURLOPT_SSLCERT_BLOB, blob: certificate)
            set(CURLOPT_SSLCERTTYPE, "PEM")
        }
        if let key = connection.clientKey {
            set(CURLOPT_SSLKEY_BLOB, blob: key)
            set(CURLOPT_SSLKEYTYPE, "PEM")
        }
        // Decided here, not by libcurl from the environment: its rules are not those of kubectl.
        set(CURLOPT_PROXY, connection.proxyURL ?? ProxyEnvironment.current.proxy(for: original) ?? "")
        set(CURLOPT_NOPROXY, "")
        if let username = connection.username {
            set(CURLOPT_HTTPAUTH, Int(mt_auth_basic))
            set(CURLOPT_USERNAME, username)
            set(CURLOPT_PASSWORD, connection.password ?? "")
        }
        return connectTo
    }
}
