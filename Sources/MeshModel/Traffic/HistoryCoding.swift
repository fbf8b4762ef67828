// What was not measured is nil where it is written down: few formats have a NaN.

extension History: Codable {
    private enum CodingKeys: String, CodingKey { case stepSeconds, samples }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let samples = try container.decode([Float?].self, forKey: .samples)
        self.init(
            stepSeconds: try container.decode(Int.self, forKey: .stepSeconds), samples: samples.map { $0 ?? .nan })
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(stepSeconds, forKey: .stepSeconds)
        try container.encode(samples.map { $0.isNaN ? nil : $0 }, forKey: .samples)
    }
}
