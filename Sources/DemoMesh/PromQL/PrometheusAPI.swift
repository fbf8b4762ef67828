// The query API of Prometheus over the simulated series.
// https://prometheus.io/docs/prometheus/latest/querying/api/

internal import Base

final class PrometheusAPI {
    private let store: TimeSeriesStore
    private let clock: DemoClock
    private var parsed: [String: PromQLNode] = [:]

    init(_ store: TimeSeriesStore, _ clock: DemoClock) { (self.store, self.clock) = (store, clock) }

    /// The path below the API's root, e.g. ["api", "v1", "query"].
    func answer(_ path: [String], _ request: APIRequest) -> APIResponse {
        var parameters = request.query
        if request.method == "POST" { parameters += FormDecoding.pairs(String(decoding: request.body, as: UTF8.self)) }
        func parameter(_ name: String) -> String? { parameters.last { $0.0 == name }?.1 }
        switch path {
        case ["api", "v1", "query"]: return instant(parameter)
        case ["api", "v1", "query_range"]: return range(parameter)
        case ["api", "v1", "status", "buildinfo"]:
            return success(["version": "2.42.0-meshtop-demo", "revision": "", "goVersion": "none"])
        case ["api", "v1", "labels"]:
            let names = Set(store.byName.values.joined().flatMap { $0.labels.keys }).union(["__name__"])
            return success(.array(names.sorted().map { .string($0) }))
        case ["-", "healthy"], ["-", "ready"]: return .text("Prometheus Server is Healthy.\n")
        default: return .text("404 page not found\n", status: 404)
        }
    }

    private func success(_ data: JSONValue) -> APIResponse { .json(["status": "success", "data": data]) }

    private func failure(_ type: String, _ message: String, status: Int = 400) -> APIResponse {
        .json(["status": "error", "errorType": .string(type), "error": .string(message)], status: status)
    }

    private func parse(_ text: String) throws(PromQLError) -> PromQLNode {
        if let node = parsed[text] { return node }
        let node = try PromQLParser.parse(text)
        if parsed.count > 200 { parsed = [:] }
        parsed[text] = node
        return node
    }

    private static func time(_ text: String) -> Double? { Double(text) ?? Timestamp(rfc3339: text)?.seconds }

    private func instant(_ parameter: (String) -> String?) -> APIResponse {
        let query = parameter("query") ?? ""
        var time = clock.now.seconds
        if let text = parameter("time") {
            guard let given = Self.time(text) else {
                return failure("bad_data", "invalid parameter \"time\": cannot parse \"\(text)\" to a valid timestamp")
            }
            time = given
        }
        do {
            switch try PromQLEvaluator(store, at: time).evaluate(parse(query)) {
            case .scalar(let value): return success(["resultType": "scalar", "result": Self.point(time, value)])
            case .text(let text): return success(["resultType": "string", "result": [.double(time), .string(text)]])
            case .vector(let samples):
                var text = "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["
                for (index, sample) in samples.enumerated() {
                    if index > 0 { text += "," }
                    text +=
                        "{\"metric\":\(sample.text ?? PromFormat.labels(sample.labels)),\"value\":[\(Self.seconds(time)),\"\(PromFormat.number(sample.value))\"]}"
                }
                return .text(text + "]}}", type: "application/json")
            }
        } catch {
            return refused(query, error)
        }
    }

    private func refused(_ query: String, _ error: PromQLError) -> APIResponse {
        if error.message.contains("parse error") || error.message.hasPrefix("invalid expression type") {
            return failure("bad_data", "invalid parameter \"query\": \(error.message)")
        }
        return failure("execution", error.message, status: 422)
    }

    private func range(_ parameter: (String) -> String?) -> APIResponse {
        let query = parameter("query") ?? ""
        guard let start = parameter("start").flatMap(Self.time) else {
            return failure(
                "bad_data",
                "invalid parameter \"start\": cannot parse \"\(parameter("start") ?? "")\" to a valid timestamp")
        }
        guard let end = parameter("end").flatMap(Self.time) else {
            return failure(
                "bad_data", "invalid parameter \"end\": cannot parse \"\(parameter("end") ?? "")\" to a valid timestamp"
            )
        }
        guard end >= start else {
            return failure("bad_data", "invalid parameter \"end\": end timestamp must not be before start time")
        }
        guard let step = parameter("step").flatMap({ Double($0) ?? Durations.seconds($0) }), step > 0 else {
            return failure(
                "bad_data",
                "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer"
            )
        }
        guard (end - start) / step <= 11_000 else {
            return failure(
                "bad_data",
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"
            )
        }
        do {
            let node = try parse(query)
            // By the text of its labels.
            var order: [String] = []
            var series: [String: [(Double, Double)]] = [:]
            var time = start
            while time <= end + 1e-9 {
                let samples: [PromSample] =
                    switch try PromQLEvaluator(store, at: time).evaluate(node) {
                    case .scalar(let value): [PromSample(labels: [:], value: value)]
                    case .vector(let samples): samples
                    case .text: []
                    }
                for sample in samples {
                    let text = sample.text ?? PromFormat.labels(sample.labels)
                    if series[text]?.append((time, sample.value)) == nil {
                        order.append(text)
                        series[text] = [(time, sample.value)]
                    }
                }
                time += step
            }
            var text = "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":["
            for (index, labels) in order.enumerated() {
                if index > 0 { text += "," }
                text += "{\"metric\":\(labels)"
                let points = (series[labels] ?? []).map { "[\(Self.seconds($0)),\"\(PromFormat.number($1))\"]" }
                text += ",\"values\":[\(points.joined(separator: ","))]}"
            }
            return .text(text + "]}}", type: "application/json")
        } catch {
            return refused(query, error)
        }
    }

    private static func point(_ time: Double, _ value: Double) -> JSONValue {
        [.double(time), .string(PromFormat.number(value))]
    }

    /// Milliseconds at most, as Prometheus prints times.
    private static func seconds(_ time: Double) -> String {
        JSONValue.double((time * 1000).rounded() / 1000).compactText
    }
}
