// The answers of the Prometheus HTTP API, decoded without a tree: https://prometheus.io/docs/prometheus/latest/querying/api/

package import Base
package import MeshModel

/// One value of an instant vector. Labels that the series lacks are empty.
package struct MetricSample: Sendable, Hashable {
    package var labels: [String]
    package var value: Double

    package init(labels: [String], value: Double) {
        self.labels = labels
        self.value = value
    }
}

/// One series of a range query: values at times in seconds.
package struct MetricSeries: Sendable, Hashable {
    package var labels: [String]
    package var points: [(time: Double, value: Double)]

    package static func == (left: MetricSeries, right: MetricSeries) -> Bool {
        left.labels == right.labels && left.points.elementsEqual(right.points, by: ==)
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(labels) }
}

package struct PrometheusAnswer: Sendable {
    package var samples: [MetricSample] = []
    package var series: [MetricSeries] = []
    package var warnings: [String] = []
    package var resultType = ""
    package var error: (type: String, message: String)?

    /// Samples, or series and points of series, of one answer: half of it would be wrong numbers, so more is refused.
    private static let mostSeries = 200_000
    private static let mostPoints = 4_000_000
    static let tooMany = "the answer has more than \(mostSeries) series"
    private var points = 0

    /// Puts every point at another time: that of another clock.
    mutating func shiftTimes(by seconds: Double) {
        guard seconds != 0 else { return }
        for index in series.indices {
            for point in series[index].points.indices { series[index].points[point].time += seconds }
        }
    }

    /// Reads a body of `/api/v1/query` or `/api/v1/query_range`; an error answer is a value, not a throw.
    package init(_ body: [UInt8], schema: LabelSchema) throws(JSONError) {
        var scanner = JSONScanner(body.span)
        var status = ""
        var errorType = ""
        var message = ""
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("status") {
                status = try scanner.string() ?? ""
            } else if scanner.key("data") {
                if try scanner.isObject() { try readData(&scanner, schema) } else { try scanner.skip() }
            } else if scanner.key("errorType") {
                errorType = try scanner.string() ?? ""
            } else if scanner.key("error") {
                message = try scanner.string() ?? ""
            } else if scanner.key("warnings") || scanner.key("infos") {
                if try scanner.takeNull() { continue }
                try scanner.beginArray()
                while try scanner.nextElement() { if let text = try scanner.string() { warnings.append(text) } }
            } else {
                try scanner.skip()
            }
        }
        guard scanner.isAtEnd() else { throw scanner.fail("text after the end of the answer") }
        if status == "error" { error = (errorType, message) }
        guard status == "error" || status == "success" else {
            throw JSONError("this is no answer of a Prometheus API", at: 0)
        }
    }

    private mutating func readData(_ scanner: inout JSONScanner, _ schema: LabelSchema) throws(JSONError) {
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("resultType") {
                resultType = try scanner.string() ?? ""
            } else if scanner.key("result") {
                // A scalar's result is one [time, "value"] pair, where a vector has objects.
                try scanner.beginArray()
                var columns: [Column] = []
                while try scanner.nextElement() {
                    if try scanner.isObject() { try readResult(&scanner, schema, &columns) } else { try scanner.skip() }
                    guard samples.count + series.count <= Self.mostSeries, points <= Self.mostPoints else {
                        throw JSONError(Self.tooMany, at: scanner.index)
                    }
                }
            } else {
                try scanner.skip()
            }
        }
    }

    private struct Column {
        var name: [UInt8]
        var index: Int?
    }

    private mutating func readResult(
        _ scanner: inout JSONScanner, _ schema: LabelSchema, _ columns: inout [Column]
    ) throws(JSONError) {
        var labels = schema.blank
        try scanner.beginObject()
        while try scanner.nextKey() {
            if scanner.key("metric") {
                // Every series of an answer names its labels in one order: the one before tells where each belongs.
                try scanner.beginObject()
                var place = 0
                while try scanner.nextKey() {
                    if place >= columns.count || !scanner.key(columns[place].name) {
                        let name = scanner.keyText()
                        columns.removeSubrange(place...)
                        columns.append(Column(name: Array(name.utf8), index: schema.index(name)))
                    }
                    if let index = columns[place].index {
                        labels[index] = try scanner.string() ?? ""
                    } else {
                        try scanner.skip()
                    }
                    place += 1
                }
            } else if scanner.key("value") {
                if let point = try Self.point(&scanner) {
                    samples.append(MetricSample(labels: labels, value: point.value))
                }
            } else if scanner.key("values") {
                var points: [(time: Double, value: Double)] = []
                try scanner.beginArray()
                while try scanner.nextElement() { if let point = try Self.point(&scanner) { points.append(point) } }
                self.points += points.count
                series.append(MetricSeries(labels: labels, points: points))
            } else {
                try scanner.skip()
            }
        }
    }

    /// `[1700000000.123, "1.5"]`; values are strings so that NaN and +Inf survive.
    private static func point(_ scanner: inout JSONScanner) throws(JSONError) -> (time: Double, value: Double)? {
        var time: Double?
        var text: String?
        try scanner.beginArray()
        while try scanner.nextElement() {
            if time == nil { time = try scanner.double() } else { text = try scanner.string() }
        }
        guard let time, let text, let value = number(text) else { return nil }
        return (time, value)
    }

    static func number(_ text: String) -> Double? {
        switch text {
        case "NaN": .nan
        case "+Inf", "Inf": .infinity
        case "-Inf": -.infinity
        default: Double(text)
        }
    }
}
