// What is done with an input. A bad one may be refused, never more; a good one must be safe to show.

import Actions
import Insights
import Istio

@testable import Base
@testable import ClusterData
@testable import Kube
@testable import MeshModel

enum Readers {
    static let protobuf = "application/vnd.kubernetes.protobuf"

    static func list<Object: ClusterObject>(_: Object.Type, _ type: String, _ pieces: Pieces) {
        var stream = ListStream<Object>(contentType: type, pool: StringPool(limit: 100))
        do {
            var objects: [Object] = []
            for piece in pieces.all { objects += try stream.feed(piece) }
            objects += try stream.finish().rest
            for object in objects { checkSafe(object.meta) }
        } catch {
            checkSafe("\(error)")
        }
    }

    static func watch<Object: ClusterObject>(_: Object.Type, _ type: String, _ pieces: Pieces) {
        var decoder = WatchDecoder<Object>(contentType: type, pool: StringPool(limit: 100))
        do {
            for piece in pieces.all {
                for event in try decoder.feed(piece) {
                    switch event {
                    case .upsert(let object), .delete(let object): checkSafe(object.meta)
                    case .error(let status): checkSafe(status.message)
                    case .odd(let odd, _):
                        for text in [odd.key.namespace, odd.key.name, odd.reason] { checkSafe(text) }
                    case .bookmark: break
                    }
                }
            }
        } catch {
            checkSafe("\(error)")
        }
    }

    /// What is read must be written so that it reads the same; a whole number may lose its exponent on the way.
    static func tree(_ body: [UInt8]) {
        guard let value = try? JSONValue(parsing: body) else { return }
        let text = value.compactText
        let again = try? JSONValue(parsing: Array(text.utf8))
        precondition(again?.compactText == text, "a tree is written as another one")
    }

    static func yaml(_ body: [UInt8]) {
        do {
            let value = try YAML.document(body)
            _ = YAML.text(value)
        } catch {
            checkSafe("\(error)")
        }
    }

    static func kubeconfig(_ body: [UInt8]) {
        var config = Kubeconfig()
        do {
            try config.merge(body, file: "/fuzz/config")
            for context in config.contexts {
                var overrides = AccessOverrides()
                overrides.context = context.name
                _ = try config.access(overrides)
            }
        } catch {
            precondition(!error.description.contains("\n"), "an error of two lines")
            checkSafe(error.description)
        }
    }

    static func metrics(_ body: [UInt8]) {
        let schema = LabelSchema(["destination_service_name", "response_code"])
        guard let answer = try? PrometheusAnswer(body, schema: schema) else { return }
        var store = SeriesStore(stepSeconds: 5)
        var past = SeriesPast(resolution: 0, end: 1_700_000_095, count: 20)
        past.services = SeriesMeasure.allCases.map { ($0, answer.series) }
        store.fill(past)
        var buckets = HistogramBuckets()
        for sample in answer.samples {
            _ = Timestamp(seconds: sample.value).rfc3339
            buckets.add(upperBound: Double(sample.labels[1]) ?? sample.value, value: sample.value)
        }
        _ = buckets.latency
        preview(answer)
    }

    /// What a preview and a guarded shift's record make of such series.
    private static func preview(_ answer: PrometheusAnswer) {
        let points = answer.series.flatMap(\.points)
        let history = LoadHistory(
            seconds: 3600, points: points.prefix(100).map { LoadHistory.Point(rate: $0.value, p99: $0.time) })
        for value in points.prefix(20).map(\.value) {
            checkSafe(ShiftEffects.carried(history, value))
            let arm = CanaryLook.Arm(requests: value, errors: value / 2)
            let evidence = GuardEvidence(
                time: Timestamp(seconds: value), canary: arm, stable: arm, worse: value, pass: 1)
            _ = GuardEvidence(json: evidence.json)
            checkSafe(GuardStatus.duration(value))
        }
    }

    static func envoy(_ body: [UInt8]) {
        var answer = ForwardedAnswer(limit: 1 << 20)
        if (try? answer.feed(body[...])) != nil { _ = answer.bodyAtEnd() }
        var frames = WebSocketFrames.Decoder()
        _ = try? frames.feed(body)
        guard let upstreams = try? EnvoyClusters.decode(body) else { return }
        var evidence = EnvoyEvidence()
        for time in [0.0, 100] {
            evidence.record(ObjectKey("shop", "web"), upstreams, at: Timestamp(seconds: time))
            for upstream in upstreams {
                _ = upstream.activeConnections.adding(upstream.activeRequests)
                _ = evidence.secondsUntilFull(upstream.name, connections: 5, requests: 5)
            }
        }
    }

    /// A pattern and a text: the work is bounded by both.
    static func pattern(_ body: [UInt8]) {
        let parts = body.split(separator: 0, maxSplits: 1).map { String(decoding: $0, as: UTF8.self) }
        guard let text = parts.first else { return }
        do {
            let pattern = try Pattern(text)
            let subject = String((parts.count > 1 ? parts[1] : text).prefix(200))
            precondition(!pattern.matchesWhole(subject) || pattern.isFound(in: subject), "the whole is found nowhere")
        } catch {
            precondition(!error.description.isEmpty, "a refusal without words")
        }
    }

    static func refusal(_ body: [UInt8]) {
        let status = StatusError(status: 500, body: body)
        checkSafe(status.error(server: "https://server").description)
    }

    static func small(_ body: [UInt8]) {
        let text = String(decoding: body, as: UTF8.self)
        checkSafe(SafeText.line(text))
        _ = Timestamp(rfc3339: text)
        _ = URLParts(text)
        _ = Base64.decode(text)
        _ = EnvoyClusterName(text)
        for warning in HTTPHead(status: 200, headers: [("warning", text)]).warnings { checkSafe(warning) }
    }

    private static func checkSafe(_ meta: ObjectMeta) {
        // Two annotations are kept as they are: they are parsed, and cleaned where they are read.
        let annotations = meta.annotations.filter { !AnnotationRule.applied.isBlock($0.key) }
        let named = [meta.namespace, meta.name, meta.uid, meta.resourceVersion] + meta.fieldManagers
        for text in named + meta.labels.keys + meta.labels.values + annotations.values { checkSafe(text) }
    }

    /// Nothing that a terminal would obey or that turns text around.
    static func checkSafe(_ text: String) {
        for scalar in text.unicodeScalars {
            let value = scalar.value
            precondition(
                value >= 0x20 && !(0x7F..<0xA0).contains(value) && !(0x202A...0x202E).contains(value)
                    && !(0x2066...0x2069).contains(value) && !(0xE0000...0xE0FFF).contains(value),
                "unsafe text got through")
        }
    }
}
