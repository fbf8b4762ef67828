// The bound above all others has no end, which few formats can write: it is nil there.

extension HistogramBuckets: Codable {
    private enum CodingKeys: String, CodingKey { case bounds, cumulative }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let bounds = try container.decode([Double?].self, forKey: .bounds)
        let values = try container.decode([Double].self, forKey: .cumulative)
        self.init()
        for (bound, value) in zip(bounds, values) { add(upperBound: bound ?? .infinity, value: value) }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(bounds.map { $0.isFinite ? $0 : nil }, forKey: .bounds)
        try container.encode(cumulative, forKey: .cumulative)
    }
}
