// Which series an aggregation takes, and into which group each falls: worked out once, used at every evaluation.

internal import Base

/// The series of a selector with their groups. Labels change only when series come or go; values change all the time.
final class SeriesGrouping {
    let series: [Series]
    /// For each series the place of its group in `keys`.
    let groups: [Int]
    let keys: [[String: String]]
    /// Each key as it is written in an answer.
    let texts: [String]

    init(_ series: [Series], by labels: [String], without: Bool) {
        self.series = series
        var groups: [Int] = []
        groups.reserveCapacity(series.count)
        var keys: [[String: String]] = []
        var texts: [String] = []
        let names = Set(labels)
        var places: [[String: String]: Int] = [:]
        for one in series {
            let key =
                without ? one.labels.filter { !names.contains($0.key) } : one.labels.filter { names.contains($0.key) }
            if let known = places[key] {
                groups.append(known)
            } else {
                places[key] = keys.count
                groups.append(keys.count)
                keys.append(key)
                texts.append(PromFormat.labels(key))
            }
        }
        (self.groups, self.keys, self.texts) = (groups, keys, texts)
    }

    /// The groups as buckets of histograms.
    private(set) lazy var histograms = Histograms(keys)

    struct Histograms {
        /// For each group its upper bound, nil where it is no bucket, and the place of its histogram in `keys`.
        var bounds: [Double?] = []
        var places: [Int] = []
        var keys: [[String: String]] = []
        var texts: [String] = []

        init(_ groups: [[String: String]]) {
            var known: [[String: String]: Int] = [:]
            for group in groups {
                bounds.append(group["le"].flatMap { $0 == "+Inf" ? .infinity : Double($0) })
                var key = PromFormat.unnamed(group)
                key["le"] = nil
                let place = known[key] ?? keys.count
                if place == keys.count {
                    known[key] = place
                    keys.append(key)
                    texts.append(PromFormat.labels(key))
                }
                places.append(place)
            }
        }
    }
}

extension PromFormat {
    /// `{"a":"b"}`, in alphabetical order.
    static func labels(_ labels: [String: String]) -> String {
        var text = "{"
        for (position, label) in labels.sorted(by: { $0.key < $1.key }).enumerated() {
            if position > 0 { text += "," }
            JSONValue.quote(label.key, into: &text)
            text += ":"
            JSONValue.quote(label.value, into: &text)
        }
        return text + "}"
    }
}
