// Which series an aggregation takes, and into which group each falls: worked out once, used at every evaluation.

internal import Base

/// The series of a selector with their groups. Labels change only when series come or go; values change all the time.
struct SeriesGrouping {
    var series: [Series]
    /// For each series the place of its group in `keys`.
    var groups: [Int]
    var keys: [[String: String]]
    /// Each key as it is written in an answer.
    var texts: [String]

    init(_ series: [Series], by labels: [String], without: Bool) {
        self.series = series
        groups = []
        groups.reserveCapacity(series.count)
        keys = []
        texts = []
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
