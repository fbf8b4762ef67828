// Prometheus' text format, read line by line: only the metrics that MeshTop knows become anything.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

internal import Base

/// One line of a scrape.
struct ScrapedSample: Sendable, Hashable {
    var name: String
    var labels: [String: String]
    var value: Double
}

enum ExpositionText {
    /// The samples whose name begins with one of `prefixes`. Lines that are no samples are left out; label values are
    /// cleaned, since they come from whoever runs the pod.
    static func samples(_ body: [UInt8], prefixes: [String]) -> [ScrapedSample] {
        let wanted = prefixes.map { Array($0.utf8) }
        var samples: [ScrapedSample] = []
        var start = 0
        while start < body.count {
            let end = body[start...].firstIndex(of: 0x0A) ?? body.count
            let line = body[start..<end]
            start = end + 1
            guard wanted.contains(where: { line.starts(with: $0) }), let sample = sample(line) else { continue }
            samples.append(sample)
        }
        return samples
    }

    private static func sample(_ line: ArraySlice<UInt8>) -> ScrapedSample? {
        var rest = line
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        let name = rest.prefix { $0 != UInt8(ascii: "{") && !isSpace($0) }
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == UInt8(ascii: "{") {
            rest = rest.dropFirst()
            while let first = rest.first, first != UInt8(ascii: "}") {
                if first == UInt8(ascii: ",") || isSpace(first) {
                    rest = rest.dropFirst()
                    continue
                }
                let key = rest.prefix { $0 != UInt8(ascii: "=") }
                rest = rest.dropFirst(key.count + 1)
                guard rest.first == UInt8(ascii: "\"") else { return nil }
                rest = rest.dropFirst()
                var value: [UInt8] = []
                while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
                    guard byte == UInt8(ascii: "\\") else {
                        value.append(byte)
                        continue
                    }
                    guard let escaped = rest.popFirst() else { return nil }
                    value.append(escaped == UInt8(ascii: "n") ? 0x20 : escaped)
                }
                let text = String(decoding: value, as: UTF8.self)
                labels[String(decoding: key, as: UTF8.self)] = SafeText.line(text, limit: 300)
                guard labels.count <= 64 else { return nil }
            }
            guard rest.first == UInt8(ascii: "}") else { return nil }
            rest = rest.dropFirst()
        }
        let number = rest.drop(while: isSpace).prefix { !isSpace($0) && $0 != 0x0D }
        guard let value = PrometheusAnswer.number(String(decoding: number, as: UTF8.self)) else { return nil }
        return ScrapedSample(
            name: SafeText.line(String(decoding: name, as: UTF8.self), limit: 200), labels: labels, value: value)
    }
}
