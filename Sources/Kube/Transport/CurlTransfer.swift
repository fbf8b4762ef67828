// One libcurl easy handle with everything it points to; lives and dies on the loop's thread.

internal import Base
internal import CCurl
internal import CLinux

/// A transfer under way. The loop's dictionary owns it, so the unretained pointer that curl holds stays valid
/// until `finish`.
final class CurlTransfer {
    let handle: UnsafeMutableRawPointer
    private let request: HTTPRequest
    private let sink: any TransferSink
    private let log: CallLog
    private let connections: SharedConnections
    private let origin: String
    private let number: UInt64
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var connectTo: UnsafeMutablePointer<curl_slist>?
    private let errorBuffer = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var head: HTTPHead?
    private var headers: [(name: String, value: String)] = []
    private var received = 0
    /// When anything of an answer arrived last.
    private var heardAt: Moment?
    private var tooLarge = false
    private var isOverBudget = false

    init?(_ request: HTTPRequest, sink: any TransferSink, log: CallLog, connections: SharedConnections) {
        guard let handle = curl_easy_init() else { return nil }
        self.handle = handle
        self.request = request
        self.sink = sink
        self.log = log
        self.connections = connections
        origin = URLParts(request.url)?.origin ?? ""
        number = log.begin(request)
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setUp()
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headerList)
        curl_slist_free_all(connectTo)
        errorBuffer.deallocate()
    }

    var isStream: Bool { request.timeoutSeconds == nil }
    var group: String { request.group }
    func hasHeard(since moment: Moment) -> Bool { heardAt.map { $0 >= moment } ?? false }

    func useNewConnection() { set(CURLOPT_FRESH_CONNECT, 1) }

    private func set(_ option: CURLoption, _ value: Int) { _ = mt_setopt_long(handle, option, value) }
    private func set(_ option: CURLoption, _ value: String) { _ = mt_setopt_string(handle, option, value) }
    private func set(_ option: CURLoption, blob: [UInt8]) {
        _ = blob.withUnsafeBytes { mt_setopt_blob(handle, option, $0.baseAddress, $0.count) }
    }

    private func setUp() {
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_FOLLOWLOCATION, 0)  // never carry credentials to another host
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_CONNECTTIMEOUT_MS, 10_000)
        set(CURLOPT_BUFFERSIZE, 512 * 1024)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        set(CURLOPT_PIPEWAIT, connections.mayBeShared(origin) ? 1 : 0)
        // A peer that vanished without a FIN is found within 10 + 3 × 5 seconds when nothing is under way, and within
        // 20 seconds when something was sent that it never acknowledged.
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_TCP_KEEPIDLE, 10)
        set(CURLOPT_TCP_KEEPINTVL, 5)
        mt_bound_silence(handle, 3, 20_000)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_USERAGENT, "meshtop/\(meshtopVersion) (linux)")
        if !request.connection.disableCompression { set(CURLOPT_ACCEPT_ENCODING, "gzip") }
        // A body that is announced as too large is refused before it comes.
        if request.bodyLimit < .max { set(CURLOPT_MAXFILESIZE_LARGE, request.bodyLimit) }
        if let silence = request.silenceSeconds {
            set(CURLOPT_LOW_SPEED_LIMIT, 1)
            set(CURLOPT_LOW_SPEED_TIME, max(1, Int(clamping: silence)))
        }
        if let timeout = request.timeoutSeconds { set(CURLOPT_TIMEOUT_MS, Int(clamping: timeout * 1000)) }
        if let body = request.body {
            set(CURLOPT_POSTFIELDSIZE, body.count)
            _ = body.withUnsafeBytes {
                mt_setopt_pointer(handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
            }
        }
        if request.method != "GET" || request.body != nil { set(CURLOPT_CUSTOMREQUEST, request.method) }
        for header in request.headers {
            headerList = curl_slist_append(headerList, "\(header.name): \(header.value)")
        }
        headerList = curl_slist_append(headerList, "Expect:")
        _ = mt_setopt_list(handle, CURLOPT_HTTPHEADER, headerList)
        _ = mt_setopt_pointer(handle, CURLOPT_ERRORBUFFER, errorBuffer)
        connectTo = CurlConnection.apply(request.connection, url: request.url, to: handle)

        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = mt_setopt_pointer(handle, CURLOPT_WRITEDATA, context)
        _ = mt_setopt_pointer(handle, CURLOPT_HEADERDATA, context)
        _ = mt_setopt_data(handle, CURLOPT_WRITEFUNCTION) { data, size, count, context in
            guard let data, let context else { return 0 }
            let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.receive(UnsafeRawBufferPointer(start: data, count: size * count))
        }
        _ = mt_setopt_data(handle, CURLOPT_HEADERFUNCTION) { data, size, count, context in
            guard let data, let context else { return 0 }
            let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.receiveHeader(UnsafeRawBufferPointer(start: data, count: size * count))
        }
    }

    private func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        let line = String(decoding: bytes, as: UTF8.self)
        let text = line.trimmingSpace()
        if text.hasPrefix("HTTP/") {
            let fields = text.split(separator: " ", maxSplits: 2)
            connections.note(origin, version: fields[0])
            head = HTTPHead(status: fields.count > 1 ? Int(fields[1]) ?? 0 : 0, headers: [])
            headers = []
        } else if text.isEmpty {
            guard var complete = head, complete.status >= 200 else { return bytes.count }
            complete.headers = headers
            heardAt = .now()
            log.note(number, status: complete.status)
            sink.head(complete)
        } else if let colon = text.firstIndex(of: ":"), headers.count < 200 {
            headers.append((text[..<colon].lowercased(), String(text[text.index(after: colon)...]).trimmingSpace()))
        }
        return bytes.count
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count <= request.bodyLimit - received else {
            tooLarge = true
            return 0
        }
        if let share = request.share, !share.take(bytes.count) {
            isOverBudget = true
            return 0
        }
        switch sink.data(bytes) {
        case .taken:
            received += bytes.count
            heardAt = .now()
            return bytes.count
        case .useless: return 0
        case .later: return Int(CURL_WRITEFUNC_PAUSE)
        }
    }

    /// Goes on after the sink had too much waiting; what was held back comes from within the call.
    func resume() { curl_easy_pause(handle, CURLPAUSE_CONT) }

    package func finish(_ error: MeshTopError?) {
        log.note(number, status: head?.status, bytes: received, ended: true, error: error)
        sink.end(error)
    }

    /// What is asked of one namespace cannot be made narrower.
    private var narrower: String? {
        request.url.contains("/namespaces/") ? nil : "narrow the scope with -n NAMESPACE"
    }

    /// A person's words for a libcurl result; nil for success.
    func error(for code: CURLcode) -> MeshTopError? {
        guard code != CURLE_OK else { return nil }
        let detail = String(cString: errorBuffer)
        let why = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        let what = "cannot reach \(URLParts(request.url)?.origin ?? URLParts.shown(request.url))"
        if isOverBudget, let share = request.share {
            return MeshTopError(
                .decoding, "cannot take the answer of \(origin)",
                why: "the answers that are read at a time are larger than \(share.budget.limit >> 20) MB together",
                advice: narrower)
        }
        if tooLarge || code == CURLE_FILESIZE_EXCEEDED {
            return MeshTopError(
                .decoding, "cannot take the answer of \(origin)",
                why: "the answer is larger than \(request.bodyLimit) bytes",
                advice: narrower)
        }
        // In TLS 1.3 a server refuses a client's certificate after the handshake, so it comes as a failed read.
        if why.contains("alert"), why.contains("certificate") || why.contains("unknown ca") {
            return MeshTopError(
                .certificate, what, why: "the server refuses the client certificate (\(why))",
                advice: "renew client-certificate-data and client-key-data, or check that its authority is the server's"
            )
        }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            return MeshTopError(.network, what, why: why, advice: "check the server's name and your DNS or VPN")
        case CURLE_COULDNT_CONNECT:
            return MeshTopError(
                .network, what, why: why, advice: "check that the server is up and that this host may reach it")
        case CURLE_OPERATION_TIMEDOUT:
            return MeshTopError(.network, what, why: why, advice: "check the network, or raise --request-timeout")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            return MeshTopError(
                .certificate, what, why: why,
                advice: "check certificate-authority-data, tls-server-name and this host's clock")
        case CURLE_SSL_CERTPROBLEM:
            return MeshTopError(
                .certificate, what, why: why, advice: "check client-certificate-data and client-key-data")
        case CURLE_SSL_CONNECT_ERROR:
            return MeshTopError(
                .certificate, what, why: why,
                advice: "check that the server speaks TLS and accepts your client certificate")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            return MeshTopError(.usage, what, why: why, advice: "give an http:// or https:// URL")
        default: return MeshTopError(.network, what, why: why)
        }
    }
}
